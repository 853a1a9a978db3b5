#include "runtime/frozen.h"

#include <chrono>
#include <cmath>
#include <limits>

#include "runtime/gaussian_guide.h"
#include "runtime/optimise.h"
#include "runtime/rng.h"
#include "runtime/vectors.h"

namespace elba::runtime {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t largest_dense = 512;   // beyond, only the diagonal of S
constexpr int most_jumps = 40, quasi_newton_burst = 60;

// F over one design, with room for its sums.
class Sum {
 public:
  Sum(const FrozenProblem& problem, const Design& design) : problem_(problem), design_(design), gradient_(problem.guide_size) {
    slopes.mean.resize(problem.noise_size);
    slopes.is_diagonal = problem.noise_size > largest_dense;
    slopes.cross.resize(slopes.is_diagonal ? problem.noise_size : problem.noise_size * problem.noise_size);
  }

  bool evaluate(const double* phi, double& value, double* gradient, bool with_slopes) {
    const std::size_t p = problem_.guide_size, n = problem_.noise_size;
    value = 0;
    std::fill_n(gradient, p, 0.0);
    if (with_slopes) std::fill(slopes.cross.begin(), slopes.cross.end(), 0.0);
    for (std::size_t k = 0; k < design_.count; ++k) {
      const double weight = design_.weights[k];
      const double* noise = design_.points.data() + k * n;
      double part = 0;
      ++evaluations;
      if (!problem_.elbo(phi, noise, part, gradient_.data()) || !std::isfinite(part)) return false;
      value += weight * part;
      for (std::size_t j = 0; j < p; ++j) gradient[j] += weight * gradient_[j];
      if (!with_slopes) continue;
      if (slopes.is_diagonal) {
        for (std::size_t i = 0; i < n; ++i) slopes.cross[i] += weight * gradient_[i] * noise[i];
      } else {
        for (std::size_t i = 0; i < n; ++i) {
          const double g = weight * gradient_[i];
          double* row = slopes.cross.data() + i * n;
          for (std::size_t j = 0; j < n; ++j) row[j] += g * noise[j];
        }
      }
    }
    if (with_slopes) std::copy_n(gradient, n, slopes.mean.begin());
    return all_finite(gradient, p);
  }

  Slopes slopes;
  std::int64_t evaluations = 0;

 private:
  const FrozenProblem& problem_;
  const Design& design_;
  std::vector<double> gradient_;
};

class Run {
 public:
  Run(const FrozenProblem& problem, const FrozenOptions& options) : problem_(problem), options_(options) {}

  FrozenResult go(std::vector<double> start) {
    result_.phi = std::move(start);
    const bool is_gaussian = problem_.family != GuideFamily::other && problem_.noise_size > 0;
    for (std::size_t effort = 1;; effort *= 2) {
      const Design design = make_design(problem_.noise_size, fold_key(options_.key, 2 * effort), effort);
      Sum sum(problem_, design);
      result_.points = design.count;
      climb(sum, is_gaussian);
      result_.evaluations += sum.evaluations;
      if (!is_gaussian || (result_.stop != Stop::converged && result_.stop != Stop::stalled)) break;
      const Design other = make_design(problem_.noise_size, fold_key(options_.key, 2 * effort + 1), effort);
      Sum check(problem_, other);
      std::vector<double> gradient(problem_.guide_size);
      double value = 0;
      result_.error = infinity;
      if (check.evaluate(result_.phi.data(), value, gradient.data(), true)) result_.error = GaussianModel(problem_.family, problem_.noise_size, result_.phi, gradient, check.slopes).mean_move();
      result_.evaluations += check.evaluations;
      // A finer rule of few variables grows as a power of `effort`.
      if (result_.error <= options_.error_limit || make_design(problem_.noise_size, 0, 2 * effort).count > options_.most_points) break;
    }
    return std::move(result_);
  }

 private:
  bool is_out_of_time() {
    if (options_.budget.cancel && options_.budget.cancel->load(std::memory_order_relaxed)) return result_.stop = Stop::cancelled, true;
    if (seconds() > options_.budget.max_seconds) return result_.stop = Stop::seconds, true;
    return false;
  }
  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

  void report() const {
    if (options_.budget.progress) options_.budget.progress({"optimise", std::min(1.0, static_cast<double>(result_.iterations) / options_.max_iterations), result_.value});
  }

  // Jumps and bursts of L-BFGS in turn, until neither gains.
  void climb(Sum& sum, bool is_gaussian) {
    std::vector<double> gradient(problem_.guide_size);
    if (!sum.evaluate(result_.phi.data(), result_.value, gradient.data(), is_gaussian)) {
      result_.stop = Stop::diverged;
      return;
    }
    std::unique_ptr<GaussianModel> model;
    while (true) {
      if (is_gaussian && !jump(sum, gradient, model)) return;
      OptimiseOptions options;
      options.tolerance = options_.tolerance;
      options.max_iterations = std::min(quasi_newton_burst, options_.max_iterations - result_.iterations);
      options.budget.cancel = options_.budget.cancel;
      options.budget.max_seconds = options_.budget.max_seconds - seconds();
      options.memory = std::clamp<int>(static_cast<int>(problem_.guide_size), 8, 40);
      if (model) options.precondition = [&](const double* g, double* out) { model->precondition(g, out); };
      const Objective objective{problem_.guide_size, [&](const double* x, std::uint64_t, double& value, double* g) { return sum.evaluate(x, value, g, false); }};
      const double before = result_.value;
      OptimiseResult found = maximise(objective, result_.phi, options);
      result_.iterations += found.iterations;
      result_.stop = found.stop;
      if (found.value >= before) {
        result_.value = found.value;
        result_.phi = std::move(found.x);
      }
      report();
      const bool is_done = found.stop == Stop::converged || found.stop == Stop::cancelled || found.stop == Stop::seconds;
      // A stall is only believed after a start with a fresh quadratic model.
      const bool is_stuck = found.stop == Stop::stalled && !(result_.value > before + options_.tolerance);
      if (is_done || is_stuck || result_.iterations >= options_.max_iterations) return;
      if (is_gaussian && !sum.evaluate(result_.phi.data(), result_.value, gradient.data(), true)) return;
    }
  }

  // From the slopes that `sum` holds at phi. False: out of time.
  bool jump(Sum& sum, std::vector<double>& gradient, std::unique_ptr<GaussianModel>& model) {
    for (int k = 0; k < most_jumps; ++k) {
      if (is_out_of_time()) return false;
      model = std::make_unique<GaussianModel>(problem_.family, problem_.noise_size, result_.phi, gradient, sum.slopes);
      const double before = result_.value;
      bool has_risen = false;
      for (double share = 1; share > 0.01 && !has_risen; share *= 0.4) {
        std::vector<double> next = model->jump(share);
        double value = 0;
        if (!sum.evaluate(next.data(), value, gradient.data(), true) || !(value > before)) continue;
        result_.phi = std::move(next);
        result_.value = value;
        has_risen = true;
      }
      if (has_risen) report();
      // What is left is for L-BFGS, which also moves the parameters that jumps leave alone. Its model should stand where it starts.
      if (!has_risen) return true;
      if (result_.value - before < 1e-3) break;
    }
    model = std::make_unique<GaussianModel>(problem_.family, problem_.noise_size, result_.phi, gradient, sum.slopes);
    return true;
  }

  const FrozenProblem& problem_;
  const FrozenOptions& options_;
  FrozenResult result_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

FrozenResult maximise_frozen(const FrozenProblem& problem, std::vector<double> start, const FrozenOptions& options) { return Run(problem, options).go(std::move(start)); }

double frozen_value(const FrozenProblem& problem, const Design& design, const std::vector<double>& phi) {
  Sum sum(problem, design);
  std::vector<double> gradient(problem.guide_size);
  double value = 0;
  return sum.evaluate(phi.data(), value, gradient.data(), false) ? value : -infinity;
}

}  // namespace elba::runtime
