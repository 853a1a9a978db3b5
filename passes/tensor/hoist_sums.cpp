// hoist_sums: the rules of hoist for sums (hoist.cpp): invariant terms and factors of what a nest sums.
#include <algorithm>

#include "passes/tensor/hoister.h"

namespace elba::passes {

using namespace ir;

Hoister::Peeled Hoister::peel(ValueId value, bool emit) {
  std::size_t visits = 2 * most_factors;
  return peel(value, emit, visits);
}

Hoister::Peeled Hoister::peel(ValueId value, bool emit, std::size_t& visits) {
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
ValueId Hoister::emit_inside(Opcode code, Values operands) {
  Op end = std::move(levels_.back()->back());
  levels_.back()->pop_back();
  const ValueId value = emit_at(here(), code, std::move(operands), end.origin);
  levels_.back()->push_back(std::move(end));
  return value;
}

Hoister::Linear Hoister::decompose(ValueId result, ValueId value) {
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

std::vector<Hoister::Linear> Hoister::take_out_of_sums(Op& op) {
  std::vector<Linear> sums;
  const std::size_t carries = carry_count(op);
  for (std::size_t k = carries; k < op.results.size(); ++k) {
    if (op.combiners[k - carries] != Combiner::sum || !(func_.type(op.results[k]) == Type::real())) continue;
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

ValueId Hoister::product(const Term& term, ValueId start, Span origin) {
  ValueId value = start;
  for (ValueId factor : term.factors)
    value = value.valid() ? emit_free(Opcode::mul, {value, factor}, origin) : factor;
  return value;
}

void Hoister::rebuild(const Linear& sum, const Dim& count, Span origin) {
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

}  // namespace elba::passes
