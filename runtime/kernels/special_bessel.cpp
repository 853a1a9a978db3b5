// special_bessel: ln B(a, b), the logarithm of the normal cdf, Owen's T, and Bessel functions.
//
//   lbeta(a, b)            by Stirling's series where lgamma would cancel (a or b >= 8)
//   log_phi(x)             ln of the standard normal cdf; log_phi_partial(n, x) its n-th derivative, n = 0..4
//   owens_t(h, a)          1/2pi int_0^a exp(-h^2 (1 + t^2) / 2) / (1 + t^2) dt
//   log_ive_rest(nu, x)    the next one less its leading part
//   log_ive(nu, x)         ln(exp(-x) I_nu(x)), nu >= 0, x >= 0;  log_kve(nu, x)  ln(exp(x) K_nu(x)), x > 0
//   bessel_j(n, x), bessel_y(n, x)   of whole order, by the C library
//
// log_phi below 0: Phi(x) = phi(x) int_0^inf exp(x t - t^2 / 2) dt, whose logarithm generates cumulants of t;
// so -x + E t is its slope without cancellation, however far out. Above 0: G' = exp(ln phi(x) - G). I: the
// power series (positive terms), the Hankel expansion for x beyond 30 and nu^2 / 2, Debye's for nu above 500.
// K: the trapezoid rule on 1/2 int exp(nu t - x (cosh t - 1)) dt over the real line, which converges faster
// than geometrically. Owen's T: |a| <= 1 by Gauss-Legendre, beyond by T(h, a) = (Phi(h) + Phi(ah)) / 2 -
// Phi(h) Phi(ah) - T(ah, 1 / a), in tails of erfc. Sources: DLMF 8.17, 10.25, 10.40; Didonato and Morris,
// TOMS 708; Owen, "Tables for computing bivariate normal probabilities", 1956.
#include <algorithm>
#include <array>
#include <limits>
#include <numbers>

#include "runtime/kernels/abi.h"
#include "runtime/kernels/special_parts.h"
#include "runtime/kernels/taylor.h"
#include "support/elementary.h"

namespace math = elba::math;

namespace {

using namespace elba::runtime;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double pi = std::numbers::pi;
constexpr double half_log_two_pi = 0.91893853320467274178;

double upper_phi(double x) { return elba_phi(-x); }

// For x < 0, the Taylor coefficients of ln Phi at x up to `degree`.
std::array<double, 5> log_phi_left(double x, int degree) {
  double mills[5] = {};
  log_mills_left(x, degree, mills);
  std::array<double, 5> out{};
  std::copy_n(mills, degree + 1, out.begin());
  out[0] -= 0.5 * x * x + half_log_two_pi;
  if (degree >= 1) out[1] -= x;
  if (degree >= 2) out[2] -= 0.5;
  return out;
}

// For x >= 0, by g' = exp(u), u = -(x + v)^2 / 2 - ln(2 pi) / 2 - g.
std::array<double, 5> log_phi_right(double x, int degree) {
  std::array<double, 5> g{}, u{}, slope{};
  g[0] = math::log1p(-upper_phi(x));
  for (std::size_t m = 0; m < static_cast<std::size_t>(degree); ++m) {
    u[m] = (m == 0 ? -0.5 * x * x - half_log_two_pi : m == 1 ? -x : m == 2 ? -0.5 : 0) - g[m];
    if (m == 0) slope[0] = math::exp(u[0]);
    for (std::size_t k = 1; k <= m; ++k)
      slope[m] += static_cast<double>(k) / static_cast<double>(m) * u[k] * slope[m - k];
    g[m + 1] = slope[m] / static_cast<double>(m + 1);
  }
  return g;
}

// 0 <= a <= 1, h >= 0
double owens_t_inner(double h, double a) {
  const double end = std::min(a, 9.2 / std::max(h, 1e-300));
  const int panels = 1 + static_cast<int>(end * h / 3);
  double total = 0;
  for (int panel = 0; panel < panels; ++panel)
    for (const LegendrePoint& point : legendre_20)
      for (const double node : {-point.x, point.x}) {
        const double t = end * (panel + 0.5 + 0.5 * node) / panels, square = t * t;
        total += point.weight * math::exp(-0.5 * h * h * square) / (1 + square);
      }
  return math::exp(-0.5 * h * h) * total * (0.5 * end / panels) / (2 * pi);
}

double bessel_i_series(double nu, double x) {
  // sum (x / 2)^(2k + nu) / (k! G(k + nu + 1)), from the largest term outwards.
  const double quarter = 0.25 * x * x;
  const double top = std::floor(0.5 * (std::sqrt(nu * nu + x * x) - nu));
  double rest = 0, term = 1;  // beside the largest
  for (double k = top; term > 1e-18; ++k)
    rest += term *= quarter / ((k + 1) * (k + 1 + nu));
  term = 1;
  for (double k = top; k > 0 && term > 1e-18; --k)
    rest += term *= k * (k + nu) / quarter;
  const double log_total = math::log1p(rest);
  if (top < 8)
    return log_total + (2 * top + nu) * math::log(0.5 * x) - elba_lgamma(top + 1) -
           elba_lgamma(top + nu + 1) - x;
  // With Stirling's series, so that the terms of the size of x stay together: k ln(z / k) + (k + nu) ln(z /
  // (k + nu)) + 2 k + nu - x, z = x / 2.
  const double z = 0.5 * x, k = top, n = top + nu;
  // count ln(z / count)
  const auto piece = [&](double count) { return count * log1pmx((z - count) / count) + (z - count); };
  return log_total + piece(k) + piece(n) + ((k - z) + (n - z)) - 0.5 * (math::log(k) + math::log(n)) -
         2 * half_log_two_pi - stirling_rest(k) - stirling_rest(n);
}

double bessel_i_hankel(double nu, double x) {
  const double mu = 4 * nu * nu;
  double total = 1, term = 1;
  for (int k = 1; k < 200; ++k) {
    const double next = -term * (mu - (2.0 * k - 1) * (2.0 * k - 1)) / (8.0 * k * x);
    if (std::abs(next) > std::abs(term) && k > nu) break;
    total += term = next;
    if (std::abs(term) < 1e-18 * std::abs(total)) break;
  }
  return math::log(total) - 0.5 * math::log(2 * pi * x);
}

// ln of Debye's sum, in 1 / R with R^2 = nu^2 + x^2, and what stands before it.
double debye_sum(double nu, double x) {
  const double root = math::hypot(nu, x), p = nu / root, w = p * p, v = 1 / root;
  const double u1 = 0.125 - w * (5.0 / 24), u2 = 9.0 / 128 - w * (77.0 / 192 - w * (385.0 / 1152));
  const double u3 = 75.0 / 1024 - w * (4563.0 / 5120 - w * (17017.0 / 9216 - w * (85085.0 / 82944)));
  const double u4 = 3675.0 / 32768 -
                    w * (96833.0 / 40960 -
                         w * (144001.0 / 16384 - w * (7436429.0 / 663552 - w * (37182145.0 / 7962624))));
  return math::log1p(v * (u1 + v * (u2 + v * (u3 + v * u4))));
}
double debye_leading(double nu, double x) {
  const double root = math::hypot(nu, x);  // root - x = nu^2 / (root + x)
  return (nu == 0 ? 0 : nu * (nu / (root + x) - math::asinh(nu / x))) - 0.5 * math::log(2 * pi * root);
}

}  // namespace

void elba::runtime::log_mills_left(double x, int degree, double (&out)[5]) {
  const double reach = 80 / (std::sqrt(x * x + 80) - x);  // x t - t^2 / 2 = -40
  Taylor sums(degree);
  legendre(reach, 4, [&](double t, double weight) {
    double term = weight * math::exp(t * (x - 0.5 * t));
    for (int i = 0; i <= degree; ++i, term *= t / i)
      sums.c[i][0] += term;
  });
  const Taylor g = log(sums, math::log(sums.c[0][0]));
  for (int i = 0; i <= degree; ++i)
    out[i] = g.c[i][0];
}

extern "C" {

double elba_lbeta(double a, double b) {
  if (!(a > 0 && b > 0)) return a == 0 || b == 0 ? infinity : not_a_number;
  if (a > b) std::swap(a, b);
  if (b == infinity) return -infinity;
  if (b < 8) return elba_lgamma(a) + elba_lgamma(b) - elba_lgamma(a + b);
  const double ratio = a / b;
  if (a < 8)
    return elba_lgamma(a) - (b - 0.5) * math::log1p(ratio) - a * math::log(a + b) + a + stirling_rest(b) -
           stirling_rest(a + b);
  return half_log_two_pi - 0.5 * math::log(b) + (a - 0.5) * math::log(ratio / (1 + ratio)) -
         b * math::log1p(ratio) + stirling_rest(a) + stirling_rest(b) - stirling_rest(a + b);
}

double elba_log_phi(double x) {
  if (x >= 0) return math::log1p(-upper_phi(x));
  if (x > -20) return math::log(elba_phi(x));
  if (x == -infinity) return -infinity;
  return std::isnan(x) ? x : log_phi_left(x, 0)[0];
}

double elba_log_phi_partial(double n, double x) {
  if (std::isnan(x) || !(n >= 0 && n <= 4) || n != std::floor(n)) return not_a_number;
  if (n == 0) return elba_log_phi(x);
  if (std::isinf(x)) return x > 0 ? 0 : n == 1 ? infinity : n == 2 ? -1 : 0;
  // What gradients and their derivatives need, where nothing cancels: h = phi / Phi, and h' = -h (x + h).
  constexpr double first_from = -8, second_from = -2;
  if ((n == 1 && x > first_from) || (n == 2 && x > second_from)) {
    const double h = math::exp(-0.5 * x * x - half_log_two_pi) / elba_phi(x);
    return n == 1 ? h : -h * (x + h);
  }
  constexpr double factorials[] = {1, 1, 2, 6, 24};
  const int degree = static_cast<int>(n);
  const auto g = x < 0 ? log_phi_left(x, degree) : log_phi_right(x, degree);
  return g[static_cast<std::size_t>(degree)] * factorials[degree];
}

double elba_owens_t(double h, double a) {
  if (std::isnan(h) || std::isnan(a)) return not_a_number;
  const double sign = a < 0 ? -1 : 1;
  h = std::abs(h);
  a = std::abs(a);
  if (h == infinity) return sign * 0.0;
  if (a <= 1) return sign * owens_t_inner(h, a);
  if (a == infinity || a * h > 40) return sign * 0.5 * upper_phi(h);
  // With tails q = 1 - Phi: (Phi(h) + Phi(k)) / 2 - Phi(h) Phi(k) = (q_h + q_k) / 2 - q_h q_k.
  const double k = a * h, below = upper_phi(h), beyond = upper_phi(k);
  return sign * (0.5 * (below + beyond) - below * beyond - owens_t_inner(k, 1 / a));
}

double elba_log_ive(double nu, double x) {
  if (!(nu >= 0 && nu < infinity && x >= 0)) return not_a_number;
  if (x == 0) return nu == 0 ? 0 : -infinity;
  if (x == infinity) return -infinity;
  if (nu > 500) return debye_leading(nu, x) + debye_sum(nu, x);
  return x > 30 && x > 0.5 * nu * nu ? bessel_i_hankel(nu, x) : bessel_i_series(nu, x);
}

double elba_log_ive_rest(double nu, double x) {
  if (!(nu >= 0 && nu < infinity && x > 0 && x < infinity)) return not_a_number;
  return math::hypot(nu, x) > 500 ? debye_sum(nu, x) : elba_log_ive(nu, x) - debye_leading(nu, x);
}

double elba_log_kve(double nu, double x) {
  nu = std::abs(nu);
  if (!(nu < infinity && x > 0)) return x == 0 ? infinity : not_a_number;
  if (x == infinity) return -infinity;
  // The exponent is largest at sinh t = nu / x.
  const double top = math::asinh(nu / x), curve = std::sqrt(math::hypot(nu, x));
  const auto exponent = [&](double t) {
    const double s = math::sinh(0.5 * t);
    return nu * t - 2 * x * s * s;
  };
  const double highest = exponent(top), step = std::min(0.12, 0.35 / curve);
  double total = 1;
  for (const double direction : {-step, step})
    for (double t = top + direction, term = 1; term > 1e-18 * total; t += direction)
      total += term = math::exp(exponent(t) - highest);
  return math::log(0.5 * total * step) + highest;
}

double elba_bessel_j(double n, double x) {
  return std::abs(n) < 1e6 ? ::jn(static_cast<int>(std::round(n)), x) : not_a_number;
}

double elba_bessel_y(double n, double x) {
  return std::abs(n) < 1e6 && x > 0 ? ::yn(static_cast<int>(std::round(n)), x) : not_a_number;
}

}  // extern "C"
