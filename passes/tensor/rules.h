// rules: the rewrite rules of `simplify`, as data. The text, with its syntax and contract, is
// simplify_rules.def.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "ir/ops.h"

namespace elba::passes {

struct Pattern {
  enum class Kind : std::uint8_t { op, variable, number } kind = Kind::number;
  ir::Opcode code{};
  int variable = 0;  // index into the rule's names
  double number = 0;
  std::vector<Pattern> arguments;
};

enum class Property : std::uint8_t { constant, varies, negative, invertible, integer, real, finite, nonneg };

struct Condition {
  Property property;
  int variable;
};

struct Rule {
  Pattern left, right;
  std::vector<Condition> conditions;
  std::vector<std::string> names;
  std::string text;
};

inline constexpr std::size_t max_rule_names = 4;

// Parsed on first use. A rule that does not parse aborts: the text is part of the compiler.
[[nodiscard]] const std::vector<Rule>& simplify_rules();
// Those whose left side is this op, in the order of the text.
[[nodiscard]] std::span<const Rule* const> rules_of(ir::Opcode code);

// Ops whose result is never negative, and ops whose result is not when no operand is (nan aside).
[[nodiscard]] bool is_nonneg(ir::Opcode code);
[[nodiscard]] bool keeps_nonneg(ir::Opcode code);
// Ops that round nothing: the result is an operand, its negative, or a whole number.
[[nodiscard]] bool is_exact(ir::Opcode code);

}  // namespace elba::passes
