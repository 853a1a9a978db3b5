// deadline: when work that is split over several calls must end.
#pragma once

#include <chrono>

#include "runtime/objective.h"

namespace elba::runtime {

class Deadline {
 public:
  // `more` seconds beyond what the budget has left now.
  explicit Deadline(const Budget& budget, double more = 0) : cancel_(budget.cancel), seconds_(budget.max_seconds + more) {}

  // True, with the reason, once the host or the clock says so.
  [[nodiscard]] bool is_over(Stop& stop) const {
    if (cancel_ != nullptr && cancel_->load(std::memory_order_relaxed)) return stop = Stop::cancelled, true;
    if (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count() > seconds_) return stop = Stop::seconds, true;
    return false;
  }

 private:
  const std::atomic<bool>* cancel_;
  double seconds_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace elba::runtime
