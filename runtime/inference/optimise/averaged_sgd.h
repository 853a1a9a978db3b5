// averaged_sgd: averaged stochastic gradients that stop by themselves, for guides and models whose noise
// cannot be frozen.
//
// Levels of fixed-step Adam, each with half the step of the one before. On a level the iterates move around a
// place near the optimum; when their last part looks stationary (split R-hat), its average is accepted once
// its Monte Carlo error is small, and the next level starts there. The place that fixed steps circle around
// is off by an amount that falls with the step, which the distances between the averages of the levels tell
// (step_schedule.h): iteration ends when what remains is below the tolerance, or when it is small and a
// further level would cost more than it brings. What is returned is the average, never the last iterate.
//
// Source: Welandawe et al., "A framework for improving the reliability of black-box variational inference"
// (RABVI), 2024.
#pragma once

#include <functional>
#include <limits>
#include <vector>

#include "runtime/inference/checkpoint_log.h"
#include "runtime/inference/objective.h"

namespace elba::runtime {

struct StochasticOptions {
  std::uint64_t key = 0;
  int particles = 4;  // gradients averaged in a step, under keys of their own
  double step = 0.1;  // of the first level, in units
  int levels = 8;     // at most
  int check_every = 200;
  int max_iterations = 50'000;  // in all
  double rhat_limit = 1.1;
  double min_effective = 25;
  double tolerance = 0.02;        // of the answer, in units
  double accuracy = 0.1;          // of an answer that will do when a better one costs more than it brings
  std::size_t most_traced = 512;  // coordinates whose history is kept for the checks
  // Those that the checks and the distance between levels look at; empty: all.
  std::vector<std::size_t> judged;
  // The checks look at the objective instead: parameters of a network have no limit of their own. A
  // difference of v nats counts as a distance of sqrt(2 v), which is what it is between normal laws; its
  // error need only be below `accuracy`.
  bool by_value = false;
  // The size of one unit of every coordinate at phi: posterior sd for means. Empty: 1.
  std::function<void(const double* phi, double* units)> units;
  Record record;  // where the run keeps how far it is; one that is known there goes on
  // Adds to the gradient at phi under a key what has mean zero and may cancel noise
  // (runtime/inference/variational/path_gradient.h). Used on levels at whose beginning it does. Empty: none.
  std::function<void(const double* phi, std::uint64_t key, double* gradient)> landing;
  Budget budget;
};

struct StochasticResult {
  std::vector<double> phi;  // the average of the last accepted level, or of what there is
  double value = 0;         // mean of the objective over the same iterates
  double rhat = 0, effective_size = 0, mcse = 0;  // worst traced coordinate of the last window, in units
  // From the answer to the optimum, as the levels foretell; infinite when there was only one.
  double remaining = std::numeric_limits<double>::infinity();
  double inefficiency = 0;  // of a further level; above 1 it would cost more than it brings
  double step = 0;          // of the last level
  int levels = 0, iterations = 0, retried = 0;
  int landing_levels = 0;  // levels that used `landing`
  std::int64_t evaluations = 0;
  Stop stop = Stop::diverged;
};

[[nodiscard]] StochasticResult maximise_stochastic(const Objective& objective, std::vector<double> start,
                                                   const StochasticOptions& options);

}  // namespace elba::runtime
