#include "runtime/inference/variational/natural_gradient.h"

#include <Eigen/Dense>
#include <chrono>
#include <cmath>

#include "runtime/inference/vectors.h"
#include "runtime/kernels/eigen_solvers.h"
#include "runtime/kernels/rng.h"
#include "runtime/kernels/softplus.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int most_halvings = 12;
constexpr double short_move = 0.5;  // of a step that leads nowhere new: of means in sd, of log sd
constexpr int least_adam = 200;     // steps with an average of the coordinates that are not Gaussian
constexpr double adam_step = 0.05, momentum = 0.9, forget = 0.99;

// The new precision over the old one along a direction where -H is s times the old one.
double stretched(double s, double rho) {
  const double x = rho * (s - 1);
  return s > 0 ? 1 + x : 1 + x + 0.5 * x * x;
}

// 1 / (1 + exp(-w))

// The derivative of the expected log joint density by a diagonal element of the factor: the entropy's part is
// 1 / s.
double expected_slope(double w, double gradient) { return gradient / softplus_slope(w) - 1 / softplus(w); }

std::vector<double> diagonal_step(std::size_t n, const std::vector<double>& phi,
                                  const std::vector<double>& gradient, double rho) {
  std::vector<double> out = phi;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t k = n + i;
    const double s = softplus(phi[k]), curvature = -s * expected_slope(phi[k], gradient[k]);
    const double width = s / std::sqrt(stretched(curvature, rho));
    out[i] += rho * width * width * gradient[i];
    out[k] = softplus_inverse(std::max(width, 1e-300));
  }
  return out;
}

class Run {
 public:
  Run(const FrozenProblem& problem, std::vector<double> start, const NaturalOptions& options)
      : problem_(problem),
        options_(options),
        phi_(std::move(start)),
        gaussian_(gaussian_size(problem.form, problem.noise_size)),
        gradient_(problem.guide_size),
        units_(problem.guide_size),
        first_(problem.guide_size),
        second_(problem.guide_size),
        average_(phi_) {}

  NaturalResult go() {
    if (problem_.noise_size > 0) climb();
    std::copy(average_.begin() + static_cast<std::ptrdiff_t>(gaussian_), average_.end(),
              phi_.begin() + static_cast<std::ptrdiff_t>(gaussian_));
    result_.phi = std::move(phi_);
    if (is_stopped()) (void)is_out_of_time();
    return std::move(result_);
  }

 private:
  void climb() {
    const std::size_t n = problem_.noise_size;
    double squares = 0;
    for (int small_steps = 0; result_.iterations < options_.max_iterations; ++result_.iterations) {
      if (is_out_of_time()) return;
      const Design design = make_design(
          n, fold_key(options_.key, static_cast<std::uint64_t>(result_.iterations)));
      if (!slopes_at(design, phi_, result_.value)) {
        result_.stop = Stop::diverged;
        return;
      }
      if (options_.budget.progress)
        options_.budget.progress(
            {"optimise", static_cast<double>(result_.iterations) / options_.max_iterations, result_.value});
      const std::vector<double> full = natural_step(problem_.form, n, phi_, gradient_, 1);
      double move = distance(full);
      // Steps in single coordinates are short where coordinates are correlated, however far it is.
      if (problem_.form == NormalForm::diagonal)
        move = std::max(move, GaussianModel(problem_.form, n, phi_, slopes_).mean_move());
      if (small_steps > 0 || move < short_move) {
        // The steps that are left are the noise of the designs, and what remains to be gone.
        squares += move * move;
        ++small_steps;
        result_.error = std::sqrt(4 * squares / 3) / small_steps;
        const bool has_rest = gaussian_ < problem_.guide_size;
        // The very first step of a Gaussian posterior may end here: it is kept whole.
        phi_ = small_steps == 1 ? full
                                : natural_step(problem_.form, n, phi_, gradient_, 2.0 / (small_steps + 1));
        move_rest(small_steps);
        if (result_.error < options_.tolerance && (!has_rest || small_steps >= least_adam)) {
          ++result_.iterations;
          result_.stop = Stop::converged;
          return;
        }
        continue;
      }
      if (!step_up(design, full)) small_steps = 1;  // no way up from here: average
      move_rest(0);
    }
    result_.stop = Stop::iterations;
  }

  // The longest of ever shorter steps that the design says goes up.
  bool step_up(const Design& design, std::vector<double> next) {
    double rho = 1;
    for (int k = 0; k < most_halvings; ++k, rho *= 0.5) {
      if (k > 0) next = natural_step(problem_.form, problem_.noise_size, phi_, gradient_, rho);
      result_.evaluations += static_cast<std::int64_t>(design.count);
      if (frozen_value(problem_, design, next) > result_.value) {
        phi_ = std::move(next);
        return true;
      }
    }
    return false;
  }

  bool slopes_at(const Design& design, const std::vector<double>& phi, double& value) {
    result_.evaluations += static_cast<std::int64_t>(design.count);
    return frozen_slopes(problem_, design, phi, value, gradient_, slopes_);
  }

  // The largest move of a mean in sd, or of a log sd.
  double distance(const std::vector<double>& next) {
    const std::size_t n = problem_.noise_size;
    guide_units(problem_.form, n, problem_.guide_size, phi_.data(), units_.data());
    const std::vector<double> before(units_.begin(), units_.begin() + static_cast<std::ptrdiff_t>(n));
    guide_units(problem_.form, n, problem_.guide_size, next.data(), units_.data());
    double most = 0;
    for (std::size_t i = 0; i < n; ++i)
      most = std::max(
          {most, std::abs(next[i] - phi_[i]) / units_[i], std::abs(math::log(units_[i] / before[i]))});
    return most;
  }

  // Adam, averaged over the steps that are counted.
  void move_rest(int counted) {
    ++adam_steps_;
    const double correction1 = 1 - math::pow(momentum, adam_steps_),
                 correction2 = 1 - math::pow(forget, adam_steps_);
    for (std::size_t k = gaussian_; k < problem_.guide_size; ++k) {
      first_[k] += (1 - momentum) * (gradient_[k] - first_[k]);
      second_[k] += (1 - forget) * (gradient_[k] * gradient_[k] - second_[k]);
      phi_[k] += adam_step * (first_[k] / correction1) / std::sqrt(second_[k] / correction2 + 1e-16);
      average_[k] = counted < 1 ? phi_[k] : average_[k] + 2.0 / (counted + 1) * (phi_[k] - average_[k]);
    }
  }

  bool is_out_of_time() { return options_.budget.is_over(begin_, result_.stop); }

  const FrozenProblem& problem_;
  const NaturalOptions& options_;
  std::vector<double> phi_;
  std::size_t gaussian_;
  std::vector<double> gradient_, units_, first_, second_, average_;
  Slopes slopes_;
  int adam_steps_ = 0;
  NaturalResult result_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

std::vector<double> natural_step(NormalForm form, std::size_t noise_size, const std::vector<double>& phi,
                                 const std::vector<double>& gradient, double rho) {
  if (form == NormalForm::diagonal) return diagonal_step(noise_size, phi, gradient, rho);
  const auto n = static_cast<Eigen::Index>(noise_size);
  Matrix factor = Eigen::Map<const Rows>(phi.data() + n, n, n).triangularView<Eigen::StrictlyLower>();
  for (Eigen::Index i = 0; i < n; ++i)
    factor(i, i) = softplus(phi[static_cast<std::size_t>(n + i * n + i)]);
  // In the guide's own units: -L' H L. Its lower triangle needs no more of H L than the lower triangle, which
  // is the derivative by L.
  Matrix slope = Eigen::Map<const Rows>(gradient.data() + n, n, n).triangularView<Eigen::StrictlyLower>();
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto k = static_cast<std::size_t>(n + i * n + i);
    slope(i, i) = expected_slope(phi[k], gradient[k]);
  }
  const Matrix product = factor.triangularView<Eigen::Lower>().transpose() * slope;
  const Matrix curvature = -Matrix(product.selfadjointView<Eigen::Lower>());
  const SymmetricEigen solver(curvature);
  // Sigma = W W' with W = L V T^-1/2; its lower factor is R' of the QR of W'.
  const Matrix root = factor.triangularView<Eigen::Lower>() *
                      (solver.eigenvectors() *
                       solver.eigenvalues()
                           .unaryExpr([&](double s) { return 1 / std::sqrt(stretched(s, rho)); })
                           .asDiagonal());
  std::vector<double> out = phi;
  Eigen::Map<Vector>(out.data(),
                     n) += rho * (root * (root.transpose() * Eigen::Map<const Vector>(gradient.data(), n)));
  const Matrix upper = root.transpose().householderQr().matrixQR().triangularView<Eigen::Upper>();
  for (Eigen::Index j = 0; j < n; ++j) {
    const double sign = upper(j, j) < 0 ? -1 : 1;
    out[static_cast<std::size_t>(n + j * n + j)] = softplus_inverse(std::max(sign * upper(j, j), 1e-300));
    for (Eigen::Index i = j + 1; i < n; ++i)
      out[static_cast<std::size_t>(n + i * n + j)] = sign * upper(j, i);
  }
  return out;
}

NaturalResult maximise_natural(const FrozenProblem& problem, std::vector<double> start,
                               const NaturalOptions& options) {
  return Run(problem, std::move(start), options).go();
}

}  // namespace elba::runtime
