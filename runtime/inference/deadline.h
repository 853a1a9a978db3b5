// deadline: when work that is split over several calls must end.
#pragma once

#include <chrono>

#include "runtime/inference/objective.h"

namespace elba::runtime {

class Deadline {
 public:
  // `more` seconds beyond what the budget has left now.
  explicit Deadline(const Budget& budget, double more = 0)
      : budget_{budget.max_seconds + more, budget.cancel, {}} {}

  // True, with the reason, once the host or the clock says so.
  [[nodiscard]] bool is_over(Stop& stop) const { return budget_.is_over(begin_, stop); }

 private:
  Budget budget_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace elba::runtime
