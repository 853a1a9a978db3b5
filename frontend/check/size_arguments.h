// size_arguments: which arguments of a function are sizes: integers on which shapes depend, so that a call
// has to state them as polynomials over dims. They are the scalar `int` formals that stand in a shape, in the
// range of a loop or slice, or where a function that is called takes a size; a `let` hands on what it is
// defined by. One with both bounds is a size only where it stands in a shape of the head.
//
//     fun ramp(a: real, n: int): real[n] = [a * i for i in 1:n];   ->   n
#pragma once

#include <functional>
#include <set>
#include <string>

#include "frontend/syntax/ast.h"

namespace elba::frontend {

// Whether argument `position` of the function of that name is a size.
using TakesSize = std::function<bool(const std::string& name, std::size_t position)>;

// The names of the formals that are sizes.
[[nodiscard]] std::set<std::string> size_arguments(const ast::FunDecl& fun, const TakesSize& takes_size);

}  // namespace elba::frontend
