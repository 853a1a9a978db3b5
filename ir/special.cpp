#include "ir/special.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "support/elementary.h"

namespace elba::ir::special {

namespace {

using Wide = long double;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Wide pi = std::numbers::pi_v<Wide>;

// Bernoulli numbers B_2, B_4, ..., B_20.
constexpr Wide bernoulli[] = {1.0L / 6,       -1.0L / 30, 1.0L / 42,      -1.0L / 30,     5.0L / 66,
                              -691.0L / 2730, 7.0L / 6,   -3617.0L / 510, 43867.0L / 798, -174611.0L / 330};

Wide digamma_positive(Wide x) {
  Wide shift = 0;
  for (; x < 20; x += 1)
    shift -= 1 / x;
  const Wide inverse_square = 1 / (x * x);
  Wide power = inverse_square, series = 0;
  for (int k = 0; k < 10; ++k, power *= inverse_square)
    series += bernoulli[k] / (2 * (k + 1)) * power;
  return shift + math::log(x) - 1 / (2 * x) - series;
}

// zeta(s, x) = sum over k >= 0 of (x + k)^-s, for s > 1 and x > 0.
Wide hurwitz_zeta(Wide s, Wide x) {
  Wide sum = 0;
  for (; x < 20 + s; x += 1)
    sum += math::pow(x, -s);
  sum += math::pow(x, 1 - s) / (s - 1) + math::pow(x, -s) / 2;
  // Terms B_2j / (2j)! * s (s+1) ... (s+2j-2) * x^(-s-2j+1).
  Wide factor = s * math::pow(x, -s - 1) / 2;
  for (int j = 1; j <= 10; ++j) {
    sum += bernoulli[j - 1] * factor;
    factor *= (s + 2 * j - 1) * (s + 2 * j) / ((2 * j + 1) * (2 * j + 2) * x * x);
  }
  return sum;
}

// The quantile of p <= 1/4, by Newton on log phi, whose curvature is mild.
Wide lower_quantile(Wide p) {
  Wide x = -std::sqrt(-2 * math::log(p));
  for (int step = 0; step < 60; ++step) {
    const Wide cdf = math::erfc(-x / std::numbers::sqrt2_v<Wide>) / 2;
    const Wide density = math::exp(-x * x / 2) / std::sqrt(2 * pi);
    const Wide change = (math::log(cdf) - math::log(p)) * cdf / density;
    x -= change;
    if (std::abs(change) <= 1e-18L * std::abs(x)) break;
  }
  return x;
}

// The x with erf(x / sqrt 2) / 2 = q, |q| <= 1/4.
Wide central_quantile(Wide q) {
  Wide x = q * std::sqrt(2 * pi);
  for (int step = 0; step < 60; ++step) {
    const Wide density = math::exp(-x * x / 2) / std::sqrt(2 * pi);
    const Wide change = (math::erf(x / std::numbers::sqrt2_v<Wide>) / 2 - q) / density;
    x -= change;
    if (std::abs(change) <= 1e-18L * std::abs(x)) break;
  }
  return x;
}

}  // namespace

double lgamma(double x) {
  int sign = 0;  // the re-entrant form: std::lgamma writes a global
  return static_cast<double>(::lgammal_r(x, &sign));
}

double digamma(double x) {
  if (x > 0) return x == infinity ? infinity : static_cast<double>(digamma_positive(x));
  if (!(x < 0) || x == std::floor(x)) return nan;
  return static_cast<double>(digamma_positive(1 - static_cast<Wide>(x)) -
                             pi / math::tan(pi * (static_cast<Wide>(x) - std::floor(static_cast<Wide>(x)))));
}

double polygamma(double n, double x) {
  if (n == 0) return digamma(x);
  if (!(x > 0) || !(n > 0) || n != std::floor(n)) return nan;
  if (x == infinity) return 0;
  const Wide magnitude = math::tgamma(static_cast<Wide>(n) + 1) * hurwitz_zeta(static_cast<Wide>(n) + 1, x);
  return static_cast<double>(std::fmod(n, 2) == 1 ? magnitude : -magnitude);
}

double phi(double x) {
  return static_cast<double>(math::erfc(-static_cast<Wide>(x) / std::numbers::sqrt2_v<Wide>) / 2);
}

double phi_inv(double p) {
  if (!(p >= 0 && p <= 1)) return nan;
  if (p == 0) return -infinity;
  if (p == 1) return infinity;
  if (p < 0.25) return static_cast<double>(lower_quantile(p));
  if (p > 0.75) return static_cast<double>(-lower_quantile(1 - static_cast<Wide>(p)));
  return static_cast<double>(central_quantile(static_cast<Wide>(p) - 0.5L));
}

double log1mexp(double x) {
  return x > -std::numbers::ln2 ? math::log(-math::expm1(x)) : math::log1p(-math::exp(x));
}

double softplus(double x) { return (x > 0 ? x : 0) + math::log1p(math::exp(-std::abs(x))); }

double sigmoid(double x) {
  const double e = math::exp(-std::abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

}  // namespace elba::ir::special
