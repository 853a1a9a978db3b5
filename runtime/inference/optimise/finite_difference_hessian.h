// finite_difference_hessian: the Hessian of a smooth function by differences of its gradient, as a
// preconditioner. For places where quasi-Newton steps believe to have arrived because they never saw the flat
// directions.
#pragma once

#include <functional>
#include <vector>

#include "runtime/inference/objective.h"

namespace elba::runtime {

// out = |H|^-1 g by eigenvalues, with H minus the Hessian at x. Empty when a gradient was not finite. Takes
// about 2 to 6 evaluations a coordinate: each is moved as far as changes the value by about 1e-3, which
// balances rounding and third derivatives.
[[nodiscard]] std::function<void(const double* g, double* out)> measured_preconditioner(
    const Objective& objective, std::uint64_t key, const std::vector<double>& x, int& evaluations);

}  // namespace elba::runtime
