// random: see docs/ir.md, "Randomness"; names follow the formulas there.
//
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011; Marsaglia and
// Tsang, "A simple method for generating gamma variables", 2000; Hormann, "The transformed rejection method
// for generating Poisson random variables", 1993, and "The generation of binomial random variates", 1993.
#include "ir/random.h"

#include <cmath>
#include <limits>

#include "ir/special.h"
#include "support/elementary.h"

namespace elba::ir::random {

namespace {

std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

// The two uniforms of one attempt of a transformed rejection, and the candidate that they give.
struct Attempt {
  double v, h, k;
};
Attempt attempt(std::uint64_t key, std::uint64_t t, double A, double B, double centre) {
  const double U = uniform(key, 2 * t) - 0.5, h = 0.5 - std::abs(U);
  return {uniform(key, 2 * t + 1), h, std::floor((2 * A / h + B) * U + centre)};
}

std::int64_t poisson_by_inversion(std::uint64_t key, double rate) {
  const double u = uniform(key, 0);
  double p = math::exp(-rate), F = p;
  std::int64_t k = 0;
  while (u > F && k < 1000) {
    ++k;
    p *= rate / static_cast<double>(k);
    F += p;
  }
  return k;
}

std::int64_t binomial_by_inversion(std::uint64_t key, double n, double p) {
  const double u = uniform(key, 0), q = p / (1 - p);
  double m = math::exp(n * math::log1p(-p)), F = m, k = 0;
  while (u > F && k < n) {
    k += 1;
    m *= q * (n - k + 1) / k;
    F += m;
  }
  return static_cast<std::int64_t>(k);
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::uint64_t key, std::array<std::uint32_t, 4> c) {
  std::uint32_t k0 = low(key), k1 = high(key);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0], p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {high(p1) ^ c[1] ^ k0, low(p1), high(p0) ^ c[3] ^ k1, low(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

std::uint64_t key_fold(std::uint64_t key, std::int64_t n) {
  const auto word = static_cast<std::uint64_t>(n);
  const auto w = philox(key, {low(word), high(word), 0x46, 0});
  return std::uint64_t{w[1]} << 32 | w[0];
}

double uniform(std::uint64_t key, std::uint64_t k) {
  const auto w = philox(key, {low(k), high(k), 0, 0});
  return (static_cast<double>((std::uint64_t{w[1]} << 32 | w[0]) >> 12) + 0.5) * 0x1p-52;
}

double normal(std::uint64_t key, std::uint64_t k) { return special::phi_inv(uniform(key, k)); }

double gamma(std::uint64_t key, double a) {
  if (!(a > 0 && a < std::numeric_limits<double>::infinity()))
    return std::numeric_limits<double>::quiet_NaN();
  const double d = (a < 1 ? a + 1 : a) - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (std::uint64_t t = 0;; ++t) {
    const double x = normal(key, 2 * t), u = uniform(key, 2 * t + 1), s = 1 + c * x, v = s * s * s;
    if (!(s > 0 && math::log(u) < x * x / 2 + d - d * v + d * math::log(v))) continue;
    return a < 1 ? d * v * math::exp(math::log(uniform(key_fold(key, 1), 0)) / a) : d * v;
  }
}

std::int64_t poisson(std::uint64_t key, double r) {
  if (!(r >= 0 && r <= 1e15)) return -1;
  if (r < 10) return poisson_by_inversion(key, r);
  const double B = 0.931 + 2.53 * std::sqrt(r), A = -0.059 + 0.02483 * B, i = 1.1239 + 1.1328 / (B - 3.4),
               w = 0.9277 - 3.6224 / (B - 2);
  for (std::uint64_t t = 0;; ++t) {
    const auto [V, h, k] = attempt(key, t, A, B, r + 0.43);
    if (h >= 0.07 && V <= w) return static_cast<std::int64_t>(k);
    if (k < 0 || (h < 0.013 && V > h)) continue;
    if (math::log(V) + math::log(i) - math::log(A / (h * h) + B) <=
        k * math::log(r) - r - special::lgamma(k + 1))
      return static_cast<std::int64_t>(k);
  }
}

std::int64_t binomial(std::uint64_t key, std::int64_t count, double p) {
  if (count < 0 || !(p >= 0 && p <= 1)) return -1;
  if (p > 0.5) return count - binomial(key, count, 1 - p);
  const double n = static_cast<double>(count);
  if (n * p < 10) return binomial_by_inversion(key, n, p);
  const double q = p / (1 - p), s = std::sqrt(n * p * (1 - p));
  const double B = 1.15 + 2.53 * s, A = -0.0873 + 0.0248 * B + 0.01 * p, C = n * p + 0.5, w = 0.92 - 4.2 / B,
               i = (2.83 + 5.1 / B) * s, M = std::floor((n + 1) * p);
  for (std::uint64_t t = 0;; ++t) {
    const auto [V, h, k] = attempt(key, t, A, B, C);
    if (h >= 0.07 && V <= w) return static_cast<std::int64_t>(k);
    if (k < 0 || k > n) continue;
    const double ratio = special::lgamma(M + 1) + special::lgamma(n - M + 1) - special::lgamma(k + 1) -
                         special::lgamma(n - k + 1) + (k - M) * math::log(q);
    if (math::log(V) + math::log(i) - math::log(A / (h * h) + B) <= ratio)
      return static_cast<std::int64_t>(k);
  }
}

}  // namespace elba::ir::random
