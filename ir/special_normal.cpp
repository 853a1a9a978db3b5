// special_normal: the interpreter's ln B(a, b), ln Phi and ln(Phi / phi), Owen's T and Bessel functions, in
// extended precision.
//
//   log_phi_partial  the recurrence h' = -h (x + h) of h = phi / Phi; below -12 the asymptotic series, whose
//                    terms are differentiated
//   owens_t          its defining integral, by the double exponential rule
//   log_ive          (x / 2)^nu / (sqrt(pi) G(nu + 1/2)) int_-1^1 (1 - t^2)^(nu - 1/2) e^(-x t) dt, by the same
//   log_kve          1/2 int exp(nu t - x (cosh t - 1)) dt over the real line, by the trapezoid rule
// Source: DLMF 7.12, 10.32.2, 10.32.9.
#include <algorithm>
#include <array>

#include "ir/special.h"
#include "ir/special_wide.h"
#include "support/elementary.h"

namespace elba::ir::special {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Wide pi = std::numbers::pi_v<Wide>;
constexpr Wide half_log_two_pi = 0.918938533204672741780329736405617639861L;

// The n-th derivative of ln(Phi / phi) for x < -12, from -ln(-x) + sum c_k x^(-2k).
Wide log_mills_far(int n, Wide x) {
  constexpr int terms = 16;
  Wide m[terms + 1] = {1}, c[terms + 1] = {};  // series of Phi / phi * -x in 1 / x^2, and its logarithm
  for (int k = 1; k <= terms; ++k) {
    m[k] = -m[k - 1] * (2 * k - 1);
    c[k] = m[k];
    for (int j = 1; j < k; ++j)
      c[k] -= static_cast<Wide>(j) / k * c[j] * m[k - j];
  }
  const Wide leading[] = {-math::log(-x), -1 / x, 1 / (x * x), -2 / (x * x * x), 6 / (x * x * x * x)};
  Wide total = leading[n];
  for (int k = 1; k <= terms; ++k) {
    Wide factor = c[k];
    for (int j = 0; j < n; ++j)
      factor *= -(2 * k + j);
    total += factor * math::pow(x, -(2 * k + n));
  }
  return total;
}

// The n-th derivative of ln phi
Wide log_density(int n, Wide x) {
  return n == 0 ? -x * x / 2 - half_log_two_pi : n == 1 ? -x : n == 2 ? -1 : 0;
}
Wide log_phi_far(int n, Wide x) { return log_mills_far(n, x) + log_density(n, x); }

// ln of Debye's sum, uniform in nu / x (DLMF 10.41.3): exact to 1e-14 from nu^2 + x^2 = 500^2 on.
Wide debye_sum(Wide nu, Wide x) {
  const Wide root = math::hypot(nu, x), w = nu / root * (nu / root), v = 1 / root;
  const Wide u1 = (3 - 5 * w) / 24, u2 = (81 - 462 * w + 385 * w * w) / 1152;
  const Wide u3 = (30375 - 369603 * w + 765765 * w * w - 425425 * w * w * w) / 414720;
  const Wide u4 = (4465125 - 94121676 * w + 349922430 * w * w - 446185740 * w * w * w +
                   185910725 * w * w * w * w) /
                  39813120;
  return math::log1p(v * (u1 + v * (u2 + v * (u3 + v * u4))));
}

// R - x - nu asinh(nu / x) - ln(2 pi R) / 2, where R - x = nu^2 / (R + x)
Wide debye_leading(Wide nu, Wide x) {
  const Wide root = math::hypot(nu, x);
  return (nu == 0 ? 0 : nu * (nu / (root + x) - math::asinh(nu / x))) - math::log(2 * pi * root) / 2;
}

Wide wide_phi(Wide x) { return math::erfc(-x / std::numbers::sqrt2_v<Wide>) / 2; }

}  // namespace

double lbeta(double a, double b) {
  if (!(a > 0 && b > 0)) return a == 0 || b == 0 ? infinity : nan;
  return a == infinity || b == infinity ? -infinity : static_cast<double>(wide_lbeta(a, b));
}

Wide wide_log_phi(Wide x) {
  if (x < -12) return log_phi_far(0, x);
  return x > 0 ? math::log1p(-wide_phi(-x)) : math::log(wide_phi(x));
}

Wide wide_log_mills_partial(int n, Wide x) {
  if (x < -12) return log_mills_far(n, x);
  if (n == 0) return wide_log_phi(x) - log_density(0, x);
  const Wide h = math::exp(-x * x / 2 - half_log_two_pi) / wide_phi(x), h1 = -h * (x + h),
             h2 = -h1 * (x + h) - h * (1 + h1);
  const Wide h3 = -h2 * (x + h) - 2 * h1 * (1 + h1) - h * h2;
  return n == 1 ? h + x : n == 2 ? h1 + 1 : n == 3 ? h2 : h3;
}

double log_phi(double x) {
  if (std::isnan(x)) return x;
  return x == -infinity ? x : static_cast<double>(wide_log_phi(x));
}

double log_phi_partial(double n, double x) {
  if (std::isnan(x) || !(n >= 0 && n <= 4) || n != std::floor(n)) return nan;
  if (n == 0) return log_phi(x);
  if (std::isinf(x)) return x > 0 ? 0 : n == 1 ? infinity : n == 2 ? -1 : 0;
  if (x < -12) return static_cast<double>(log_phi_far(static_cast<int>(n), x));
  const Wide X = x, h = math::exp(-X * X / 2 - half_log_two_pi) / wide_phi(X), h1 = -h * (X + h),
             h2 = -h1 * (X + h) - h * (1 + h1);
  const Wide h3 = -h2 * (X + h) - 2 * h1 * (1 + h1) - h * h2;
  return static_cast<double>(n == 1 ? h : n == 2 ? h1 : n == 3 ? h2 : h3);
}

double log_mills_partial(double n, double x) {
  if (std::isnan(x) || !(n >= 0 && n <= 4) || n != std::floor(n)) return nan;
  if (std::isinf(x)) return n == 0 ? x : n == 1 ? (x > 0 ? x : 0) : n == 2 ? (x > 0 ? 1 : 0) : 0;
  return static_cast<double>(wide_log_mills_partial(static_cast<int>(n), x));
}

double owens_t(double h, double a) {
  if (std::isnan(h) || std::isnan(a)) return nan;
  if (std::isinf(h)) return a < 0 ? -0.0 : 0.0;
  const Wide H = h, end = std::isinf(a) ? std::copysign(1e9L, static_cast<Wide>(a)) : static_cast<Wide>(a);
  if (std::isinf(a))
    return static_cast<double>(std::copysign(wide_phi(-std::abs(H)) / 2, static_cast<Wide>(a)));
  const Wide total = unit_interval([&](Wide u, Wide) {
    const Wide t = end * u;
    return math::exp(-H * H * (1 + t * t) / 2) / (1 + t * t);
  });
  return static_cast<double>(end * total / (2 * pi));
}

double log_ive(double nu, double x) {
  if (!(nu >= 0 && nu < infinity && x >= 0)) return nan;
  if (x == 0) return nu == 0 ? 0 : -infinity;
  if (x == infinity) return -infinity;
  const Wide N = nu, X = x;
  if (math::hypot(N, X) > 500) return static_cast<double>(debye_leading(N, X) + debye_sum(N, X));
  // t = -1 + 2 u: (1 - t^2) = 4 u (1 - u), e^(-x t) = e^x e^(-2 x u)
  const Wide total = unit_interval([&](Wide u, Wide rest) {
    return math::exp((N - 0.5L) * (math::log(u) + math::log(rest)) - 2 * X * u);
  });
  return static_cast<double>(N * math::log(2 * X) + math::log(total) - math::log(pi) / 2 -
                             wide_lgamma(N + 0.5L));
}

double log_ive_rest(double nu, double x) {
  if (!(nu >= 0 && nu < infinity && x > 0 && x < infinity)) return nan;
  return static_cast<double>(math::hypot(nu, x) > 500 ? debye_sum(nu, x)
                                                      : log_ive(nu, x) - debye_leading(nu, x));
}

double log_kve(double nu, double x) {
  nu = std::abs(nu);
  if (!(nu < infinity && x > 0)) return x == 0 ? infinity : nan;
  if (x == infinity) return -infinity;
  const Wide N = nu, X = x, top = math::asinh(N / X);
  const auto exponent = [&](Wide t) {
    const Wide s = math::sinh(t / 2);
    return N * t - 2 * X * s * s;
  };
  const Wide highest = exponent(top), step = std::min<Wide>(0.1L, 0.25L / std::sqrt(math::hypot(N, X)));
  Wide total = 1;
  for (const Wide direction : {-step, step})
    for (Wide t = top + direction, term = 1; term > 1e-22L * total; t += direction)
      total += term = math::exp(exponent(t) - highest);
  return static_cast<double>(math::log(total * step / 2) + highest);
}

double bessel_j(double n, double x) {
  return std::abs(n) < 1e6 && n == std::floor(n) ? static_cast<double>(::jnl(static_cast<int>(n), x)) : nan;
}

double bessel_y(double n, double x) {
  return std::abs(n) < 1e6 && n == std::floor(n) && x > 0 ? static_cast<double>(::ynl(static_cast<int>(n), x))
                                                          : nan;
}

}  // namespace elba::ir::special
