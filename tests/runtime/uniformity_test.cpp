// uniformity: the p-value against all outcomes counted one by one, and what it says of ranks that are off.
#include "runtime/inference/diagnostics/uniformity.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "runtime/kernels/rng.h"

namespace {

using elba::runtime::uniformity_p;

double binomial_cdf(int n, double p, int k) {
  double sum = 0;
  for (int i = 0; i <= k; ++i)
    sum += std::exp(std::lgamma(n + 1.0) - std::lgamma(i + 1.0) - std::lgamma(n - i + 1.0)) * std::pow(p, i) *
           std::pow(1 - p, n - i);
  return sum;
}

// The statistic, from its definition.
double least_coverage(const std::vector<int>& ranks, int largest) {
  double least = 1;
  const int n = static_cast<int>(ranks.size());
  for (int j = 1; j <= largest; ++j) {
    const int below = static_cast<int>(
        std::count_if(ranks.begin(), ranks.end(), [j](int rank) { return rank < j; }));
    const double p = static_cast<double>(j) / (largest + 1);
    least = std::min(least, 2 * std::min(binomial_cdf(n, p, below),
                                         1 - (below > 0 ? binomial_cdf(n, p, below - 1) : 0.0)));
  }
  return least;
}

}  // namespace

TEST_CASE("uniformity: the p-value is the share of outcomes that are as far out", "[runtime]") {
  constexpr int largest = 3, n = 4, outcomes = 256;  // (largest + 1)^n
  const auto outcome = [](int number) {
    std::vector<int> ranks;
    for (int k = 0; k < n; ++k, number /= largest + 1)
      ranks.push_back(number % (largest + 1));
    return ranks;
  };
  for (const int shown : {0, 1, 27, 57, 85, 228, 255}) {
    const double own = least_coverage(outcome(shown), largest);
    int farther = 0;
    for (int k = 0; k < outcomes; ++k)
      farther += least_coverage(outcome(k), largest) <= own * (1 + 1e-9);
    CHECK(uniformity_p(outcome(shown), largest) ==
          Approx(static_cast<double>(farther) / outcomes).margin(1e-12));
  }
}

TEST_CASE("uniformity: right ranks pass as often as they should, wrong ones do not", "[runtime]") {
  constexpr int sets = 400, n = 100, largest = 99;
  int small = 0, narrow = 0, shifted = 0;
  for (int set = 0; set < sets; ++set) {
    std::vector<int> right, steep, moved;
    for (int k = 0; k < n; ++k) {
      const double u = elba::runtime::uniform(static_cast<std::uint64_t>(set) + 7,
                                              static_cast<std::uint64_t>(k));
      right.push_back(static_cast<int>(u * (largest + 1)));
      // Ranks of a truth whose spread is 1.6 times that of the draws, and of one half an sd away.
      const double z = elba::runtime::normal(static_cast<std::uint64_t>(set) + 7,
                                             static_cast<std::uint64_t>(k));
      steep.push_back(static_cast<int>(0.5 * std::erfc(-1.6 * z / std::sqrt(2.0)) * (largest + 1)));
      moved.push_back(static_cast<int>(0.5 * std::erfc(-(z + 0.5) / std::sqrt(2.0)) * (largest + 1)));
    }
    small += uniformity_p(right, largest) < 0.05;
    narrow += uniformity_p(steep, largest) < 0.01;
    shifted += uniformity_p(moved, largest) < 0.01;
  }
  // 400 sets: 20 expected at most, 4.4 the sd.
  CHECK(small <= 34);
  CHECK(small >= 6);
  CHECK(narrow > 0.8 * sets);
  CHECK(shifted > 0.9 * sets);
  CHECK(uniformity_p({}, largest) == 1);
}
