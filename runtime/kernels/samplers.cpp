// samplers: gamma, Poisson and binomial draws by rejection, each attempt reading its own elements of the
// key's stream.
//
// Defined in docs/ir.md, Randomness; logs and powers are written as there, so that the interpreter accepts
// the same attempt. Sources: Marsaglia and Tsang 2000 (gamma); Hormann 1993, PTRS (Poisson) and BTRS
// (binomial).
#include <cmath>
#include <limits>

#include "runtime/kernels/abi.h"
#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace math = elba::math;

namespace {

using elba::runtime::fold_key;
using elba::runtime::normal;
using elba::runtime::uniform;

constexpr double largest_rate = 1e15;  // beyond, counts are not exact in a double
constexpr double inversion_below = 10;

// The proposal that PTRS and BTRS share: a ratio of uniforms with a squeeze.
struct Proposal {
  double u, v, h;
  Proposal(std::uint64_t key, std::uint64_t attempt)
      : u(uniform(key, 2 * attempt) - 0.5), v(uniform(key, 2 * attempt + 1)), h(0.5 - std::abs(u)) {}
  [[nodiscard]] double place(double a, double b, double centre) const {
    return std::floor((2 * a / h + b) * u + centre);
  }
  [[nodiscard]] bool is_inside(double squeeze) const { return h >= 0.07 && v <= squeeze; }
  [[nodiscard]] double score(double a, double b, double inverse_alpha) const {
    return math::log(v) + math::log(inverse_alpha) - math::log(a / (h * h) + b);
  }
};

std::int64_t poisson_by_inversion(std::uint64_t key, double rate) {
  std::int64_t k = 0;
  double mass = math::exp(-rate), cdf = mass;
  const double u = uniform(key, 0);
  while (u > cdf && k < 1000) {
    ++k;
    mass *= rate / static_cast<double>(k);
    cdf += mass;
  }
  return k;
}

std::int64_t poisson_by_rejection(std::uint64_t key, double rate) {
  const double b = 0.931 + 2.53 * std::sqrt(rate), a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), squeeze = 0.9277 - 3.6224 / (b - 2);
  for (std::uint64_t attempt = 0;; ++attempt) {
    const Proposal proposal(key, attempt);
    const double k = proposal.place(a, b, rate + 0.43);
    if (proposal.is_inside(squeeze)) return static_cast<std::int64_t>(k);
    if (k < 0 || (proposal.h < 0.013 && proposal.v > proposal.h)) continue;
    if (proposal.score(a, b, inverse_alpha) <= k * math::log(rate) - rate - elba_lgamma(k + 1))
      return static_cast<std::int64_t>(k);
  }
}

std::int64_t binomial_by_inversion(std::uint64_t key, std::int64_t n, double p) {
  const double odds = p / (1 - p);
  std::int64_t k = 0;
  double mass = math::exp(static_cast<double>(n) * math::log1p(-p)), cdf = mass;
  const double u = uniform(key, 0);
  while (u > cdf && k < n) {
    ++k;
    mass *= odds * static_cast<double>(n - k + 1) / static_cast<double>(k);
    cdf += mass;
  }
  return k;
}

std::int64_t binomial_by_rejection(std::uint64_t key, std::int64_t count, double p) {
  const double n = static_cast<double>(count), odds = p / (1 - p), spread = std::sqrt(n * p * (1 - p));
  const double b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p, centre = n * p + 0.5;
  const double squeeze = 0.92 - 4.2 / b, inverse_alpha = (2.83 + 5.1 / b) * spread,
               mode = std::floor((n + 1) * p);
  for (std::uint64_t attempt = 0;; ++attempt) {
    const Proposal proposal(key, attempt);
    const double k = proposal.place(a, b, centre);
    if (proposal.is_inside(squeeze)) return static_cast<std::int64_t>(k);
    if (k < 0 || k > n) continue;
    const double bound = elba_lgamma(mode + 1) + elba_lgamma(n - mode + 1) - elba_lgamma(k + 1) -
                         elba_lgamma(n - k + 1) + (k - mode) * math::log(odds);
    if (proposal.score(a, b, inverse_alpha) <= bound) return static_cast<std::int64_t>(k);
  }
}

}  // namespace

extern "C" {

double elba_rng_gamma(std::uint64_t key, double shape) {
  if (!(shape > 0 && shape < std::numeric_limits<double>::infinity()))
    return std::numeric_limits<double>::quiet_NaN();
  const double raised = shape < 1 ? shape + 1 : shape;
  const double d = raised - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (std::uint64_t attempt = 0;; ++attempt) {
    const double x = normal(key, 2 * attempt), u = uniform(key, 2 * attempt + 1);
    const double s = 1 + c * x, v = s * s * s;
    if (!(s > 0) || !(math::log(u) < x * x / 2 + d - d * v + d * math::log(v))) continue;
    if (shape >= 1) return d * v;
    return d * v * math::exp(math::log(uniform(fold_key(key, 1), 0)) / shape);
  }
}

std::int64_t elba_rng_poisson(std::uint64_t key, double rate) {
  if (!(rate >= 0 && rate <= largest_rate)) return -1;
  return rate < inversion_below ? poisson_by_inversion(key, rate) : poisson_by_rejection(key, rate);
}

std::int64_t elba_rng_binomial(std::uint64_t key, std::int64_t n, double p) {
  if (n < 0 || !(p >= 0 && p <= 1)) return -1;
  if (p > 0.5) return n - elba_rng_binomial(key, n, 1 - p);
  return static_cast<double>(n) * p < inversion_below ? binomial_by_inversion(key, n, p)
                                                      : binomial_by_rejection(key, n, p);
}

}  // extern "C"
