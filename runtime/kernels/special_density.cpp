// special_density: functions that densities are written with, so that they keep their digits far out and at
// large arguments.
//
//   log_minus(x, y)            ln x - y in extended precision, where the machine has it
//   lgamma_rest(a)             lgamma(a + 1) - a ln a + a = ln(2 pi a) / 2 + Stirling's series from 8 on; its
//                              derivatives
//   log_mills(x)               ln(Phi(x) / phi(x)): int_0^inf exp(x t - t^2 / 2) dt generates cumulants of t,
//                              as in special_bessel.cpp
//   log_phi_between(x, w)      ln(Phi(x + w) - Phi(x)) = ln phi(h) + ln int_0^w exp(h s - s^2 / 2) ds from
//                              the end h nearer to 0; the derivatives in x are cumulants under the same
//                              weights, those in w follow from S = phi(x + w) / P
//   log_phi_exp(z, k)          ln int phi(z - s) (1 - exp(-k s)) ds, or by ln(Phi / phi) at z and z - k where
//                              these are apart
//   log_skew_phi(z, a)         ln int 2 phi(z - s) Phi(a (z - s)) ds for z <= 0 <= a, the others by symmetry
//
// Every integrand is positive and log-concave; Gauss-Legendre reaches rounding on four panels.
// Source: DLMF 5.11, 7.12; Azzalini 1985 for the symmetries of the skew normal.
#include <algorithm>
#include <limits>
#include <numbers>

#include "runtime/kernels/abi.h"
#include "runtime/kernels/special_parts.h"
#include "support/elementary.h"

namespace math = elba::math;

namespace {

using namespace elba::runtime;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double half_log_two_pi = 0.91893853320467274178;
constexpr double ln_2 = std::numbers::ln2;
constexpr double factorials[] = {1, 1, 2, 6, 24};

double log_density(double x) { return -0.5 * x * x - half_log_two_pi; }
double log1mexp(double x) { return x > -ln_2 ? math::log(-math::expm1(x)) : math::log1p(-math::exp(x)); }
bool is_order(double n, double limit) { return n >= 0 && n < limit && n == std::floor(n); }

// The n-th derivative of stirling_rest(a) + ln(2 pi a) / 2, a >= 8 (16 from n = 2 on), and of ln a.
double stirling_derivative(int n, double a) {
  constexpr double c[] = {1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
                          1.0 / 1188, -691.0 / 360360, 1.0 / 156,  -3617.0 / 122400};
  const double square = 1 / (a * a);
  double sum = 0;
  for (int k = 7; k >= 0; --k) {
    double factor = c[k];
    for (int j = 0; j < n; ++j)
      factor *= -(2 * k + 1 + j);
    sum = sum * square + factor;
  }
  const double sign = n % 2 ? 1 : -1;
  return (sign * 0.5 * factorials[n - 1] + sum / a) * math::pow(a, -n);
}
double log_derivative(int n, double a) {
  return n == 0 ? math::log(a) : (n % 2 ? 1 : -1) * factorials[n - 1] * math::pow(a, -n);
}

// ln(Phi / phi) and its derivatives
double mills(int n, double x) {
  if (x < -2 || (x < 0 && n > 2)) {
    double c[5] = {};
    log_mills_left(x, n, c);
    return c[n] * factorials[n];
  }
  if (n == 0) return elba_log_phi(x) - log_density(x);
  return elba_log_phi_partial(n, x) + (n == 1 ? x : n == 2 ? 1 : 0);
}

// Of a standard normal variable u between l and h = l + w, l + h <= 0: ln of the probability P, ln(phi(h) /
// P), h - mean, and cumulants 1..4 of u, the second less 1.
struct Between {
  double log_share, log_end, below_end, cumulant[5];
};

Between mostly_between(double l, double h, double outside) {
  Between out{};
  out.log_share = math::log1p(-outside);
  const double share = 1 - outside, at_l = math::exp(log_density(l)) / share,
               at_h = math::exp(log_density(h)) / share;
  double edge[4], power_l = at_l, power_h = at_h;  // l^k phi(l) - h^k phi(h), which vanish at infinity
  for (double& each : edge) {
    each = power_l - power_h;
    power_l = at_l == 0 ? 0 : power_l * l;
    power_h = at_h == 0 ? 0 : power_h * h;
  }
  const double m1 = edge[0], m2 = 1 + edge[1], m3 = 2 * m1 + edge[2], m4 = 3 * m2 + edge[3];
  out.log_end = log_density(h) - out.log_share;
  out.below_end = h - m1;
  out.cumulant[1] = m1;
  out.cumulant[2] = edge[1] - m1 * m1;
  out.cumulant[3] = m3 - 3 * m1 * m2 + 2 * m1 * m1 * m1;
  out.cumulant[4] = m4 - 4 * m1 * m3 - 3 * m2 * m2 + 12 * m1 * m1 * m2 - 6 * m1 * m1 * m1 * m1;
  return out;
}

Between between(double l, double h, double w) {
  const double outside = elba_phi(-h) + elba_phi(l);
  if (outside < 0.5) return mostly_between(l, h, outside);
  Between out{};
  const double end = std::min(w, 80 / (std::sqrt(0.25 * h * h + 20) - 0.5 * h) * 0.5);
  constexpr int panels = 4;
  double total = 0, first = 0, moment[5] = {};
  legendre(end, panels, [&](double s, double weight) {
    const double mass = weight * math::exp(s * (h - 0.5 * s));
    total += mass;
    first += mass * s;
  });
  const double mean = first / total;
  legendre(end, panels, [&](double s, double weight) {
    double term = weight * math::exp(s * (h - 0.5 * s)) / total;
    for (int k = 0; k <= 4; ++k, term *= mean - s)
      moment[k] += term;
  });
  out.log_share = math::log(total) + log_density(h);
  out.log_end = -math::log(total);
  out.below_end = mean;
  out.cumulant[1] = h - mean;
  out.cumulant[2] = moment[2] - 1;
  out.cumulant[3] = moment[3];
  out.cumulant[4] = moment[4] - 3 * moment[2] * moment[2];
  return out;
}

// ln int_0^inf 2 phi(z - s) Phi(a (z - s)) ds, z <= 0 <= a
double skew_below(double z, double a) {
  const double inner = elba_log_phi(a * z);
  const auto fall = [&](double s) { return s * (0.5 * s - z) + inner - elba_log_phi(a * (z - s)); };
  const double end = reach_of(1 / (1 + a - z * (1 + a * a)), 40, fall);
  double total = 0;
  legendre(end, 4, [&](double s, double weight) { total += weight * math::exp(-fall(s)); });
  return ln_2 + log_density(z) + inner + math::log(total);
}

}  // namespace

extern "C" {

double elba_log_minus(double x, double y) {
  return static_cast<double>(math::log(static_cast<long double>(x)) - static_cast<long double>(y));
}

double elba_lgamma_rest(double a) {
  if (a >= 8) return a == infinity ? infinity : half_log_two_pi + 0.5 * math::log(a) + stirling_rest(a);
  return a == 0 ? 0 : a > 0 ? elba_lgamma(a + 1) - a * math::log(a) + a : not_a_number;
}

double elba_lgamma_rest_partial(double n, double a) {
  if (!(a >= 0) || !is_order(n, 5)) return not_a_number;
  const int order = static_cast<int>(n);
  if (order == 0) return elba_lgamma_rest(a);
  if (a == infinity) return 0;
  if (a == 0) return order % 2 ? infinity : -infinity;
  return a >= (order > 1 ? 16 : 8) ? stirling_derivative(order, a)
                                   : elba_polygamma(order - 1, a + 1) - log_derivative(order - 1, a);
}

double elba_log_mills(double x) { return elba_log_mills_partial(0, x); }

double elba_log_mills_partial(double n, double x) {
  if (std::isnan(x) || !is_order(n, 5)) return not_a_number;
  if (std::isinf(x)) return n == 0 ? x : n == 1 ? (x > 0 ? x : 0) : n == 2 ? (x > 0 ? 1 : 0) : 0;
  return mills(static_cast<int>(n), x);
}

double elba_log_phi_between(double x, double w) { return elba_log_phi_between_partial(0, x, w); }

double elba_log_phi_between_partial(double order, double x, double w) {
  if (std::isnan(x) || std::isnan(w) || !is_order(order, 64)) return not_a_number;
  const int code = static_cast<int>(order), i = code % 8, j = code / 8;
  if (i + j > 4 || std::isinf(x) || !(w > 0))
    return i + j == 0 && (w == 0 || x == -infinity) && w != infinity && x < infinity ? -infinity
                                                                                     : not_a_number;
  if (w == infinity) return j > 0 ? 0 : (i % 2 ? -1 : 1) * elba_log_phi_partial(i, -x);
  const double high = x + w;
  const bool mirrored = x + 0.5 * w > 0;
  const Between b = mirrored ? between(-high, -x, w) : between(x, high, w);
  if (code == 0) return b.log_share;
  const double odd = mirrored ? 1 : -1;
  const double y[] = {b.log_share, odd * b.cumulant[1], b.cumulant[2], odd * b.cumulant[3], b.cumulant[4]};
  if (j == 0) return y[i];
  // S = phi(high) / P; its logarithmic slopes are a in x and c in w
  const double s = math::exp(mirrored ? b.log_end - w * (x + 0.5 * w) : b.log_end);
  const double a = mirrored ? b.below_end - w : -b.below_end, a1 = -1 - y[2], a2 = -y[3];
  const double c = -high - s, c_x = -1 - s * a, c_w = -1 - s * c;
  if (j == 1) return s * (i == 0 ? 1 : i == 1 ? a : i == 2 ? a * a + a1 : a * (a * a + 3 * a1) + a2);
  const double c_xx = -s * (a * a + a1), c_wx = -s * (a * c + c_x), c_ww = -s * (c * c + c_w);
  if (j == 2) return s * (i == 0 ? c : i == 1 ? a * c + c_x : (a * a + a1) * c + 2 * a * c_x + c_xx);
  if (j == 3) return s * (i == 0 ? c * c + c_w : a * (c * c + c_w) + 2 * c * c_x + c_wx);
  return s * (c * (c * c + 3 * c_w) + c_ww);
}

double elba_log_phi_exp(double z, double k) {
  if (std::isnan(z) || std::isnan(k) || !(k > 0)) return not_a_number;
  if (std::isinf(z)) return z > 0 ? (k == infinity ? not_a_number : 0) : -infinity;
  if (k == infinity) return elba_log_phi(z);
  // phi(z) M(z - k), M = Phi / phi, or exp(-k (z - k / 2)) Phi(z - k)
  const double w = z - k,
               log_rest = w > 0 ? elba_log_phi(w) - 0.5 * k * (z + w) : log_density(z) + mills(0, w);
  const double above = elba_phi(-z) + math::exp(log_rest);
  if (above < 0.5) return math::log1p(-above);
  if (z > 6) return math::log(-math::expm1(log_rest) - elba_phi(-z));
  const double fall = mills(0, z) - mills(0, w);
  if (fall > 0.05) return elba_log_phi(z) + log1mexp(-fall);
  const double end = 80 / (std::sqrt(0.25 * z * z + 20) - 0.5 * z) * 0.5;
  double total = 0;
  legendre(end, 4, [&](double s, double weight) {
    total += weight * math::exp(s * (z - 0.5 * s)) * -math::expm1(-k * s);
  });
  return log_density(z) + math::log(total);
}

double elba_log_skew_phi(double z, double a) {
  if (std::isnan(z) || std::isnan(a) || std::isinf(a)) return not_a_number;
  if (std::isinf(z)) return z > 0 ? 0 : -infinity;
  const double below = skew_below(-std::abs(z), std::abs(a));
  if (z <= 0 && a >= 0) return below;
  if (z > 0 && a < 0) return math::log1p(-math::exp(below));
  const double whole = ln_2 + elba_log_phi(-std::abs(z)), other = whole + log1mexp(below - whole);
  if (z <= 0) return other;
  const double share = math::exp(below) + math::erf(z / std::numbers::sqrt2);
  return share < 0.5 ? math::log(share) : math::log1p(-math::exp(other));
}

}  // extern "C"
