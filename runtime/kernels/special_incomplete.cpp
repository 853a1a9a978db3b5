// special_incomplete: logarithms of the regularised incomplete gamma and beta functions, all their partial
// derivatives of total order up to 4, and their inverses.
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
#include <algorithm>
#include <array>
#include <limits>

#include "runtime/kernels/abi.h"
#include "runtime/kernels/special_parts.h"
#include "runtime/kernels/taylor.h"
#include "support/elementary.h"

namespace math = elba::math;

namespace {

using namespace elba::runtime;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double log_two_pi = 1.8378770664093454836;
constexpr double drop = 40;        // exp(-40) of the largest weight is left out
constexpr double trusted = -0.36;  // a side with ln above this is computed from the other

// Adds weight * s^i t^j / (i! j!) at (p, q).
void add_moments(Taylor& sums, double weight, double p, double q) {
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
Taylor lgamma_change(double x, int degree, Shift shift) {
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

// a ln x - x - lgamma(a)
double gamma_front(double a, double x) {
  if (a < 8) return a * math::log(x) - x - elba_lgamma(a);
  const double mu = (x - a) / a;
  return a * (mu > -0.4 ? log1pmx(mu) : math::log(x / a) - mu) + 0.5 * (math::log(a) - log_two_pi) -
         stirling_rest(a);
}

Taylor gamma_side(bool upper, double a, double x, int degree) {
  const double slope = upper ? x - a : a - x, sign = upper ? 1 : -1;
  const double log_x = math::log(x);  // far above, e^tau alone may overflow
  const auto fall = [&](double tau) {
    return upper && tau > 600 ? math::exp(tau + log_x) - x - a * tau : slope * tau + x * expm1mx(sign * tau);
  };
  const double reach = reach_of(1 / (std::abs(slope) + std::sqrt(x) + a), drop, fall, upper ? 11 : 4);
  Taylor sums(degree);
  // Above, the weight ends like exp(-e^s): narrow panels lie at the far end.
  integrate(reach, upper ? 6 : 0, [&](double tau, double weight) {
    const double at = upper ? reach - tau : tau;
    add_moments(sums, weight * math::exp(-fall(at)), sign * at, 0);
  });
  Taylor result = log(sums, math::log(sums.c[0][0]) + gamma_front(a, x));
  if (degree > 0) result.c[1][0] += math::log(x);
  return sum(result, -1, lgamma_change(a, degree, Shift::first));
}

// Values alone, for shapes of ordinary size: the series of P below a + 1, the continued fraction of Q
// (DLMF 8.9.2, its even part) above.
constexpr double ordinary = 200;
double log_gamma_series(double a, double x) {
  double term = 1, total = 1;
  for (double n = a + 1; term > 1e-17 * total; ++n)
    total += term *= x / n;
  return gamma_front(a, x) - math::log(a) + math::log(total);
}
double log_gamma_fraction(double a, double x) {
  double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
  for (int i = 1; i < 400; ++i) {
    const double numerator = -i * (i - a);
    b += 2;
    d = 1 / (b + numerator * d);
    c = b + numerator / c;
    const double change = c * d;
    h *= change;
    if (std::abs(change - 1) < 1e-16) break;
  }
  return gamma_front(a, x) + math::log(h);
}
double log_gamma_value(bool upper, double a, double x) {
  bool side = x >= a + 1;
  double value = side ? log_gamma_fraction(a, x) : log_gamma_series(a, x);
  if (value > trusted) {
    value = gamma_side(!side, a, x, 0).c[0][0];
    side = !side;
  }
  return side == upper                 ? value
         : value > -0.6931471805599453 ? math::log(-math::expm1(value))
                                       : math::log1p(-math::exp(value));
}

// x > 0 finite
Taylor log_gamma_taylor(bool upper, double a, double x, int degree) {
  if (degree == 0 && a < ordinary) return Taylor(0, log_gamma_value(upper, a, x));
  bool side = x >= a;
  Taylor result = gamma_side(side, a, x, degree);
  if (result.c[0][0] > trusted) {
    const Taylor other = gamma_side(!side, a, x, degree);
    if (other.c[0][0] < result.c[0][0]) {
      result = other;
      side = !side;
    }
  }
  return side == upper ? result : log1mexp(result);
}

// A point of the unit interval: x, y = 1 - x and their logarithms, each to its own rounding; what x + y lacks
// of 1 belongs to x or to y.
struct Place {
  double x, y, log_x, log_y, low_x = 0, low_y = 0;
  [[nodiscard]] Place mirrored() const { return {y, x, log_y, log_x, low_y, low_x}; }
  // b x - a y, which is (a + b) (x - mean): its rounding is that of the result
  [[nodiscard]] double gap(double a, double b) const {
    const double w = a * y;
    return (std::fma(b, x, -w) - std::fma(a, y, -w)) + (b * low_x - a * low_y);
  }
};
Place place_of(double x) { return {x, 1 - x, math::log(x), math::log1p(-x), 0, (1 - (1 - x)) - x}; }

// a ln x + b ln y - lbeta(a, b)
double beta_front(double a, double b, const Place& at) {
  const double x = at.x, y = at.y;
  if (a < 8 || b < 8) return a * at.log_x + b * at.log_y - elba_lbeta(a, b);
  const double gap = at.gap(a, b), mu = gap / a, nu = -gap / b;
  const double first = mu > -0.4 ? log1pmx(mu) : math::log(x * (a + b) / a) - mu;
  const double second = nu > -0.4 ? log1pmx(nu) : math::log(y * (a + b) / b) - nu;
  return a * first + b * second + 0.5 * (math::log(a) + math::log(b / (a + b)) - log_two_pi) -
         stirling_rest(a) - stirling_rest(b) + stirling_rest(a + b);
}

Taylor beta_lower(double a, double b, const Place& place, int degree, bool second_try) {
  const double x = place.x, y = place.y;
  // With the smaller of x and y at the front nothing cancels: ln weight = k d - (a + b) (ln(1 + m expm1 d) -
  // m d).
  const bool first = x <= y;
  const double m = first ? x : y, k = first ? -place.gap(a, b) : place.gap(a, b), sign = first ? -1 : 1;
  const double log_m = math::log(m);
  const auto bend = [&](double d) {
    if (d > 600) return d + log_m - m * d;  // e^d would overflow
    const double v = m * math::expm1(d);
    return std::abs(d) < 0.5 ? log1pmx(v) + m * expm1mx(d) : math::log1p(v) - m * d;
  };
  const auto fall = [&](double tau) { return -k * sign * tau + (a + b) * bend(sign * tau); };
  const double reach = reach_of(1 / (std::abs(k) + std::sqrt((a + b) * x * y) + a), drop, fall);
  Taylor sums(degree);
  const auto visit = [&](double tau, double weight) {
    const double d = sign * tau, shared = degree == 0 ? 0
                                          : d > 600   ? -d - log_m
                                                      : -math::log1p(m * math::expm1(d));
    add_moments(sums, weight * math::exp(-fall(tau)), first ? d + shared : shared,
                first ? shared : d + shared);
  };
  // Where m e^tau passes 1 the weight turns from level to steep; narrow panels lie on both sides of it.
  if (!first && -log_m > 8 && -log_m < reach) {
    const double half = -0.5 * log_m;
    integrate(half, 4, visit);
    integrate(half, 4, [&](double tau, double weight) { visit(2 * half - tau, weight); });
    integrate(reach - 2 * half, 4, [&](double tau, double weight) { visit(2 * half + tau, weight); });
  } else {
    integrate(reach, second_try ? 20 : 0, visit);
  }
  Taylor result = log(sums, math::log(sums.c[0][0]) + beta_front(a, b, place));
  if (degree > 0) {
    result.c[1][0] += place.log_x;
    result.c[0][1] += place.log_y;
  }
  result = sum(result, -1, lgamma_change(a, degree, Shift::first));
  result = sum(result, -1, lgamma_change(b, degree, Shift::second));
  return sum(result, 1, lgamma_change(a + b, degree, Shift::both));
}

Taylor beta_side(bool upper, double a, double b, const Place& place, int degree, bool second_try) {
  if (!upper) return beta_lower(a, b, place, degree, second_try);
  const Taylor mirrored = beta_lower(b, a, place.mirrored(), degree, second_try);
  Taylor result(degree);
  for (int i = 0; i <= degree; ++i)
    for (int j = 0; i + j <= degree; ++j)
      result.c[i][j] = mirrored.c[j][i];
  return result;
}

// Values alone: the continued fraction of DLMF 8.17.22 below the mean.
double log_beta_fraction(double a, double b, const Place& place) {
  const double x = place.x;
  double c = 1, d = 1 / (1 - (a + b) * x / (a + 1)), h = d;
  const auto step = [&](double numerator) {
    d = 1 / (1 + numerator * d);
    c = 1 + numerator / c;
    h *= c * d;
  };
  for (int m = 1; m < 1000; ++m) {
    step(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
    step(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)));
    if (std::abs(c * d - 1) < 1e-16) break;
  }
  return beta_front(a, b, place) - math::log(a) + math::log(h);
}
double log_beta_value(bool upper, double a, double b, const Place& place) {
  bool side = place.x * (a + b + 2) >= a + 1;
  double value = side ? log_beta_fraction(b, a, place.mirrored()) : log_beta_fraction(a, b, place);
  if (value > trusted) {
    value = beta_side(!side, a, b, place, 0, true).c[0][0];
    side = !side;
  }
  return side == upper                 ? value
         : value > -0.6931471805599453 ? math::log(-math::expm1(value))
                                       : math::log1p(-math::exp(value));
}

// 0 < x < 1
Taylor log_beta_taylor(bool upper, double a, double b, const Place& place, int degree) {
  if (degree == 0 && std::max(a, b) < ordinary) return Taylor(0, log_beta_value(upper, a, b, place));
  bool side = b * place.x >= a * place.y;
  Taylor result = beta_side(side, a, b, place, degree, false);
  if (result.c[0][0] > trusted) {
    const Taylor other = beta_side(!side, a, b, place, degree, true);
    if (other.c[0][0] < result.c[0][0]) {
      result = other;
      side = !side;
    }
  }
  return side == upper ? result : log1mexp(result);
}

// Taylor coefficients in x of G, given G at x and those of u0 = ln(sign dG/dx) + G: G_x = sign exp(u0 - G).
Taylor along_x(const Taylor& at_x, double sign, int order, const std::array<Taylor, Taylor::most>& u0) {
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

constexpr double factorials[] = {1, 1, 2, 6, 24};

struct Orders {
  int a = 0, b = 0, x = 0;
  bool upper = false;
};

bool is_order(double order) { return order >= 0 && order < 1024 && order == std::floor(order); }

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

}  // namespace

extern "C" {

double elba_log_gamma_p(double a, double x) {
  if (!(a > 0 && a < infinity && x >= 0)) return not_a_number;
  return x == 0 ? -infinity : x == infinity ? 0 : log_gamma_taylor(false, a, x, 0).c[0][0];
}

double elba_log_gamma_q(double a, double x) {
  if (!(a > 0 && a < infinity && x >= 0)) return not_a_number;
  return x == 0 ? 0 : x == infinity ? -infinity : log_gamma_taylor(true, a, x, 0).c[0][0];
}

double elba_log_gamma_partial(double order, double a, double x) {
  if (!(a > 0 && a < infinity && x >= 0) || !is_order(order)) return not_a_number;
  const int code = static_cast<int>(order);
  const Orders n{.a = code % 8, .x = code / 8 % 8, .upper = code / 64 == 1};
  if (n.a + n.x > Taylor::most || code >= 128) return not_a_number;
  if (x == 0 || x == infinity) return 0;
  const Taylor at_x = log_gamma_taylor(n.upper, a, x, n.a);
  if (n.x == 0) return at_x.c[n.a][0] * factorials[n.a];
  std::array<Taylor, Taylor::most> u{Taylor(n.a), Taylor(n.a), Taylor(n.a), Taylor(n.a)};
  u[0] = sum(Taylor(n.a, gamma_front(a, x) - math::log(x)), -1, lgamma_change(a, n.a, Shift::first));
  if (n.a > 0) u[0].c[1][0] += math::log(x);
  double power = 1;
  for (int k = 1; k < Taylor::most; ++k) {
    power /= -x;
    u[static_cast<std::size_t>(k)].c[0][0] = -(a - 1) * power / k - (k == 1);
    if (n.a > 0) u[static_cast<std::size_t>(k)].c[1][0] = -power / k;
  }
  return along_x(at_x, n.upper ? -1 : 1, n.x, u).c[n.a][0] * factorials[n.a] * factorials[n.x];
}

double elba_log_beta_p(double a, double b, double x) {
  if (!(a > 0 && a < infinity && b > 0 && b < infinity && x >= 0 && x <= 1)) return not_a_number;
  return x == 0 ? -infinity : x == 1 ? 0 : log_beta_taylor(false, a, b, place_of(x), 0).c[0][0];
}

double elba_log_beta_q(double a, double b, double x) {
  if (!(a > 0 && a < infinity && b > 0 && b < infinity && x >= 0 && x <= 1)) return not_a_number;
  return x == 0 ? 0 : x == 1 ? -infinity : log_beta_taylor(true, a, b, place_of(x), 0).c[0][0];
}

double elba_log_beta_partial(double order, double a, double b, double x) {
  if (!(a > 0 && a < infinity && b > 0 && b < infinity && x >= 0 && x <= 1) || !is_order(order))
    return not_a_number;
  const int code = static_cast<int>(order);
  const Orders n{.a = code % 8, .b = code / 8 % 8, .x = code / 64 % 8, .upper = code / 512 == 1};
  if (n.a + n.b + n.x > Taylor::most) return not_a_number;
  if (x == 0 || x == 1) return 0;
  const Place place = place_of(x);
  const double y = place.y;
  const int degree = n.a + n.b;
  const Taylor at_x = log_beta_taylor(n.upper, a, b, place, degree);
  const double scale = factorials[n.a] * factorials[n.b] * factorials[n.x];
  if (n.x == 0) return at_x.c[n.a][n.b] * scale;
  std::array<Taylor, Taylor::most> u{Taylor(degree), Taylor(degree), Taylor(degree), Taylor(degree)};
  u[0] = Taylor(degree, beta_front(a, b, place) - place.log_x - place.log_y);
  u[0] = sum(u[0], -1, lgamma_change(a, degree, Shift::first));
  u[0] = sum(u[0], -1, lgamma_change(b, degree, Shift::second));
  u[0] = sum(u[0], 1, lgamma_change(a + b, degree, Shift::both));
  if (degree > 0) {
    u[0].c[1][0] += place.log_x;
    u[0].c[0][1] += place.log_y;
  }
  double power_x = 1, power_y = 1;
  for (int k = 1; k < Taylor::most; ++k) {
    power_x /= -x;
    power_y /= y;
    Taylor& term = u[static_cast<std::size_t>(k)];
    term.c[0][0] = -(a - 1) * power_x / k - (b - 1) * power_y / k;
    if (degree > 0) {
      term.c[1][0] = -power_x / k;
      term.c[0][1] = -power_y / k;
    }
  }
  return along_x(at_x, n.upper ? -1 : 1, n.x, u).c[n.a][n.b] * scale;
}

double elba_gamma_p_inv(double a, double p) {
  if (!(a > 0 && a < infinity && p >= 0 && p <= 1)) return not_a_number;
  if (p == 0 || p == 1) return p == 0 ? 0 : infinity;
  // In s = ln x, on the logarithm of the smaller side. Start: Wilson and Hilferty, or the first term of the
  // series.
  const bool upper = p > 0.5;
  const double target = upper ? math::log1p(-p) : math::log(p);
  const double root = 1 - 1 / (9 * a) + elba_phi_inv(p) / (3 * std::sqrt(a));
  const double first_term = (math::log(p) + elba_lgamma(a + 1)) / a;
  const double start = root > 0.2 ? math::log(a) + 3 * math::log(root) : first_term;
  return math::exp(solve(start, 1, [&](double s) {
    const double x = math::exp(s);
    if (!(x > 0)) return std::pair(a * (s - first_term), a);
    const double value = log_gamma_taylor(upper, a, x, 0).c[0][0];
    const double slope = math::exp(gamma_front(a, x) - value);
    return upper ? std::pair(target - value, slope) : std::pair(value - target, slope);
  }));
}

double elba_beta_p_inv(double a, double b, double p) {
  if (!(a > 0 && a < infinity && b > 0 && b < infinity && p >= 0 && p <= 1)) return not_a_number;
  if (p == 0 || p == 1) return p;
  // In s = logit x.
  const bool upper = p > 0.5;
  const double target = upper ? math::log1p(-p) : math::log(p);
  const double first_term = (math::log(p) + elba_lbeta(a, b) + math::log(a)) / a,
               last_term = -(math::log1p(-p) + elba_lbeta(a, b) + math::log(b)) / b;
  const double start = std::clamp(math::log(a / b) + elba_phi_inv(p) * std::sqrt(1 / a + 1 / b),
                                  std::min(first_term, 0.0) - 1, std::max(last_term, 0.0) + 1);
  const double s = solve(start, 1, [&](double at) {
    const double e = math::exp(-std::abs(at)), spread = math::log1p(e);
    const Place place{(at < 0 ? e : 1) / (1 + e), (at < 0 ? 1 : e) / (1 + e), std::min(at, 0.0) - spread,
                      std::min(-at, 0.0) - spread};
    if (!(place.x > 0)) return std::pair(a * (at - first_term), a);
    if (!(place.y > 0)) return std::pair(b * (at - last_term), b);
    const double value = log_beta_taylor(upper, a, b, place, 0).c[0][0];
    const double slope = math::exp(beta_front(a, b, place) - value);
    return upper ? std::pair(target - value, slope) : std::pair(value - target, slope);
  });
  return s < 0 ? math::exp(s) / (1 + math::exp(s)) : 1 / (1 + math::exp(-s));
}

}  // extern "C"
