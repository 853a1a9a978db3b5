#include "runtime/inference/strategy/flat_direction.h"
#include "runtime/kernels/eigen_solvers.h"

#include <Eigen/Dense>
#include <cmath>

#include "runtime/inference/vectors.h"

namespace elba::runtime {

std::vector<double> flat_direction(const Objective& log_density, const HessianProduct& product,
                                   const std::vector<double>& u) {
  constexpr double no_curvature = 1e-10;  // against the largest
  // Times the scale of the best known direction, at least of u.
  constexpr double lengths[] = {1, 1e2, 1e4, 1e6};
  constexpr double same = 1e-3;  // nats
  const std::size_t n = u.size();
  const auto size = static_cast<Eigen::Index>(n);
  Eigen::MatrixXd curvature(size, size);
  std::vector<double> unit(n, 0.0), gradient(n);
  for (std::size_t j = 0; j < n; ++j) {
    unit[j] = 1;
    if (!product(u.data(), unit.data(), curvature.col(static_cast<Eigen::Index>(j)).data())) return {};
    unit[j] = 0;
  }
  double here = 0;
  if (n == 0 || !curvature.allFinite() || !log_density.evaluate(u.data(), 0, here, gradient.data()) ||
      !std::isfinite(here))
    return {};
  const SymmetricEigen solver(Eigen::MatrixXd(0.5 * (curvature + curvature.transpose())));
  Eigen::Index least = 0;
  const double largest = solver.eigenvalues().cwiseAbs().maxCoeff();
  const double value = solver.eigenvalues().cwiseAbs().minCoeff(&least);
  if (!(largest > 0) || value > no_curvature * largest) return {};
  const Eigen::VectorXd v = solver.eigenvectors().col(least);
  const double scale = std::max(1 / std::sqrt(largest), std::sqrt(dot(u, u)) + 1);
  std::vector<double> there(n);
  for (const double length : lengths)
    for (const double sign : {-1.0, 1.0}) {
      for (std::size_t j = 0; j < n; ++j)
        there[j] = u[j] + sign * length * scale * v(static_cast<Eigen::Index>(j));
      double moved = 0;
      if (!log_density.evaluate(there.data(), 0, moved, gradient.data()) || !(std::fabs(moved - here) < same))
        return {};
    }
  return {v.begin(), v.end()};
}

}  // namespace elba::runtime
