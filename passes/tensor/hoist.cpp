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
#include "passes/rewrite/rewrite.h"
#include "passes/tensor/sum_tree.h"

namespace elba::passes {

using namespace ir;

namespace {

using Values = std::vector<ValueId>;

bool shares_symbol(const Dim& a, const std::vector<std::string>& symbols) {
  const auto mine = a.symbols();
  return std::any_of(mine.begin(), mine.end(), [&](const std::string& name) {
    return std::find(symbols.begin(), symbols.end(), name) != symbols.end();
  });
}

class Hoister {
 public:
  explicit Hoister(Func& func)
      : func_(func),
        depth_(definition_depths(func)),
        uses_(use_counts(func)),
        keeps_bounds_(!func.name.ends_with(".grad") && !func.name.ends_with(".hvp")) {}

  void run() {
    levels_.push_back(&func_.body.ops);
    std::vector<Op> ops = std::move(func_.body.ops);
    func_.body.ops.clear();
    for (Op& op : ops)
      place(std::move(op));
  }

 private:
  [[nodiscard]] int here() const { return static_cast<int>(levels_.size()) - 1; }
  [[nodiscard]] bool invariant(ValueId value) const { return depth_[value.index] < here(); }

  // The op in its loop or further out; its regions first, so that what leaves them is in place.
  void place(Op op) {
    same_.apply(op);
    if (is_loop(op)) return place_loop(std::move(op));
    if (op.code == Opcode::div && func_.type(op.results[0]).is_scalar()) use_reciprocal(op);
    const int to = target(op);
    push(std::move(op), to);
  }

  // x / s -> x * (1 / s) where 1 / s is there already, or leaves a loop in which x varies.
  void use_reciprocal(Op& op) {
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

  void place_loop(Op op) {
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

  // --- sums ------------------------------------------------------------------------------------------------
  struct Term {
    bool negative = false;
    Values factors;  // invariant; at least one when it stands for itself
  };
  // result = (product of rest.factors) * (the nest's sum) + count * sum of addends
  struct Linear {
    // `inside`: what the nest now sums under a fresh name; invalid when nothing varies.
    ValueId result, inside;
    Term rest;
    std::vector<Term> addends;
  };

  struct Peeled {
    ValueId core;
    Values factors;
    bool negative = false;
  };
  // value = (-1)^negative * (product of the invariant factors) * core, through products, squares and signs.
  // Without `emit`, only the factors are found; with it, the core is made in the body under construction, of
  // as many ops as it replaces or fewer. What a value multiplied with itself again and again is made of grows
  // exponentially with the number of times, so no more than some factors are looked for.
  static constexpr std::size_t most_factors = 100;
  Peeled peel(ValueId value, bool emit) {
    std::size_t visits = 2 * most_factors;
    return peel(value, emit, visits);
  }
  Peeled peel(ValueId value, bool emit, std::size_t& visits) {
    if (visits == 0) return {value, {}};
    --visits;
    const auto* made = definitions_.find(value);
    const bool is_product = made != nullptr && made->code == Opcode::mul,
               is_square = made != nullptr && made->code == Opcode::square;
    if (made != nullptr && made->code == Opcode::neg) {
      Peeled inner = peel(made->operands[0], emit, visits);
      inner.negative = !inner.negative;
      return inner;
    }
    if (!is_product && !is_square) return {value, {}};
    const Values operands = made->operands;
    for (std::size_t k = 0; k < operands.size() && is_product; ++k) {
      if (!invariant(operands[k]) || invariant(operands[1 - k])) continue;
      Peeled rest = peel(operands[1 - k], emit, visits);
      rest.factors.push_back(operands[k]);
      return rest;
    }
    Peeled left = peel(operands[0], emit, visits), right = is_square ? left : peel(operands[1], emit, visits);
    const std::size_t factors = left.factors.size() + right.factors.size();
    if (factors == 0 || factors > most_factors) return {value, {}};
    left.factors.insert(left.factors.end(), right.factors.begin(), right.factors.end());
    left.negative = left.negative != right.negative;
    if (!emit) return left;
    if (is_square || left.core == right.core)
      left.core = emit_inside(Opcode::square, {left.core});
    else
      left.core = emit_inside(Opcode::mul, {left.core, right.core});
    return left;
  }

  // In the body of the loop under construction, before its yield.
  ValueId emit_inside(Opcode code, Values operands) {
    Op end = std::move(levels_.back()->back());
    levels_.back()->pop_back();
    const ValueId value = emit_at(here(), code, std::move(operands), end.origin);
    levels_.back()->push_back(std::move(end));
    return value;
  }

  Linear decompose(ValueId result, ValueId value) {
    Linear out{result, value, {}, {}};
    for (;;) {
      if (invariant(out.inside)) {
        Term term = out.rest;
        term.factors.push_back(out.inside);
        out.addends.push_back(std::move(term));
        out.inside = {};
        return out;
      }
      if (!peel(out.inside, false).factors.empty()) {
        Peeled peeled = peel(out.inside, true);
        out.inside = peeled.core;
        out.rest.negative ^= peeled.negative;
        out.rest.factors.insert(out.rest.factors.end(), peeled.factors.begin(), peeled.factors.end());
        continue;
      }
      // Not into what is used elsewhere too: it is computed anyway.
      auto leaves = sum_leaves(definitions_, out.inside,
                               [&](ValueId inner) { return !invariant(inner) && uses_[inner.index] <= 1; });
      const auto varies = std::stable_partition(leaves.begin(), leaves.end(),
                                                [&](const Leaf& leaf) { return invariant(leaf.value); });
      const std::size_t fixed = static_cast<std::size_t>(varies - leaves.begin()),
                        varying = leaves.size() - fixed;
      if (varying == 1 && fixed == 0 && leaves[0].value != out.inside) {  // a negation
        out.rest.negative ^= leaves[0].negative;
        out.inside = leaves[0].value;
        continue;
      }
      if (fixed == 0 || !std::all_of(varies, leaves.end(), [&](const Leaf& leaf) {
            return carries_rounding(func_, definitions_, leaf.value);
          }))
        return out;
      for (auto leaf = leaves.begin(); leaf != varies; ++leaf) {
        Term term = out.rest;
        term.negative ^= leaf->negative;
        term.factors.push_back(leaf->value);
        out.addends.push_back(std::move(term));
      }
      leaves.erase(leaves.begin(), varies);
      if (leaves.empty()) {
        out.inside = {};
        return out;
      }
      if (leaves.size() > 1) {
        out.inside = add_leaves(
            leaves, [this](Opcode code, Values operands) { return emit_inside(code, std::move(operands)); });
        return out;
      }
      out.rest.negative ^= leaves[0].negative;
      out.inside = leaves[0].value;
    }
  }

  std::vector<Linear> take_out_of_sums(Op& op) {
    std::vector<Linear> sums;
    const std::size_t carries = carry_count(op);
    for (std::size_t k = carries; k < op.results.size(); ++k) {
      if (op.combiners[k - carries] != Combiner::sum || !(func_.type(op.results[k]) == Type::real()))
        continue;
      const auto at = static_cast<std::size_t>(yielded(func_, op, k).data() -
                                               op.regions[0].ops.back().operands.data());
      Linear sum = decompose(op.results[k], op.regions[0].ops.back().operands[at]);
      ValueId& end = op.regions[0].ops.back().operands[at];
      if (sum.inside == end) continue;
      if (sum.inside.valid()) {
        end = sum.inside;
        sum.inside = func_.add_value(Type::real());
        grow();
        op.results[k] = sum.inside;
      } else {
        end = func_.add_constant(0.0);  // dce drops the result
        op.results[k] = func_.add_value(Type::real());
        grow();
      }
      sums.push_back(std::move(sum));
    }
    return sums;
  }

  ValueId emit_free(Opcode code, Values operands, Span origin) {
    int depth = 0;
    for (ValueId operand : operands)
      depth = std::max(depth, depth_[operand.index]);
    return emit_at(depth, code, std::move(operands), origin);
  }

  ValueId product(const Term& term, ValueId start, Span origin) {
    ValueId value = start;
    for (ValueId factor : term.factors)
      value = value.valid() ? emit_free(Opcode::mul, {value, factor}, origin) : factor;
    return value;
  }

  void rebuild(const Linear& sum, const Dim& count, Span origin) {
    ValueId total;
    const auto add = [&](ValueId value, bool negative) {
      if (!total.valid())
        total = negative ? emit_free(Opcode::neg, {value}, origin) : value;
      else
        total = emit_free(negative ? Opcode::sub : Opcode::add, {total, value}, origin);
    };
    for (const Term& term : sum.addends)
      add(product(term, {}, origin), term.negative);
    if (total.valid()) {
      ValueId n;
      if (count.is_constant()) {
        n = func_.add_constant(static_cast<double>(count.constant()));
        grow();
      } else {
        n = emit_free(Opcode::to_real, {emit_at(0, Opcode::dim, {}, origin, {count})}, origin);
      }
      total = emit_free(Opcode::mul, {total, n}, origin);
    }
    if (sum.inside.valid()) add(product(sum.rest, sum.inside, origin), sum.rest.negative);
    same_.set(sum.result, total);
  }

  // The depth to which an op can go.
  int target(const Op& op) const {
    if (op_info(op.code).group == Group::control) return here();
    int deepest = 0;
    needs(op, here(), deepest);
    for (int depth = here(); depth > deepest; --depth)
      if (!safe_outside(op, depth)) return depth;
    return deepest;
  }

  // The deepest definition that the op, at depth `at`, takes from outside itself.
  void needs(const Op& op, int at, int& deepest) const {
    for (ValueId operand : op.operands)
      if (depth_[operand.index] <= at) deepest = std::max(deepest, depth_[operand.index]);
    for (const Region& region : op.regions)
      for (const Op& inner : region.ops)
        needs(inner, at, deepest);
  }

  // Whether it may run although the loop at this depth runs zero times.
  bool safe_outside(const Op& op, int depth) const {
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
  bool stays_finite(const Op& op) const {
    if (is_loop(op)) return false;
    const Type& type = func_.type(op.results[0]);
    if (type.kind != Kind::tensor || type.scalar != Scalar::f64) return true;
    return op.code == Opcode::read || op.code == Opcode::add || op.code == Opcode::sub ||
           op.code == Opcode::mul || op.code == Opcode::neg || op.code == Opcode::to_real;
  }

  bool reads_safely(const Op& op, const std::vector<std::string>& symbols) const {
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

  void grow() {
    depth_.resize(func_.values.size(), 0);
    uses_.resize(func_.values.size(), 0);
  }

  // Depths inside a loop that moves out become stale, but nothing looks at them again: loops are finished
  // from the inside.
  void push(Op op, int depth) {
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

  ValueId emit_at(int depth, Opcode code, Values operands, Span origin, std::vector<Dim> dims = {}) {
    std::vector<Op> made;
    const ValueId result = Emitter(func_, made, origin).emit(code, std::move(operands), std::move(dims));
    push(std::move(made[0]), depth);
    return result;
  }

  Func& func_;
  std::vector<int> depth_;
  Definitions definitions_;
  std::unordered_map<ValueId, ValueId> reciprocals_;  // divisor -> 1 / divisor
  std::vector<std::uint32_t> uses_;
  Substitution same_;
  std::vector<std::vector<Op>*> levels_;
  struct Loop {
    std::vector<Dim> extents;
    bool bounded;
  };
  std::vector<Loop> loops_;
  bool keeps_bounds_;
  std::unordered_map<ValueId, Dim> extent_of_;
};

}  // namespace

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
