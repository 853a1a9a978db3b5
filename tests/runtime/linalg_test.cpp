// Dense kernels: residuals on random matrices, on both sides of the switch from plain loops to Eigen.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "runtime/kernels/abi.h"
#include "runtime/kernels/dense.h"
#include "runtime/kernels/linalg.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;

namespace {

using Matrix = std::vector<double>;

Matrix random_matrix(std::size_t rows, std::size_t columns, std::uint64_t key) {
  Matrix out(rows * columns);
  fill_normal(key, 0, out.size(), out.data());
  return out;
}

// op(a)[m, k] op(b)[k, n], by three loops.
Matrix product(std::size_t m, std::size_t n, std::size_t k, bool trans_a, bool trans_b, const Matrix& a,
               const Matrix& b) {
  Matrix c(m * n);
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t l = 0; l < k; ++l)
        c[i * n + j] += (trans_a ? a[l * m + i] : a[i * k + l]) * (trans_b ? b[j * k + l] : b[l * n + j]);
  return c;
}

double largest_gap(const Matrix& a, const Matrix& b) {
  double worst = a.size() == b.size() ? 0 : HUGE_VAL;
  for (std::size_t k = 0; k < a.size(); ++k)
    worst = std::max(worst, std::isnan(a[k] - b[k]) ? HUGE_VAL : std::abs(a[k] - b[k]));
  return worst;
}

Matrix positive_definite(std::size_t n, std::uint64_t key) {
  const Matrix g = random_matrix(n, n, key);
  Matrix a = product(n, n, n, false, true, g, g);
  for (std::size_t i = 0; i < n; ++i)
    a[i * n + i] += 1;
  return a;
}

}  // namespace

TEST_CASE("chol gives the lower factor and reads the lower triangle only", "[runtime]") {
  for (const std::size_t n : {1, 2, 3, 8, 16, 17, 40, 130}) {
    INFO(n);
    Matrix a = positive_definite(n, n), whole = a;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i + 1; j < n; ++j)
        a[i * n + j] = NAN;
    Matrix l(n * n, 7);
    elba_chol(static_cast<std::int64_t>(n), a.data(), l.data());
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i + 1; j < n; ++j)
        CHECK(l[i * n + j] == 0);
    CHECK(largest_gap(product(n, n, n, false, true, l, l), whole) < 1e-12 * static_cast<double>(n));
  }
}

TEST_CASE("chol of what is not positive definite is nan below and zero above", "[runtime]") {
  for (const std::size_t n : {2, 16, 40}) {
    for (const double bad : {-1e6, static_cast<double>(NAN), HUGE_VAL}) {
      INFO(n << " " << bad);
      Matrix a = positive_definite(n, 3), l(n * n);
      a[(n - 2) * n + n - 2] = bad;
      elba_chol(static_cast<std::int64_t>(n), a.data(), l.data());
      bool all_nan = true, all_zero = true;
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          (j <= i ? all_nan : all_zero) &= j <= i ? std::isnan(l[i * n + j]) : l[i * n + j] == 0;
      CHECK(all_nan);
      CHECK(all_zero);
    }
  }
}

TEST_CASE("trisolve solves with the factor and with its transpose", "[runtime]") {
  for (const std::size_t n : {1, 3, 16, 17, 60})
    for (const std::size_t k : {1, 4})
      for (const int trans : {0, 1}) {
        INFO(n << " " << k << " " << trans);
        const Matrix a = positive_definite(n, 5), b = random_matrix(n, k, 6);
        Matrix l(n * n), x(n * k);
        elba_chol(static_cast<std::int64_t>(n), a.data(), l.data());
        elba_trisolve(static_cast<std::int64_t>(n), static_cast<std::int64_t>(k), trans, l.data(), b.data(),
                      x.data());
        CHECK(largest_gap(product(n, k, n, trans == 1, false, l, x), b) < 1e-12);
      }
}

TEST_CASE("matmul agrees with three loops in every orientation", "[runtime]") {
  struct Shape {
    std::size_t m, n, k;
  };
  for (const Shape s : {Shape{1, 1, 1}, Shape{3, 5, 2}, Shape{1, 40, 30}, Shape{33, 21, 47}, Shape{4, 3, 0}})
    for (const int trans_a : {0, 1})
      for (const int trans_b : {0, 1}) {
        INFO(s.m << " " << s.n << " " << s.k << " " << trans_a << trans_b);
        const Matrix a = random_matrix(s.m, s.k, 1), b = random_matrix(s.k, s.n, 2);
        Matrix c(s.m * s.n, 9);
        elba_matmul(static_cast<std::int64_t>(s.m), static_cast<std::int64_t>(s.n),
                    static_cast<std::int64_t>(s.k), trans_a, trans_b, a.data(), b.data(), c.data());
        CHECK(largest_gap(c, product(s.m, s.n, s.k, trans_a, trans_b, a, b)) < 1e-12);
      }
}

TEST_CASE("chol of a nearly singular matrix adds the least jitter that helps, and says so", "[runtime]") {
  for (const std::size_t n : {3, 16, 17, 60, 150}) {
    INFO(n);
    // g g' of rank 2, times 50, less 3e-9 of the mean diagonal: 1e-8 is the first step that makes it positive
    // definite.
    const Matrix g = random_matrix(n, 2, 4);
    Matrix a = product(n, n, 2, false, true, g, g), l(n * n);
    double mean = 0;
    for (double& element : a)
      element *= 50;
    for (std::size_t i = 0; i < n; ++i)
      mean += a[i * n + i] / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i)
      a[i * n + i] -= 3e-9 * mean;
    (void)take_factorisations();
    elba_chol(static_cast<std::int64_t>(n), a.data(), l.data());
    CHECK(take_factorisations().jitter == 1e-8);
    double jitter = -1;
    elba_chol_jitter(static_cast<std::int64_t>(n), a.data(), l.data(), &jitter);
    CHECK(jitter == 1e-8);
    for (std::size_t i = 0; i < n; ++i)
      a[i * n + i] += 1e-8 * mean;
    CHECK(largest_gap(product(n, n, n, false, true, l, l), a) < 1e-12 * mean * static_cast<double>(n));
  }
}

TEST_CASE("chol leaves exact matrices alone and gives up on indefinite ones", "[runtime]") {
  (void)take_factorisations();
  const Matrix exact = positive_definite(30, 2);
  Matrix l(900);
  elba_chol(30, exact.data(), l.data());
  double jitter = -1;
  elba_chol_jitter(30, exact.data(), l.data(), &jitter);
  CHECK(jitter == 0);
  const Matrix indefinite = {1, 0, 0, -1e-3};
  elba_chol(2, indefinite.data(), l.data());
  CHECK(std::isnan(l[3]));
  const Factorisations seen = take_factorisations();
  CHECK(seen.jitter == 0);
  CHECK(seen.lost == 1);
}

TEST_CASE("the adjoint of the factorisation agrees with central differences, on both sides of the block size",
          "[runtime]") {
  for (const std::size_t n : {1, 2, 5, 47, 48, 49, 97, 130}) {
    INFO(n);
    const auto size = static_cast<std::int64_t>(n);
    const Matrix a = positive_definite(n, n + 1);
    Matrix weights = random_matrix(n, n, 8), l(n * n), adjoint(n * n, 5);
    elba_chol(size, a.data(), l.data());
    elba_chol_adjoint(size, l.data(), weights.data(), adjoint.data());
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i + 1; j < n; ++j)
        CHECK(adjoint[i * n + j] == 0);
    const auto value = [&](const Matrix& of) {
      Matrix made(n * n);
      elba_chol(size, of.data(), made.data());
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j)
          sum += weights[i * n + j] * made[i * n + j];
      return sum;
    };
    // Along a random direction of symmetric matrices, of which the lower triangle counts.
    const Matrix direction = random_matrix(n, n, 9);
    const double h = 1e-5;
    Matrix up = a, down = a;
    double slope = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        up[i * n + j] += h * direction[i * n + j];
        down[i * n + j] -= h * direction[i * n + j];
        slope += adjoint[i * n + j] * direction[i * n + j];
      }
    CHECK(slope == Approx((value(up) - value(down)) / (2 * h)).epsilon(1e-6).margin(1e-7));
  }
}

TEST_CASE("the two sets of dense kernels agree", "[runtime]") {
  const std::size_t n = 120;
  const Matrix a = positive_definite(n, 1), g = random_matrix(n, n, 2);
  const auto run = [&](const DenseKernels& kernels) {
    Matrix l = a, adjoint = g, x = g, c(n * n);
    REQUIRE(kernels.factor(static_cast<std::int64_t>(n), l.data()));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i + 1; j < n; ++j)
        l[i * n + j] = adjoint[i * n + j] = 0;
    kernels.factor_adjoint(static_cast<std::int64_t>(n), l.data(), adjoint.data());
    kernels.solve(static_cast<std::int64_t>(n), static_cast<std::int64_t>(n), true, l.data(), x.data());
    kernels.multiply(static_cast<std::int64_t>(n), static_cast<std::int64_t>(n), static_cast<std::int64_t>(n),
                     true, false, a.data(), g.data(), c.data());
    Matrix all = l;
    for (const Matrix* part : {&adjoint, &x, &c})
      all.insert(all.end(), part->begin(), part->end());
    return all;
  };
  CHECK(largest_gap(run(dense()), run(dense_baseline)) < 1e-10);
}
