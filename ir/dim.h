// dim: an array extent as an integer polynomial over dim symbols, in normal form, so that two extents are
// equal iff they compare equal.
//
//     J + 2, N*D, T - 1, 3          terms sorted by their symbols; like terms merged; zero coefficients dropped
//
// Constants carry no allocation. Division is not a polynomial operation: what needs it is refused where it is
// written.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elba::ir {

class Dim {
 public:
  Dim() = default;
  Dim(std::int64_t constant) : constant_(constant) {}
  static Dim symbol(std::string name);

  [[nodiscard]] bool is_constant() const { return !terms_; }
  [[nodiscard]] std::int64_t constant() const { return constant_; }  // the constant term
  [[nodiscard]] std::optional<std::string> as_symbol() const;        // set when the polynomial is one symbol
  [[nodiscard]] std::vector<std::string> symbols() const;            // sorted, unique

  // The value under the given sizes; nothing when a symbol is missing or the arithmetic overflows.
  [[nodiscard]] std::optional<std::int64_t> evaluate(const std::map<std::string, std::int64_t>& sizes) const;
  [[nodiscard]] Dim substitute(const std::map<std::string, Dim>& replacement) const;
  [[nodiscard]] std::string text() const;  // "2*N*D + J + 1"; parses back with parse()
  static std::optional<Dim> parse(std::string_view text);

  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  friend bool operator==(const Dim& a, const Dim& b);

  struct Term {
    std::vector<std::string> symbols;  // sorted, with repetition for powers
    std::int64_t coefficient;
    friend bool operator==(const Term&, const Term&) = default;
  };
  [[nodiscard]] std::vector<Term> terms() const;  // without the constant term

 private:
  static Dim make(std::vector<Term> terms, std::int64_t constant);

  std::int64_t constant_ = 0;
  std::shared_ptr<const std::vector<Term>> terms_;  // null when constant
};

}  // namespace elba::ir
