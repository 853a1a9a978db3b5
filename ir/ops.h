// ops: the table of operations. A row says everything about an op; printer, parser, verifier, interpreter,
// differentiation, code generation, documentation and the property tests read it, and nothing outside ir/
// switches over opcodes.
//
// Scalar rows hold formulas (eval, pullback, tangent) and a lowering tag. Region, linear-algebra and
// probability ops have a row for their type rule and documentation; their derivative needs regions and stands
// in passes/differentiate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/module.h"

namespace elba::ir {

class Builder;

enum class Group : std::uint8_t { scalar, array, linalg, probability, random, loop, control };

struct TypeRuleInput {
  const Func& func;
  std::span<const ValueId> operands;
};

// The adjoint of one scalar op, written with the builder: given operands x, result y and the adjoint of y,
// the adjoints of x.
struct PullbackInput {
  Builder& b;
  std::span<const ValueId> x;
  ValueId y;
  ValueId y_adj;
};
// The tangent: given operands, result and the operands' tangents (invalid id = zero), the tangent of y.
struct TangentInput {
  Builder& b;
  std::span<const ValueId> x;
  ValueId y;
  std::span<const ValueId> x_tan;
};

struct Interval {
  double low, high;
};

// Where a scalar op is tested: one interval per operand. A constant expression, so that the whole table is
// one.
class Domain {
 public:
  static constexpr std::size_t most = 4;  // operands of a scalar op
  constexpr Domain() = default;
  constexpr Domain(std::initializer_list<Interval> intervals) {
    for (const Interval& interval : intervals)
      intervals_[size_++] = interval;
  }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr const Interval& operator[](std::size_t i) const { return intervals_[i]; }
  [[nodiscard]] constexpr const Interval* begin() const { return intervals_; }
  [[nodiscard]] constexpr const Interval* end() const { return intervals_ + size_; }

 private:
  Interval intervals_[most] = {};
  std::size_t size_ = 0;
};

// The type rule of a scalar op. Shapes are elementwise: equal, or scalar, which broadcasts.
enum class Signature : std::uint8_t {
  none,     // not a scalar op: the rule stands in infer_types.cpp
  real,     // f64... -> f64
  numeric,  // f64... -> f64, i64... -> i64
  integer,  // i64... -> i64
  compare,  // f64, f64 -> i1 or i64, i64 -> i1
  logical,  // i1... -> i1
  select,   // i1, a, a -> a
  to_real,  // i64 or i1 -> f64
  to_int,   // f64 or i1 -> i64
  same,     // a -> a
};

struct OpInfo {
  Opcode code{};
  std::string_view name;
  Group group = Group::scalar;
  int arity = -1;        // -1: any number of operands
  std::string_view doc;  // formula and domain, one line
  // Scalar ops. Arguments are doubles (integers and booleans are exact in them).
  double (*eval)(std::span<const double> x) = nullptr;
  std::int64_t (*eval_int)(std::span<const std::int64_t> x) = nullptr;  // where the op also works on i64
  // Adjoint of each operand; an invalid id where it is zero everywhere. Null: not differentiable (its
  // derivative is zero a.e.).
  std::vector<ValueId> (*pullback)(const PullbackInput&) = nullptr;
  ValueId (*tangent)(const TangentInput&) = nullptr;
  // "fadd", "intrinsic:llvm.exp", "call:elba_lgamma", "icmp:lt", "special" ... codegen/lowerings.cpp maps
  // tags to emitters.
  std::string_view lower;
  Domain domain;              // per operand, for the property tests
  int cost = 1;               // rough cost in additions: what is worth hoisting, what may be recomputed
  std::string_view untested;  // a reason, where the property test cannot reach it
  bool int_result = false;    // comparisons give i1, see the type rule
  Signature signature = Signature::none;
};

[[nodiscard]] const OpInfo& op_info(Opcode code);
[[nodiscard]] std::span<const OpInfo> all_ops();
[[nodiscard]] const OpInfo* find_op(std::string_view name);

// The result types of an op whose types follow from its operands; an error text when operands do not fit.
struct TypeRuleResult {
  std::vector<Type> types;
  std::string error;  // empty when fine
};
[[nodiscard]] TypeRuleResult infer_types(const Func& func, const Op& op);

}  // namespace elba::ir
