// dims: extremes of affine index expressions, and the little that is decided about signs of
// polynomials.
#include "frontend/typed_tree/dims.h"

#include <algorithm>

namespace elba::frontend {

namespace {

Dim term_dim(const Dim::Term& term) {
  Dim product(term.coefficient);
  for (const auto& symbol : term.symbols)
    product = product * Dim::symbol(symbol);
  return product;
}

}  // namespace

std::string binder_symbol(const std::string& name, int number) { return name + "'" + std::to_string(number); }

// The number stands behind the last quote: what stands for a number of the data is called by its text, which
// may transpose something.
int binder_number(std::string_view symbol) {
  return std::stoi(std::string(symbol.substr(symbol.rfind('\'') + 1)));
}

bool is_binder(std::string_view symbol) { return symbol.find('\'') != std::string_view::npos; }

bool has_binder(const Dim& dim) {
  if (dim.is_constant()) return false;
  const auto symbols = dim.symbols();
  return std::any_of(symbols.begin(), symbols.end(), [](const std::string& s) { return is_binder(s); });
}

std::string user_text(const Dim& dim) {
  const std::string text = dim.text();
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
    if (text[i] != '\'' || !digit(i + 1)) {
      out += text[i];
      continue;
    }
    while (digit(i + 1))
      ++i;
  }
  return out;
}

std::string shape_text(const std::vector<Dim>& shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    out += (i ? ", " : "") + user_text(shape[i]);
  return out + "]";
}

std::optional<Dim> extreme(const Dim& dim, const BinderRanges& ranges, bool largest) {
  Dim rest = dim;
  for (int guard = 0; guard < 64; ++guard) {
    std::string inner;
    for (const auto& symbol : rest.symbols())
      if (is_binder(symbol) && (inner.empty() || binder_number(symbol) > binder_number(inner)))
        inner = symbol;
    if (inner.empty()) return rest;
    const auto range = ranges.find(inner);
    if (range == ranges.end()) return std::nullopt;
    Dim slope(0);
    for (auto term : rest.terms()) {
      const auto count = std::count(term.symbols.begin(), term.symbols.end(), inner);
      if (count > 1) return std::nullopt;
      if (count == 0) continue;
      term.symbols.erase(std::find(term.symbols.begin(), term.symbols.end(), inner));
      slope = slope + term_dim(term);
    }
    if (has_binder(slope)) return std::nullopt;
    const bool rising = at_least_zero(slope, ranges.facts) == Truth::yes;
    if (!rising && at_least_zero(Dim(0) - slope, ranges.facts) != Truth::yes) return std::nullopt;
    rest = rest.substitute({{inner, rising == largest ? range->second.last : range->second.first}});
  }
  return std::nullopt;
}

Truth at_least_zero(const Dim& dim) {
  bool no_negative = dim.constant() >= 0, no_positive = dim.constant() < 0;
  if (!dim.is_constant()) {
    for (const auto& term : dim.terms())
      (term.coefficient < 0 ? no_negative : no_positive) = false;
  }
  return no_negative ? Truth::yes : no_positive ? Truth::no : Truth::depends;
}

bool grows(const Dim& dim) {
  const auto terms = dim.terms();
  return !terms.empty() &&
         std::all_of(terms.begin(), terms.end(), [](const auto& term) { return term.coefficient > 0; });
}

std::string condition_text(const Dim& dim) {
  Dim left(0), right(0);
  for (const auto& term : dim.terms()) {
    if (term.coefficient > 0)
      left = left + term_dim(term);
    else
      right = right - term_dim(term);
  }
  (dim.constant() > 0 ? left : right) = (dim.constant() > 0 ? left + Dim(dim.constant())
                                                            : right - Dim(dim.constant()));
  return user_text(left) + " >= " + user_text(right);
}

std::optional<Dim> divide_exactly(const Dim& dim, const Dim& divisor) {
  if (!divisor.is_constant() || divisor.constant() == 0) {
    // A product by one of its own symbols: N*D / D.
    const auto symbol = divisor.as_symbol();
    if (!symbol || dim.constant() != 0) return std::nullopt;
    Dim quotient(0);
    for (auto term : dim.terms()) {
      const auto at = std::find(term.symbols.begin(), term.symbols.end(), *symbol);
      if (at == term.symbols.end()) return std::nullopt;
      term.symbols.erase(at);
      quotient = quotient + term_dim(term);
    }
    return quotient;
  }
  const std::int64_t by = divisor.constant();
  if (dim.constant() % by != 0) return std::nullopt;
  Dim quotient(dim.constant() / by);
  for (auto term : dim.terms()) {
    if (term.coefficient % by != 0) return std::nullopt;
    term.coefficient /= by;
    quotient = quotient + term_dim(term);
  }
  return quotient;
}

bool is_tame(const Dim& dim) {
  constexpr std::int64_t limit = std::int64_t{1} << 30;
  if (dim.constant() > limit || dim.constant() < -limit) return false;
  if (dim.is_constant()) return true;
  const auto terms = dim.terms();
  return terms.size() <= 64 && std::all_of(terms.begin(), terms.end(), [](const Dim::Term& term) {
           return term.coefficient <= limit && term.coefficient >= -limit && term.symbols.size() <= 8;
         });
}

}  // namespace elba::frontend
