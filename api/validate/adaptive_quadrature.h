// adaptive_quadrature: the integral of a function over an interval, of which either end may be infinite.
// Gauss-Kronrod 7-15 on pieces, halved where the two rules disagree (Piessens et al., QUADPACK, 1983).
#pragma once

#include <functional>
#include <vector>

namespace elba {

// Adaptive between `cuts` (increasing, the first and the last are the ends, +-inf allowed); the cuts stand
// where the function is rough or steep. Integrable singularities at the ends are fine, and values that are
// not finite count 0.
[[nodiscard]] double integrate(const std::function<double(double)>& f, const std::vector<double>& cuts,
                               double tolerance = 1e-10);

}  // namespace elba
