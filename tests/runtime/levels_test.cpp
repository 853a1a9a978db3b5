// What the levels of averaged stochastic gradients foretell, on levels that keep the law exactly.
#include "runtime/inference/optimise/step_schedule.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

using namespace elba::runtime;

namespace {

// Averages at distance sqrt(C g) from the optimum, on one line, level after level; each level taking `growth`
// times the iterations of the one before.
std::vector<Level> levels_of(int count, double scale, double growth, double noise = 0) {
  std::vector<Level> levels;
  double step = 0.1, iterations = 1000;
  for (int k = 0; k < count; ++k, step *= 0.5, iterations *= growth)
    levels.push_back({step,
                      k == 0 ? 0 : std::hypot(std::sqrt(scale * 2 * step) - std::sqrt(scale * step), noise),
                      noise, iterations});
  return levels;
}

}  // namespace

TEST_CASE("levels foretell the distance that is left", "[runtime]") {
  for (const double scale : {0.01, 1.0, 40.0})
    for (const int count : {2, 3, 6}) {
      const auto levels = levels_of(count, scale, 2);
      INFO(scale << " " << count);
      CHECK(forecast(levels, 0.02).remaining == Approx(std::sqrt(scale * levels.back().step)).epsilon(1e-9));
    }
  CHECK(forecast(levels_of(1, 1, 2), 0.02).remaining == std::numeric_limits<double>::infinity());
}

TEST_CASE("what the errors of two averages explain is no distance", "[runtime]") {
  const auto levels = levels_of(3, 1, 2, 0.05);
  CHECK(forecast(levels, 0.02).remaining == Approx(std::sqrt(levels.back().step)).epsilon(1e-9));
  const auto still = levels_of(3, 0, 2, 0.05);
  CHECK(forecast(still, 0.02).remaining < 0.05);
  CHECK(forecast(still, 0.02).remaining > 0);
}

TEST_CASE("a further level is worth its cost while it brings more than it takes", "[runtime]") {
  // Far from the tolerance a level that costs as much as all before brings nearly a factor sqrt(2): worth it.
  // Near the tolerance it is not.
  CHECK(forecast(levels_of(3, 40, 2), 0.001).inefficiency < 1);
  CHECK(forecast(levels_of(3, 0.001, 2), 0.02).inefficiency > 1);
  // By hand: two levels of equal length n at steps g and g/2, so the next takes n of 2 n; distances r and r /
  // sqrt(2).
  const auto levels = levels_of(2, 1, 1);
  const double remaining = std::sqrt(levels.back().step);
  CHECK(forecast(levels, 0.02).inefficiency ==
        Approx((remaining / std::sqrt(2) + 0.02) / remaining * 0.5).epsilon(1e-9));
}
