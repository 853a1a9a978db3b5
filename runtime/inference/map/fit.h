// fit: the mode, by ascents from several starts, and whether it is one.
//
//   starts     the host's own, then dispersed ones (starting_points.h). As many as `starts`, or until the best end
//              has been met often enough to believe in it (is_settled), while counted work lasts.
//   ends       each is a maximum, or lies where the density never falls again (regularity.h), or was not
//              reached. The best maximum is the answer.
//   judge      from what is left to gain, how often the best was met, what lies lower, flat directions,
//              bounds, and ways on which the density rises for ever
//
// Everything is deterministic in the seed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/inference/variational/fit.h"

namespace elba::runtime {

struct MapProblem {
  Objective log_density;           // at u
  HessianProduct hessian_product;  // may be empty
  std::function<bool(const double* u, double* quantities)> constrain;
  std::vector<std::string> quantity_names;
  // The unknowns among them, which come first, by themselves; empty: u.
  std::function<bool(const double* u, std::vector<double>& values)> unknowns;
  // Coordinates that belong together: an unknown's. None: each stands for itself.
  struct Block {
    std::size_t first = 0, count = 0;
    bool is_real = true;  // the unknown is its own coordinate; else a transform of it
  };
  std::vector<Block> blocks;
  double seconds_per_evaluation = 1e-6;  // counted, not measured
};

struct MapResult : Assessment {
  bool converged = false;
  Stop stop = Stop::diverged;
  std::vector<double> u;
  double log_density = 0;
  int starts = 0, reached = 0;  // ascents that were made, and those of them that came to this value
  std::int64_t iterations = 0;
  double seconds = 0;
  std::vector<Quantity> quantities;  // `mean` holds the mode
};

// starts 0: as many as it takes and counted work allows. Kinks (Laplace priors) are handled (lbfgs.h).
[[nodiscard]] MapResult fit_map(const MapProblem& problem, std::vector<double> start,
                                const FitOptions& options, int starts = 0);

}  // namespace elba::runtime
