// eigenvector_check: eigenvectors whose eigenvalues are (nearly) equal have no derivative of their own, and
// what their derivatives leave out may matter.
//
//     at draws of the answer, or its mode:   gradient . v   against   (l(u + h v) - l(u - h v)) / 2 h
//
// Where a derivative of close eigenvectors was wanted (runtime/kernels/linalg.h) the gradient is compared
// with differences of the density in two directions, at two lengths of the step: their own disagreement is
// the error that is allowed for. One that is off by more means caution: climbs and samplers were led by it.
// Those of functions of the matrix are right (passes/derivative/dense_rules.cpp).
#pragma once

#include <optional>
#include <vector>

#include "runtime/inference/target.h"

namespace elba::runtime {

// The worst error of a gradient at the first few points, over its length; nothing where no derivative of
// close eigenvectors was used.
[[nodiscard]] std::optional<double> eigenvector_gradient_error(Target& target,
                                                               const std::vector<std::vector<double>>& points,
                                                               double jacobian);
constexpr double allowed_gradient_error = 1e-3;

}  // namespace elba::runtime
