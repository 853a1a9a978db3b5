// verify: the invariants of a module, checked after every pass.
//
//   1. every operand is a constant, a parameter, or a result defined before its use in this region or an
//      enclosing one
//   2. every value is defined once; ids are in range
//   3. operand and result types satisfy the op's row; nest and scan results agree with what their bodies
//      yield
//   4. a region ends in exactly one `yield` (a body: `return_values`), and nowhere else
//   5. dims mentioned anywhere are declared by the module or the function; extents are never negative
//      constants
//   6. every op is legal at the module's level; buffers only at loop level
//   7. calls name a function of the module whose parameters fit, no function reaches itself, and what the
//      calls stand for is bounded; dists name a declared distribution whose parameters fit
//   8. attributes an op needs are there and of the right kind
#pragma once

#include <string>
#include <vector>

#include "ir/module.h"

namespace elba::ir {

// One line per broken invariant, naming function and op; empty when the module is sound.
[[nodiscard]] std::vector<std::string> verify(const Module& module);

}  // namespace elba::ir
