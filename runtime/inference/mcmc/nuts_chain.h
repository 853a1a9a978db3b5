// nuts_chain: one chain: a start, warm-up, draws. Internal to runtime/.
#pragma once

#include <atomic>

#include "runtime/inference/mcmc/nuts.h"
#include "runtime/inference/mcmc/nuts_tree.h"

namespace elba::runtime {

struct Chain {
  std::vector<double> draws;  // row-major [draws, size], unconstrained
  std::vector<double> log_density;
  std::vector<Transition> transitions;
  double step = 0;
  Stop stop = Stop::converged;
  std::int64_t evaluations = 0;
};

// `done` counts transitions over all chains, for progress. A chain that `record` knows goes on where it was.
[[nodiscard]] Chain run_chain(const Objective& objective, const std::vector<double>& start,
                              const std::vector<double>& spread, std::uint64_t key,
                              const NutsOptions& options, const Record& record,
                              std::atomic<std::int64_t>& done);

}  // namespace elba::runtime
