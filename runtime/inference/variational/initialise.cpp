#include "runtime/inference/variational/initialise.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/inference/noise.h"
#include "runtime/kernels/rng.h"

namespace elba::runtime {

namespace {

// Long enough to leave the void, short enough not to arrive: at the mode itself scales of hierarchies may
// have collapsed.
constexpr int steps_towards_mode = 25;
constexpr int most_guesses = 100;
constexpr double guess_range = 2;  // as Stan's random starts
constexpr int trial_draws = 20;
constexpr std::uint64_t guess_stream = 11, trial_stream = 12;

// A point where the log joint density is finite: the host's, else 0, or the first good random one around it.
bool first_point(const FitProblem& problem, const FitOptions& options, std::vector<double>& u) {
  std::vector<double> gradient(problem.latent_size);
  double value = 0;
  for (int guess = 0; guess < most_guesses; ++guess) {
    for (std::size_t k = 0; k < u.size(); ++k)
      u[k] = (problem.first.empty() ? 0 : problem.first[k]) +
             (guess == 0 ? 0 : guess_range) * (2 * uniform(fold_key(fold_key(options.seed, guess_stream),
                                                                    static_cast<std::uint64_t>(guess)),
                                                           k) -
                                               1);
    if (problem.log_joint(u.data(), 0, value, gradient.data()) && std::isfinite(value) &&
        std::all_of(gradient.begin(), gradient.end(), [](double g) { return std::isfinite(g); }))
      return true;
  }
  return false;
}

double mean_elbo(const FitProblem& problem, const FitOptions& options, const std::vector<double>& phi,
                 std::vector<double>& gradient, std::int64_t& evaluations) {
  double sum = 0;
  const std::uint64_t key = fold_key(options.seed, trial_stream);
  Noise noise(problem.parameters->noise_size);
  for (int k = 0; k < trial_draws; ++k) {
    double value = 0;
    ++evaluations;
    if (!problem.elbo(phi.data(), noise.of(fold_key(key, static_cast<std::uint64_t>(k))), value,
                      gradient.data()) ||
        !std::isfinite(value))
      return -std::numeric_limits<double>::infinity();
    sum += value / trial_draws;
  }
  return sum;
}

}  // namespace

std::vector<std::vector<double>> starting_guides(const FitProblem& problem, const FitOptions& options,
                                                 std::int64_t& evaluations) {
  std::vector<std::vector<double>> places{
      problem.first.empty() ? std::vector<double>(problem.latent_size, 0.0) : problem.first};
  if (problem.log_joint) {
    if (!first_point(problem, options, places[0])) return {};
    OptimiseOptions towards;
    towards.max_iterations = steps_towards_mode;
    towards.budget.cancel = options.budget.cancel;
    towards.budget.max_seconds = 0.1 * options.budget.max_seconds;
    const OptimiseResult near = maximise({problem.latent_size, problem.log_joint}, places[0], towards);
    evaluations += near.evaluations;
    if (near.iterations > 0) places.push_back(near.x);
  }
  struct Guide {
    double elbo;
    std::vector<double> phi;
  };
  std::vector<Guide> guides;
  std::vector<double> gradient(problem.parameters->size);
  for (const auto& u : places) {
    Guide best{-std::numeric_limits<double>::infinity(), {}};
    for (const double sd : {1.0, 0.3, 0.1, 0.01, 0.001}) {
      if (is_stopped()) return {};  // to lay out a large guide takes a while
      std::vector<double> phi = problem.parameters->initial(u, sd);
      const double elbo = mean_elbo(problem, options, phi, gradient, evaluations);
      if (elbo > best.elbo) best = {elbo, std::move(phi)};
    }
    if (!best.phi.empty()) guides.push_back(std::move(best));
  }
  std::stable_sort(guides.begin(), guides.end(),
                   [](const Guide& a, const Guide& b) { return a.elbo > b.elbo; });
  std::vector<std::vector<double>> out;
  for (Guide& guide : guides)
    out.push_back(std::move(guide.phi));
  return out;
}

}  // namespace elba::runtime
