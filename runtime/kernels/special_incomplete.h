// special_incomplete: parts of the logarithms of the regularised incomplete gamma and beta functions, all
// their partial derivatives of total order up to 4, and their inverses (special_incomplete_gamma.cpp,
// special_incomplete_beta.cpp).
//
//   log_gamma_p(a, x) = ln P,   P = 1/G(a) int_{-inf}^{ln x} exp(a s - e^s) ds
//                               (t = e^s; Q = 1 - P is the rest of the line)
//   log_beta_p(a, b, x) = ln I, I = 1/B(a, b) int_{-inf}^{logit x} t^a (1 - t)^b ds        (t = inv_logit s)
//
// In s both integrands are log-concave and fall at least exponentially away from the end, so that
// Gauss-Legendre of 20 points on a few panels reaches rounding, for every a, b. It sums positive terms only.
// The side (P or Q) that is not above 0.7 is integrated and the other is log(1 - exp(.)), so both keep their
// relative digits. Moments of ln t and ln(1 - t) under the same weights are the derivatives in a and b: ln
// int e^(a s - e^s) ds generates cumulants. Derivatives in x follow from G_x = exp((a - 1) ln x - x -
// lgamma(a) - G).
//
// Largest error seen against 50-digit values: see tests/runtime/special_values.h and its limits in
// special_test.cpp. Outside a, b > 0 and the support the values are nan; at the ends of the support the
// derivatives are given as 0.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "runtime/kernels/abi.h"
#include "runtime/kernels/special_parts.h"
#include "runtime/kernels/taylor.h"
#include "support/elementary.h"

namespace elba::runtime::incomplete {

inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double log_two_pi = 1.8378770664093454836;
inline constexpr double drop = 40;        // exp(-40) of the largest weight is left out
inline constexpr double trusted = -0.36;  // a side with ln above this is computed from the other
inline constexpr double ordinary = 200;   // shapes below have series and fractions for values alone

// Adds weight * s^i t^j / (i! j!) at (p, q).
inline void add_moments(Taylor& sums, double weight, double p, double q) {
  double row = weight;
  for (int i = 0; i <= sums.degree; ++i) {
    double term = row;
    for (int j = 0; i + j <= sums.degree; ++j) {
      sums.c[i][j] += term;
      term *= q / (j + 1);
    }
    row *= p / (i + 1);
  }
}

// Panels from 0 to reach: of width 2 (or less) at first, beyond `steady` in proportion to the distance.
// visit(tau, weight).
template <class Visit>
void integrate(double reach, double steady, const Visit& visit) {
  double start = 0;
  while (start < reach) {
    double width = std::min(reach / 4, std::max(2.0, start - steady));
    if (start + width * 1.01 > reach) width = reach - start;
    const double half = 0.5 * width, centre = start + half;
    for (const LegendrePoint& point : legendre_20) {
      visit(centre - half * point.x, half * point.weight);
      visit(centre + half * point.x, half * point.weight);
    }
    start += width;
  }
}

// lgamma(x + v) - lgamma(x) as a polynomial in v = (s or t), or s + t.
enum class Shift { first, second, both };
inline Taylor lgamma_change(double x, int degree, Shift shift) {
  Taylor v(degree), power(degree, 1), total(degree);
  if (degree == 0) return total;
  if (shift != Shift::second) v.c[1][0] = 1;
  if (shift != Shift::first) v.c[0][1] = 1;
  double factorial = 1;
  for (int k = 1; k <= degree; ++k) {
    power = power * v;
    factorial *= k;
    total = sum(total, elba_polygamma(k - 1, x) / factorial, power);
  }
  return total;
}

// Taylor coefficients in x of G, given G at x and those of u0 = ln(sign dG/dx) + G: G_x = sign exp(u0 - G).
inline Taylor along_x(const Taylor& at_x, double sign, int order,
                      const std::array<Taylor, Taylor::most>& u0) {
  std::array<Taylor, Taylor::most + 1> g{at_x, Taylor(0), Taylor(0), Taylor(0), Taylor(0)};
  std::array<Taylor, Taylor::most> exponent{Taylor(0), Taylor(0), Taylor(0), Taylor(0)}, slope = exponent;
  for (int m = 0; m < order; ++m) {
    exponent[static_cast<std::size_t>(m)] = sum(u0[static_cast<std::size_t>(m)], -1,
                                                g[static_cast<std::size_t>(m)]);
    Taylor value(at_x.degree);
    if (m == 0) value = exp(exponent[0]);
    for (int k = 1; k <= m; ++k)
      value = sum(value, static_cast<double>(k) / m,
                  exponent[static_cast<std::size_t>(k)] * slope[static_cast<std::size_t>(m - k)]);
    slope[static_cast<std::size_t>(m)] = value;
    g[static_cast<std::size_t>(m) + 1] = times(value, sign / (m + 1));
  }
  return g[static_cast<std::size_t>(order)];
}

inline constexpr double factorials[] = {1, 1, 2, 6, 24};

struct Orders {
  int a = 0, b = 0, x = 0;
  bool upper = false;
};

inline bool is_order(double order) { return order >= 0 && order < 1024 && order == std::floor(order); }

// The solution s of rising(s) = 0, by Newton steps kept inside of a bracket that is found first.
template <class Value>
double solve(double s, double step, const Value& value_and_slope) {
  double low = -infinity, high = infinity;
  for (int i = 0; i < 400; ++i) {
    const auto [value, slope] = value_and_slope(s);
    if (value == 0) return s;
    (value < 0 ? low : high) = s;
    double next = s - value / slope;
    if (low == -infinity || high == infinity) {
      const double furthest = value < 0 ? s + step : s - step;
      if (!(std::abs(next - s) <= step)) next = furthest;
      step *= 2;
    } else if (!(next > low && next < high)) {
      next = 0.5 * (low + high);
    }
    if (!(std::abs(next - s) > 1e-16 * (1 + std::abs(s))) || next == low || next == high) return next;
    s = next;
  }
  return s;
}

}  // namespace elba::runtime::incomplete
