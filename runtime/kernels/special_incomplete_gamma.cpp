// special_incomplete_gamma: the incomplete gamma functions. The method is stated in special_incomplete.h.
#include "runtime/kernels/special_incomplete.h"

namespace math = elba::math;

namespace {

using namespace elba::runtime;
using namespace elba::runtime::incomplete;

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

}  // extern "C"
