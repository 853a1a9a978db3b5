#include "ir/dim.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <set>

namespace elba::ir {

namespace {

// Coefficients saturate: no array has that many elements, and untrusted text must not overflow.
std::int64_t add_saturating(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a > 0 ? std::numeric_limits<std::int64_t>::max() : -std::numeric_limits<std::int64_t>::max();
}
std::int64_t multiply_saturating(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  return (a > 0) == (b > 0) ? std::numeric_limits<std::int64_t>::max()
                            : -std::numeric_limits<std::int64_t>::max();
}

}  // namespace

Dim Dim::make(std::vector<Term> terms, std::int64_t constant) {
  std::sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) { return a.symbols < b.symbols; });
  std::vector<Term> merged;
  for (Term& term : terms) {
    if (!merged.empty() && merged.back().symbols == term.symbols)
      merged.back().coefficient = add_saturating(merged.back().coefficient, term.coefficient);
    else
      merged.push_back(std::move(term));
  }
  std::erase_if(merged, [](const Term& term) { return term.coefficient == 0; });
  Dim dim(constant);
  if (!merged.empty()) dim.terms_ = std::make_shared<const std::vector<Term>>(std::move(merged));
  return dim;
}

Dim Dim::symbol(std::string name) { return make({Term{{std::move(name)}, 1}}, 0); }

std::vector<Dim::Term> Dim::terms() const { return terms_ ? *terms_ : std::vector<Term>{}; }

std::optional<std::string> Dim::as_symbol() const {
  if (!terms_ || constant_ != 0 || terms_->size() != 1) return std::nullopt;
  const Term& term = terms_->front();
  if (term.coefficient != 1 || term.symbols.size() != 1) return std::nullopt;
  return term.symbols.front();
}

std::vector<std::string> Dim::symbols() const {
  std::set<std::string> names;
  for (const Term& term : terms())
    names.insert(term.symbols.begin(), term.symbols.end());
  return {names.begin(), names.end()};
}

std::optional<std::int64_t> Dim::evaluate(const std::map<std::string, std::int64_t>& sizes) const {
  std::int64_t total = constant_;
  if (!terms_) return total;
  for (const Term& term : *terms_) {
    std::int64_t product = term.coefficient;
    for (const std::string& name : term.symbols) {
      const auto it = sizes.find(name);
      if (it == sizes.end() || __builtin_mul_overflow(product, it->second, &product)) return std::nullopt;
    }
    if (__builtin_add_overflow(total, product, &total)) return std::nullopt;
  }
  return total;
}

Dim Dim::substitute(const std::map<std::string, Dim>& replacement) const {
  if (!terms_) return *this;
  Dim total(constant_);
  for (const Term& term : *terms_) {
    Dim product(term.coefficient);
    for (const std::string& name : term.symbols) {
      const auto it = replacement.find(name);
      product = product * (it == replacement.end() ? symbol(name) : it->second);
    }
    total = total + product;
  }
  return total;
}

Dim operator+(const Dim& a, const Dim& b) {
  if (!a.terms_ && !b.terms_) return Dim(add_saturating(a.constant_, b.constant_));
  auto terms = a.terms();
  for (auto& term : b.terms())
    terms.push_back(term);
  return Dim::make(std::move(terms), add_saturating(a.constant_, b.constant_));
}

Dim operator-(const Dim& a, const Dim& b) { return a + Dim(-1) * b; }

Dim operator*(const Dim& a, const Dim& b) {
  if (!a.terms_ && !b.terms_) return Dim(multiply_saturating(a.constant_, b.constant_));
  std::vector<Dim::Term> terms;
  auto left = a.terms(), right = b.terms();
  left.push_back({{}, a.constant_});
  right.push_back({{}, b.constant_});
  std::int64_t constant = 0;
  for (const auto& x : left) {
    for (const auto& y : right) {
      Dim::Term product{x.symbols, multiply_saturating(x.coefficient, y.coefficient)};
      product.symbols.insert(product.symbols.end(), y.symbols.begin(), y.symbols.end());
      std::sort(product.symbols.begin(), product.symbols.end());
      if (product.symbols.empty())
        constant = add_saturating(constant, product.coefficient);
      else
        terms.push_back(std::move(product));
    }
  }
  return Dim::make(std::move(terms), constant);
}

bool operator==(const Dim& a, const Dim& b) {
  if (a.constant_ != b.constant_) return false;
  if (a.terms_ == b.terms_) return true;
  return a.terms_ && b.terms_ && *a.terms_ == *b.terms_;
}

std::string Dim::text() const {
  std::string out;
  const auto append = [&out](std::int64_t coefficient, const std::string& factors) {
    const bool negative = coefficient < 0;
    const std::int64_t magnitude = negative ? -coefficient : coefficient;
    if (out.empty())
      out += negative ? "-" : "";
    else
      out += negative ? " - " : " + ";
    if (factors.empty())
      out += std::to_string(magnitude);
    else if (magnitude == 1)
      out += factors;
    else
      out += std::to_string(magnitude) + "*" + factors;
  };
  for (const Term& term : terms()) {
    std::string factors;
    for (const auto& name : term.symbols)
      factors += (factors.empty() ? "" : "*") + name;
    append(term.coefficient, factors);
  }
  if (constant_ != 0 || out.empty()) append(constant_, "");
  return out;
}

namespace {

// Recursive descent over  sum := ['-'] product { ('+'|'-') product },  product := atom { '*' atom },  atom :=
// int | name | '(' sum ')'.
struct DimReader {
  std::string_view text;
  std::size_t at = 0;

  void skip() {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])))
      ++at;
  }
  bool take(char c) {
    skip();
    if (at >= text.size() || text[at] != c) return false;
    ++at;
    return true;
  }
  std::optional<Dim> atom(int depth) {
    skip();
    if (depth > 64) return std::nullopt;
    if (take('(')) {
      auto inner = sum(depth + 1);
      if (!inner || !take(')')) return std::nullopt;
      return inner;
    }
    const std::size_t begin = at;
    if (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at]))) {
      while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])))
        ++at;
      if (at - begin > 18) return std::nullopt;
      return Dim(std::stoll(std::string(text.substr(begin, at - begin))));
    }
    const auto is_name = [&](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
    };
    while (at < text.size() && is_name(text[at]))
      ++at;
    if (at == begin) return std::nullopt;
    return Dim::symbol(std::string(text.substr(begin, at - begin)));
  }
  std::optional<Dim> product(int depth) {
    auto left = atom(depth);
    while (left && take('*')) {
      auto right = atom(depth);
      if (!right) return std::nullopt;
      left = *left * *right;
    }
    return left;
  }
  std::optional<Dim> sum(int depth) {
    const bool negative = take('-');
    auto left = product(depth);
    if (left && negative) left = Dim(0) - *left;
    while (left) {
      const bool plus = take('+');
      if (!plus && !take('-')) break;
      auto right = product(depth);
      if (!right) return std::nullopt;
      left = plus ? *left + *right : *left - *right;
    }
    return left;
  }
};

}  // namespace

std::optional<Dim> Dim::parse(std::string_view text) {
  DimReader reader{text};
  auto dim = reader.sum(0);
  reader.skip();
  if (!dim || reader.at != text.size()) return std::nullopt;
  return dim;
}

}  // namespace elba::ir
