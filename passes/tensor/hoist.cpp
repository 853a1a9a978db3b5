// hoist: what does not vary in a loop leaves it, as far out as its operands allow; sums of invariants become
// products.
//
//      nest (%i < N) -> (sum f64) { %s = exp %w;  %z = div x[%i], %s;  yield %z }
//   -> %s = exp %w;  %r = div 1.0, %s;  nest (%i < N) -> (sum f64) { %z = mul x[%i], %r;  yield %z }
//   then the factor follows:
//   -> %s = exp %w;  %r = div 1.0, %s;  %t = nest (%i < N) -> (sum f64) { yield x[%i] };  mul %t, %r
//
//      sum c = n c;   sum (a + c) = sum a + n c;   sum (a c) = c sum a;   sum (a c)^2 = c c sum a^2
//      c invariant, n iterations
//
// Why legal: every op is pure and total. x / s -> x * (1/s) costs at most one more rounding (and needs 1/s
// finite). A read leaves a loop that may run zero times only if its tensor does not have the loop's size:
// then its indices are as valid outside. sum (a + c) is split only when `a` carries a rounding of its own.
// When `a` is data (sum of y[i] - mu) the differences may be small where the two sums are large, and
// subtracting those would lose the digits. A bounded loop may run nowhere: what leaves it is computed all the
// same, and in reverse accumulation its adjoint 0 would meet whatever derivative the value has. So before
// differentiation only what cannot have an infinite one leaves, and nothing leaves its sums. Not here:
// leaving two terms with factors of their own, sum (a c + b d): two accumulators cost more than one product.
#include <algorithm>
#include <numeric>

#include "passes/passes.h"
#include "passes/tensor/hoister.h"

namespace elba::passes {

using namespace ir;

namespace {

bool shares_symbol(const Dim& a, const std::vector<std::string>& symbols) {
  const auto mine = a.symbols();
  return std::any_of(mine.begin(), mine.end(), [&](const std::string& name) {
    return std::find(symbols.begin(), symbols.end(), name) != symbols.end();
  });
}

}  // namespace

void Hoister::run() {
  levels_.push_back(&func_.body.ops);
  std::vector<Op> ops = std::move(func_.body.ops);
  func_.body.ops.clear();
  for (Op& op : ops)
    place(std::move(op));
}

// The op in its loop or further out; its regions first, so that what leaves them is in place.
void Hoister::place(Op op) {
  same_.apply(op);
  if (is_loop(op)) return place_loop(std::move(op));
  if (op.code == Opcode::div && func_.type(op.results[0]).is_scalar()) use_reciprocal(op);
  const int to = target(op);
  push(std::move(op), to);
}

// x / s -> x * (1 / s) where 1 / s is there already, or leaves a loop in which x varies.
void Hoister::use_reciprocal(Op& op) {
  const ValueId divisor = op.operands[1];
  if (keeps_bounds_ &&
      std::any_of(loops_.begin(), loops_.end(), [](const Loop& loop) { return loop.bounded; }))
    return;
  const bool is_itself = func_.constant(op.operands[0]) == Constant(1.0);
  const auto known = reciprocals_.find(divisor);
  if (is_itself ||
      (known == reciprocals_.end() && !(here() > 0 && invariant(divisor) && !invariant(op.operands[0]))))
    return;
  if (known != reciprocals_.end()) {
    op.operands[1] = known->second;
  } else {
    const ValueId one = func_.add_constant(1.0);
    grow();
    op.operands[1] = emit_at(depth_[divisor.index], Opcode::div, {one, divisor}, op.origin);
  }
  op.code = Opcode::mul;
}

void Hoister::place_loop(Op op) {
  Region& body = op.regions[0];
  std::vector<Op> ops = std::move(body.ops);
  body.ops.clear();
  for (std::size_t k = 0; k < op.dims.size(); ++k)
    extent_of_[body.params[k]] = op.dims[k];
  loops_.push_back({op.dims, is_bounded(op)});
  levels_.push_back(&body.ops);
  for (Op& inner : ops)
    place(std::move(inner));
  const std::vector<Linear> sums = is_bounded(op) ? std::vector<Linear>{} : take_out_of_sums(op);
  levels_.pop_back();
  loops_.pop_back();
  const Dim count = std::accumulate(op.dims.begin(), op.dims.end(), Dim(1),
                                    [](const Dim& x, const Dim& y) { return x * y; });
  const Span origin = op.origin;
  const int to = target(op);
  push(std::move(op), to);
  for (const Linear& sum : sums)
    rebuild(sum, count, origin);
}

ValueId Hoister::emit_free(Opcode code, Values operands, Span origin) {
  int depth = 0;
  for (ValueId operand : operands)
    depth = std::max(depth, depth_[operand.index]);
  return emit_at(depth, code, std::move(operands), origin);
}

// The depth to which an op can go.
int Hoister::target(const Op& op) const {
  if (op_info(op.code).group == Group::control) return here();
  int deepest = 0;
  needs(op, here(), deepest);
  for (int depth = here(); depth > deepest; --depth)
    if (!safe_outside(op, depth)) return depth;
  return deepest;
}

// The deepest definition that the op, at depth `at`, takes from outside itself.
void Hoister::needs(const Op& op, int at, int& deepest) const {
  for (ValueId operand : op.operands)
    if (depth_[operand.index] <= at) deepest = std::max(deepest, depth_[operand.index]);
  for (const Region& region : op.regions)
    for (const Op& inner : region.ops)
      needs(inner, at, deepest);
}

// Whether it may run although the loop at this depth runs zero times.
bool Hoister::safe_outside(const Op& op, int depth) const {
  const auto& [extents, bounded] = loops_[static_cast<std::size_t>(depth - 1)];
  if (bounded && keeps_bounds_ && !stays_finite(op)) return false;
  std::vector<std::string> symbols;
  for (const Dim& extent : extents) {
    if (extent.is_constant() && extent.constant() > 0) continue;
    for (auto& name : extent.symbols())
      symbols.push_back(std::move(name));
  }
  return symbols.empty() || reads_safely(op, symbols);
}

// Whether its derivative is finite wherever its operands are.
bool Hoister::stays_finite(const Op& op) const {
  if (is_loop(op)) return false;
  const Type& type = func_.type(op.results[0]);
  if (type.kind != Kind::tensor || type.scalar != Scalar::f64) return true;
  return op.code == Opcode::read || op.code == Opcode::add || op.code == Opcode::sub ||
         op.code == Opcode::mul || op.code == Opcode::neg || op.code == Opcode::to_real;
}

bool Hoister::reads_safely(const Op& op, const std::vector<std::string>& symbols) const {
  if (op.code == Opcode::read) {
    const auto& shape = func_.type(op.operands[0]).shape;
    for (std::size_t k = 0; k + 1 < op.operands.size(); ++k) {
      // An iterator of a loop of the same extent is in range wherever it has a value.
      const auto extent = extent_of_.find(op.operands[k + 1]);
      if (extent != extent_of_.end() && extent->second == shape[k]) continue;
      if (shares_symbol(shape[k], symbols)) return false;
    }
  }
  for (const Region& region : op.regions)
    for (const Op& inner : region.ops)
      if (!reads_safely(inner, symbols)) return false;
  return true;
}

void Hoister::grow() {
  depth_.resize(func_.values.size(), 0);
  uses_.resize(func_.values.size(), 0);
}

// Depths inside a loop that moves out become stale, but are not read again: loops are finished
// from the inside.
void Hoister::push(Op op, int depth) {
  grow();
  definitions_.note(op);
  // Beside its divisor, a reciprocal can be seen wherever the divisor can.
  const bool is_reciprocal = op.code == Opcode::div && func_.constant(op.operands[0]) == Constant(1.0);
  if (is_reciprocal && depth == depth_[op.operands[1].index])
    reciprocals_.emplace(op.operands[1], op.results[0]);
  for (ValueId result : op.results)
    depth_[result.index] = depth;
  levels_[static_cast<std::size_t>(depth)]->push_back(std::move(op));
}

ValueId Hoister::emit_at(int depth, Opcode code, Values operands, Span origin, std::vector<Dim> dims) {
  std::vector<Op> made;
  const ValueId result = Emitter(func_, made, origin).emit(code, std::move(operands), std::move(dims));
  push(std::move(made[0]), depth);
  return result;
}

void move_invariants(Func& func) {
  Hoister(func).run();
  compact(func);
}

Module hoist(Module module) {
  for (Func& func : module.funcs)
    move_invariants(func);
  return module;
}

}  // namespace elba::passes
