#include "runtime/inference/optimise/finite_difference_hessian.h"
#include "runtime/kernels/eigen_solvers.h"

#include <Eigen/Dense>
#include <cmath>
#include <memory>

#include "runtime/inference/vectors.h"

namespace elba::runtime {

std::function<void(const double* g, double* out)> measured_preconditioner(const Objective& objective,
                                                                          std::uint64_t key,
                                                                          const std::vector<double>& x,
                                                                          int& evaluations) {
  constexpr double least_change = 1e-4, most_change = 1e-2, largest_step = 1e6;
  const auto n = static_cast<Eigen::Index>(objective.size);
  Eigen::MatrixXd hessian(n, n);
  std::vector<double> place = x, up(objective.size), down(objective.size);
  double value = 0;
  const auto gradient_at = [&](std::size_t k, double step, std::vector<double>& out) {
    place[k] = x[k] + step;
    ++evaluations;
    const bool is_finite = objective.evaluate(place.data(), key, value, out.data()) &&
                           all_finite(out.data(), out.size());
    place[k] = x[k];
    return is_finite;
  };
  for (std::size_t k = 0; k < objective.size; ++k) {
    double step = 1e-4 * std::max(1.0, std::abs(x[k]));
    double measured = 0;  // the step that up and down belong to
    for (int trial = 0; trial < 8; ++trial) {
      if (!gradient_at(k, step, up) || !gradient_at(k, -step, down)) {
        measured = 0;
        step *= 0.1;
        continue;
      }
      measured = step;
      const double change = 0.5 * std::abs(up[k] - down[k]) * step;  // h^2 H_kk
      if (change >= least_change && change <= most_change) break;
      if (change < least_change && step >= largest_step) break;
      step = std::min(step * std::clamp(std::sqrt(1e-3 / std::max(change, 1e-300)), 1e-4, 1e4), largest_step);
    }
    if (measured == 0) return {};
    const double width = 2 * measured;
    for (Eigen::Index j = 0; j < n; ++j)
      hessian(j, static_cast<Eigen::Index>(k)) =
          (down[static_cast<std::size_t>(j)] - up[static_cast<std::size_t>(j)]) / width;
  }
  // Units in which the diagonal is 1, so that the eigenvalues stand for correlation and not for scale.
  const auto scale = std::make_shared<Eigen::VectorXd>(
      hessian.diagonal().cwiseAbs().cwiseMax(1e-12).cwiseSqrt().cwiseInverse());
  const Eigen::MatrixXd scaled = scale->asDiagonal() * (0.5 * (hessian + hessian.transpose())) *
                                 scale->asDiagonal();
  if (!scaled.allFinite()) return {};
  const auto solver = std::make_shared<SymmetricEigen>(scaled);
  return [solver, scale, n](const double* g, double* out) {
    const Eigen::VectorXd inner = solver->eigenvectors().transpose() *
                                  scale->cwiseProduct(Eigen::Map<const Eigen::VectorXd>(g, n));
    const Eigen::VectorXd solved = inner.cwiseQuotient(solver->eigenvalues().cwiseAbs().cwiseMax(1e-10));
    Eigen::Map<Eigen::VectorXd>(out, n) = scale->cwiseProduct(solver->eigenvectors() * solved);
  };
}

}  // namespace elba::runtime
