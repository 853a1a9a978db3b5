#include "runtime/inference/variational/laplace_pathfinder.h"

#include <chrono>
#include <cmath>
#include <limits>

#include "runtime/inference/diagnostics/summaries.h"
#include "runtime/inference/optimise/maximise.h"
#include "runtime/inference/variational/assess.h"
#include "runtime/inference/variational/normal_mixture.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"

namespace elba::runtime {

namespace {

using Clock = std::chrono::steady_clock;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t start_stream = 41, path_stream = 42, part_stream = 43, elbo_stream = 44;
constexpr double start_range = 2;  // as Stan's random starts
constexpr int most_guesses = 100;

}  // namespace

FitResult assess_normal_fit(const FitProblem& problem, const FitOptions& options,
                            const NormalMixture& mixture, FitResult result) {
  const auto begin = Clock::now();
  const Deadline deadline(options.budget);
  FitProblem drawn = problem;
  const std::uint64_t parts = mixture.size();
  std::vector<double> gradient(problem.latent_size);
  drawn.draw = [&](const double*, std::uint64_t key, double* u, double& log_p, double& log_q) {
    const auto part = static_cast<std::size_t>(uniform(fold_key(key, part_stream), 0) *
                                               static_cast<double>(parts));
    mixture.draw(std::min<std::size_t>(part, parts - 1), key, u);
    log_q = mixture.log_density(u);
    ++result.evaluations;
    return problem.log_joint(u, 0, log_p, gradient.data()) && std::isfinite(log_p) && std::isfinite(log_q);
  };
  Evidence evidence;
  evidence.stop = result.stop;
  evidence.is_proposal = problem.is_proposal;
  std::vector<double> values, u(problem.latent_size);
  for (std::size_t k = 0; k < options.elbo_draws && !is_past_grace(); ++k) {
    double log_p = 0, log_q = 0;
    if (drawn.draw(nullptr, fold_key(fold_key(options.seed, elbo_stream), k), u.data(), log_p, log_q))
      values.push_back(log_p - log_q);
  }
  const Moments found = moments(values);
  // One draw without density makes the ELBO minus infinity; their share is judged on its own.
  result.elbo = evidence.elbo = values.empty() ? std::numeric_limits<double>::quiet_NaN() : found.mean;
  result.elbo_se = evidence.elbo_se = found.sd /
                                      std::sqrt(static_cast<double>(std::max<std::size_t>(values.size(), 1)));
  sample_guide(drawn, options, deadline, result, evidence);
  evidence.stop = result.stop;
  Assessment judgement = judge(evidence);
  // Of a law that only proposes, and is wide on purpose, the bound says nothing: its weights give the
  // evidence.
  if (problem.is_proposal) result.elbo = result.elbo_se = std::numeric_limits<double>::quiet_NaN();
  result.verdict = judgement.verdict;
  result.reasons = std::move(judgement.reasons);
  result.converged = result.stop == Stop::converged || result.stop == Stop::stalled;
  result.seconds += std::chrono::duration<double>(Clock::now() - begin).count();
  return result;
}

FitResult no_normal_fit(FitResult result, Stop stop, ReasonCode reason) {
  result.stop = stop;
  result.reasons.clear();
  result.add(Verdict::do_not_trust, reason);
  result.elbo = std::numeric_limits<double>::quiet_NaN();
  result.khat = infinity;
  return result;
}

namespace {

// One path: the places that L-BFGS visits, each with a normal law, of which the one with the largest ELBO is
// kept.
class Path {
 public:
  Path(const FitProblem& problem, const PathfinderOptions& settings, std::uint64_t key)
      : problem_(problem),
        settings_(settings),
        key_(key),
        diagonal_(problem.latent_size, 1.0),
        gradient_(problem.latent_size) {}

  void visit(const std::vector<double>& x, const std::vector<double>& g) {
    const std::size_t n = x.size();
    if (!last_.empty()) {
      std::vector<double> s(n), y(n);
      for (std::size_t k = 0; k < n; ++k)
        s[k] = x[k] - last_[k], y[k] = last_gradient_[k] - g[k];
      learn(s, y);
    }
    last_ = x;
    last_gradient_ = g;
    // The first place knows no curvature.
    if (count_ == 0) return;
    NormalPart part;
    if (!quasi_newton_part(x, g, diagonal_, steps_, falls_, count_, part)) return;
    const double elbo = elbo_of(part);
    if (!(elbo > best_elbo)) return;
    best_elbo = elbo;
    best = std::move(part);
  }

  double best_elbo = -infinity;
  NormalPart best;
  std::int64_t evaluations = 0;

 private:
  // The diagonal follows the pair by the update of Gilbert and Lemarechal 1989; pairs without curvature are
  // left out.
  void learn(const std::vector<double>& s, const std::vector<double>& y) {
    const std::size_t n = s.size();
    double a = 0, b = 0, c = 0;
    for (std::size_t k = 0; k < n; ++k)
      a += y[k] * y[k] * diagonal_[k], b += y[k] * s[k], c += s[k] * s[k] / diagonal_[k];
    if (!(b > 1e-12 * dot(y, y)) || !(b > 0)) return;
    for (std::size_t k = 0; k < n; ++k) {
      const double next = a / (b * diagonal_[k]) + y[k] * y[k] / b -
                          a * s[k] * s[k] / (b * c * diagonal_[k] * diagonal_[k]);
      diagonal_[k] = std::clamp(1 / next, 1e-300, 1e300);
    }
    steps_.insert(steps_.end(), s.begin(), s.end());
    falls_.insert(falls_.end(), y.begin(), y.end());
    if (count_ == static_cast<std::size_t>(settings_.memory)) {
      steps_.erase(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(n));
      falls_.erase(falls_.begin(), falls_.begin() + static_cast<std::ptrdiff_t>(n));
    } else {
      ++count_;
    }
  }

  double elbo_of(const NormalPart& part) {
    const NormalMixture law({part});
    std::vector<double> u(part.mean.size());
    double sum = 0;
    for (int k = 0; k < settings_.elbo_draws; ++k) {
      double value = 0;
      law.draw(0, fold_key(key_, draws_++), u.data());
      ++evaluations;
      if (!problem_.log_joint(u.data(), 0, value, gradient_.data()) || !std::isfinite(value))
        return -infinity;
      sum += value - law.log_density(u.data());
    }
    return sum / settings_.elbo_draws;
  }

  const FitProblem& problem_;
  const PathfinderOptions& settings_;
  std::uint64_t key_, draws_ = 0;
  std::vector<double> diagonal_, gradient_, last_, last_gradient_, steps_, falls_;
  std::size_t count_ = 0;
};

// Around the host's point, or 0.
bool random_start(const FitProblem& problem, std::uint64_t key, std::vector<double>& u,
                  std::int64_t& evaluations) {
  std::vector<double> gradient(u.size());
  for (std::uint64_t guess = 0; guess < most_guesses; ++guess) {
    double value = 0;
    for (std::size_t k = 0; k < u.size(); ++k)
      u[k] = (problem.first.empty() ? 0 : problem.first[k]) +
             start_range * (2 * uniform(fold_key(key, guess), k) - 1);
    ++evaluations;
    if (problem.log_joint(u.data(), 0, value, gradient.data()) && std::isfinite(value) &&
        all_finite(gradient.data(), gradient.size()))
      return true;
  }
  return false;
}

}  // namespace

FitResult fit_pathfinder(const FitProblem& problem, const PathfinderOptions& paths,
                         const FitOptions& options) {
  const auto begin = Clock::now();
  FitResult result;
  result.algorithm = "pathfinder";
  result.stop = Stop::converged;
  std::vector<NormalPart> parts;
  for (int k = 0; k < paths.paths; ++k) {
    const std::uint64_t path_key = static_cast<std::uint64_t>(k);
    std::vector<double> u(problem.latent_size);
    if (!random_start(problem, fold_key(fold_key(options.seed, start_stream), path_key), u,
                      result.evaluations))
      continue;
    Path path(problem, paths, fold_key(fold_key(options.seed, path_stream), path_key));
    OptimiseOptions settings;
    settings.max_iterations = paths.max_iterations;
    settings.memory = paths.memory;
    settings.tolerance = 1e-8;
    settings.budget = options.budget;
    settings.budget.max_seconds -= std::chrono::duration<double>(Clock::now() - begin).count();
    settings.visit = [&](const std::vector<double>& x, double, const std::vector<double>& gradient) {
      path.visit(x, gradient);
    };
    const OptimiseResult end = maximise({problem.latent_size, problem.log_joint}, std::move(u), settings);
    result.iterations += end.iterations;
    result.evaluations += end.evaluations + path.evaluations;
    if (end.stop == Stop::cancelled || end.stop == Stop::seconds) result.stop = end.stop;
    if (std::isfinite(path.best_elbo)) parts.push_back(std::move(path.best));
    if (end.stop == Stop::cancelled || end.stop == Stop::seconds) break;
  }
  if (parts.empty())
    return no_normal_fit(std::move(result), result.stop == Stop::converged ? Stop::diverged : result.stop,
                         ReasonCode::no_path);
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return assess_normal_fit(problem, options, NormalMixture(std::move(parts)), std::move(result));
}

FitResult fit_laplace(const FitProblem& problem, const HessianProduct& hessian_product,
                      const std::vector<double>& start, const FitOptions& options) {
  constexpr std::size_t most_coordinates = 2000;
  const auto begin = Clock::now();
  const std::size_t n = problem.latent_size;
  FitResult result;
  result.algorithm = "laplace";
  if (n > most_coordinates)
    return no_normal_fit(std::move(result), Stop::diverged, ReasonCode::hessian_too_large);
  const Objective objective{n, problem.log_joint};
  // A normal law at a saddle is none: the ascent goes on from there.
  Ascent ascent = ascend(objective, hessian_product, start,
                         {.has_kinks = false, .look = Look::smooth, .budget = options.budget});
  const OptimiseResult mode = std::move(ascent.end);
  result.iterations = ascent.iterations;
  result.evaluations = ascent.evaluations;
  result.stop = mode.stop;
  if (mode.stop == Stop::diverged)
    return no_normal_fit(std::move(result), Stop::diverged, ReasonCode::mode_start_not_finite);
  std::vector<double> precision(n * n), unit(n, 0.0), column(n);
  for (std::size_t j = 0; j < n; ++j) {
    unit[j] = 1;
    if (is_past_grace())
      return no_normal_fit(std::move(result), mode.stop == Stop::cancelled ? Stop::cancelled : Stop::seconds,
                           ReasonCode::no_time_for_hessian);
    if (!hessian_product(mode.x.data(), unit.data(), column.data()))
      return no_normal_fit(std::move(result), Stop::diverged, ReasonCode::hessian_not_finite);
    unit[j] = 0;
    for (std::size_t i = 0; i < n; ++i)
      precision[i * n + j] = -column[i];
  }
  NormalPart part;
  if (!precision_part(mode.x, precision, part))
    return no_normal_fit(std::move(result), mode.stop, ReasonCode::no_proper_maximum);
  const NormalMixture law({std::move(part)});
  // log p(m) + n/2 ln 2 pi + 1/2 log det C: the density at the mode over that of the normal law there.
  double top = 0;
  if (problem.log_joint(mode.x.data(), 0, top, column.data()))
    result.laplace_evidence = top - law.log_density(mode.x.data());
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return assess_normal_fit(problem, options, law, std::move(result));
}

}  // namespace elba::runtime
