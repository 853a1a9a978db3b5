#include "runtime/inference/variational/linear_response.h"

#include <Eigen/Dense>
#include <cmath>

#include "runtime/inference/variational/gaussian_parameters.h"
#include "runtime/inference/variational/laplace_pathfinder.h"
#include "runtime/inference/variational/normal_mixture.h"
#include "runtime/inference/variational/quadrature.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/eigen_solvers.h"
#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

using Matrix = Eigen::MatrixXd;
constexpr std::uint64_t lent_key = 0x1E27, design_stream = 51;
constexpr double step = 1e-3;  // in posterior units
constexpr std::size_t least_points = 200;

// The design's size grows until the third moments that couple means and widths are averaged over enough
// directions.
Design design_for(const FitProblem& problem, std::uint64_t key) {
  for (std::size_t effort = 1;; effort *= 2) {
    Design design = make_design(problem.noise_size, key, effort);
    if (design.count >= least_points ||
        make_design(problem.noise_size, key, 2 * effort).count <= design.count)
      return design;
  }
}

bool mean_gradient(const FitProblem& problem, const Design& design, const std::vector<double>& phi,
                   std::vector<double>& out, std::vector<double>& room) {
  std::fill(out.begin(), out.end(), 0.0);
  for (std::size_t k = 0; k < design.count; ++k) {
    const LentNormals lent(lent_key, design.point(k).data(), design.dimension);
    double value = 0;
    if (!problem.elbo(phi.data(), lent_key, value, room.data())) return false;
    for (std::size_t j = 0; j < out.size(); ++j)
      out[j] += design.weights[k] * room[j];
  }
  return all_finite(out.data(), out.size());
}

}  // namespace

std::size_t linear_response_cost(const FitProblem& problem) {
  return 4 * problem.noise_size * design_for(problem, 1).count;
}

std::vector<double> linear_response_covariance(const FitProblem& problem, const std::vector<double>& phi,
                                               const FitOptions& options, std::int64_t& evaluations) {
  const std::size_t n = problem.noise_size, gaussian = 2 * n;
  if (problem.family != GuideFamily::meanfield || n == 0 || phi.size() != problem.guide_size) return {};
  const Design design = design_for(problem, fold_key(options.seed, design_stream));
  std::vector<double> units(problem.guide_size), there(phi), up(problem.guide_size), down(problem.guide_size),
      room(problem.guide_size);
  guide_units(problem.family, n, problem.guide_size, phi.data(), units.data());
  Matrix precision(gaussian, gaussian);  // -H in posterior units
  for (std::size_t j = 0; j < gaussian; ++j) {
    if (is_stopped() || (options.budget.cancel && options.budget.cancel->load(std::memory_order_relaxed)))
      return {};
    evaluations += static_cast<std::int64_t>(2 * design.count);
    there[j] = phi[j] + step * units[j];
    const bool is_fine = mean_gradient(problem, design, there, up, room);
    there[j] = phi[j] - step * units[j];
    if (!is_fine || !mean_gradient(problem, design, there, down, room)) return {};
    there[j] = phi[j];
    for (std::size_t i = 0; i < gaussian; ++i)
      precision(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = -(up[i] - down[i]) * units[i] /
                                                                              (2 * step);
  }
  precision = 0.5 * (precision + precision.transpose()).eval();
  const Cholesky chol(precision);
  if (chol.info() != Eigen::Success) return {};
  const auto size = static_cast<Eigen::Index>(n);
  Matrix covariance = chol.solve(Matrix::Identity(2 * size, size)).topRows(size);
  std::vector<double> out(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const auto a = static_cast<Eigen::Index>(i), b = static_cast<Eigen::Index>(j);
      out[i * n + j] = 0.5 * (covariance(a, b) + covariance(b, a)) * units[i] * units[j];
    }
  return all_finite(out.data(), out.size()) ? out : std::vector<double>();
}

bool lower_factor(const std::vector<double>& covariance, std::size_t n, std::vector<double>& factor) {
  NormalPart part;
  if (covariance.size() != n * n || !covariance_part(std::vector<double>(n), covariance, part)) return false;
  factor = std::move(part.factor);
  return true;
}

LinearResponse fit_linear_response(const FitProblem& problem, const std::vector<double>& phi,
                                   const FitOptions& options) {
  FitResult result;
  result.algorithm = "linear response";
  result.phi = phi;
  const std::size_t n = problem.noise_size;
  const auto covariance = linear_response_covariance(problem, phi, options, result.evaluations);
  NormalPart part;
  if (covariance.empty() ||
      !covariance_part({phi.begin(), phi.begin() + static_cast<std::ptrdiff_t>(n)}, covariance, part))
    return {no_normal_fit(std::move(result), Stop::diverged, ReasonCode::no_covariance), {}};
  result.stop = Stop::converged;

  // The density in the guide's own coordinates x: where its noise is (x - m) / s.
  std::vector<double> spread(n), noise(n), u(problem.latent_size);
  for (std::size_t i = 0; i < n; ++i)
    spread[i] = std::max(phi[n + i], 0.0) + math::log1p(math::exp(-std::fabs(phi[n + i])));
  const auto at = [&](const double* x, double& log_p) {
    for (std::size_t i = 0; i < n; ++i)
      noise[i] = (x[i] - phi[i]) / spread[i];
    const LentNormals lent(lent_key, noise.data(), n);
    double log_q = 0;
    return problem.draw(phi.data(), lent_key, u.data(), log_p, log_q);
  };
  FitProblem moved = problem;
  moved.latent_size = n;
  moved.log_joint = [&](const double* x, std::uint64_t, double& value, double*) { return at(x, value); };
  // Places are told as those of the problem itself.
  moved.keeps_places = false;
  std::vector<double> places;
  moved.constrain = [&](const double* x, double* quantities) {
    double log_p = 0;
    const bool is_finite = at(x, log_p) && problem.constrain(u.data(), quantities);
    if (is_finite && problem.keeps_places) places.insert(places.end(), u.begin(), u.end());
    return is_finite;
  };
  FitResult found = assess_normal_fit(moved, options, NormalMixture({std::move(part)}), std::move(result));
  found.phi = phi;
  found.places = std::move(places);
  return {std::move(found), covariance};
}

}  // namespace elba::runtime
