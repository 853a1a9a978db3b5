// adjoints: what reverse accumulation collects for a value before the value's own op is reversed, and its
// sum.
//
// A contribution through `c ? x : y` reaches x only where c holds. The condition travels with it, as a guard,
// instead of a zero:
//
//     y = c ? sqrt(x) : 0      x~ = c ? y~ / (2 sqrt(x)) : 0,
//                              not   (c ? y~ : 0) / (2 sqrt(x)),   which is 0 / 0 at x = 0
//
// so that an infinite or undefined derivative of the arm not taken never meets the zero. Guards that all
// contributions to a value share stay with their sum. The others become selects where contributions meet, and
// the sum is guarded by any of them holding; a condition made in the body of a loop becomes a select there.
// Not here: elements of one array that stand in for different unknowns, as in max([sqrt(x), y]). Source: the
// "double where" that users of other systems write by hand (JAX FAQ, gradients contain NaN where using
// where).
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "ir/builder.h"

namespace elba::passes {

// The adjoint counts where the condition (a value of the function being built) is as stated.
struct Guard {
  ir::ValueId condition;
  bool holds;
  friend bool operator==(const Guard&, const Guard&) = default;
};
using Guards = std::vector<Guard>;

// What some use adds to the adjoint of a value: `adjoint` at index prefix `indices` (values of the source),
// or of the whole value when empty.
struct Contribution {
  std::vector<ir::ValueId> indices;
  ir::ValueId adjoint;
  Guards guards = {};  // outermost first
};

struct AdjointSum {
  ir::ValueId adjoint;  // invalid: no contributions
  Guards guards = {};
};

// The leading guards that both have.
[[nodiscard]] Guards common(const Guards& a, const Guards& b);

// The adjoint with zeros where a guard from number `first` on does not hold.
[[nodiscard]] ir::ValueId guarded(ir::Builder& b, ir::ValueId adjoint, const Guards& guards,
                                  std::size_t first = 0);

// The sum over the parts, of the type of the value they belong to, under the guards they share.
[[nodiscard]] AdjointSum sum_of(ir::Builder& b, const ir::Type& type, std::span<const Contribution> parts,
                                const std::function<ir::ValueId(ir::ValueId)>& mapped);

// A part that a pullback made since the region had `mark` ops: `c ? v : 0` and `c ? 0 : v` are v under a
// guard.
[[nodiscard]] AdjointSum without_select(const ir::Builder& b, ir::ValueId part, std::size_t mark);

}  // namespace elba::passes
