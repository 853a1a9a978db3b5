#include "bench/hand_written.h"

#include <cmath>

namespace elba::bench {

namespace {

const double log_two_pi = std::log(2 * M_PI);

double normal(double x, double mean, double sd, double& slope) {
  const double z = (x - mean) / sd;
  slope = -z / sd;
  return -0.5 * z * z - std::log(sd) - 0.5 * log_two_pi;
}

}  // namespace

double Wells::gradient(const double* u, double* g) const {
  double lp = 0, ga = 0, gd = 0, gs = 0;
  for (int k = 0; k < 3; ++k)
    lp += normal(u[k], 0, 2.5, g[k]);
  const std::size_t n = switched.size();
  for (std::size_t i = 0; i < n; ++i) {
    const double eta = u[0] + u[1] * dist100[i] + u[2] * arsenic[i];
    const double e = std::exp(-std::fabs(eta));
    lp += switched[i] * eta - std::fmax(eta, 0.0) - std::log1p(e);
    const double p = (eta >= 0 ? 1.0 : e) / (1.0 + e);
    const double r = switched[i] - p;
    ga += r;
    gd += r * dist100[i];
    gs += r * arsenic[i];
  }
  g[0] += ga;
  g[1] += gd;
  g[2] += gs;
  return lp;
}

double Radon::gradient(const double* u_, double* g) const {
  const double g1 = u_[0], g2 = u_[1], b = u_[2], sa = std::exp(u_[3]), sy = std::exp(u_[4]);
  const double* a = u_ + 5;
  const std::size_t groups = u.size(), n = y.size();
  double lp = normal(g1, 0, 10, g[0]) + normal(g2, 0, 10, g[1]) + normal(b, 0, 10, g[2]);
  // half_normal(1) and the log Jacobian of exp
  for (int k = 3; k < 5; ++k) {
    const double s = std::exp(u_[k]);
    lp += std::log(2.0) - 0.5 * log_two_pi - 0.5 * s * s + u_[k];
    g[k] = -s * s + 1;
  }
  const double inv_a = 1 / sa, inv_y = 1 / sy;
  double sum_a = 0;
  for (std::size_t j = 0; j < groups; ++j) {
    const double z = (a[j] - g1 - g2 * u[j]) * inv_a;
    sum_a += z * z;
    g[5 + j] = -z * inv_a;
    g[0] += z * inv_a;
    g[1] += z * inv_a * u[j];
  }
  const double count_a = static_cast<double>(groups), count_y = static_cast<double>(n);
  lp += -0.5 * sum_a - count_a * (std::log(sa) + 0.5 * log_two_pi);
  g[3] += sum_a - count_a;
  double sum_y = 0, gb = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double z = (y[i] - a[county[i]] - b * floor[i]) * inv_y;
    sum_y += z * z;
    const double slope = z * inv_y;
    g[5 + county[i]] += slope;
    gb += slope * floor[i];
  }
  g[2] += gb;
  lp += -0.5 * sum_y - count_y * (std::log(sy) + 0.5 * log_two_pi);
  g[4] += sum_y - count_y;
  return lp;
}

}  // namespace elba::bench
