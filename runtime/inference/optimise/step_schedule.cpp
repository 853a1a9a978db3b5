#include "runtime/inference/optimise/step_schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr double slope = 1, ratio = 0.5;
// Of the noise: nothing that was seen to move may still have moved that much.
constexpr double least_moved = 0.1;
constexpr double most_growth = 2;  // of the power of iterations in 1 / step
constexpr double recent = 3;       // levels, after which the weight of an old one fades

double weight(std::size_t age) {
  return math::pow(1 + static_cast<double>(age * age) / (recent * recent), -0.25);
}

}  // namespace

Forecast forecast(std::span<const Level> levels, double tolerance) {
  if (levels.size() < 2) return {std::numeric_limits<double>::infinity(), 0};
  double sum = 0, weights = 0;  // of log C
  double mean_x = 0, mean_y = 0, sum_xx = 0, sum_xy = 0, all_weights = 0, spent = 0;
  for (std::size_t k = 0; k < levels.size(); ++k) {
    const Level& level = levels[k];
    const double w = weight(levels.size() - 1 - k);
    spent += level.iterations;
    all_weights += w;
    mean_x += w * -math::log(level.step);
    mean_y += w * math::log(std::max(level.iterations, 1.0));
    if (k == 0) continue;
    const double squared = std::max(level.distance * level.distance - level.noise * level.noise,
                                    math::pow(least_moved * level.noise, 2));
    sum += w *
           (math::log(std::max(squared, std::numeric_limits<double>::min())) - slope * math::log(level.step));
    weights += w;
  }
  mean_x /= all_weights;
  mean_y /= all_weights;
  for (std::size_t k = 0; k < levels.size(); ++k) {
    const double w = weight(levels.size() - 1 - k), x = -math::log(levels[k].step) - mean_x;
    sum_xx += w * x * x;
    sum_xy += w * x * (math::log(std::max(levels[k].iterations, 1.0)) - mean_y);
  }
  const double apart = math::pow(ratio, -0.5 * slope) - 1;  // of two levels, in distances of the later one
  const auto distance_at = [&](double step) {
    return math::exp(0.5 * (sum / weights + slope * math::log(step))) / apart;
  };
  const double growth = sum_xx > 0 ? std::clamp(sum_xy / sum_xx, 0.0, most_growth) : 1;
  const double step = levels.back().step,
               next_iterations = math::exp(mean_y + growth * (-math::log(ratio * step) - mean_x));
  const double remaining = distance_at(step);
  return {remaining, (distance_at(ratio * step) + tolerance) /
                         std::max(remaining, std::numeric_limits<double>::min()) * next_iterations / spent};
}

}  // namespace elba::runtime
