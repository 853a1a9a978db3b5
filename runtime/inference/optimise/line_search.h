// line_search: a step length along an ascent direction at which the value has risen enough and the slope has
// fallen enough.
//
//     f(t) >= f(0) + c1 t f'(0)   and   f'(t) <= c2 f'(0),        c1 = 1e-4, c2 = 0.9
//
// By bracketing with cubic interpolation, bisection where the function is not finite. Never asks for a small
// slope in absolute value, so it ends on kinked functions too. At the accuracy of the values the slope alone
// decides (Hager and Zhang 2005). Source: Lewis and Overton 2013, algorithm 2.6.
#pragma once

#include <chrono>
#include <vector>

#include "runtime/inference/objective.h"

namespace elba::runtime {

// One place: x, value, gradient.
struct Place {
  std::vector<double> x, gradient;
  double value = 0;
};

// Counts evaluations and knows when to end; allocates nothing after its construction.
class Walker {
 public:
  Walker(const Objective& objective, std::uint64_t key, const Budget& budget);

  [[nodiscard]] bool evaluate(Place& place);  // at place.x; false when not finite

  // From `from` along `direction` (slope = direction . gradient > 0), first trying `length`. The new place
  // goes to `to`. False: no step was found.
  [[nodiscard]] bool search(const Place& from, const std::vector<double>& direction, double slope,
                            double length, Place& to);

  [[nodiscard]] bool is_out_of_time(Stop& why) const;
  [[nodiscard]] int evaluations() const { return evaluations_; }

 private:
  const Objective& objective_;
  const Budget& budget_;
  std::uint64_t key_;
  int evaluations_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  Place best_;
};

}  // namespace elba::runtime
