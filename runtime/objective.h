// objective: what the optimisers of this folder work on: functions to be MAXIMISED (log densities, ELBOs), given as calls.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace elba::runtime {

// Value and gradient at x. False: not defined there, or not finite. `key` chooses the randomness; a deterministic function ignores it.
using Evaluate = std::function<bool(const double* x, std::uint64_t key, double& value, double* gradient)>;

struct Objective {
  std::size_t size = 0;
  Evaluate evaluate;
};

struct Progress {
  std::string phase;     // "start", "optimise", "check"
  double fraction = 0;   // of the phase's budget
  double value = 0;      // best estimate of the objective so far
  std::int64_t done = 0, planned = 0;   // of a sampler: transitions over all chains
};

// When to stop for reasons that are not the problem's. Shared by all that iterates.
struct Budget {
  double max_seconds = 600;
  const std::atomic<bool>* cancel = nullptr;   // set by the host to end with what there is
  std::function<void(const Progress&)> progress;
};

// Why an iteration ended.
enum class Stop {
  converged,   // the expected gain of going on is below the tolerance
  stalled,     // no ascent direction is left at the accuracy of the values: as good as converged, unless the function has kinks
  iterations,  // out of iterations
  seconds,     // out of time
  cancelled,   // by the host
  diverged     // not finite wherever it looked
};
[[nodiscard]] const char* stop_words(Stop stop);

}  // namespace elba::runtime
