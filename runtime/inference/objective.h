// objective: what the optimisers of this folder work on: functions to be MAXIMISED (log densities, ELBOs),
// given as calls.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/control/interruption.h"
#include "runtime/inference/progress.h"

namespace elba::runtime {

// Value and gradient at x. False: not defined there, or not finite. `key` chooses the randomness; a
// deterministic function ignores it.
using Evaluate = std::function<bool(const double* x, std::uint64_t key, double& value, double* gradient)>;

struct Objective {
  std::size_t size = 0;
  Evaluate evaluate;
};

// Why an iteration ended.
enum class Stop {
  converged,   // the expected gain of going on is below the tolerance
  stalled,     // no ascent direction is left at the accuracy of the values: as good as converged, unless the
               // function has kinks
  iterations,  // out of iterations
  seconds,     // out of time
  cancelled,   // by the host
  diverged     // not finite wherever it looked
};
[[nodiscard]] const char* stop_words(Stop stop);

// When to stop for reasons that are not the problem's. Shared by all that iterates.
struct Budget {
  double max_seconds = 600;
  const std::atomic<bool>* cancel = nullptr;  // set by the host to end with what there is
  std::function<void(const Progress&)> progress;

  // True, with the reason, once the host, the clock or the flag of this work says so. From then on what
  // evaluations say is not the problem's: who iterates asks once more at the end, lest a call that was cut
  // short be taken for a place where nothing is finite.
  [[nodiscard]] bool is_over(std::chrono::steady_clock::time_point begin, Stop& why) const {
    if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) return why = Stop::cancelled, true;
    if (is_stopped() ||
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() > max_seconds)
      return why = Stop::seconds, true;
    return false;
  }
};

}  // namespace elba::runtime
