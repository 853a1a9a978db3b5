// size_facts: what follows from relations between sizes.
//
//     S >= n, T >= 2*K + 1   |-   T - K - 1 >= 0          2 (T - K - 1) = (T - 2*K - 1) + (T - 1), and so on
//
// A polynomial without a negative term is at least 0. Each other is made one by taking away multiples of
// facts, and of facts times sizes, that hold its negative terms; a bounded search over them, so what is not
// found is only not known. Source: Farkas' lemma, and its products as in Handelman, "Representing polynomials
// by positive linear functions on compact convex polyhedra", 1988.
#include <algorithm>
#include <numeric>

#include "frontend/typed_tree/dims.h"

namespace elba::frontend {

namespace {

constexpr int deepest_fact = 6;        // facts in a row
constexpr int most_fact_steps = 1000;  // of each length

struct Term {
  std::vector<std::string> symbols;  // none: the constant
  std::int64_t coefficient;
};

std::vector<Term> negative_terms(const Dim& dim) {
  std::vector<Term> out;
  if (!dim.is_constant())
    for (const auto& term : dim.terms())
      if (term.coefficient < 0) out.push_back({term.symbols, term.coefficient});
  if (dim.constant() < 0) out.push_back({{}, dim.constant()});
  return out;
}

// What `part` lacks to `whole`, both sorted; nothing when it is no part.
std::optional<Dim> quotient(const std::vector<std::string>& whole, const std::vector<std::string>& part) {
  if (!std::includes(whole.begin(), whole.end(), part.begin(), part.end())) return std::nullopt;
  std::vector<std::string> rest;
  std::set_difference(whole.begin(), whole.end(), part.begin(), part.end(), std::back_inserter(rest));
  Dim out(1);
  for (const auto& symbol : rest)
    out = out * Dim::symbol(symbol);
  return out;
}

bool follows(const Dim& target, const SizeFacts& facts, int depth, int& steps) {
  if (at_least_zero(target) == Truth::yes) return true;
  if (depth == 0 || !is_tame(target)) return false;
  const auto missing = negative_terms(target);
  const Term& term = missing.front();
  for (const Dim& fact : facts) {
    for (const Term& held : negative_terms(fact)) {
      const auto factor = quotient(term.symbols, held.symbols);
      if (!factor || --steps < 0) continue;
      // Once, and as often as it takes to be rid of the term.
      const std::int64_t common = std::gcd(term.coefficient, held.coefficient);
      if (follows(target - *factor * fact, facts, depth - 1, steps)) return true;
      if (term.coefficient != held.coefficient &&
          follows(Dim(-held.coefficient / common) * target - Dim(-term.coefficient / common) * *factor * fact,
                  facts, depth - 1, steps))
        return true;
    }
  }
  return false;
}

}  // namespace

Truth at_least_zero(const Dim& dim, const SizeFacts& facts) {
  const Truth plain = at_least_zero(dim);
  if (plain != Truth::depends || facts.empty()) return plain;
  // Short proofs first: the search for long ones has an end.
  const auto is_proved = [&](const Dim& target) {
    for (int depth = 1; depth <= deepest_fact; ++depth) {
      int steps = most_fact_steps;
      if (follows(target, facts, depth, steps)) return true;
    }
    return false;
  };
  return is_proved(dim) ? Truth::yes : is_proved(Dim(0) - dim - Dim(1)) ? Truth::no : Truth::depends;
}

std::optional<SizeRelation> as_relation(const Dim& slack, const std::vector<std::string>& order) {
  if (slack.is_constant() || has_binder(slack)) return std::nullopt;
  const auto terms = slack.terms();
  for (auto name = order.rbegin(); name != order.rend(); ++name) {
    const auto count = std::count_if(terms.begin(), terms.end(), [&](const Dim::Term& term) {
      return std::find(term.symbols.begin(), term.symbols.end(), *name) != term.symbols.end();
    });
    const auto own = std::find_if(terms.begin(), terms.end(), [&](const Dim::Term& term) {
      return term.symbols == std::vector<std::string>{*name};
    });
    if (count != 1 || own == terms.end() || (own->coefficient != 1 && own->coefficient != -1)) continue;
    const Dim size = Dim::symbol(*name);
    const bool least = own->coefficient == 1;
    return SizeRelation{
        *name, *name + (least ? " >= " + user_text(size - slack) : " <= " + user_text(slack + size))};
  }
  return std::nullopt;
}

}  // namespace elba::frontend
