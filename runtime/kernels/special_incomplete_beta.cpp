// special_incomplete_beta: the incomplete beta functions. The method is stated in special_incomplete.h.
#include "runtime/kernels/special_incomplete.h"

namespace math = elba::math;

namespace {

using namespace elba::runtime;
using namespace elba::runtime::incomplete;

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

}  // namespace

extern "C" {

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
