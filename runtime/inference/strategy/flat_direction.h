// flat_direction: is there a straight line along which a log density stays the same for ever?
//
//     v: H v = 0 at a point (the eigenvector of least |eigenvalue|),   f(u + t v) = f(u) for t far beyond any scale
//
// Then the posterior is improper: a + b is known and a - b is not, a column stands twice in a design. Such a
// line is the same from every point, so any one will do to find it.
//
// Stated limits: lines only. A product that is known (a b), or a scale that runs to zero, is flat along a
// curve.
#pragma once

#include <vector>

#include "runtime/inference/optimise/lbfgs.h"

namespace elba::runtime {

// Of length 1; empty: none was found, or the density or its curvature is not finite at u.
[[nodiscard]] std::vector<double> flat_direction(const Objective& log_density, const HessianProduct& product,
                                                 const std::vector<double>& u);

}  // namespace elba::runtime
