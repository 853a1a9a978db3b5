// special: the special functions that compiled code calls (abi.def).
//
// Largest error against 40-digit values (tests/runtime/special_values.h; |error| / max(|value|, floor)), in
// units of 2.2e-16:
//
//     function    domain measured          floor   measured  promised
//     lgamma      [-20, 1e300]             1       1.0       1.5
//     digamma     [-20, 1e300]             1       1.8       2      (relative near its root 1.4616...: 2)
//     polygamma   n = 1..4, [1e-3, 1e12]   0       3.4       4      (n = 1 also at x < 0)
//     phi         [-38, 38]                0       1.4       2      (the lower tail too)
//     phi_inv     [1e-308, 1 - 1.1e-16]    0       1.9       2
//     log1mexp    [-700, -1e-300]          0       0.9       1.5
//
// Sources: digamma on [1, 2], the rational form of Boost.Math (J. Maddock, Boost licence); its large-argument
// and polygamma series, Abramowitz and Stegun 6.3.18 and 6.4.11; phi_inv, Wichura, AS241 (PPND16), 1988;
// log1mexp, Maechler 2012. Not here: polygamma of order above 1 at x <= 0 (nan).
#include <cmath>
#include <limits>
#include <numbers>

#include "runtime/kernels/abi.h"
#include "runtime/kernels/normal_quantile.h"
#include "support/elementary.h"

namespace math = elba::math;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double pi = std::numbers::pi;

// B_2k for k = 1..12.
constexpr double bernoulli[] = {1.0 / 6,       -1.0 / 30,       1.0 / 42,       -1.0 / 30,
                                5.0 / 66,      -691.0 / 2730,   7.0 / 6,        -3617.0 / 510,
                                43867.0 / 798, -174611.0 / 330, 854513.0 / 138, -236364091.0 / 2730};

template <std::size_t N>
double horner(const double (&c)[N], double x) {
  double sum = c[N - 1];
  for (std::size_t k = N - 1; k-- > 0;)
    sum = sum * x + c[k];
  return sum;
}

// x in [1, 2]. The root of digamma is split in three parts, so that the difference keeps its relative
// accuracy.
double digamma_near_root(double x) {
  constexpr double root_high = 1569415565.0 / 1073741824.0;
  constexpr double root_middle = (381566830.0 / 1073741824.0) / 1073741824.0;
  constexpr double root_low = 0.9016312093258695918615325266959189453125e-19;
  constexpr double factor = 0.99558162689208984375;
  constexpr double p[] = {0.25479851061131551,  -0.32555031186804491,  -0.65031853770896507,
                          -0.28919126444774784, -0.045251321448739056, -0.0020713321167745952};
  constexpr double q[] = {1.0,
                          2.0767117023730469,
                          1.4606242909763515,
                          0.43593529692665969,
                          0.054151797245674225,
                          0.0021284987017821144,
                          -0.55789841321675513e-6};
  const double gap = ((x - root_high) - root_middle) - root_low;
  return gap * factor + gap * (horner(p, x - 1) / horner(q, x - 1));
}

// x >= 10: ln x - 1/2x - sum B_2k / (2k x^2k)
double digamma_large(double x) {
  const double inverse = 1 / x, square = inverse * inverse;
  double sum = 0;
  for (int k = 8; k >= 1; --k)
    sum = (sum + bernoulli[k - 1] / (2 * k)) * square;
  return math::log(x) - (0.5 * inverse + sum);
}

// pi cot(pi x), with the argument reduced before pi enters.
double pi_cot_pi(double x) {
  const double reduced = x - std::round(x);
  return std::abs(reduced) == 0.5 ? 0.0 : pi / math::tan(pi * reduced);
}

// (-1)^(n+1) psi_n(x) = sum_j n! / (x + j)^(n+1) > 0 for n >= 1, x > 0: the sum up to `start`, the asymptotic
// series beyond.
double polygamma_positive(int n, double x) {
  const double start = 14.0 + n;
  const double factorial = math::tgamma(n + 1.0);
  double sum = 0;
  while (x < start) {
    sum += math::pow(x, -(n + 1));
    x += 1;
  }
  const double square = 1 / (x * x);
  double series = 0, power = 1;
  double ratio = (n + 1.0) * n / 2;  // (2k + n - 1)! / ((2k)! (n - 1)!)
  for (int k = 1; k <= 12; ++k) {
    power *= square;
    series += bernoulli[k - 1] * ratio * power;
    ratio *= (2.0 * k + n) * (2.0 * k + n + 1) / ((2.0 * k + 1) * (2.0 * k + 2));
  }
  const double tail = math::pow(x, -n) * (1.0 / n + 1 / (2 * x) + series / n);
  return factorial * (sum + tail);
}

}  // namespace

extern "C" {

double elba_lgamma(double x) { return math::lgamma(x); }

double elba_digamma(double x) {
  if (!(x < infinity)) return x;
  if (x <= 0) {
    if (x == std::floor(x)) return not_a_number;
    return elba_digamma(1 - x) - pi_cot_pi(x);
  }
  if (x >= 10) return digamma_large(x);
  double shift = 0;
  while (x > 2) {
    x -= 1;
    shift += 1 / x;
  }
  if (x < 1) {
    shift = -1 / x;
    x += 1;
  }
  return digamma_near_root(x) + shift;
}

double elba_polygamma(double n, double x) {
  if (n == 0) return elba_digamma(x);
  if (!(n >= 1) || n > 150 || n != std::floor(n) || std::isnan(x)) return not_a_number;
  const int order = static_cast<int>(n);
  const double sign = order % 2 ? 1.0 : -1.0;
  if (x == infinity) return 0;
  if (x > 0) return sign * polygamma_positive(order, x);
  if (order > 1) return not_a_number;
  if (x == std::floor(x)) return infinity;
  const double sine = math::sin(pi * (x - std::round(x))) / pi;
  return 1 / (sine * sine) - polygamma_positive(1, 1 - x);
}

double elba_phi(double x) {
  // -x / sqrt(2) in two parts: in the tail erfc would turn the rounding of its argument into a relative error
  // of x^2 ulp.
  constexpr double half_root = 0.70710678118654752440, half_root_low = -4.8336466567264567e-17;
  const double high = -x * half_root;
  const double value = 0.5 * math::erfc(high);
  if (x > -1 || !(x > -39)) return value;
  const double low = std::fma(-x, half_root, -high) - x * half_root_low;
  return value - low * math::exp(-high * high) * (std::numbers::inv_sqrtpi);
}

double elba_phi_inv(double p) { return elba::runtime::normal_quantile(p); }

double elba_log1mexp(double x) {
  if (x > 0) return not_a_number;
  return x > -std::numbers::ln2 ? math::log(-math::expm1(x)) : math::log1p(-math::exp(x));
}

}  // extern "C"
