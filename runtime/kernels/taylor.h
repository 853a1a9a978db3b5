// taylor: polynomials in two small quantities (s, t), cut off above a total degree; what carries derivatives
// of the incomplete gamma and beta functions in their shapes.
//
//     c(i, j) s^i t^j,  i + j <= degree;   derivative of order (i, j) = i! j! c(i, j)
#pragma once

#include <cmath>

#include "support/elementary.h"

namespace elba::runtime {

struct Taylor {
  static constexpr int most = 4;
  int degree = 0;
  double c[most + 1][most + 1] = {};

  explicit Taylor(int degree_, double constant = 0) : degree(degree_) { c[0][0] = constant; }
};

inline Taylor operator*(const Taylor& x, const Taylor& y) {
  Taylor product(x.degree);
  for (int i = 0; i <= x.degree; ++i)
    for (int j = 0; i + j <= x.degree; ++j)
      for (int k = 0; i + j + k <= x.degree; ++k)
        for (int l = 0; i + j + k + l <= x.degree; ++l)
          product.c[i + k][j + l] += x.c[i][j] * y.c[k][l];
  return product;
}

// x + scale * y
inline Taylor sum(Taylor x, double scale, const Taylor& y) {
  for (int i = 0; i <= x.degree; ++i)
    for (int j = 0; i + j <= x.degree; ++j)
      x.c[i][j] += scale * y.c[i][j];
  return x;
}

inline Taylor times(Taylor x, double factor) {
  for (auto& row : x.c)
    for (double& value : row)
      value *= factor;
  return x;
}

// exp(x) = exp(x0) (1 + v + v^2 / 2 + ..), with v the part without constant, which is nilpotent.
inline Taylor exp(const Taylor& x) {
  Taylor v = x, power(x.degree, 1), total(x.degree, 1);
  v.c[0][0] = 0;
  for (int k = 1; k <= x.degree; ++k) {
    power = times(power * v, 1.0 / k);
    total = sum(total, 1, power);
  }
  return times(total, math::exp(x.c[0][0]));
}

// The logarithm, given that of the constant part.
inline Taylor log(const Taylor& x, double log_constant) {
  Taylor v = times(x, 1 / x.c[0][0]), power(x.degree, 1), total(x.degree, log_constant);
  v.c[0][0] = 0;
  for (int k = 1; k <= x.degree; ++k) {
    power = power * v;
    total = sum(total, (k % 2 ? 1.0 : -1.0) / k, power);
  }
  return total;
}

// log(1 - exp(x)), x < 0
inline Taylor log1mexp(const Taylor& x) {
  Taylor rest = times(exp(x), -1);
  const double constant = x.c[0][0];
  rest.c[0][0] = -math::expm1(constant);
  return log(rest,
             constant > -0.6931471805599453 ? math::log(rest.c[0][0]) : math::log1p(-math::exp(constant)));
}

}  // namespace elba::runtime
