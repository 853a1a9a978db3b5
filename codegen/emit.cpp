// emit: loop level to LLVM IR.
//
//     loop (%i0 < N) { %v = load %y, %i0 : f64 ; accumulate %sum, %v {combiner="sum"} ; yield }
//   ->
//     br (N > 0), %loop, %end
//   loop:
//     %i = phi i64 [0, ...], [%i.next, ...]
//     %p = getelementptr inbounds double, ptr %y, i64 %i
//     %v = load double, ptr %p, !invariant.load, !alias.scope, !noalias
//     ...
//     br (%i.next = N), %end, %loop
//
// Addresses and dims are loaded once, in the entry block. Memory that a function writes has one alias scope per parameter and slot,
// what it only reads shares one, so that accumulators stay in registers. Small loops of constant extent are unrolled here, which makes
// small buffers registers (SROA) without an unroller among the passes.
// Leaves out: SIMD. LLVM's vectoriser finds loops over rows, whose calls of exp, log1p, ... have versions for several lanes.
#include "codegen/emit.h"

#include <map>
#include <unordered_map>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Module.h>

#include "codegen/lowerings.h"
#include "codegen/symbols.h"
#include "ir/ops.h"

namespace elba::codegen {

namespace {

using ir::Dim;
using ir::Kind;
using ir::Op;
using ir::Opcode;
using ir::Scalar;
using ir::ValueId;
using llvm::Value;

constexpr std::int64_t unrolled_iterations = 16;    // largest trip count that is unrolled,
constexpr std::int64_t unrolled_operations = 160;  // if no more operations than these come of it
constexpr std::int64_t inline_elements = 16;       // fills and copies up to this size are single stores

struct Refused {
  std::string what;
};

struct Buffer {
  Value* address = nullptr;
  ir::Type type;
  llvm::MDNode* scope = nullptr;    // null for stack memory, which nothing else can reach
  llvm::MDNode* others = nullptr;
  bool constant = false;            // nobody writes it during the call
};

std::int64_t operation_count(const ir::Region& region) {
  std::int64_t count = 0;
  for (const Op& op : region.ops) {
    std::int64_t inside = 1;
    for (const ir::Region& inner : op.regions) inside += operation_count(inner);
    for (const Dim& extent : op.dims)
      if (op.code == Opcode::loop && extent.is_constant() && extent.constant() <= unrolled_iterations) inside *= std::max<std::int64_t>(extent.constant(), 1);
    count += inside;
  }
  return count;
}

class FunctionEmitter {
 public:
  FunctionEmitter(const ir::Module& source, const ir::Func& func, llvm::Module& module)
      : source_(source), func_(func), context_(module.getContext()), b_(context_), entry_(context_) {
    llvm::Type* pointer = b_.getPtrTy();
    function_ = llvm::Function::Create(llvm::FunctionType::get(b_.getVoidTy(), {pointer, pointer}, false), llvm::Function::ExternalLinkage,
                                       entry_name(func.name), module);
    function_->setDoesNotThrow();
    for (unsigned i : {0u, 1u})
      for (auto attribute : {llvm::Attribute::NoAlias, llvm::Attribute::NoCapture, llvm::Attribute::ReadOnly}) function_->addParamAttr(i, attribute);
    llvm::FastMathFlags flags;
    flags.setAllowContract(true);
    b_.setFastMathFlags(flags);
  }

  void run() {
    llvm::BasicBlock* entry = llvm::BasicBlock::Create(context_, "entry", function_);
    llvm::BasicBlock* body = llvm::BasicBlock::Create(context_, "body", function_);
    entry_.SetInsertPoint(llvm::BranchInst::Create(body, entry));  // what is needed everywhere goes before the branch
    b_.SetInsertPoint(body);
    scalars_.resize(func_.values.size());
    make_scopes();
    for (const ir::Param& param : func_.params) {
      const ir::Type& type = func_.type(param.value);
      if (type.kind == Kind::key)
        scalars_[param.value.index] = load_invariant(entry_, b_.getInt64Ty(), buffers_.at(param.value).address);
      else if (type.kind != Kind::buffer)
        throw Refused{"parameter %" + param.name + " is not a buffer"};
    }
    emit_region(func_.body);
  }

 private:
  const ir::Module& source_;
  const ir::Func& func_;
  llvm::LLVMContext& context_;
  llvm::IRBuilder<> b_;
  llvm::IRBuilder<> entry_;
  llvm::Function* function_ = nullptr;
  std::vector<Value*> scalars_;
  std::unordered_map<ValueId, Buffer> buffers_;
  std::map<std::string, Value*> dim_values_;

  // Types and constants

  llvm::Type* memory_type(Scalar scalar) {
    return scalar == Scalar::f64 ? b_.getDoubleTy() : scalar == Scalar::i64 ? static_cast<llvm::Type*>(b_.getInt64Ty()) : b_.getInt8Ty();
  }
  static llvm::Align alignment(Scalar scalar) { return llvm::Align(scalar == Scalar::i1 ? 1 : 8); }

  Value* scalar(ValueId value) {
    if (const auto& constant = func_.constant(value)) {
      if (const auto* real = std::get_if<double>(&*constant)) return llvm::ConstantFP::get(b_.getDoubleTy(), *real);
      if (const auto* integer = std::get_if<std::int64_t>(&*constant)) return b_.getInt64(static_cast<std::uint64_t>(*integer));
      return b_.getInt1(std::get<bool>(*constant));
    }
    if (!scalars_[value.index]) throw Refused{"a scalar is used before it is defined"};
    return scalars_[value.index];
  }

  const Buffer& buffer(ValueId value) const {
    const auto it = buffers_.find(value);
    if (it == buffers_.end()) throw Refused{"a buffer is used before it is defined"};
    return it->second;
  }

  // Entry block: addresses and dims

  Value* load_invariant(llvm::IRBuilder<>& at, llvm::Type* type, Value* address) {
    llvm::LoadInst* load = at.CreateAlignedLoad(type, address, llvm::Align(8));
    load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
    return load;
  }

  Value* buffer_address(std::size_t index) {
    return load_invariant(entry_, b_.getPtrTy(), entry_.CreateConstInBoundsGEP1_64(b_.getPtrTy(), function_->getArg(0), index));
  }

  Value* symbol_value(const std::string& symbol) {
    Value*& value = dim_values_[symbol];
    if (value) return value;
    for (std::size_t i = 0; i < source_.dims.size(); ++i)
      if (source_.dims[i].name == symbol)
        return value = load_invariant(entry_, b_.getInt64Ty(), entry_.CreateConstInBoundsGEP1_64(b_.getInt64Ty(), function_->getArg(1), i));
    throw Refused{"dim " + symbol + " is not declared"};
  }

  Value* dim_value(const Dim& dim) {
    if (dim.is_constant()) return b_.getInt64(static_cast<std::uint64_t>(dim.constant()));
    const std::string text = dim.text();
    if (const auto it = dim_values_.find(text); it != dim_values_.end() && it->second) return it->second;
    Value* sum = nullptr;
    for (const Dim::Term& term : dim.terms()) {
      Value* product = nullptr;
      for (const std::string& symbol : term.symbols) product = product ? entry_.CreateNSWMul(product, symbol_value(symbol)) : symbol_value(symbol);
      if (term.coefficient != 1) product = entry_.CreateNSWMul(product, b_.getInt64(static_cast<std::uint64_t>(term.coefficient)));
      sum = sum ? entry_.CreateNSWAdd(sum, product) : product;
    }
    if (dim.constant() != 0) sum = entry_.CreateNSWAdd(sum, b_.getInt64(static_cast<std::uint64_t>(dim.constant())));
    return dim_values_[text] = sum;
  }

  // Alias scopes: one per written parameter and per slot, one for all that is only read.
  void make_scopes() {
    llvm::MDBuilder md(context_);
    llvm::MDNode* domain = md.createAnonymousAliasScopeDomain();
    llvm::MDNode* inputs = md.createAnonymousAliasScope(domain);
    std::vector<llvm::Metadata*> all = {inputs};
    std::map<std::int64_t, llvm::MDNode*> slots;
    std::vector<llvm::MDNode*> outputs;
    for (const ir::Param& param : func_.params) {
      outputs.push_back(param.role == ir::Role::output ? md.createAnonymousAliasScope(domain) : nullptr);
      if (outputs.back()) all.push_back(outputs.back());
    }
    for (const Op& op : func_.body.ops) {
      if (op.code != Opcode::alloc || op.attr_string("place") != "arena") continue;
      llvm::MDNode*& scope = slots[op.attr_int("slot")];
      if (!scope) all.push_back(scope = md.createAnonymousAliasScope(domain));
    }
    const auto finish = [&](Buffer& made, llvm::MDNode* scope) {
      std::vector<llvm::Metadata*> rest;
      for (llvm::Metadata* other : all)
        if (other != scope) rest.push_back(other);
      made.scope = llvm::MDNode::get(context_, {scope});
      made.others = rest.empty() ? nullptr : llvm::MDNode::get(context_, rest);
    };
    for (std::size_t i = 0; i < func_.params.size(); ++i) {
      Buffer& made = buffers_[func_.params[i].value];
      made.address = buffer_address(i);
      made.type = func_.type(func_.params[i].value);
      made.constant = !outputs[i];
      finish(made, outputs[i] ? outputs[i] : inputs);
    }
    for (const auto& [number, scope] : slots) {
      Buffer made;
      made.address = buffer_address(func_.params.size() + static_cast<std::size_t>(number));
      finish(made, scope);
      slots_.emplace(number, made);
    }
  }
  std::map<std::int64_t, Buffer> slots_;

  template <class Instruction>
  Instruction* annotate(Instruction* access, const Buffer& memory) {
    if (memory.scope) access->setMetadata(llvm::LLVMContext::MD_alias_scope, memory.scope);
    if (memory.others) access->setMetadata(llvm::LLVMContext::MD_noalias, memory.others);
    return access;
  }

  // Memory

  Value* element_address(const Buffer& memory, std::span<const ValueId> indices, Value* offset = nullptr) {
    if (indices.size() > memory.type.shape.size()) throw Refused{"more indices than dims"};
    Value* flat = nullptr;
    for (std::size_t axis = 0; axis < memory.type.shape.size(); ++axis) {
      if (flat) flat = b_.CreateNSWMul(flat, dim_value(memory.type.shape[axis]));
      if (axis < indices.size()) flat = flat ? b_.CreateNSWAdd(flat, scalar(indices[axis])) : scalar(indices[axis]);
    }
    if (offset) flat = flat ? b_.CreateNSWAdd(flat, offset) : offset;
    return flat ? b_.CreateInBoundsGEP(memory_type(memory.type.scalar), memory.address, flat) : memory.address;
  }

  Value* load_at(const Buffer& memory, Value* address) {
    llvm::LoadInst* load = annotate(b_.CreateAlignedLoad(memory_type(memory.type.scalar), address, alignment(memory.type.scalar)), memory);
    if (memory.constant) load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
    return memory.type.scalar == Scalar::i1 ? b_.CreateICmpNE(load, b_.getInt8(0)) : static_cast<Value*>(load);
  }

  void store_at(const Buffer& memory, Value* address, Value* value) {
    if (memory.type.scalar == Scalar::i1) value = b_.CreateZExt(value, b_.getInt8Ty());
    annotate(b_.CreateAlignedStore(value, address, alignment(memory.type.scalar)), memory);
  }

  void emit_accumulate(const Op& op) {
    const Buffer& memory = buffer(op.operands[0]);
    Value* address = element_address(memory, std::span(op.operands).subspan(1, op.operands.size() - 2));
    Value* old = load_at(memory, address);
    Value* term = scalar(op.operands.back());
    const std::string combiner = op.attr_string("combiner");
    Value* made = nullptr;
    if (combiner.empty() || combiner == "sum") {
      made = lower_scalar(b_, "fadd", std::array{old, term});
      if (auto* add = llvm::dyn_cast<llvm::Instruction>(made); add && made->getType()->isDoubleTy()) add->setHasAllowReassoc(true);
    } else {
      made = lower_scalar(b_, combiner == "prod" ? "fmul" : combiner == "max" ? "fmax" : combiner == "min" ? "fmin" : "", std::array{old, term});
    }
    if (!made) throw Refused{"accumulate cannot combine by " + combiner};
    store_at(memory, address, made);
  }

  void emit_fill(const Op& op) {
    const Buffer& memory = buffer(op.operands[0]);
    const Dim count = memory.type.element_count();
    Value* value = scalar(op.operands[1]);
    if (count.is_constant() && count.constant() <= inline_elements) {
      for (std::int64_t i = 0; i < count.constant(); ++i) store_at(memory, element(memory, i), value);
      return;
    }
    const auto* constant = llvm::dyn_cast<llvm::Constant>(value);
    if (constant && constant->isNullValue()) {
      annotate(b_.CreateMemSet(memory.address, b_.getInt8(0), byte_count(memory, count), alignment(memory.type.scalar)), memory);
      return;
    }
    counted_loop(dim_value(count), count.is_constant() && count.constant() > 0, false, [&](Value* i) {
      store_at(memory, b_.CreateInBoundsGEP(memory_type(memory.type.scalar), memory.address, i), value);
    });
  }

  void emit_copy(const Op& op) {
    const Buffer& to = buffer(op.operands[0]);
    const Buffer& from = buffer(op.operands[1]);
    const Dim count = to.type.element_count();
    if (to.type.scalar != from.type.scalar) throw Refused{"copy between element types"};
    if (count.is_constant() && count.constant() <= inline_elements) {
      std::vector<Value*> values;
      for (std::int64_t i = 0; i < count.constant(); ++i) values.push_back(load_at(from, element(from, i)));
      for (std::int64_t i = 0; i < count.constant(); ++i) store_at(to, element(to, i), values[static_cast<std::size_t>(i)]);
      return;
    }
    b_.CreateMemCpy(to.address, alignment(to.type.scalar), from.address, alignment(from.type.scalar), byte_count(to, count));
  }

  Value* element(const Buffer& memory, std::int64_t index) {
    return b_.CreateConstInBoundsGEP1_64(memory_type(memory.type.scalar), memory.address, static_cast<std::uint64_t>(index));
  }

  // A dim may be negative (T - 1 without data); it then means nothing.
  Value* byte_count(const Buffer& memory, const Dim& count) {
    const std::int64_t size = memory.type.scalar == Scalar::i1 ? 1 : 8;
    if (count.is_constant()) return b_.getInt64(static_cast<std::uint64_t>(std::max<std::int64_t>(count.constant(), 0) * size));
    Value* elements = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, dim_value(count), b_.getInt64(0));
    return size == 1 ? elements : b_.CreateMul(elements, b_.getInt64(static_cast<std::uint64_t>(size)));
  }

  void emit_alloc(const Op& op) {
    Buffer made;
    made.type = func_.type(op.results[0]);
    if (op.attr_string("place") == "arena") {
      const auto slot = slots_.find(op.attr_int("slot"));
      if (slot == slots_.end()) throw Refused{"an arena allocation inside a region"};
      made = slot->second;
      made.type = func_.type(op.results[0]);
    } else {
      const Dim count = made.type.element_count();
      if (!count.is_constant()) throw Refused{"stack memory of variable size"};
      llvm::Type* element = memory_type(made.type.scalar);
      llvm::Type* type = made.type.shape.empty() ? element : llvm::ArrayType::get(element, static_cast<std::uint64_t>(std::max<std::int64_t>(count.constant(), 0)));
      made.address = entry_.CreateAlloca(type);
    }
    buffers_[op.results[0]] = made;
  }

  void emit_view(const Op& op) {
    Buffer made = buffer(op.operands[0]);
    made.address = element_address(made, std::span(op.operands).subspan(1), op.dims.empty() ? nullptr : dim_value(op.dims[0]));
    made.type = func_.type(op.results[0]);
    buffers_[op.results[0]] = made;
  }

  // Loops

  template <class Body>
  void counted_loop(Value* count, bool runs, bool reverse, Body body) {
    llvm::BasicBlock* before = b_.GetInsertBlock();
    llvm::BasicBlock* loop = llvm::BasicBlock::Create(context_, "loop", function_);
    llvm::BasicBlock* end = llvm::BasicBlock::Create(context_, "end", function_);
    if (runs)
      b_.CreateBr(loop);
    else
      b_.CreateCondBr(b_.CreateICmpSGT(count, b_.getInt64(0)), loop, end);
    b_.SetInsertPoint(loop);
    llvm::PHINode* step = b_.CreatePHI(b_.getInt64Ty(), 2);
    step->addIncoming(b_.getInt64(0), before);
    body(reverse ? b_.CreateNSWSub(b_.CreateNSWSub(count, b_.getInt64(1)), step) : step);
    Value* next = b_.CreateAdd(step, b_.getInt64(1), "", true, true);
    step->addIncoming(next, b_.GetInsertBlock());
    b_.CreateCondBr(b_.CreateICmpEQ(next, count), end, loop);
    b_.SetInsertPoint(end);
  }

  void emit_loop(const Op& op) {
    const ir::Region& region = op.regions.at(0);
    std::int64_t trips = 1;
    for (const Dim& extent : op.dims) {
      if (!extent.is_constant()) trips = unrolled_iterations + 1;
      else if (trips <= unrolled_iterations) trips *= std::max<std::int64_t>(extent.constant(), 0);
    }
    const bool unroll = trips <= unrolled_iterations && trips * operation_count(region) <= unrolled_operations;
    emit_axis(op, region, 0, unroll);
  }

  void emit_axis(const Op& op, const ir::Region& region, std::size_t axis, bool unroll) {
    if (axis == op.dims.size()) return emit_region(region);
    const bool reverse = op.attr_int("reverse") != 0;
    const Dim& extent = op.dims[axis];
    if (unroll) {
      for (std::int64_t i = 0; i < extent.constant(); ++i) {
        scalars_[region.params[axis].index] = b_.getInt64(static_cast<std::uint64_t>(reverse ? extent.constant() - 1 - i : i));
        emit_axis(op, region, axis + 1, unroll);
      }
      return;
    }
    counted_loop(dim_value(extent), extent.is_constant() && extent.constant() > 0, reverse, [&](Value* iterator) {
      scalars_[region.params[axis].index] = iterator;
      emit_axis(op, region, axis + 1, unroll);
    });
  }

  // Operations

  void emit_region(const ir::Region& region) {
    for (const Op& op : region.ops) emit_op(op);
  }

  void emit_kernel(const Op& op, std::string_view name) {
    const RuntimeSymbol* symbol = find_runtime_symbol(name);
    if (!symbol || symbol->signature.size() != op.operands.size() + 1) throw Refused{"no runtime symbol " + std::string(name) + " with these operands"};
    std::vector<Value*> operands;
    for (ValueId operand : op.operands) operands.push_back(func_.type(operand).kind == Kind::buffer ? buffer(operand).address : scalar(operand));
    for (std::size_t i = 0; i < operands.size(); ++i)
      if (operands[i]->getType()->isPointerTy() != (symbol->signature[i + 1] == 'p')) throw Refused{"an operand of " + std::string(name) + " has the wrong kind"};
    Value* result = call_runtime(b_, *symbol, operands);
    if (!op.results.empty()) scalars_[op.results[0].index] = result;
  }

  void emit_op(const Op& op) {
    switch (op.code) {
      case Opcode::alloc: return emit_alloc(op);
      case Opcode::view: return emit_view(op);
      case Opcode::loop: return emit_loop(op);
      case Opcode::load: {
        const Buffer& memory = buffer(op.operands[0]);
        scalars_[op.results[0].index] = load_at(memory, element_address(memory, std::span(op.operands).subspan(1)));
        return;
      }
      case Opcode::store: {
        const Buffer& memory = buffer(op.operands[0]);
        return store_at(memory, element_address(memory, std::span(op.operands).subspan(1, op.operands.size() - 2)), scalar(op.operands.back()));
      }
      case Opcode::accumulate: return emit_accumulate(op);
      case Opcode::fill: return emit_fill(op);
      case Opcode::copy: return emit_copy(op);
      case Opcode::kernel: return emit_kernel(op, op.attr_string("symbol"));
      case Opcode::dim: scalars_[op.results[0].index] = dim_value(op.dims.at(0)); return;
      case Opcode::yield: return;
      case Opcode::return_values: b_.CreateRetVoid(); return;
      default: break;
    }
    const ir::OpInfo& info = ir::op_info(op.code);
    if (info.group == ir::Group::random) return emit_kernel(op, "elba_" + std::string(info.name));
    if (info.group != ir::Group::scalar) throw Refused{std::string(info.name) + " is not an operation of the loop level"};
    std::vector<Value*> operands;
    for (ValueId operand : op.operands) operands.push_back(scalar(operand));
    Value* result = lower_scalar(b_, info.lower, operands);
    if (!result) throw Refused{"no lowering for " + std::string(info.lower)};
    scalars_[op.results[0].index] = result;
  }
};

}  // namespace

std::string entry_name(const std::string& func) { return "elba_fn_" + func; }

std::unique_ptr<llvm::Module> emit(const ir::Module& module, llvm::LLVMContext& context, std::string& error) {
  auto made = std::make_unique<llvm::Module>(module.name, context);
  try {
    if (module.level != ir::Level::loop) throw Refused{"the module is not at loop level"};
    for (const ir::Func& func : module.funcs) FunctionEmitter(module, func, *made).run();
  } catch (const Refused& refused) {
    error = refused.what;
    return nullptr;
  }
  return made;
}

}  // namespace elba::codegen
