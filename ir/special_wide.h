// special_wide: what the interpreter's special functions share: extended precision, Stirling's series, the
// trapezoid rule after a double exponential change of variable. Internal to ir/.
#pragma once

#include <cmath>
#include <limits>
#include <numbers>

#include "support/elementary.h"

namespace elba::ir::special {

using Wide = long double;

// Stirling's series of lgamma, without its leading part (a - 1/2) ln a - a + ln(2 pi) / 2; a >= 30.
inline Wide stirling_series(Wide a) {
  const Wide w = 1 / (a * a);
  return (1 / 12.0L - w * (1 / 360.0L -
                           w * (1 / 1260.0L - w * (1 / 1680.0L - w * (1 / 1188.0L - w * 691 / 360360.0L))))) /
         a;
}

inline Wide wide_lgamma(Wide x) {
  int sign = 0;
  return ::lgammal_r(x, &sign);
}

inline Wide wide_lbeta(Wide a, Wide b) {
  if (a > b) {
    const Wide swap = a;
    a = b;
    b = swap;
  }
  if (b < 30) return wide_lgamma(a) + wide_lgamma(b) - wide_lgamma(a + b);
  const Wide rest = stirling_series(b) - stirling_series(a + b);
  if (a < 30) return wide_lgamma(a) - (b - 0.5L) * math::log1p(a / b) - a * math::log(a + b) + a + rest;
  return 0.5L * math::log(2 * std::numbers::pi_v<Wide> / b) - (a - 0.5L) * math::log1p(b / a) -
         b * math::log1p(a / b) + stirling_series(a) + rest;
}

// special_normal.cpp: the n-th derivative of ln(Phi / phi), n = 0..4, and ln Phi.
Wide wide_log_mills_partial(int n, Wide x);
Wide wide_log_phi(Wide x);

inline Wide expm1_rest(Wide d) {  // exp(d) - 1 - d
  if (std::abs(d) > 0.3L) return math::expm1(d) - d;
  Wide term = d * d / 2, sum = 0;
  for (int k = 3; k < 30; term *= d / k, ++k)
    sum += term;
  return sum;
}

inline Wide log1p_rest(Wide y) {  // y - log(1 + y)
  if (std::abs(y) > 0.1L) return y - math::log1p(y);
  Wide power = y * y, sum = 0;
  for (int k = 2; k < 22; power *= -y, ++k)
    sum += power / k;
  return sum;
}

// int_0^inf f by x = scale exp(pi/2 sinh v).
template <class Function>
void half_line(Wide scale, const Function& visit) {
  constexpr Wide step = 1.0L / 36, half_pi = std::numbers::pi_v<Wide> / 2;
  for (int k = -150; k <= 135; ++k) {
    const Wide v = step * static_cast<Wide>(k), x = scale * math::exp(half_pi * math::sinh(v));
    visit(x, step * x * half_pi * math::cosh(v));
  }
}

// int_0^end f by x = end / (1 + exp(-pi sinh v)).
template <class Function>
void finite_line(Wide end, const Function& visit) {
  constexpr Wide step = 1.0L / 44, pi = std::numbers::pi_v<Wide>;
  for (int k = -180; k <= 180; ++k) {
    const Wide v = step * static_cast<Wide>(k), e = math::exp(-pi * std::abs(math::sinh(v)));
    visit(end * (v < 0 ? e : 1) / (1 + e), step * end * e / ((1 + e) * (1 + e)) * pi * math::cosh(v));
  }
}

// int_0^1 f(x, 1 - x) by x = 1 / (1 + exp(-pi sinh v)).
template <class Function>
Wide unit_interval(const Function& f) {
  constexpr Wide step = 1.0L / 96, pi = std::numbers::pi_v<Wide>;
  Wide total = 0;
  for (int k = -510; k <= 510; ++k) {
    const Wide v = step * static_cast<Wide>(k), e = math::exp(-pi * std::abs(math::sinh(v)));
    const Wide near = e / (1 + e), far = 1 / (1 + e);
    const Wide value = v < 0 ? f(near, far) : f(far, near);
    if (near > 0 && value != 0) total += value * near * far * pi * math::cosh(v);
  }
  return total * step;
}

}  // namespace elba::ir::special
