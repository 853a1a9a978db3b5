// emit_memory: addresses, sizes, loads and stores.
//
// Memory that a function writes has one alias scope per parameter and slot, what it only reads shares one:
// loads of inputs leave loops, and accumulators stay in registers. Stack memory needs none.
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Module.h>

#include "codegen/emit_function.h"
#include "codegen/lowerings.h"

namespace elba::codegen {

namespace {

using ir::Dim;
using ir::Op;
using ir::Opcode;
using ir::Scalar;
using ir::ValueId;
using llvm::Value;

constexpr std::int64_t inline_elements = 16;  // fills and copies up to this size are single stores

llvm::Align alignment(Scalar scalar) { return llvm::Align(scalar == Scalar::i1 ? 1 : 8); }

}  // namespace

llvm::Type* FunctionEmitter::memory_type(Scalar scalar) {
  return scalar == Scalar::f64   ? b_.getDoubleTy()
         : scalar == Scalar::i64 ? static_cast<llvm::Type*>(b_.getInt64Ty())
                                 : b_.getInt8Ty();
}

const Buffer& FunctionEmitter::buffer(ValueId value) const {
  const auto it = buffers_.find(value);
  if (it == buffers_.end()) throw Refused{"a buffer is used before it is defined"};
  return it->second;
}

Value* FunctionEmitter::load_invariant(llvm::Type* type, Value* address) {
  llvm::LoadInst* load = entry_.CreateAlignedLoad(type, address, llvm::Align(8));
  load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
  return load;
}

Value* FunctionEmitter::buffer_address(std::size_t index) {
  return load_invariant(b_.getPtrTy(),
                        entry_.CreateConstInBoundsGEP1_64(b_.getPtrTy(), function_->getArg(0), index));
}

Value* FunctionEmitter::symbol_value(const std::string& symbol) {
  Value*& value = dim_values_[symbol];
  if (value) return value;
  for (std::size_t i = 0; i < source_.dims.size(); ++i)
    if (source_.dims[i].name == symbol)
      return value = load_invariant(b_.getInt64Ty(), entry_.CreateConstInBoundsGEP1_64(
                                                         b_.getInt64Ty(), function_->getArg(1), i));
  throw Refused{"dim " + symbol + " is not declared"};
}

Value* FunctionEmitter::dim_value(const Dim& dim) {
  if (dim.is_constant()) return b_.getInt64(static_cast<std::uint64_t>(dim.constant()));
  const std::string text = dim.text();
  if (const auto it = dim_values_.find(text); it != dim_values_.end() && it->second) return it->second;
  Value* sum = nullptr;
  for (const Dim::Term& term : dim.terms()) {
    Value* product = nullptr;
    for (const std::string& symbol : term.symbols)
      product = product ? entry_.CreateNSWMul(product, symbol_value(symbol)) : symbol_value(symbol);
    if (term.coefficient != 1)
      product = entry_.CreateNSWMul(product, b_.getInt64(static_cast<std::uint64_t>(term.coefficient)));
    sum = sum ? entry_.CreateNSWAdd(sum, product) : product;
  }
  if (dim.constant() != 0)
    sum = entry_.CreateNSWAdd(sum, b_.getInt64(static_cast<std::uint64_t>(dim.constant())));
  return dim_values_[text] = sum;
}

// Alias scopes: one per written parameter and per slot, one for all that is only read.
void FunctionEmitter::make_buffers() {
  llvm::MDBuilder md(context_);
  llvm::MDNode* domain = md.createAnonymousAliasScopeDomain();
  llvm::MDNode* inputs = md.createAnonymousAliasScope(domain);
  llvm::MDNode* flag = md.createAnonymousAliasScope(domain);
  std::vector<llvm::Metadata*> all = {inputs, flag};
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
  finish(flag_, flag);
  for (const auto& [number, scope] : slots) {
    Buffer made;
    made.address = buffer_address(func_.params.size() + static_cast<std::size_t>(number));
    finish(made, scope);
    slots_.emplace(number, made);
  }
}

void FunctionEmitter::annotate(llvm::Instruction* access, const Buffer& memory) {
  if (memory.scope) access->setMetadata(llvm::LLVMContext::MD_alias_scope, memory.scope);
  if (memory.others) access->setMetadata(llvm::LLVMContext::MD_noalias, memory.others);
}

Value* FunctionEmitter::element_address(const Buffer& memory, Indices indices, Value* offset) {
  if (indices.size() > memory.type.shape.size()) throw Refused{"more indices than dims"};
  Value* flat = nullptr;
  for (std::size_t axis = 0; axis < memory.type.shape.size(); ++axis) {
    if (flat) flat = b_.CreateNSWMul(flat, dim_value(memory.type.shape[axis]));
    if (axis < indices.size())
      flat = flat ? b_.CreateNSWAdd(flat, scalar(indices[axis])) : scalar(indices[axis]);
  }
  if (offset) flat = flat ? b_.CreateNSWAdd(flat, offset) : offset;
  return flat ? b_.CreateInBoundsGEP(memory_type(memory.type.scalar), memory.address, flat) : memory.address;
}

Value* FunctionEmitter::load_at(const Buffer& memory, Value* address) {
  llvm::LoadInst* load = b_.CreateAlignedLoad(memory_type(memory.type.scalar), address,
                                              alignment(memory.type.scalar));
  annotate(load, memory);
  if (memory.constant)
    load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
  return memory.type.scalar == Scalar::i1 ? b_.CreateICmpNE(load, b_.getInt8(0)) : static_cast<Value*>(load);
}

void FunctionEmitter::store_at(const Buffer& memory, Value* address, Value* value) {
  if (memory.type.scalar == Scalar::i1) value = b_.CreateZExt(value, b_.getInt8Ty());
  annotate(b_.CreateAlignedStore(value, address, alignment(memory.type.scalar)), memory);
}

void FunctionEmitter::emit_accumulate(const Op& op) {
  const Buffer& memory = buffer(op.operands[0]);
  Value* address = element_address(memory, std::span(op.operands).subspan(1, op.operands.size() - 2));
  Value* old = load_at(memory, address);
  Value* term = scalar(op.operands.back());
  const std::string combiner = op.attr_string("combiner");
  Value* made = nullptr;
  if (combiner.empty() || combiner == "sum") {
    made = lower_scalar(b_, "fadd", std::array{old, term});
    if (auto* add = llvm::dyn_cast<llvm::Instruction>(made); add && made->getType()->isDoubleTy())
      add->setHasAllowReassoc(true);
  } else {
    made = lower_scalar(b_,
                        combiner == "prod"  ? "fmul"
                        : combiner == "max" ? "fmax"
                        : combiner == "min" ? "fmin"
                                            : "",
                        std::array{old, term});
  }
  if (!made) throw Refused{"accumulate cannot combine by " + combiner};
  store_at(memory, address, made);
}

void FunctionEmitter::emit_fill(const Op& op) {
  const Buffer& memory = buffer(op.operands[0]);
  const Dim count = memory.type.element_count();
  Value* value = scalar(op.operands[1]);
  if (count.is_constant() && count.constant() <= inline_elements) {
    for (std::int64_t i = 0; i < count.constant(); ++i)
      store_at(memory, element_at(memory, i), value);
    return;
  }
  const auto* constant = llvm::dyn_cast<llvm::Constant>(value);
  if (constant && constant->isNullValue()) {
    annotate(b_.CreateMemSet(memory.address, b_.getInt8(0), byte_count(memory, count),
                             alignment(memory.type.scalar)),
             memory);
    return;
  }
  counted_loop(dim_value(count), count.is_constant() && count.constant() > 0, false, [&](Value* i) {
    store_at(memory, b_.CreateInBoundsGEP(memory_type(memory.type.scalar), memory.address, i), value);
  });
}

void FunctionEmitter::emit_copy(const Op& op) {
  const Buffer& to = buffer(op.operands[0]);
  const Buffer& from = buffer(op.operands[1]);
  const Dim count = to.type.element_count();
  if (to.type.scalar != from.type.scalar) throw Refused{"copy between element types"};
  if (count.is_constant() && count.constant() <= inline_elements) {
    std::vector<Value*> values;
    for (std::int64_t i = 0; i < count.constant(); ++i)
      values.push_back(load_at(from, element_at(from, i)));
    for (std::int64_t i = 0; i < count.constant(); ++i)
      store_at(to, element_at(to, i), values[static_cast<std::size_t>(i)]);
    return;
  }
  b_.CreateMemCpy(to.address, alignment(to.type.scalar), from.address, alignment(from.type.scalar),
                  byte_count(to, count));
}

Value* FunctionEmitter::element_at(const Buffer& memory, std::int64_t index) {
  return b_.CreateConstInBoundsGEP1_64(memory_type(memory.type.scalar), memory.address,
                                       static_cast<std::uint64_t>(index));
}

// A dim may be negative (T - 1 without data); it then means nothing.
Value* FunctionEmitter::byte_count(const Buffer& memory, const Dim& count) {
  const std::int64_t size = memory.type.scalar == Scalar::i1 ? 1 : 8;
  if (count.is_constant())
    return b_.getInt64(static_cast<std::uint64_t>(std::max<std::int64_t>(count.constant(), 0) * size));
  Value* elements = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, dim_value(count), b_.getInt64(0));
  return size == 1 ? elements : b_.CreateMul(elements, b_.getInt64(static_cast<std::uint64_t>(size)));
}

void FunctionEmitter::emit_alloc(const Op& op) {
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
    llvm::Type* type = made.type.shape.empty()
                           ? element
                           : llvm::ArrayType::get(element, static_cast<std::uint64_t>(
                                                               std::max<std::int64_t>(count.constant(), 0)));
    made.address = entry_.CreateAlloca(type);
  }
  buffers_[op.results[0]] = made;
}

void FunctionEmitter::emit_view(const Op& op) {
  Buffer made = buffer(op.operands[0]);
  made.address = element_address(made, std::span(op.operands).subspan(1),
                                 op.dims.empty() ? nullptr : dim_value(op.dims[0]));
  made.type = func_.type(op.results[0]);
  buffers_[op.results[0]] = made;
}

}  // namespace elba::codegen
