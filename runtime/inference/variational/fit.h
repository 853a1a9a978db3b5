// fit: variational inference from calls: start, optimise, check, judge.
//
//   start      a short quasi-Newton run towards the mode, and a choice of first widths by ELBO. Not all the
//              way: from the joint mode a hierarchical model may not find back to its mass.
//   optimise   frozen draws with a second-order method where the guide's noise is known to be normal
//              (fixed_draws.h), else averaged stochastic gradients that stop by themselves
//              (runtime/inference/optimise/averaged_sgd.h); natural gradients on request (natural_gradient.h)
//   check      ELBO on fresh draws with its error, Pareto-smoothed importance sampling (psis.h), summaries
//              with and without its weights
//   judge      trust, caution or do not trust, in words (verdict.h)
//
// Everything is deterministic in the seed. Knows nothing of models: names and calls come from the host.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "runtime/inference/checkpoint_log.h"
#include "runtime/inference/diagnostics/verdict.h"
#include "runtime/inference/objective.h"
#include "runtime/inference/optimise/lbfgs.h"
#include "runtime/inference/quantity.h"
#include "runtime/inference/time_profile.h"

namespace elba::runtime {

// How phi begins: means m[n], then for meanfield w[n] with sd = softplus(w), for fullrank L[n, n] row by row
// with softplus on its diagonal (above the diagonal unused). What follows is not Gaussian (centering weights,
// point parameters). n is `noise_size`. structured: a Gaussian guide of which only `means` and `units` are
// known.
enum class GuideFamily { other, meanfield, fullrank, structured };
[[nodiscard]] constexpr bool is_plain(GuideFamily family) {
  return family == GuideFamily::meanfield || family == GuideFamily::fullrank;
}

struct FitProblem {
  GuideFamily family = GuideFamily::other;
  std::size_t guide_size = 0;   // of phi
  std::size_t latent_size = 0;  // of u, the unconstrained coordinates of the log joint density
  std::size_t noise_size = 0;   // standard normals of a draw
  // elbo and draw take all their randomness from one `rng_normal key` of length noise_size (from none when
  // that is 0), so that draws can be frozen. Checked at the start; a fit goes on without when it does not
  // hold.
  bool has_normal_noise = true;

  std::function<std::vector<double>(const double* u, double sd)> start;  // phi around u
  std::vector<std::size_t> means;  // of a structured guide: which coordinates of phi are means
  // Of a structured guide: the size of one posterior unit of each coordinate of phi, roughly.
  std::vector<double> units;
  bool is_proposal = false;   // the law that is drawn from only proposes: the weights are the answer
  std::vector<double> first;  // u at which the search for a start begins; empty: 0
  std::vector<double> warm;   // phi to start from, instead of a search for one; or empty
  Evaluate elbo;              // at phi
  std::function<bool(const double* phi, std::uint64_t key, double* u, double& log_p, double& log_q)> draw;
  Evaluate log_joint;  // at u, with Jacobian; may be empty
  // False where a quantity is not finite.
  std::function<bool(const double* u, double* quantities)> constrain;
  std::vector<std::string> quantity_names;  // 1-based and flattened, "theta[1]"
  std::vector<bool> is_bounded;             // quantities with two finite ends; empty: none
  bool keeps_places = false;                // the result says where its draws stand
};

// How the ELBO is climbed. automatic: frozen draws where they are possible, else adam. natural: natural
// gradients, of the Gaussian families (natural_gradient.h). adam: averaged stochastic gradients
// (runtime/inference/optimise/averaged_sgd.h).
enum class Climb { automatic, natural, adam };

struct FitOptions {
  std::uint64_t seed = 1;
  Climb climb = Climb::automatic;
  std::size_t draws = 2000;       // for summaries and importance sampling
  std::size_t more_draws = 8;     // times as many for k-hat alone, where it is in doubt
  std::size_t elbo_draws = 1000;  // at least; more while their error is above 3e-5 and they cost little
  // Frozen draws: sums over a design, after which the climb ends as if out of iterations.
  std::int64_t most_sums = 1'000'000'000;
  std::int64_t most_climb_evaluations = 1'000'000'000'000;  // the same in evaluations, roughly
  Profile* profile = nullptr;                               // told of the phases
  Record record;  // where what the climb came to is kept, and how far it is
  Budget budget;
};

// The last level of averaged stochastic gradients: the worst of the coordinates that were watched, in
// posterior sd.
struct Iterates {
  double rhat = 1, effective_size = 0, mcse = 0;
  double remaining = std::numeric_limits<double>::infinity();  // from the average to the optimum, as the
                                                               // levels foretell
                                                               // (runtime/inference/optimise/step_schedule.h)
  double inefficiency = 0;                                     // of a further level
  int levels = 0;
};

// The ELBO's gradient at the answer over fresh draws, coordinate by coordinate of phi.
struct Slope {
  std::vector<double> mean, sd;  // empty: not measured
  std::size_t draws = 0;
};

struct FitResult : Assessment {
  bool converged = false;
  Stop stop = Stop::diverged;
  std::string algorithm;    // "frozen draws", "natural gradients" or "averaged stochastic gradients"
  std::vector<double> phi;  // the guide's parameters
  double frozen_error = 0;  // frozen draws: how far the optimum moves with others, in posterior sd
  Iterates iterates;        // averaged stochastic gradients
  Slope slope;
  double elbo = 0, elbo_se = 0;
  double khat = 0, khat_threshold = 0.7, importance_ess = 0;
  bool is_weighted = false;  // the summaries use importance weights
  double log_evidence = 0;   // importance-sampling estimate, at least the ELBO
  // Of laplace: the Gaussian formula at the mode.
  double laplace_evidence = std::numeric_limits<double>::quiet_NaN();
  std::int64_t iterations = 0, evaluations = 0;
  double seconds = 0;
  std::vector<Quantity> quantities;
  // Row-major [draws, quantities]: of the guide, resampled by the weights when `is_weighted`.
  std::vector<double> draws;
  // Row-major [draws, latent_size], before they were resampled, of a problem that `keeps_places`.
  std::vector<double> places;
  std::vector<double> weights;    // of the places, when `is_weighted`
  std::vector<std::size_t> rows;  // the place of each draw, when `is_weighted`
};

[[nodiscard]] FitResult fit(const FitProblem& problem, const FitOptions& options);

}  // namespace elba::runtime
