// stochastic: averaged stochastic gradients that stop by themselves, for guides and models whose noise cannot be frozen.
//
// Levels of fixed-step Adam, each with half the step of the one before. On a level the iterates move around a place near the optimum; when
// their last part looks stationary (split R-hat), its average is accepted once its Monte Carlo error is small, and the next level starts
// there. The place that fixed steps circle around is off by an amount in proportion to the step, so that the distance between the
// averages of two levels tells how far the last one still is: iteration ends when that is below the tolerance, or when a further level
// would cost more than all before. What is returned is the average, never the last iterate.
//
// Source: Welandawe et al., "A framework for improving the reliability of black-box variational inference" (RABVI), 2024, with these
// changes: distances are measured in the caller's units (posterior sd) instead of a symmetrised KL between Gaussians, and the accuracy is
// predicted from two levels instead of a regression over all.
#pragma once

#include <functional>
#include <vector>

#include "runtime/objective.h"

namespace elba::runtime {

struct StochasticOptions {
  std::uint64_t key = 0;
  int particles = 4;              // gradients averaged in a step, under keys of their own
  double step = 0.1;              // of the first level, in units
  int levels = 8;                 // at most
  int check_every = 200;
  int max_iterations = 50'000;    // in all
  double rhat_limit = 1.1;
  double min_effective = 25;
  double tolerance = 0.02;        // of the answer, in units
  std::size_t most_traced = 512;  // coordinates whose history is kept for the checks
  // The size of one unit of every coordinate at phi: posterior sd for means. Empty: 1.
  std::function<void(const double* phi, double* units)> units;
  // Adds to the gradient at phi under a key what has mean zero and may cancel noise (landing.h). Used on levels at whose beginning it does. Empty: none.
  std::function<void(const double* phi, std::uint64_t key, double* gradient)> landing;
  Budget budget;
};

struct StochasticResult {
  std::vector<double> phi;        // the average of the last accepted level, or of what there is
  double value = 0;               // mean of the objective over the same iterates
  double rhat = 0, effective_size = 0, mcse = 0;   // worst traced coordinate of the last window, in units
  double distance = 0;            // between the averages of the last two levels
  double step = 0;                // of the last level
  int levels = 0, iterations = 0, retried = 0;
  int landing_levels = 0;         // levels that used `landing`
  std::int64_t evaluations = 0;
  Stop stop = Stop::diverged;
};

[[nodiscard]] StochasticResult maximise_stochastic(const Objective& objective, std::vector<double> start, const StochasticOptions& options);

}  // namespace elba::runtime
