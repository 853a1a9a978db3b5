#include "runtime/inference/optimise/line_search.h"

#include <cmath>
#include <limits>

#include "runtime/inference/vectors.h"

namespace elba::runtime {

namespace {

constexpr double rise = 1e-4, fall = 0.9;
constexpr int most_trials = 60;

struct End {
  double t = 0, value = 0, slope = 0;
  bool is_finite = true;
};

// The maximum of the cubic through both ends, kept away from them; the middle when there is none.
double between(const End& low, const End& high) {
  const double middle = 0.5 * (low.t + high.t), width = high.t - low.t;
  if (!high.is_finite) return low.t + 0.2 * width;
  const double secant = (high.value - low.value) / width;
  const double d1 = low.slope + high.slope - 3 * secant, square = d1 * d1 - low.slope * high.slope;
  if (!(square >= 0)) return middle;
  const double d2 = std::sqrt(square);
  const double t = high.t - width * (high.slope - d2 - d1) / (high.slope - low.slope - 2 * d2);
  if (!std::isfinite(t)) return middle;
  return std::clamp(t, low.t + 0.1 * width, high.t - 0.1 * width);
}

}  // namespace

const char* stop_words(Stop stop) {
  switch (stop) {
    case Stop::converged:
      return "converged";
    case Stop::stalled:
      return "stopped at the accuracy of the values";
    case Stop::iterations:
      return "ran out of iterations";
    case Stop::seconds:
      return "ran out of time";
    case Stop::cancelled:
      return "was interrupted";
    case Stop::diverged:
      return "met no finite value";
  }
  return "";
}

Walker::Walker(const Objective& objective, std::uint64_t key, const Budget& budget)
    : objective_(objective), budget_(budget), key_(key) {
  best_.x.resize(objective.size);
  best_.gradient.resize(objective.size);
}

bool Walker::evaluate(Place& place) {
  ++evaluations_;
  return objective_.evaluate(place.x.data(), key_, place.value, place.gradient.data()) &&
         std::isfinite(place.value) && all_finite(place.gradient.data(), place.gradient.size());
}

bool Walker::is_out_of_time(Stop& why) const { return budget_.is_over(begin_, why); }

bool Walker::search(const Place& from, const std::vector<double>& direction, double slope, double length,
                    Place& to) {
  const double noise = 16 * std::numeric_limits<double>::epsilon() * std::abs(from.value);
  End low{0, from.value, slope}, high{std::numeric_limits<double>::infinity(), 0, 0, false};
  bool has_best = false;
  for (int trial = 0; trial < most_trials; ++trial) {
    for (std::size_t k = 0; k < to.x.size(); ++k)
      to.x[k] = from.x[k] + length * direction[k];
    End here{length};
    here.is_finite = evaluate(to);
    here.value = to.value;
    if (here.is_finite) here.slope = dot(to.gradient, direction);
    const bool has_risen = here.is_finite &&
                           (here.value >= from.value + rise * length * slope ||
                            (here.value >= from.value - noise && here.slope >= (2 * rise - 1) * slope));
    if (has_risen && here.slope <= fall * slope) return true;
    if (has_risen) {
      low = here;
      if (!has_best || to.value > best_.value) std::swap(best_, to), has_best = true;
    } else {
      high = here;
    }
    if (std::isinf(high.t)) {
      length = 2.5 * low.t;
    } else {
      // Cubics suffer from kinks and noise: every third step halves.
      length = trial % 3 == 2 ? 0.5 * (low.t + high.t) : between(low, high);
      if (high.t - low.t <= 1e-14 * high.t) break;
    }
  }
  // No place with both properties; one that has risen will do.
  if (has_best) std::swap(best_, to);
  return has_best && to.value > from.value;
}

}  // namespace elba::runtime
