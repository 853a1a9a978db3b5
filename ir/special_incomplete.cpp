// special_incomplete: the interpreter's incomplete gamma and beta functions.
//
//   F(z, a + s, b + t) = int_0^z weight,  as a polynomial in (s, t, change of x) of total degree up to 4;
//   its logarithm's coefficients
//
// The coefficients in s and t are moments of ln t and ln(1 - t), by the double exponential rule in extended
// precision; those in x are the weight's own. The smaller of the two sides is integrated. Inverses: bisection
// on the logarithm, then secant steps. Source: DLMF 8.2, 8.17; Takahasi and Mori 1974 for the rule.
#include <algorithm>
#include <functional>

#include "ir/special.h"
#include "ir/special_wide.h"
#include "support/elementary.h"

namespace elba::ir::special {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int most = 4;

// Coefficients of s^i t^j z^k.
struct Cube {
  int n;  // total degree
  Wide c[most + 1][most + 1][most + 1] = {};
  explicit Cube(int degree) : n(degree) {}
};

template <class Visit>
void each(int n, const Visit& visit) {
  for (int i = 0; i <= n; ++i)
    for (int j = 0; i + j <= n; ++j)
      for (int k = 0; i + j + k <= n; ++k)
        visit(i, j, k);
}

// A variable in which the coefficient (i, j, k) is of positive order, and that order.
int order_of(int axis, int i, int j, int k) { return axis == 0 ? i : axis == 1 ? j : k; }
int some_axis(int i, int j, int k) { return i > 0 ? 0 : j > 0 ? 1 : k > 0 ? 2 : -1; }

// l = log m from m l' = m', the derivative along any axis.
Cube log_of(const Cube& m, Wide log_constant) {
  Cube l(m.n);
  each(m.n, [&](int i, int j, int k) {
    const int axis = some_axis(i, j, k);
    if (axis < 0) return void(l.c[0][0][0] = log_constant);
    Wide sum = order_of(axis, i, j, k) * m.c[i][j][k];
    for (int a = 0; a <= i; ++a)
      for (int b = 0; b <= j; ++b)
        for (int c = 0; c <= k; ++c)
          if (a + b + c > 0)
            sum -= m.c[a][b][c] * order_of(axis, i - a, j - b, k - c) * l.c[i - a][j - b][k - c];
    l.c[i][j][k] = sum / (order_of(axis, i, j, k) * m.c[0][0][0]);
  });
  return l;
}

// e = exp l from e' = l' e.
Cube exp_of(const Cube& l) {
  Cube e(l.n);
  each(l.n, [&](int i, int j, int k) {
    const int axis = some_axis(i, j, k);
    if (axis < 0) return void(e.c[0][0][0] = math::exp(l.c[0][0][0]));
    Wide sum = 0;
    for (int a = 0; a <= i; ++a)
      for (int b = 0; b <= j; ++b)
        for (int c = 0; c <= k; ++c)
          sum += order_of(axis, a, b, c) * l.c[a][b][c] * e.c[i - a][j - b][k - c];
    e.c[i][j][k] = sum / order_of(axis, i, j, k);
  });
  return e;
}

// log(1 - exp l)
Cube complement(const Cube& l) {
  Cube rest = exp_of(l);
  each(l.n, [&](int i, int j, int k) { rest.c[i][j][k] = -rest.c[i][j][k]; });
  rest.c[0][0][0] = -math::expm1(l.c[0][0][0]);
  return log_of(rest,
                l.c[0][0][0] > -0.7L ? math::log(rest.c[0][0][0]) : math::log1p(-math::exp(l.c[0][0][0])));
}

// Adds sign * (Taylor of lgamma around x) to the coefficients along s (in_s), t (in_t), or s + t.
void add_lgamma(Cube& l, Wide sign, double x, bool in_s, bool in_t) {
  Wide factorial = 1;
  for (int order = 1; order <= l.n; ++order) {
    factorial *= order;
    const Wide coefficient = sign * static_cast<Wide>(polygamma(order - 1, x)) / factorial;
    Wide binomial = 1;
    for (int j = 0; j <= order; binomial *= static_cast<Wide>(order - j) / (j + 1), ++j)
      if ((in_s || j == order) && (in_t || j == 0))
        l.c[order - j][j][0] += coefficient * (in_s && in_t ? binomial : 1);
  }
}

// The integral of the weight from the end point on, with sums of p^i q^j / (i! j!), and the powers of the
// change of x from `density`, which is the weight's own expansion, per unit of x. The line is cut at `bend`
// (when that is above 2), where the weight turns from level to steep.
template <class Weight>
Cube from_integral(int n, Wide bend, Wide scale, const Cube& density, Wide sign, const Weight& weight) {
  Cube m(n);
  const auto visit = [&](Wide tau, Wide dtau) {
    const auto [value, p, q] = weight(tau);
    if (!(value > 0)) return;
    Wide row = value * dtau;
    for (int i = 0; i <= n; ++i, row *= p / i) {
      Wide term = row;
      for (int j = 0; i + j <= n; ++j, term *= q / j)
        m.c[i][j][0] += term;
    }
  };
  const Wide start = bend > 2 ? bend : 0;
  if (start > 0) finite_line(start, visit);
  half_line(scale, [&](Wide tau, Wide dtau) { visit(start + tau, dtau); });
  each(n, [&](int i, int j, int k) {
    if (k > 0) m.c[i][j][k] = sign * density.c[i][j][k - 1] / k;
  });
  return m;
}

// m - log(ratio), ratio = 1 + m: by whichever of the two has its digits
Wide ratio_rest(Wide m, Wide ratio) { return std::abs(m) < 0.5L ? log1p_rest(m) : m - math::log(ratio); }

struct Weighted {
  Wide value, p, q;
};

Cube gamma_one_side(bool upper, double a, double x, int n) {
  const Wide A = a, X = x, sign = upper ? 1 : -1;
  const auto fall = [&](Wide tau) { return sign * (X - A) * tau + X * expm1_rest(sign * tau); };
  Wide scale = 1 / (A + std::abs(X - A) + std::sqrt(X));
  while (fall(scale) < 1)
    scale *= 1.5L;
  Cube exponent(n);  // of the weight t^(a-1) e^-t at x + z, less its value: (a - 1 + s) ln((x + z) / x) - z
  Wide power = 1;
  for (int k = 1; k <= n; ++k) {
    power /= -X;
    exponent.c[0][0][k] = -(A - 1) * power / k - (k == 1);
    if (k < n) exponent.c[1][0][k] = -power / k;
  }
  Cube density = exp_of(exponent);
  each(n, [&](int i, int j, int k) { density.c[i][j][k] /= X; });
  const Cube m = from_integral(n, upper && X < 1 ? 2.5L - math::log(X) : 0, upper && X < 1 ? 0.1L : scale,
                               density, upper ? -1 : 1,
                               [&](Wide tau) { return Weighted{math::exp(-fall(tau)), sign * tau, 0}; });
  Wide front;
  if (a < 30) {
    front = A * math::log(X) - X - wide_lgamma(A);
  } else {
    front = -A * ratio_rest((X - A) / A, X / A) + 0.5L * math::log(A / (2 * std::numbers::pi_v<Wide>)) -
            stirling_series(A);
  }
  Cube l = log_of(m, math::log(m.c[0][0][0]) + front);
  if (n > 0) l.c[1][0][0] += math::log(X);
  add_lgamma(l, -1, a, true, false);
  return l;
}

// The expansion of the beta weight at x + z per unit of x: x^(a-1) y^(b-1) apart,
// exp((a - 1 + s) ln((x + z) / x) + (b - 1 + t) ln((y - z) / y)) / (x y).
Cube beta_density(Wide A, Wide B, Wide x, Wide y, int n) {
  Cube exponent(n);
  Wide power_x = 1, power_y = 1;
  for (int k = 1; k <= n; ++k) {
    power_x /= -x;
    power_y /= y;
    exponent.c[0][0][k] = -(A - 1) * power_x / k - (B - 1) * power_y / k;
    if (k < n) exponent.c[1][0][k] = -power_x / k;
    if (k < n) exponent.c[0][1][k] = -power_y / k;
  }
  Cube density = exp_of(exponent);
  each(n, [&](int i, int j, int k) { density.c[i][j][k] /= x * y; });
  return density;
}

// ln(x^a y^b / B(a, b)), without cancellation where a and b are large.
Wide beta_front(Wide A, Wide B, Wide x, Wide y, Wide log_x, Wide log_y) {
  if (A < 30 || B < 30) return A * log_x + B * log_y - wide_lbeta(A, B);
  const Wide difference = B * x - A * y;
  return -A * ratio_rest(difference / A, x * (A + B) / A) - B * ratio_rest(-difference / B, y * (A + B) / B) +
         0.5L * math::log(A * B / (2 * std::numbers::pi_v<Wide> * (A + B))) - stirling_series(A) -
         stirling_series(B) + stirling_series(A + B);
}

Cube beta_below(double a, double b, Wide x, Wide y, int n) {
  // t / (1 - t) = x / y e^-tau, for x on either side of 1/2: t / x = e^-tau / (y... ) written with u = 1 + x
  // expm1(-tau).
  const Wide A = a, B = b;
  // ln(y + x e^-tau), and ln(1 + y (e^tau - 1)), which is tau more
  const auto log_over = [&](Wide tau) {
    return tau > 10000 ? tau + math::log(y) : math::log1p(y * math::expm1(tau));
  };
  const auto log_u = [&](Wide tau) {
    return x < 0.5L  ? math::log1p(x * math::expm1(-tau))
           : tau > 1 ? math::log(y + x * math::exp(-tau))
                     : -tau + log_over(tau);
  };
  const auto fall = [&](Wide tau) {
    if (tau > 0.3L) return x < 0.5L ? A * tau + (A + B) * log_u(tau) : (A + B) * log_over(tau) - B * tau;
    // A tau + (A + B) ln(1 + x expm1(-tau)), by its second and higher orders
    const Wide v = x < 0.5L ? x * math::expm1(-tau) : y * math::expm1(tau);
    return (A * y - B * x) * tau +
           (A + B) * ((x < 0.5L ? x * expm1_rest(-tau) : y * expm1_rest(tau)) - log1p_rest(v));
  };
  Wide scale = 1 / (A + std::abs(A * y - B * x) + std::sqrt((A + B) * x * y));
  while (fall(scale) < 1)
    scale *= 1.5L;
  const Cube density = beta_density(A, B, x, y, n);
  // Where the weight turns from level to steep, unless it has fallen before that.
  const Wide turn = math::log(x / y) + math::log(std::max<Wide>(1, B)), bend = turn < 80 * scale ? turn : 0;
  const Cube m = from_integral(n, bend, bend > 2 ? 1 / std::max<Wide>(1, std::sqrt(A)) : scale, density, 1,
                               [&](Wide tau) {
                                 const Wide u = log_u(tau);
                                 return Weighted{math::exp(-fall(tau)), -tau - u, -u};
                               });
  const Wide log_x = x < 0.5L ? math::log(x) : math::log1p(-y),
             log_y = y < 0.5L ? math::log(y) : math::log1p(-x);
  Cube l = log_of(m, math::log(m.c[0][0][0]) + beta_front(A, B, x, y, log_x, log_y));
  if (n > 0) {
    l.c[1][0][0] += log_x;
    l.c[0][1][0] += log_y;
  }
  add_lgamma(l, -1, a, true, false);
  add_lgamma(l, -1, b, false, true);
  add_lgamma(l, 1, a + b, true, true);
  return l;
}

Cube beta_one_side(bool upper, double a, double b, Wide x, Wide y, int n) {
  if (!upper) return beta_below(a, b, x, y, n);
  const Cube mirrored = beta_below(b, a, y, x, n);  // t -> 1 - t
  Cube l(n);
  each(n, [&](int i, int j, int k) { l.c[i][j][k] = (k % 2 ? -1 : 1) * mirrored.c[j][i][k]; });
  return l;
}

// The requested side, from whichever of the two is smaller. Two standard deviations away from the mean that
// is the side beyond, which holds at most a fifth (Cantelli's inequality): there the other one is not even
// tried, since its peak may be any distance away.
template <class Side>
Cube smaller_side(bool upper, Wide x, Wide mean, Wide deviation, const Side& side) {
  if (std::abs(x - mean) > 2 * deviation) {
    const bool above = x > mean;
    return above == upper ? side(above) : complement(side(above));
  }
  const Cube own = side(upper), other = side(!upper);
  return own.c[0][0][0] < other.c[0][0][0] ? own : complement(other);
}

Cube gamma_cube(bool upper, double a, double x, int n) {
  return smaller_side(upper, x, a, std::sqrt(static_cast<Wide>(a)),
                      [&](bool above) { return gamma_one_side(above, a, x, n); });
}
Cube beta_cube(bool upper, double a, double b, Wide x, Wide y, int n) {
  const Wide sum = static_cast<Wide>(a) + b, mean = a / sum;
  return smaller_side(upper, x, mean, std::sqrt(mean * (b / sum) / (sum + 1)),
                      [&](bool above) { return beta_one_side(above, a, b, x, y, n); });
}

bool is_shape(double a) { return a > 0 && a < infinity; }
bool is_order(double order, double limit) {
  return order >= 0 && order < limit && order == std::floor(order);
}
double factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }

// The place of a sign change of a rising function of the real line.
Wide root(const std::function<Wide(Wide)>& rising) {
  Wide low = -1, high = 1;
  while (rising(low) > 0)
    low *= 2;
  while (rising(high) < 0)
    high *= 2;
  for (int i = 0; i < 90; ++i) {
    const Wide middle = (low + high) / 2;
    (rising(middle) < 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

double log_gamma_p(double a, double x) {
  if (!is_shape(a) || !(x >= 0)) return nan;
  return x == 0 ? -infinity : x == infinity ? 0 : static_cast<double>(gamma_cube(false, a, x, 0).c[0][0][0]);
}

double log_gamma_q(double a, double x) {
  if (!is_shape(a) || !(x >= 0)) return nan;
  return x == 0 ? 0 : x == infinity ? -infinity : static_cast<double>(gamma_cube(true, a, x, 0).c[0][0][0]);
}

double log_gamma_partial(double order, double a, double x) {
  if (!is_shape(a) || !(x >= 0) || !is_order(order, 128)) return nan;
  const int code = static_cast<int>(order), i = code % 8, k = code / 8 % 8;
  if (i + k > most) return nan;
  if (x == 0 || x == infinity) return 0;
  return static_cast<double>(gamma_cube(code >= 64, a, x, i + k).c[i][0][k]) * factorial(i) * factorial(k);
}

double log_beta_p(double a, double b, double x) {
  if (!is_shape(a) || !is_shape(b) || !(x >= 0 && x <= 1)) return nan;
  return x == 0   ? -infinity
         : x == 1 ? 0
                  : static_cast<double>(beta_cube(false, a, b, x, 1 - static_cast<Wide>(x), 0).c[0][0][0]);
}

double log_beta_q(double a, double b, double x) {
  if (!is_shape(a) || !is_shape(b) || !(x >= 0 && x <= 1)) return nan;
  return x == 0   ? 0
         : x == 1 ? -infinity
                  : static_cast<double>(beta_cube(true, a, b, x, 1 - static_cast<Wide>(x), 0).c[0][0][0]);
}

double log_beta_partial(double order, double a, double b, double x) {
  if (!is_shape(a) || !is_shape(b) || !(x >= 0 && x <= 1) || !is_order(order, 1024)) return nan;
  const int code = static_cast<int>(order), i = code % 8, j = code / 8 % 8, k = code / 64 % 8;
  if (i + j + k > most) return nan;
  if (x == 0 || x == 1) return 0;
  return static_cast<double>(
             beta_cube(code >= 512, a, b, x, 1 - static_cast<Wide>(x), i + j + k).c[i][j][k]) *
         factorial(i) * factorial(j) * factorial(k);
}

double gamma_p_inv(double a, double p) {
  if (!is_shape(a) || !(p >= 0 && p <= 1)) return nan;
  if (p == 0 || p == 1) return p == 0 ? 0 : infinity;
  const bool upper = p > 0.5;
  const Wide target = upper ? math::log1p(-static_cast<Wide>(p)) : math::log(static_cast<Wide>(p));
  return static_cast<double>(math::exp(root([&](Wide s) -> Wide {
    const auto x = static_cast<double>(math::exp(s));
    if (!(x > 1e-300)) return a * s - wide_lgamma(static_cast<Wide>(a) + 1) - math::log(static_cast<Wide>(p));
    if (x > 1e300) return 1;
    // The last bits of s beyond those of x: along the slope.
    const Cube at = gamma_cube(upper, a, x, 1);
    const Wide value = at.c[0][0][0] + at.c[0][0][1] * (math::exp(s) - static_cast<Wide>(x)) - target;
    return upper ? -value : value;
  })));
}

double beta_p_inv(double a, double b, double p) {
  if (!is_shape(a) || !is_shape(b) || !(p >= 0 && p <= 1)) return nan;
  if (p == 0 || p == 1) return p;
  const bool upper = p > 0.5;
  const Wide target = upper ? math::log1p(-static_cast<Wide>(p)) : math::log(static_cast<Wide>(p));
  const Wide s = root([&](Wide at) -> Wide {
    const Wide e = math::exp(-std::abs(at)), x = (at < 0 ? e : 1) / (1 + e), y = (at < 0 ? 1 : e) / (1 + e);
    if (!(x > 0) || !(y > 0)) return at;
    const Wide value = beta_cube(upper, a, b, x, y, 0).c[0][0][0] - target;
    return upper ? -value : value;
  });
  return static_cast<double>(s < 0 ? math::exp(s) / (1 + math::exp(s)) : 1 / (1 + math::exp(-s)));
}

}  // namespace elba::ir::special
