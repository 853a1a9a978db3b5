// Counter-based randomness: published answers, the definitions of docs/ir.md, and the laws of what is drawn.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "runtime/kernels/abi.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;

TEST_CASE("Philox4x32-10 gives the published answers", "[runtime]") {
  struct Answer {
    std::array<std::uint32_t, 4> counter;
    std::array<std::uint32_t, 2> key;
    std::array<std::uint32_t, 4> output;
  };
  // Known-answer file of the authors' library (Random123, kat_vectors).
  const Answer answers[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (const Answer& answer : answers)
    CHECK(philox(answer.counter, answer.key) == answer.output);
}

TEST_CASE("draws follow their definition element by element", "[runtime]") {
  for (const std::uint64_t key : {0ull, 1ull, 0x123456789abcdef0ull, ~0ull}) {
    const auto w = philox({7, 0, 0, 0},
                          {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
    const std::uint64_t bits = static_cast<std::uint64_t>(w[1]) << 32 | w[0];
    CHECK(uniform(key, 7) == (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52);
    const auto f = philox({5, 0, 0x46, 0},
                          {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
    CHECK(elba_key_fold(key, 5) == (static_cast<std::uint64_t>(f[1]) << 32 | f[0]));
    for (const std::size_t count : {1, 5, 16, 33, 100}) {
      std::vector<double> u(count), z(count), later(count);
      elba_rng_uniform(key, static_cast<std::int64_t>(count), u.data());
      elba_rng_normal(key, static_cast<std::int64_t>(count), z.data());
      fill_normal(key, 3, count, later.data());
      for (std::size_t k = 0; k < count; ++k) {
        CHECK(u[k] == uniform(key, k));
        CHECK(z[k] == normal(key, k));
        CHECK(z[k] == elba_phi_inv(u[k]));
        CHECK(later[k] == normal(key, k + 3));
      }
    }
  }
  // The high word of the index counts.
  std::vector<double> far(20);
  fill_uniform(9, (1ull << 32) - 10, 20, far.data());
  for (std::size_t k = 0; k < 20; ++k)
    CHECK(far[k] == uniform(9, (1ull << 32) - 10 + k));
}

TEST_CASE("normals and uniforms have their moments", "[runtime]") {
  const std::size_t n = 200000;
  std::vector<double> z(n);
  fill_normal(42, 0, n, z.data());
  double m1 = 0, m2 = 0, m4 = 0, lag = 0;
  for (std::size_t k = 0; k < n; ++k) {
    m1 += z[k];
    m2 += z[k] * z[k];
    m4 += std::pow(z[k], 4);
    if (k) lag += z[k] * z[k - 1];
  }
  const double root = std::sqrt(static_cast<double>(n));
  // Five standard errors of each moment.
  CHECK(std::abs(m1 / root) < 5);
  CHECK(std::abs(m2 / n - 1) < 5 * std::sqrt(2.0) / root);
  CHECK(std::abs(m4 / n - 3) < 5 * std::sqrt(96.0) / root);
  CHECK(std::abs(lag / root) < 5);
}

TEST_CASE("folded keys are independent of one another", "[runtime]") {
  const std::size_t n = 50000;
  double cross = 0;
  for (std::size_t k = 0; k < n; ++k)
    cross += normal(fold_key(3, k), 0) * normal(fold_key(3, k + 1), 0);
  CHECK(std::abs(cross / std::sqrt(static_cast<double>(n))) < 5);
}

namespace {

// Mean and variance of n draws against the law's, in standard errors (variance by the law's kurtosis excess).
template <class Draw>
void check_moments(Draw draw, double mean, double variance, double excess, std::size_t n = 40000) {
  double sum = 0, squares = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const double x = draw(fold_key(11, k));
    sum += x - mean;
    squares += (x - mean) * (x - mean);
  }
  const double count = static_cast<double>(n);
  CHECK(std::abs(sum / count) < 5 * std::sqrt(variance / count));
  CHECK(std::abs(squares / count - variance) < 5 * variance * std::sqrt((2 + excess) / count));
}

}  // namespace

TEST_CASE("gamma draws have their moments", "[runtime]") {
  for (const double shape : {0.05, 0.3, 0.99, 1.0, 2.5, 40.0, 1e4}) {
    INFO(shape);
    check_moments([&](std::uint64_t key) { return elba_rng_gamma(key, shape); }, shape, shape, 6 / shape);
  }
  for (const double bad : {0.0, -1.0, HUGE_VAL, static_cast<double>(NAN)})
    CHECK(std::isnan(elba_rng_gamma(1, bad)));
}

TEST_CASE("poisson draws have their moments and frequencies", "[runtime]") {
  for (const double rate : {0.1, 3.0, 9.99, 10.0, 35.5, 1e4, 1e12}) {
    INFO(rate);
    check_moments([&](std::uint64_t key) { return static_cast<double>(elba_rng_poisson(key, rate)); }, rate,
                  rate, 1 / rate);
  }
  CHECK(elba_rng_poisson(1, 0) == 0);
  CHECK(elba_rng_poisson(1, -1) == -1);
  CHECK(elba_rng_poisson(1, NAN) == -1);
  CHECK(elba_rng_poisson(1, 1e16) == -1);
  // Chi-square over the bulk at rate 12 (the rejection sampler): 99.99 % point of 22 degrees of freedom
  // is 56.
  const double rate = 12;
  const std::size_t n = 40000;
  std::vector<double> counts(60);
  for (std::size_t k = 0; k < n; ++k)
    counts[std::min<std::size_t>(59, static_cast<std::size_t>(elba_rng_poisson(fold_key(5, k), rate)))] += 1;
  double statistic = 0;
  for (int k = 2; k <= 24; ++k) {
    const double expected = static_cast<double>(n) *
                            std::exp(k * std::log(rate) - rate - std::lgamma(k + 1.0));
    statistic += (counts[static_cast<std::size_t>(k)] - expected) *
                 (counts[static_cast<std::size_t>(k)] - expected) / expected;
  }
  CHECK(statistic < 60);
}

TEST_CASE("binomial draws have their moments", "[runtime]") {
  struct Case {
    std::int64_t n;
    double p;
  };
  for (const Case c :
       {Case{1, 0.3}, Case{20, 0.1}, Case{20, 0.5}, Case{50, 0.9}, Case{1000, 0.4}, Case{1000000, 0.75}}) {
    INFO(c.n << " " << c.p);
    const double variance = static_cast<double>(c.n) * c.p * (1 - c.p);
    check_moments([&](std::uint64_t key) { return static_cast<double>(elba_rng_binomial(key, c.n, c.p)); },
                  static_cast<double>(c.n) * c.p, variance,
                  std::max(0.0, (1 - 6 * c.p * (1 - c.p)) / variance));
  }
  CHECK(elba_rng_binomial(1, 10, 0) == 0);
  CHECK(elba_rng_binomial(1, 10, 1) == 10);
  CHECK(elba_rng_binomial(1, 0, 0.4) == 0);
  CHECK(elba_rng_binomial(1, -1, 0.4) == -1);
  CHECK(elba_rng_binomial(1, 10, 1.5) == -1);
}
