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
// Addresses and dims are loaded once, in the entry block. Memory that a function writes has one alias scope
// per parameter and slot, what it only reads shares one, so that accumulators stay in registers. Small loops
// of constant extent are unrolled here, which makes small buffers registers (SROA) without an unroller among
// the passes. A loop with the attribute `poll` runs in strips of that many iterations, and after each of them
// checks the flag that the caller passes: when it is set, the function returns where it is, its results half
// made. The strips are loops as any other, so that the vectoriser does not notice. Leaves out: SIMD. LLVM's
// vectoriser finds loops over rows, whose calls of exp, log1p, ... have versions for several lanes.
#include "codegen/emit.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MathExtras.h>

#include "codegen/emit_function.h"
#include "codegen/llvm_guard.h"
#include "codegen/lowerings.h"
#include "codegen/symbols.h"
#include "ir/ops.h"

namespace elba::codegen {

namespace {

using ir::Dim;
using ir::Kind;
using ir::Op;
using ir::Opcode;
using ir::ValueId;
using llvm::Value;

constexpr std::int64_t unrolled_iterations = 16;   // largest trip count that is unrolled,
constexpr std::int64_t unrolled_operations = 160;  // if no more operations than these come of it

std::int64_t operation_count(const ir::Region& region) {
  std::int64_t count = 0;
  for (const Op& op : region.ops) {
    std::int64_t inside = 1;
    for (const ir::Region& inner : op.regions)
      inside += operation_count(inner);
    for (const Dim& extent : op.dims)
      if (op.code == Opcode::loop && extent.is_constant() && extent.constant() <= unrolled_iterations)
        inside *= std::max<std::int64_t>(extent.constant(), 1);
    count += inside;
  }
  return count;
}

}  // namespace

FunctionEmitter::FunctionEmitter(const ir::Module& source, const ir::Func& func, llvm::Module& module,
                                 llvm::IRBuilderBase& body, llvm::IRBuilderBase& entry)
    : source_(source), func_(func), context_(module.getContext()), b_(body), entry_(entry) {
  llvm::Type* pointer = b_.getPtrTy();
  function_ = llvm::Function::Create(
      llvm::FunctionType::get(b_.getVoidTy(), {pointer, pointer, pointer}, false),
      llvm::Function::ExternalLinkage, entry_name(func.name), module);
  function_->setDoesNotThrow();
  for (unsigned i : {0u, 1u})
    for (auto attribute : {llvm::Attribute::NoAlias, llvm::Attribute::NoCapture, llvm::Attribute::ReadOnly})
      function_->addParamAttr(i, attribute);
  function_->addParamAttr(2, llvm::Attribute::NoCapture);
  llvm::FastMathFlags flags;
  flags.setAllowContract(true);
  b_.setFastMathFlags(flags);
}

void FunctionEmitter::run() {
  llvm::BasicBlock* entry = llvm::BasicBlock::Create(context_, "entry", function_);
  llvm::BasicBlock* body = llvm::BasicBlock::Create(context_, "body", function_);
  // What is needed everywhere goes before the branch.
  entry_.SetInsertPoint(llvm::BranchInst::Create(body, entry));
  b_.SetInsertPoint(body);
  scalars_.resize(func_.values.size());
  make_buffers();
  for (const ir::Param& param : func_.params) {
    const ir::Type& type = func_.type(param.value);
    if (type.kind == Kind::key)
      scalars_[param.value.index] = load_invariant(b_.getInt64Ty(), buffers_.at(param.value).address);
    else if (type.kind != Kind::buffer)
      throw Refused{"parameter %" + param.name + " is not a buffer"};
  }
  emit_region(func_.body);
}

Value* FunctionEmitter::scalar(ValueId value) {
  if (const auto& constant = func_.constant(value)) {
    if (const auto* real = std::get_if<double>(&*constant))
      return llvm::ConstantFP::get(b_.getDoubleTy(), *real);
    if (const auto* integer = std::get_if<std::int64_t>(&*constant))
      return b_.getInt64(static_cast<std::uint64_t>(*integer));
    return b_.getInt1(std::get<bool>(*constant));
  }
  if (!scalars_[value.index]) throw Refused{"a scalar is used before it is defined"};
  return scalars_[value.index];
}

void FunctionEmitter::counted_loop(Value* count, bool runs, bool reverse,
                                   const std::function<void(Value*)>& body) {
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

// Returns when the flag is set. The load is volatile, since another thread sets the flag; no other memory is
// touched, so that what is known of that stays known.
void FunctionEmitter::poll() {
  llvm::BasicBlock* on = llvm::BasicBlock::Create(context_, "on", function_);
  if (!stopped_) {
    stopped_ = llvm::BasicBlock::Create(context_, "stopped", function_);
    llvm::ReturnInst::Create(context_, stopped_);
  }
  llvm::LoadInst* flag = b_.CreateAlignedLoad(b_.getInt8Ty(), function_->getArg(2), llvm::Align(1), true);
  annotate(flag, flag_);
  b_.CreateCondBr(b_.CreateICmpNE(flag, b_.getInt8(0)), stopped_, on);
  b_.SetInsertPoint(on);
}

// `every` is a power of two.
void FunctionEmitter::polled_loop(Value* count, std::int64_t every, bool reverse,
                                  const std::function<void(Value*)>& body) {
  const auto at = [&](Value* step) {
    return reverse ? b_.CreateNSWSub(b_.CreateNSWSub(count, b_.getInt64(1)), step) : step;
  };
  if (every == 1) {
    counted_loop(count, false, false, [&](Value* step) {
      body(at(step));
      poll();
    });
    return;
  }
  const auto size = static_cast<std::uint64_t>(every);
  Value* strips = b_.CreateAShr(b_.CreateNSWAdd(count, b_.getInt64(size - 1)), llvm::Log2_64(size));
  counted_loop(strips, false, false, [&](Value* strip) {
    Value* from = b_.CreateShl(strip, llvm::Log2_64(size), "", true, true);
    Value* length = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, b_.CreateNSWSub(count, from),
                                             b_.getInt64(size));
    counted_loop(length, true, false,
                 [&](Value* step) { body(at(b_.CreateAdd(from, step, "", true, true))); });
    poll();
  });
}

void FunctionEmitter::emit_loop(const Op& op) {
  const ir::Region& region = op.regions.at(0);
  std::int64_t trips = 1;
  for (const Dim& extent : op.dims) {
    if (!extent.is_constant())
      trips = unrolled_iterations + 1;
    else if (trips <= unrolled_iterations)
      trips *= std::max<std::int64_t>(extent.constant(), 0);
  }
  const bool unroll = !ir::is_bounded(op) && trips <= unrolled_iterations &&
                      trips * operation_count(region) <= unrolled_operations;
  emit_axis(op, 0, unroll);
}

void FunctionEmitter::emit_axis(const Op& op, std::size_t axis, bool unroll) {
  const ir::Region& region = op.regions[0];
  if (axis == op.dims.size()) return emit_region(region);
  const bool reverse = op.attr_int("reverse") != 0;
  const Dim& extent = op.dims[axis];
  const std::int64_t every = op.attr_int("poll_axis") == static_cast<std::int64_t>(axis) ? op.attr_int("poll")
                                                                                         : 0;
  const auto loop = [&](Value* count, bool runs, const std::function<void(Value*)>& body) {
    if (every > 0)
      polled_loop(count, every, reverse, body);
    else
      counted_loop(count, runs, reverse, body);
  };
  const bool is_limited = axis == 1 && op.attr_int("lower") != 0;
  if (is_limited && !unroll) {
    Value* count = b_.CreateAdd(scalars_[region.params[0].index], b_.getInt64(1), "", true, true);
    loop(count, true, [&](Value* iterator) {
      scalars_[region.params[axis].index] = iterator;
      emit_axis(op, axis + 1, unroll);
    });
    return;
  }
  if (unroll) {
    const std::int64_t end =
        is_limited ? llvm::cast<llvm::ConstantInt>(scalars_[region.params[0].index])->getSExtValue() + 1
                   : extent.constant();
    for (std::int64_t i = 0; i < end; ++i) {
      scalars_[region.params[axis].index] = b_.getInt64(
          static_cast<std::uint64_t>(reverse ? end - 1 - i : i));
      emit_axis(op, axis + 1, unroll);
    }
    return;
  }
  if (ir::is_bounded(op)) {
    Value* from = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, scalar(op.operands[0]), b_.getInt64(0));
    Value* to = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, scalar(op.operands[1]), dim_value(extent));
    loop(b_.CreateSub(to, from), false, [&](Value* step) {
      scalars_[region.params[axis].index] = b_.CreateNSWAdd(from, step);
      emit_axis(op, axis + 1, unroll);
    });
    return;
  }
  loop(dim_value(extent), extent.is_constant() && extent.constant() > 0, [&](Value* iterator) {
    scalars_[region.params[axis].index] = iterator;
    emit_axis(op, axis + 1, unroll);
  });
}

void FunctionEmitter::emit_region(const ir::Region& region) {
  for (const Op& op : region.ops)
    emit_op(op);
}

void FunctionEmitter::emit_call(const Op& op, std::string_view name) {
  const RuntimeSymbol* symbol = find_runtime_symbol(name);
  if (!symbol || symbol->signature.size() != op.operands.size() + 1)
    throw Refused{"no runtime symbol " + std::string(name) + " with these operands"};
  std::vector<Value*> operands;
  for (ValueId operand : op.operands)
    operands.push_back(func_.type(operand).kind == Kind::buffer ? buffer(operand).address : scalar(operand));
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (operands[i]->getType()->isPointerTy() != (symbol->signature[i + 1] == 'p'))
      throw Refused{"an operand of " + std::string(name) + " has the wrong kind"};
  Value* result = call_runtime(b_, *symbol, operands);
  if (!op.results.empty()) scalars_[op.results[0].index] = result;
}

void FunctionEmitter::emit_op(const Op& op) {
  switch (op.code) {
    case Opcode::alloc:
      return emit_alloc(op);
    case Opcode::view:
      return emit_view(op);
    case Opcode::loop:
      return emit_loop(op);
    case Opcode::load: {
      const Buffer& memory = buffer(op.operands[0]);
      scalars_[op.results[0].index] = load_at(memory,
                                              element_address(memory, std::span(op.operands).subspan(1)));
      return;
    }
    case Opcode::store: {
      const Buffer& memory = buffer(op.operands[0]);
      return store_at(memory,
                      element_address(memory, std::span(op.operands).subspan(1, op.operands.size() - 2)),
                      scalar(op.operands.back()));
    }
    case Opcode::accumulate:
      return emit_accumulate(op);
    case Opcode::fill:
      return emit_fill(op);
    case Opcode::copy:
      return emit_copy(op);
    case Opcode::kernel:
      return emit_call(op, op.attr_string("symbol"));
    case Opcode::dim:
      scalars_[op.results[0].index] = dim_value(op.dims.at(0));
      return;
    case Opcode::yield:
      return;
    case Opcode::return_values:
      b_.CreateRetVoid();
      return;
    default:
      break;
  }
  const ir::OpInfo& info = ir::op_info(op.code);
  if (info.group == ir::Group::random) return emit_call(op, "elba_" + std::string(info.name));
  if (info.group != ir::Group::scalar)
    throw Refused{std::string(info.name) + " is not an operation of the loop level"};
  std::vector<Value*> operands;
  for (ValueId operand : op.operands)
    operands.push_back(scalar(operand));
  Value* result = lower_scalar(b_, info.lower, operands);
  if (!result) throw Refused{"no lowering for " + std::string(info.lower)};
  scalars_[op.results[0].index] = result;
}
std::string entry_name(const std::string& func) { return "elba_fn_" + func; }

std::unique_ptr<llvm::Module> emit(const ir::Module& module, llvm::LLVMContext& context, std::string& error) {
  Kept<std::unique_ptr<llvm::Module>> made(std::make_unique<llvm::Module>(module.name, context));
  try {
    if (module.level != ir::Level::loop) throw Refused{"the module is not at loop level"};
    for (const ir::Func& func : module.funcs) {
      llvm::IRBuilder<> body(context), entry(context);
      FunctionEmitter(module, func, **made, body, entry).run();
    }
  } catch (const Refused& refused) {
    error = refused.what;
    return nullptr;
  }
  return std::move(*made);
}

}  // namespace elba::codegen
