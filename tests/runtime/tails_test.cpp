// Tails whose shape is known: x^2 of a law with tail index a has the Pareto shape 2 / a.
#include "runtime/inference/diagnostics/variance_shape.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

#include "runtime/kernels/rng.h"

using namespace elba::runtime;

namespace {

constexpr std::size_t count = 4000;

// x = f(u) over uniform u, with a random sign.
template <class F>
double khat_of(std::uint64_t key, F f) {
  std::vector<double> x(count);
  for (std::size_t k = 0; k < count; ++k)
    x[k] = (uniform(key, 2 * k) < 0.5 ? -1 : 1) * f(uniform(key, 2 * k + 1));
  return spread_khat(x, {}, 0);
}

}  // namespace

TEST_CASE("the tail of a spread is told from its draws", "[runtime]") {
  for (const std::uint64_t key : {1, 2, 3}) {
    INFO(key);
    CHECK(khat_of(key, [](double u) { return std::tan(1.5707963 * u); }) > 1.5);  // Cauchy: 2
    CHECK(khat_of(key, [](double u) { return std::pow(u, -1 / 2.0); }) > 0.8);    // index 2: 1
    CHECK(khat_of(key, [](double u) { return std::pow(u, -1 / 6.0); }) < 0.6);    // index 6: 1/3
    CHECK(khat_of(key, [](double u) { return -std::log(u); }) < 0.6);             // exponential: 0, slowly
    CHECK(khat_of(key, [](double u) { return u; }) == 0);
  }
}

TEST_CASE("weights count in the tail of a spread", "[runtime]") {
  // Draws of an index of 8 that are weighted to one of 2.
  std::vector<double> x(count), weights(count);
  for (std::size_t k = 0; k < count; ++k) {
    x[k] = std::pow(uniform(7, k), -1 / 8.0);
    weights[k] = std::pow(x[k], 6);
  }
  CHECK(spread_khat(x, {}, 0) < 0.6);
  CHECK(spread_khat(x, weights, 0) > 0.8);
}

TEST_CASE("draws that are few, equal or overflowing have no tail to fit", "[runtime]") {
  CHECK(spread_khat(std::vector<double>{1, 2, 300}, {}, 100) == 0);
  CHECK(spread_khat(std::vector<double>(count, 2.0), {}, 2) == 0);
  std::vector<double> huge(count, 1.0);
  huge[5] = 1e200;
  CHECK(spread_khat(huge, {}, 1) == 0);
}
