// nonsmooth: maxima on kinks, as a Laplace prior makes them.
//
//   1. L-BFGS. A smooth function ends here.
//   2. BFGS with its full matrix and the weak Wolfe search: on a kinked function its matrix learns the kinks
//      and the iterates go on to a maximum (Lewis and Overton 2013).
//   3. Polish. A coordinate sits on a kink of its own when its partial derivative jumps from plus to minus
//      across a tiny interval. It is set on the kink (on 0 or another short number if that is no worse) and
//      held, the rest, smooth again, is maximised by L-BFGS, and held coordinates are freed where the value
//      rises to one side.
// Not here: a polish of kinks that involve several coordinates, |x1 - x2|; those are left as step 2 found
// them.
#include <cmath>
#include <limits>

#include "runtime/inference/optimise/lbfgs.h"
#include "runtime/inference/optimise/line_search.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"

namespace elba::runtime {

namespace {

constexpr std::size_t largest_dense = 600;

// L-BFGS that is stuck on a kink looks converged, as the jump of the gradient makes its matrix small. Across
// an interval of half-width t the gradient of a smooth function changes in proportion to t; a kink inside
// gives a part that stays when t shrinks.
bool has_kinks_near(Walker& walker, const Place& here) {
  const std::size_t n = here.x.size();
  Place probe{std::vector<double>(n), std::vector<double>(n)};
  std::vector<double> direction(n);
  for (std::uint64_t trial = 0; trial < 2; ++trial) {
    for (std::size_t k = 0; k < n; ++k)
      direction[k] = (uniform(trial, k) < 0.5 ? -1 : 1) * (0.5 + uniform(trial, n + k)) *
                     std::max(1e-2, std::abs(here.x[k]));
    const auto change = [&](double t) {
      double bend = 0;
      for (const double sign : {-1.0, 1.0}) {
        for (std::size_t k = 0; k < n; ++k)
          probe.x[k] = here.x[k] + sign * t * direction[k];
        if (!walker.evaluate(probe)) return 0.0;
        bend -= sign * dot(probe.gradient, direction);
      }
      return bend;
    };
    // Below this a difference of slopes is rounding.
    double noise = 0;
    for (std::size_t k = 0; k < n; ++k)
      noise += std::abs(here.gradient[k] * direction[k]);
    noise = 1e-6 * noise + 1e-10 * std::abs(here.value) + 1e-12;
    double wider = change(1e-4);
    for (double t = 1e-5; t > 1e-12; t *= 0.1) {
      const double bend = change(t);
      if (bend > noise && bend > 0.3 * wider) return true;
      wider = bend;
    }
  }
  return false;
}

// Step 2. `here` is moved; true when it has risen.
bool climb_dense(Walker& walker, Place& here, int most, Stop& stop) {
  const std::size_t n = here.x.size();
  std::vector<double> h(n * n), direction(n), step(n), drop(n), hd(n);
  Place there{std::vector<double>(n), std::vector<double>(n)};
  const auto reset = [&](double scale) {
    std::fill(h.begin(), h.end(), 0.0);
    for (std::size_t k = 0; k < n; ++k)
      h[k * n + k] = scale;
  };
  reset(1 / std::max(1.0, std::sqrt(dot(here.gradient, here.gradient))));
  bool is_first = true;
  const double began = here.value;
  for (int iteration = 0; iteration < most && !walker.is_out_of_time(stop); ++iteration) {
    for (std::size_t i = 0; i < n; ++i)
      direction[i] = dot(&h[i * n], here.gradient.data(), n);
    const double slope = dot(direction, here.gradient);
    if (!(slope > 0) || !walker.search(here, direction, slope, 1.0, there)) break;
    for (std::size_t k = 0; k < n; ++k) {
      step[k] = there.x[k] - here.x[k];
      drop[k] = here.gradient[k] - there.gradient[k];
    }
    const double product = dot(step, drop);
    const double rise = there.value - here.value;
    std::swap(here, there);
    if (product > 0) {
      if (is_first) reset(product / dot(drop, drop));
      is_first = false;
      for (std::size_t i = 0; i < n; ++i)
        hd[i] = dot(&h[i * n], drop.data(), n);
      const double factor = (1 + dot(drop, hd) / product) / product;
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          h[i * n + j] += factor * step[i] * step[j] - (hd[i] * step[j] + step[i] * hd[j]) / product;
    }
    if (!(rise > std::numeric_limits<double>::epsilon() * std::abs(here.value)) && largest(step) < 1e-12)
      break;
  }
  return here.value > began;
}

class Polish {
 public:
  Polish(const Objective& objective, const OptimiseOptions& options, Walker& walker)
      : objective_(objective),
        options_(options),
        walker_(walker),
        probe_{std::vector<double>(objective.size), std::vector<double>(objective.size)} {}

  // True when the place rose, or when it now satisfies the conditions of a maximum.
  bool run(Place& here, bool& is_maximum) {
    const std::size_t n = here.x.size();
    held_.assign(n, false);
    for (int round = 0; round < 20; ++round) {
      bool has_changed = false;
      for (std::size_t k = 0; k < n; ++k)
        if (!held_[k] && is_on_kink(here, k)) held_[k] = has_changed = true;
      maximise_free(here);
      for (std::size_t k = 0; k < n; ++k)
        if (held_[k] && leaves(here, k)) held_[k] = false, has_changed = true;
      if (!has_changed) break;
    }
    double free_gradient = 0;
    for (std::size_t k = 0; k < n; ++k)
      if (!held_[k]) free_gradient = std::max(free_gradient, std::abs(here.gradient[k]));
    is_maximum = gain_left_ <= std::max(options_.tolerance,
                                        64 * std::numeric_limits<double>::epsilon() * std::abs(here.value)) ||
                 free_gradient == 0;
    return is_maximum;
  }

 private:
  double slope_at(const Place& here, std::size_t k, double x) {
    probe_.x = here.x;
    probe_.x[k] = x;
    return walker_.evaluate(probe_) ? probe_.gradient[k] : std::numeric_limits<double>::quiet_NaN();
  }

  // Brackets the sign change of the partial derivative next to here, and shrinks it: a smooth function's
  // derivative goes to zero with the bracket, a jump stays.
  bool is_on_kink(Place& here, std::size_t k) {
    const double scale = std::max(1e-3, std::abs(here.x[k]));
    double width = 1e-9 * scale, low = 0, high = 0, slope_low = 0, slope_high = 0;
    for (; width < 1e-3 * scale; width *= 4) {
      low = here.x[k] - width;
      high = here.x[k] + width;
      slope_low = slope_at(here, k, low);
      slope_high = slope_at(here, k, high);
      if (slope_low > 0 && slope_high < 0) break;
    }
    if (!(slope_low > 0 && slope_high < 0)) return false;
    const double jump = slope_low - slope_high;
    for (int step = 0; step < 80 && high - low > 1e-15 * scale; ++step) {
      const double middle = 0.5 * (low + high);
      if (middle == low || middle == high) break;
      const double slope = slope_at(here, k, middle);
      if (slope > 0)
        low = middle, slope_low = slope;
      else if (slope < 0)
        high = middle, slope_high = slope;
      else
        low = high = middle;
    }
    if (low < high && !(slope_low - slope_high > 0.2 * jump)) return false;
    if (low == high &&
        !(slope_at(here, k, std::nextafter(low, low - 1)) - slope_at(here, k, std::nextafter(low, low + 1)) >
          0.2 * jump)) {
      // A derivative of exactly zero on a smooth stretch, or the middle of a symmetric kink at 0: look a
      // little wider.
      const double reach = 1e-12 * scale;
      if (!(slope_at(here, k, low - reach) - slope_at(here, k, low + reach) > 0.2 * jump)) return false;
    }
    settle(here, k, low, high);
    return true;
  }

  // On the shortest number in reach that is no worse: kinks stand at numbers that somebody wrote.
  void settle(Place& here, std::size_t k, double low, double high) {
    const double middle = 0.5 * (low + high),
                 reach = std::max(high - low, 1e-12 * std::max(1e-3, std::abs(middle)));
    double target = middle;
    for (double unit : {1.0, 0.5, 0.1, 0.01, 0.001}) {
      const double rounded = std::round(middle / unit) * unit;
      if (std::abs(rounded - middle) <= reach) {
        target = rounded;
        break;
      }
    }
    probe_.x = here.x;
    probe_.x[k] = target;
    if (walker_.evaluate(probe_)) here = probe_;
  }

  void maximise_free(Place& here) {
    std::vector<std::size_t> free;
    for (std::size_t k = 0; k < held_.size(); ++k)
      if (!held_[k]) free.push_back(k);
    if (free.empty()) return void(gain_left_ = 0);
    Place whole = here;
    Objective rest{free.size(), [&](const double* x, std::uint64_t, double& value, double* gradient) {
                     for (std::size_t j = 0; j < free.size(); ++j)
                       whole.x[free[j]] = x[j];
                     if (!walker_.evaluate(whole)) return false;
                     value = whole.value;
                     for (std::size_t j = 0; j < free.size(); ++j)
                       gradient[j] = whole.gradient[free[j]];
                     return true;
                   }};
    std::vector<double> start(free.size());
    for (std::size_t j = 0; j < free.size(); ++j)
      start[j] = here.x[free[j]];
    OptimiseOptions options = options_;
    options.precondition = nullptr;
    options.budget.progress = nullptr;
    const OptimiseResult found = maximise(rest, start, options);
    gain_left_ = found.stop == Stop::converged ? 0 : found.expected_gain;
    if (!(found.value >= here.value)) return;
    for (std::size_t j = 0; j < free.size(); ++j)
      here.x[free[j]] = found.x[j];
    (void)walker_.evaluate(here);
  }

  // A held coordinate may leave to a side on which the value rises.
  bool leaves(const Place& here, std::size_t k) {
    const double reach = 1e-9 * std::max(1e-3, std::abs(here.x[k]));
    return slope_at(here, k, here.x[k] + reach) > 0 || slope_at(here, k, here.x[k] - reach) < 0;
  }

  const Objective& objective_;
  const OptimiseOptions& options_;
  Walker& walker_;
  Place probe_;
  std::vector<bool> held_;
  double gain_left_ = std::numeric_limits<double>::infinity();
};

}  // namespace

OptimiseResult maximise_kinked(const Objective& objective, std::vector<double> start,
                               const OptimiseOptions& options) {
  OptimiseResult result = maximise(objective, std::move(start), options);
  if (result.stop == Stop::diverged || result.stop == Stop::cancelled || result.stop == Stop::seconds)
    return result;

  Walker walker(objective, options.key, options.budget);
  Place here{result.x, std::vector<double>(objective.size)};
  // Out of iterations is another sign of kinks: creeping along them.
  if (!walker.evaluate(here) || (result.stop != Stop::iterations && !has_kinks_near(walker, here)))
    return result;
  Stop stop = Stop::stalled;
  if (objective.size <= largest_dense)
    climb_dense(walker, here, 40 * static_cast<int>(objective.size) + 200, stop);
  bool is_maximum = false;
  if (stop == Stop::stalled) Polish(objective, options, walker).run(here, is_maximum);
  if (is_maximum) {
    stop = Stop::converged;
    result.expected_gain = 0;
  } else {
    // What smooth steps foretold does not hold at a kink.
    result.expected_gain = std::numeric_limits<double>::infinity();
  }
  if (is_stopped()) (void)walker.is_out_of_time(stop);
  result.stop = stop;
  result.x = here.x;
  result.value = here.value;
  result.gradient_norm = largest(here.gradient);
  result.evaluations += walker.evaluations();
  return result;
}

}  // namespace elba::runtime
