#include "runtime/inference/variational/fixed_draws.h"

#include <chrono>
#include <cmath>
#include <limits>

#include "runtime/inference/optimise/lbfgs.h"
#include "runtime/inference/variational/gaussian_parameters.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"
#include "runtime/kernels/softplus.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t largest_dense = 512;  // beyond, only the diagonal of S
constexpr std::size_t points_between_looks = 32;
constexpr std::size_t most_moved = 64;         // other coordinates that are moved one by one
constexpr std::size_t large_sum = 20'000'000;  // gradient entries
constexpr int most_jumps = 40, quasi_newton_burst = 60;
constexpr int profile_burst = 40, bursts_before_walk = 4;
constexpr double profile_accuracy = 1e-5;  // ELBO
constexpr double worth_a_jump = 1e-3;      // ELBO
// ELBO, for each coordinate that is not Gaussian; less is creeping along plateaus and ridges.
constexpr double worth_a_burst = 1e-4;
constexpr std::size_t few_rest = 4;  // coordinates for which a walk costs next to nothing

// F over one design, with room for its sums.
class Sum {
 public:
  // `is_over`: asked now and then; a sum that it cuts short is false.
  Sum(const FrozenProblem& problem, const Design& design, std::int64_t& count,
      std::function<bool()> is_over = {})
      : problem_(problem),
        design_(design),
        count_(count),
        is_over_(std::move(is_over)),
        gradient_(problem.guide_size) {
    slopes.mean.resize(problem.noise_size);
    slopes.is_diagonal = problem.noise_size > largest_dense;
    slopes.cross.resize(slopes.is_diagonal ? problem.noise_size : problem.noise_size * problem.noise_size);
  }

  bool evaluate(const double* phi, double& value, double* gradient, bool with_slopes) {
    const std::size_t p = problem_.guide_size, n = problem_.noise_size;
    value = 0;
    ++count_;
    std::fill_n(gradient, p, 0.0);
    if (with_slopes) std::fill(slopes.cross.begin(), slopes.cross.end(), 0.0);
    for (std::size_t k = 0; k < design_.count; ++k) {
      const double weight = design_.weights[k];
      const double* noise = design_.points.data() + k * n;
      double part = 0;
      ++evaluations;
      if (k % points_between_looks == points_between_looks - 1 && is_over_ && is_over_()) return false;
      if (!problem_.elbo(phi, noise, part, gradient_.data()) || !std::isfinite(part)) return false;
      value += weight * part;
      for (std::size_t j = 0; j < p; ++j)
        gradient[j] += weight * gradient_[j];
      if (!with_slopes) continue;
      if (slopes.is_diagonal) {
        for (std::size_t i = 0; i < n; ++i)
          slopes.cross[i] += weight * gradient_[i] * noise[i];
      } else {
        for (std::size_t i = 0; i < n; ++i) {
          const double g = weight * gradient_[i];
          double* row = slopes.cross.data() + i * n;
          for (std::size_t j = 0; j < n; ++j)
            row[j] += g * noise[j];
        }
      }
    }
    if (with_slopes) {
      std::copy_n(gradient, n, slopes.mean.begin());
      add_exact_parts(phi, gradient);
    }
    return all_finite(gradient, p);
  }

  Slopes slopes;
  std::int64_t evaluations = 0;

 private:
  // Priors whose expectation is exact do not vary with the noise, so that their curvature -d is missing in
  // the cross terms. The gradient by a width s has it: dF/ds = 1/s + cross_ii - d_i s.
  void add_exact_parts(const double* phi, const double* gradient) {
    if (problem_.form == NormalForm::none) return;
    const std::size_t n = problem_.noise_size;
    const bool is_full = problem_.form == NormalForm::full;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t width = is_full ? n + i * n + i : n + i;
      const double w = phi[width], s = softplus(w), slope = softplus_slope(w);
      double& own = slopes.cross[slopes.is_diagonal ? i : i * n + i];
      const double missing = gradient[width] / slope - 1 / s - own;  // -d_i s
      if (!std::isfinite(missing)) continue;
      for (std::size_t j = 0; j < i && is_full && !slopes.is_diagonal; ++j)
        slopes.cross[i * n + j] += missing / s * phi[n + i * n + j];
      own += missing;
    }
  }

  const FrozenProblem& problem_;
  const Design& design_;
  std::int64_t& count_;
  std::function<bool()> is_over_;
  std::vector<double> gradient_;
};

// Of a Gauss-Hermite rule: exact to degree 600, and its outer weights are below 1e-200 long before.
constexpr std::size_t most_nodes = 300;

class Run {
 public:
  Run(const FrozenProblem& problem, const FrozenOptions& options) : problem_(problem), options_(options) {}

  FrozenResult go(std::vector<double> start) {
    result_.phi = std::move(start);
    const bool is_gaussian = problem_.form != NormalForm::none && problem_.noise_size > 0;
    const bool is_structured = problem_.form == NormalForm::none && problem_.noise_size > 0 &&
                               std::isfinite(options_.error_limit);
    for (std::size_t effort = 1;; effort *= 2) {
      const Design design = make_design(problem_.noise_size, fold_key(options_.key, 2 * effort), effort);
      const auto is_over = [this] { return was_cut_ = was_cut_ || is_late(); };
      Sum sum(problem_, design, sums_, is_over);
      result_.points = design.count;
      climb(sum, is_gaussian);
      result_.evaluations += sum.evaluations;
      if ((!is_gaussian && !is_structured) ||
          (result_.stop != Stop::converged && result_.stop != Stop::stalled))
        break;
      const Design other = make_design(
          problem_.noise_size, fold_key(options_.key, 2 * effort + 1),
          problem_.noise_size == 1 ? effort + 1 : effort);  // a rule of one variable cannot be rotated
      Sum check(problem_, other, sums_, is_over);
      std::vector<double> gradient(problem_.guide_size);
      double value = 0;
      result_.error = infinity;
      if (is_structured)
        result_.error = gap_of_designs(check);
      else if (check.evaluate(result_.phi.data(), value, gradient.data(), true))
        result_.error =
            GaussianModel(problem_.form, problem_.noise_size, result_.phi, check.slopes).mean_move();
      result_.evaluations += check.evaluations;
      if (result_.stop != Stop::converged && result_.stop != Stop::stalled) break;
      // A finer rule of few variables grows as a power of `effort`; that of one takes the cube of its points
      // to make.
      const std::size_t most = problem_.noise_size == 1 ? most_nodes : options_.most_points;
      const bool is_large = problem_.guide_size * design.count > large_sum || problem_.noise_size > 128;
      if (result_.error <= options_.error_limit || is_large ||
          make_design(problem_.noise_size, 0, 2 * effort).count > most)
        break;
    }
    if (was_cut_ || is_stopped()) (void)is_late();
    return std::move(result_);
  }

 private:
  // How far the means of the optimum under another design are from here; or, when that is more, how much of
  // the ELBO is there for the sake of this design's points only: a law with many parameters fits itself to
  // few points.
  double gap_of_designs(Sum& other) {
    const std::vector<double> first = result_.phi;
    const double value = result_.value;
    std::vector<double> gradient(problem_.guide_size);
    double there = 0;
    if (!other.evaluate(first.data(), there, gradient.data(), false)) return infinity;
    climb(other, false);
    double gap = 0;
    for (const std::size_t k : problem_.means)
      gap = std::max(gap,
                     std::fabs(result_.phi[k] - first[k]) / (problem_.units.empty() ? 1 : problem_.units[k]));
    return std::max(gap, std::fabs(value - there));
  }

  bool is_late() { return options_.budget.is_over(begin_, result_.stop); }
  bool is_out_of_time() {
    if (is_late()) return true;
    return sums_ >= options_.max_sums && (result_.stop = Stop::iterations, true);
  }
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

  void report() const {
    if (options_.budget.progress)
      options_.budget.progress(
          {"optimise", std::min(1.0, static_cast<double>(result_.iterations) / options_.max_iterations),
           result_.value});
  }

  // Jumps and bursts of L-BFGS in turn, until neither gains.
  void climb(Sum& sum, bool is_gaussian) {
    std::vector<double> gradient(problem_.guide_size);
    if (!sum.evaluate(result_.phi.data(), result_.value, gradient.data(), is_gaussian)) {
      result_.stop = Stop::diverged;
      return;
    }
    std::unique_ptr<GaussianModel> model;
    int walks = 0;
    for (int bursts = 0;; ++bursts) {
      if (is_gaussian && !jump(sum, gradient, model)) return;
      const double before = result_.value;
      const std::size_t rest = problem_.guide_size - gaussian_size(problem_.form, problem_.noise_size);
      if (is_gaussian && rest > 0 && rest <= most_moved &&
          (rest <= few_rest || (bursts >= bursts_before_walk && walks++ < options_.most_walks))) {
        walk_profile(sum, *model);
        double value = 0;
        if (!sum.evaluate(result_.phi.data(), value, gradient.data(), true)) return;
        model = std::make_unique<GaussianModel>(problem_.form, problem_.noise_size, result_.phi, sum.slopes,
                                                rest_slopes(sum, gradient));
      }
      OptimiseOptions options;
      options.tolerance = options_.tolerance;
      options.max_iterations = static_cast<int>(std::min<std::int64_t>(
          {quasi_newton_burst, std::max(1, options_.max_iterations - result_.iterations),
           std::max<std::int64_t>(1, options_.max_sums - sums_)}));
      options.budget.cancel = options_.budget.cancel;
      options.budget.max_seconds = options_.budget.max_seconds - seconds();
      options.memory = std::clamp<int>(static_cast<int>(problem_.guide_size), 8, 40);
      if (!is_gaussian && problem_.units.size() == problem_.guide_size)
        options.precondition = [&](const double* g, double* out) {
          for (std::size_t k = 0; k < problem_.units.size(); ++k)
            out[k] = problem_.units[k] * problem_.units[k] * g[k];
        };
      if (model) options.precondition = [&](const double* g, double* out) { model->precondition(g, out); };
      const Objective objective{problem_.guide_size,
                                [&](const double* x, std::uint64_t, double& value, double* g) {
                                  return sum.evaluate(x, value, g, false);
                                }};
      const double walked = result_.value;
      OptimiseResult found = maximise(objective, result_.phi, options);
      result_.iterations += found.iterations;
      result_.stop = found.stop;
      if (found.value >= walked) {
        result_.value = found.value;
        result_.phi = std::move(found.x);
      }
      report();
      if (found.stop == Stop::iterations && sums_ >= options_.max_sums) return;
      const bool is_done = found.stop == Stop::converged || found.stop == Stop::cancelled ||
                           found.stop == Stop::seconds;
      // A stall is only believed after a start with a fresh quadratic model.
      const bool is_stuck = found.stop == Stop::stalled && !(result_.value > before + options_.tolerance);
      if (!is_done && result_.iterations < options_.max_iterations && is_gaussian &&
          result_.value - before < worth_a_burst * static_cast<double>(std::max<std::size_t>(rest, 1))) {
        result_.stop = Stop::converged;
        return;
      }
      if (is_done || is_stuck || result_.iterations >= options_.max_iterations || is_out_of_time()) return;
      if (is_gaussian && !sum.evaluate(result_.phi.data(), result_.value, gradient.data(), true)) return;
    }
  }

  // Jumps from phi, whose slopes `sum` holds, until one gains less than `enough`. The slopes and gradient
  // left are those of the last trial.
  void settle(Sum& sum, std::vector<double>& phi, double& value, std::vector<double>& gradient,
              double enough) {
    double gain = infinity;
    for (int k = 0; k < most_jumps && gain > enough && !is_out_of_time(); ++k) {
      const GaussianModel here(problem_.form, problem_.noise_size, phi, sum.slopes);
      gain = 0;
      for (double share = 1; share > 0.01 && gain == 0; share *= 0.4) {
        std::vector<double> next = here.jump(share);
        double there = 0;
        if (!sum.evaluate(next.data(), there, gradient.data(), true) || !(there > value)) {
          if (enough < worth_a_jump && share == 1) return;  // as good as settled
          continue;
        }
        gain = there - value;
        phi = std::move(next);
        value = there;
      }
    }
  }

  // To the Gaussian fixed point; leaves slopes, gradient and model of the place where it ends. False: out of
  // time.
  bool jump(Sum& sum, std::vector<double>& gradient, std::unique_ptr<GaussianModel>& model) {
    if (is_out_of_time()) return false;
    settle(sum, result_.phi, result_.value, gradient, worth_a_jump);
    report();
    double value = 0;
    if (!sum.evaluate(result_.phi.data(), value, gradient.data(), true)) return false;
    model = std::make_unique<GaussianModel>(problem_.form, problem_.noise_size, result_.phi, sum.slopes,
                                            rest_slopes(sum, gradient));
    return true;
  }

  // Maximises the profile over the coordinates that are not Gaussian: at each of their places the Gaussian
  // ones jump to their optimum, so that the gradient is the partial one. Centering weights and means together
  // form a curved ridge, along which steps in all coordinates creep; this walks on its crest.
  void walk_profile(Sum& sum, const GaussianModel& model) {
    const std::size_t begin = gaussian_size(problem_.form, problem_.noise_size),
                      count = problem_.guide_size - begin;
    std::vector<double> gradient(problem_.guide_size), move(count);
    const Objective profile{count, [&](const double* x, std::uint64_t, double& value, double* g) {
                              // A place of the profile takes dozens of sums.
                              if (is_out_of_time()) return false;
                              for (std::size_t k = 0; k < count; ++k)
                                move[k] = x[k] - result_.phi[begin + k];
                              std::vector<double> phi = model.move_rest(result_.phi, move);
                              if (!sum.evaluate(phi.data(), value, gradient.data(), true)) return false;
                              settle(sum, phi, value, gradient, profile_accuracy);
                              if (!sum.evaluate(phi.data(), value, gradient.data(), false)) return false;
                              std::copy(gradient.begin() + static_cast<std::ptrdiff_t>(begin), gradient.end(),
                                        g);
                              if (value > result_.value) {
                                result_.value = value;
                                result_.phi = std::move(phi);
                                report();
                              }
                              return true;
                            }};
    OptimiseOptions options;
    options.tolerance = 10 * profile_accuracy;
    options.max_iterations = std::min(profile_burst, options_.max_iterations - result_.iterations);
    options.budget.cancel = options_.budget.cancel;
    options.budget.max_seconds = options_.budget.max_seconds - seconds();
    options.precondition = [&](const double* g, double* out) { model.precondition_rest(g, out); };
    std::vector<double> start(result_.phi.begin() + static_cast<std::ptrdiff_t>(begin), result_.phi.end());
    result_.iterations += maximise(profile, std::move(start), options).iterations;
  }

  // How gradients change with the coordinates that are not Gaussian: each moved by itself where they are few,
  // else all at once, as if they did not couple.
  RestSlopes rest_slopes(Sum& sum, const std::vector<double>& gradient) {
    constexpr double move = 0.05;
    const std::size_t n = problem_.noise_size, begin = gaussian_size(problem_.form, n),
                      count = problem_.guide_size - begin;
    RestSlopes out;
    if (count == 0) return out;
    out.gradient.assign(gradient.begin() + static_cast<std::ptrdiff_t>(begin), gradient.end());
    std::vector<double> moved = result_.phi, there(problem_.guide_size);
    double value = 0;
    const bool is_whole = count <= most_moved;
    for (std::size_t k = 0; k < (is_whole ? count : 1); ++k) {
      for (std::size_t j = 0; j < count; ++j)
        if (j == k || !is_whole) moved[begin + j] += move;
      if (!sum.evaluate(moved.data(), value, there.data(), false))
        return {{}, std::vector<double>(count, 1.0), std::move(out.gradient)};
      for (std::size_t i = 0; i < n && is_whole; ++i)
        out.by_mean.push_back((there[i] - gradient[i]) / move);
      for (std::size_t j = begin; j < problem_.guide_size; ++j)
        out.by_rest.push_back((there[j] - gradient[j]) / move);
      moved[begin + k] = result_.phi[begin + k];
    }
    return out;
  }

  const FrozenProblem& problem_;
  const FrozenOptions& options_;
  FrozenResult result_;
  std::int64_t sums_ = 0;
  bool was_cut_ = false;  // a sum, for lack of time
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

FrozenResult maximise_frozen(const FrozenProblem& problem, std::vector<double> start,
                             const FrozenOptions& options) {
  return Run(problem, options).go(std::move(start));
}

double frozen_value(const FrozenProblem& problem, const Design& design, const std::vector<double>& phi) {
  std::int64_t count = 0;
  Sum sum(problem, design, count);
  std::vector<double> gradient(problem.guide_size);
  double value = 0;
  return sum.evaluate(phi.data(), value, gradient.data(), false) ? value : -infinity;
}

bool frozen_slopes(const FrozenProblem& problem, const Design& design, const std::vector<double>& phi,
                   double& value, std::vector<double>& gradient, Slopes& slopes) {
  std::int64_t count = 0;
  Sum sum(problem, design, count);
  gradient.resize(problem.guide_size);
  if (!sum.evaluate(phi.data(), value, gradient.data(), true)) return false;
  slopes = std::move(sum.slopes);
  return true;
}

}  // namespace elba::runtime
