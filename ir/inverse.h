// inverse: operations inverted: from y = f(x) to x. A table beside that of the operations, for those
// that have an inverse.
//
//     y = log x      x = exp y            y = x / s      x = y s
//
// Where no x gives y the inverse is nan. Only scalar operations are here; loops and reads are structure,
// which passes follow.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "ir/builder.h"
#include "ir/module.h"

namespace elba::ir {

// Of every value of a function, those inside of loops among them.
using Definitions = std::unordered_map<ValueId, const Op*>;

struct Inverse {
  ValueId inner;                // x, an operand, or what the operands are made of
  std::vector<ValueId> others;  // further operands, which y alone does not determine
  ValueId (*apply)(Builder& b, std::span<const ValueId> others, ValueId y) = nullptr;
  bool from_zero = false;    // right for x >= 0 only: of squares and powers
  bool keeps_whole = false;  // whole numbers have whole numbers as inverse
};

// Of operand number `operand` of an elementwise operation.
[[nodiscard]] std::optional<Inverse> inverse_of(const Op& op, std::size_t operand);
// Of operations in which x stands twice, and which are one function still: logit x = log x - log1p(-x), odds
// x / (1 - x).
[[nodiscard]] std::optional<Inverse> inverse_of_pattern(const Func& func, const Definitions& definitions,
                                                        const Op& op);

}  // namespace elba::ir
