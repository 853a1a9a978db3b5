// dense: a Cholesky factor for tests that check Gaussian answers; written plainly, and independent of the
// runtime's linear algebra.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace elba::test {

// Row-major [n, n].
struct Matrix {
  std::size_t n;
  std::vector<double> values;
  explicit Matrix(std::size_t size) : n(size), values(size * size) {}
  double& operator()(std::size_t i, std::size_t j) { return values[i * n + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values[i * n + j]; }
};

// L of a positive definite matrix; nan on the diagonal where it is not.
inline Matrix cholesky(const Matrix& a) {
  Matrix l(a.n);
  for (std::size_t i = 0; i < a.n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double rest = a(i, j);
      for (std::size_t k = 0; k < j; ++k)
        rest -= l(i, k) * l(j, k);
      l(i, j) = i == j ? std::sqrt(rest) : rest / l(j, j);
    }
  return l;
}

inline double log_determinant(const Matrix& factor) {
  double sum = 0;
  for (std::size_t i = 0; i < factor.n; ++i)
    sum += 2 * std::log(factor(i, i));
  return sum;
}

// x' (L L')^-1 x
inline double quadratic(const Matrix& factor, const std::vector<double>& x) {
  std::vector<double> z(x);
  double sum = 0;
  for (std::size_t i = 0; i < factor.n; ++i) {
    for (std::size_t j = 0; j < i; ++j)
      z[i] -= factor(i, j) * z[j];
    z[i] /= factor(i, i);
    sum += z[i] * z[i];
  }
  return sum;
}

// log N(x; 0, a)
inline double log_normal_density(const std::vector<double>& x, const Matrix& a) {
  const Matrix factor = cholesky(a);
  return -0.5 * static_cast<double>(a.n) * std::log(2 * std::numbers::pi) - 0.5 * log_determinant(factor) -
         0.5 * quadratic(factor, x);
}

// log of the absolute determinant, by elimination with pivots.
inline double log_abs_determinant(Matrix a) {
  double sum = 0;
  for (std::size_t k = 0; k < a.n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < a.n; ++i)
      if (std::abs(a(i, k)) > std::abs(a(pivot, k))) pivot = i;
    for (std::size_t j = 0; j < a.n; ++j)
      std::swap(a(k, j), a(pivot, j));
    sum += std::log(std::abs(a(k, k)));
    for (std::size_t i = k + 1; i < a.n; ++i) {
      const double share = a(i, k) / a(k, k);
      for (std::size_t j = k; j < a.n; ++j)
        a(i, j) -= share * a(k, j);
    }
  }
  return sum;
}

}  // namespace elba::test
