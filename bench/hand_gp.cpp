// GP regression as a careful programmer writes it with Eigen: one factorisation, the inverse from it, and the
// closed form of the gradient,
//     d log p / d theta = tr ((a a' - K^-1) dK / d theta) / 2,   a = K^-1 y
// with kernel elements computed for the lower triangle only.
#include <Eigen/Dense>
#include <cmath>

#include "bench/hand_written.h"

namespace elba::bench {

double GaussianProcess::gradient(const double* u, double* g) const {
  const auto n = static_cast<Eigen::Index>(t.size());
  const double sf = std::exp(u[0]), l = std::exp(u[1]), sn = std::exp(u[2]);
  static thread_local Eigen::MatrixXd K, E, inverse;  // kept, so that a call allocates little
  K.resize(n, n);
  E.resize(n, n);
  for (Eigen::Index j = 0; j < n; ++j)
    for (Eigen::Index i = j; i < n; ++i) {
      const double d = (t[static_cast<std::size_t>(i)] - t[static_cast<std::size_t>(j)]) / l;
      E(i, j) = sf * sf * std::exp(-0.5 * d * d);
      K(i, j) = E(i, j) + (i == j ? sn * sn : 0);
    }
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(K);
  double value = -0.5 * static_cast<double>(n) * std::log(2 * M_PI);
  for (Eigen::Index i = 0; i < n; ++i)
    value -= std::log(K(i, i));
  const Eigen::Map<const Eigen::VectorXd> data(y.data(), n);
  const Eigen::VectorXd a = factor.solve(data);
  value -= 0.5 * data.dot(a);
  inverse.setIdentity(n, n);
  factor.solveInPlace(inverse);
  double by_sf = 0, by_l = 0, by_sn = 0;
  for (Eigen::Index j = 0; j < n; ++j)
    for (Eigen::Index i = j; i < n; ++i) {
      const double weight = (i == j ? 0.5 : 1) * (a[i] * a[j] - inverse(i, j)),
                   d = (t[static_cast<std::size_t>(i)] - t[static_cast<std::size_t>(j)]) / l;
      by_sf += weight * E(i, j) * 2;
      by_l += weight * E(i, j) * d * d;
      if (i == j) by_sn += weight * 2 * sn * sn;
    }
  // Priors: sf ~ half_normal(50), l ~ inv_gamma(5, 25), sn ~ half_normal(30), and the Jacobian of exp.
  const double half = 0.5 * std::log(2 / M_PI);
  value += half - std::log(50.) - 0.5 * (sf / 50) * (sf / 50) + half - std::log(30.) -
           0.5 * (sn / 30) * (sn / 30);
  value += 5 * std::log(25.) - std::lgamma(5.) - 6 * u[1] - 25 / l + u[0] + u[1] + u[2];
  g[0] = by_sf - (sf / 50) * (sf / 50) + 1;
  g[1] = by_l - 6 + 25 / l + 1;
  g[2] = by_sn - (sn / 30) * (sn / 30) + 1;
  return value;
}

}  // namespace elba::bench
