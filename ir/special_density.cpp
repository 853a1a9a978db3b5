// special_density: the interpreter's functions that densities are written with (ops_density.cpp), in extended
// precision.
//
//   log_phi_between   moments of a normal variable between two points: int_0^w exp(h s - s^2 / 2) ds from the
//                     end h that is nearer to 0, by the double exponential rule; from the moments' recurrence
//                     where more than half of the mass lies between
//   log_phi_exp       int phi(z - s) (1 - exp(-k s)) ds;
//   log_skew_phi      int 2 phi(z - s) Phi(a (z - s)) ds: positive, by the same rule
#include <algorithm>

#include "ir/special.h"
#include "ir/special_wide.h"
#include "support/elementary.h"

namespace elba::ir::special {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Wide half_log_two_pi = 0.918938533204672741780329736405617639861L;

Wide normal_log_density(Wide x) { return -x * x / 2 - half_log_two_pi; }

// Of a standard normal variable u between l and h, l + h <= 0: ln of the probability, ln(phi(h) / P), h -
// mean, and cumulants 1..4, the second less 1.
struct Between {
  Wide log_share = 0, log_end = 0, below_end = 0, cumulant[5] = {};
};

Between between(Wide l, Wide h, Wide w) {
  Between out;
  const Wide outside = math::exp(wide_log_phi(-h)) + math::exp(wide_log_phi(l));
  if (outside < 0.5L) {
    out.log_share = math::log1p(-outside);
    const Wide share = 1 - outside, at_l = math::exp(normal_log_density(l)) / share,
               at_h = math::exp(normal_log_density(h)) / share;
    const auto edge = [&](int power) {
      return (at_l == 0 ? 0 : math::pow(l, power) * at_l) - (at_h == 0 ? 0 : math::pow(h, power) * at_h);
    };
    const Wide m1 = edge(0), m2 = 1 + edge(1), m3 = 2 * m1 + edge(2), m4 = 3 * m2 + edge(3);
    out.log_end = normal_log_density(h) - out.log_share;
    out.below_end = h - m1;
    out.cumulant[1] = m1;
    out.cumulant[2] = edge(1) - m1 * m1;
    out.cumulant[3] = m3 - 3 * m1 * m2 + 2 * m1 * m1 * m1;
    out.cumulant[4] = m4 - 4 * m1 * m3 - 3 * m2 * m2 + 12 * m1 * m1 * m2 - 6 * m1 * m1 * m1 * m1;
    return out;
  }
  const Wide end = std::min(w, 90 / (std::sqrt(h * h / 4 + 40) - h / 2));
  Wide total = 0, first = 0, moment[5] = {};
  finite_line(end, [&](Wide s, Wide ds) {
    const Wide weight = math::exp(h * s - s * s / 2) * ds;
    total += weight;
    first += weight * s;
  });
  const Wide mean = first / total;
  finite_line(end, [&](Wide s, Wide ds) {
    const Wide weight = math::exp(h * s - s * s / 2) * ds / total;
    // u less its mean
    for (int k = 2; k <= 4; ++k)
      moment[k] += weight * math::pow(mean - s, static_cast<Wide>(k));
  });
  out.log_share = math::log(total) + normal_log_density(h);
  out.log_end = -math::log(total);
  out.below_end = mean;
  out.cumulant[1] = h - mean;
  out.cumulant[2] = moment[2] - 1;
  out.cumulant[3] = moment[3];
  out.cumulant[4] = moment[4] - 3 * moment[2] * moment[2];
  return out;
}

}  // namespace

double log1p_square(double x) { return static_cast<double>(math::log1p(static_cast<Wide>(x) * x)); }

double log_quotient(double a, double r, double e) {
  const Wide ratio = ((static_cast<Wide>(r) - a) + e) / a;
  return static_cast<double>(std::abs(ratio) < 0.5L ? math::log1p(ratio)
                                                    : math::log((static_cast<Wide>(r) + e) / a));
}

double rate_gap(double a, double r, double e) {
  const Wide excess = (static_cast<Wide>(r) - a) + e;
  if (a == 0) return r + e < 0 ? nan : static_cast<double>(-excess);
  const Wide ratio = excess / a;
  return static_cast<double>(std::abs(ratio) < 0.5L ? -a * log1p_rest(ratio)
                                                    : a * math::log((static_cast<Wide>(r) + e) / a) - excess);
}

double exp_gap(double a, double t) {
  return static_cast<double>(a == 0 ? -math::exp(static_cast<Wide>(t)) : -a * expm1_rest(t));
}

double logit_gap(double x, double n, double t) {
  const bool flip = x > n - x;
  const Wide few = flip ? n - x : x, u = flip ? -t : t;
  if (few == 0)
    return static_cast<double>(-n * (std::max<Wide>(u, 0) + math::log1p(math::exp(-std::abs(u)))));
  const Wide share = few / n, w = share * math::expm1(u);
  if (u > 500) return static_cast<double>(few * u - n * (math::log(share) + u));
  return static_cast<double>(std::abs(u) < 1 ? n * log1p_rest(w) - few * expm1_rest(u)
                                             : few * u - n * math::log1p(w));
}

double log_minus(double x, double y) { return static_cast<double>(math::log(static_cast<Wide>(x)) - y); }

double lgamma_rest_partial(double n, double a) {
  if (!(a >= 0) || !(n >= 0 && n <= 4) || n != std::floor(n)) return nan;
  const int order = static_cast<int>(n);
  if (a == infinity) return order == 0 ? infinity : 0;
  if (a == 0) return order == 0 ? 0 : order % 2 ? infinity : -infinity;
  const Wide A = a;
  Wide logarithm = math::log(A);  // the derivative of -(a ln a - a) is its negative
  if (order >= 2)
    logarithm = (order % 2 ? -1 : 1) * (order == 4 ? 2 : 1) / math::pow(A, static_cast<Wide>(order - 1));
  if (a < 30) {
    if (order == 0) return static_cast<double>(wide_lgamma(A + 1) - A * logarithm + A);
    return static_cast<double>(static_cast<Wide>(polygamma(order - 1, a + 1)) - logarithm);
  }
  // ln(2 pi a) / 2 + sum B_2k / (2k (2k - 1)) a^(1 - 2k)
  constexpr Wide c[] = {1 / 12.0L,   -1 / 360.0L,      1 / 1260.0L, -1 / 1680.0L,
                        1 / 1188.0L, -691 / 360360.0L, 1 / 156.0L};
  Wide total = order == 0 ? math::log(2 * std::numbers::pi_v<Wide> * A) / 2
                          : (order % 2 ? 1 : -1) * math::tgamma(static_cast<Wide>(order)) /
                                (2 * math::pow(A, static_cast<Wide>(order)));
  for (int k = 0; k < 7; ++k) {
    Wide factor = c[k];
    for (int j = 0; j < order; ++j)
      factor *= -(2 * k + 1 + j);
    total += factor * math::pow(A, static_cast<Wide>(-(2 * k + 1 + order)));
  }
  return static_cast<double>(total);
}

double log_phi_between_partial(double order, double x, double w) {
  if (std::isnan(x) || std::isnan(w) || !(order >= 0 && order < 64) || order != std::floor(order)) return nan;
  const int code = static_cast<int>(order), i = code % 8, j = code / 8;
  if (i + j > 4 || std::isinf(x) || !(w > 0))
    return i + j == 0 && (w == 0 || x == -infinity) && !(w == infinity) && x < infinity ? -infinity : nan;
  if (w == infinity) return j > 0 ? 0 : (i % 2 ? -1 : 1) * log_phi_partial(i, -x);
  const Wide low = x, high = low + w;
  const bool mirrored = low + high > 0;
  const Between b = mirrored ? between(-high, -low, w) : between(low, high, w);
  if (i + j == 0) return static_cast<double>(b.log_share);
  // y(x + s): the cumulants of -u, u the variable between the ends, the second less 1
  const Wide odd = mirrored ? 1 : -1;
  const Wide y[] = {b.log_share, odd * b.cumulant[1], b.cumulant[2], odd * b.cumulant[3], b.cumulant[4]};
  if (j == 0) return static_cast<double>(y[i]);
  // S = phi(high) / P, its logarithmic slopes A in x and B in w
  const Wide S = math::exp(mirrored ? b.log_end - static_cast<Wide>(w) * (low + high) / 2 : b.log_end);
  const Wide A = mirrored ? b.below_end - w : -b.below_end, A1 = -1 - y[2], A2 = -y[3];
  const Wide B = -high - S, Bx = -1 - S * A, Bxx = -S * (A * A + A1), Bw = -1 - S * B,
             Bwx = -S * (A * B + Bx), Bww = -S * (B * B + Bw);
  if (j == 1)
    return static_cast<double>(S * (i == 0   ? 1
                                    : i == 1 ? A
                                    : i == 2 ? A * A + A1
                                             : A * A * A + 3 * A * A1 + A2));
  if (j == 2)
    return static_cast<double>(S * (i == 0 ? B : i == 1 ? A * B + Bx : (A * A + A1) * B + 2 * A * Bx + Bxx));
  if (j == 3) return static_cast<double>(S * (i == 0 ? B * B + Bw : A * (B * B + Bw) + 2 * B * Bx + Bwx));
  return static_cast<double>(S * (B * B * B + 3 * B * Bw + Bww));
}

double log_phi_exp(double z, double k) {
  if (std::isnan(z) || std::isnan(k) || !(k > 0)) return nan;
  if (std::isinf(z)) return z > 0 ? (k == infinity ? nan : 0) : -infinity;
  if (k == infinity) return log_phi(z);
  const Wide Z = z, K = k, w = Z - K;
  const Wide log_rest = w > 0 ? wide_log_phi(w) - K * (Z + w) / 2
                              : normal_log_density(Z) + wide_log_mills_partial(0, w);
  const Wide beyond = math::exp(wide_log_phi(-Z)), above = beyond + math::exp(log_rest);
  if (above < 0.5L) return static_cast<double>(math::log1p(-above));
  if (Z > 6) return static_cast<double>(math::log(-math::expm1(log_rest) - beyond));
  const Wide fall = wide_log_mills_partial(0, Z) - wide_log_mills_partial(0, w);
  if (fall > 0.05L) return static_cast<double>(wide_log_phi(Z) + math::log(-math::expm1(-fall)));
  Wide total = 0;
  half_line(1 / (1 + std::abs(Z)),
            [&](Wide s, Wide ds) { total += math::exp(Z * s - s * s / 2) * -math::expm1(-K * s) * ds; });
  return static_cast<double>(normal_log_density(Z) + math::log(total));
}

double log_skew_phi(double z, double a) {
  if (std::isnan(z) || std::isnan(a) || std::isinf(a)) return nan;
  if (std::isinf(z)) return z > 0 ? 0 : -infinity;
  const Wide A = std::abs(static_cast<Wide>(a)), Z = -std::abs(static_cast<Wide>(z));
  // With shape |a|, below -|z|
  const Wide front = normal_log_density(Z) + wide_log_phi(A * Z) + math::log(2.0L);
  Wide total = 0;
  half_line(1 / (1 + A + std::abs(Z) * (1 + A * A)), [&](Wide s, Wide ds) {
    total += math::exp(Z * s - s * s / 2 + (wide_log_phi(A * (Z - s)) - wide_log_phi(A * Z))) * ds;
  });
  const Wide below = front + math::log(total), whole = math::log(2.0L) + wide_log_phi(Z);
  const Wide other = whole + math::log(-math::expm1(below - whole));  // with shape -|a|
  if (z <= 0) return static_cast<double>(a >= 0 ? below : other);
  if (a < 0) return static_cast<double>(math::log1p(-math::exp(below)));
  const Wide share = math::exp(below) + math::erf(-Z / std::numbers::sqrt2_v<Wide>);
  return static_cast<double>(share < 0.5L ? math::log(share) : math::log1p(-math::exp(other)));
}

}  // namespace elba::ir::special
