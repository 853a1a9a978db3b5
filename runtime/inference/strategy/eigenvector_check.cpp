#include "runtime/inference/strategy/eigenvector_check.h"

#include <algorithm>
#include <cmath>

#include "runtime/kernels/linalg.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr std::size_t most_gradient_points = 5;
constexpr double step = 1e-3, safety = 10;

}  // namespace

std::optional<double> eigenvector_gradient_error(Target& target,
                                                 const std::vector<std::vector<double>>& points,
                                                 double jacobian) {
  const std::size_t n = target.size();
  forget_close_eigenvalues();
  double worst = 0;
  for (std::size_t p = 0; p < std::min(points.size(), most_gradient_points); ++p) {
    const std::vector<double>& u = points[p];
    std::vector<double> gradient(n), moved(n), room(n);
    double value = 0;
    (void)target.log_density(u, jacobian, value, gradient);
    double length = 0;
    for (const double g : gradient)
      length += g * g;
    length = std::sqrt(length);
    for (std::size_t direction = 0; direction < 2; ++direction) {
      const auto v = [&](std::size_t k) {
        return math::sin(12.9898 * static_cast<double>(k + 1) + 78.233 * static_cast<double>(direction + 1));
      };
      const auto at = [&](double by) {
        for (std::size_t k = 0; k < n; ++k)
          moved[k] = u[k] + by * v(k);
        double there = 0;
        (void)target.log_density(moved, jacobian, there, {});
        return there;
      };
      const double wide = (at(step) - at(-step)) / (2 * step),
                   narrow = (at(step / 4) - at(-step / 4)) / (step / 2);
      double slope = 0, size = 0;
      for (std::size_t k = 0; k < n; ++k)
        slope += gradient[k] * v(k), size += v(k) * v(k);
      const double off = std::fabs(slope - narrow) - safety * std::fabs(wide - narrow);
      worst = std::max(worst, off / (length * std::sqrt(size) + std::fabs(narrow) + 1e-300));
    }
  }
  if (!saw_close_eigenvalues()) return std::nullopt;
  return worst;
}

}  // namespace elba::runtime
