// The flag that ends work, its grace, and what looks at it: kernels in steps give what kernels give, and nan
// once they are told to end.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <thread>
#include <vector>

#include "runtime/control/interruption.h"
#include "runtime/data/data.h"
#include "runtime/inference/optimise/lbfgs.h"
#include "runtime/kernels/abi.h"
#include "runtime/kernels/linalg.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;

namespace {

constexpr double forever = std::numeric_limits<double>::infinity();
using Matrix = std::vector<double>;  // row-major

Matrix random_matrix(std::size_t rows, std::size_t columns, std::uint64_t key) {
  Matrix a(rows * columns);
  fill_normal(key, 0, a.size(), a.data());
  return a;
}

Matrix product(const Matrix& a, const Matrix& b, std::size_t m, std::size_t k, std::size_t n,
               bool trans_a = false, bool trans_b = false) {
  Matrix c(m * n);
  elba_matmul(static_cast<std::int64_t>(m), static_cast<std::int64_t>(n), static_cast<std::int64_t>(k),
              trans_a, trans_b, a.data(), b.data(), c.data());
  return c;
}

double apart(const Matrix& a, const Matrix& b) {
  double most = a.size() == b.size() ? 0 : forever;
  for (std::size_t k = 0; k < a.size() && k < b.size(); ++k)
    most = std::max(most, std::fabs(a[k] - b[k]));
  return most;
}

Matrix identity(std::size_t n) {
  Matrix one(n * n);
  for (std::size_t i = 0; i < n; ++i)
    one[i * n + i] = 1;
  return one;
}

}  // namespace

TEST_CASE("a watch is set by its host, by the work around it, and by the clock", "[runtime]") {
  CHECK_FALSE(is_stopped());
  std::atomic<bool> cancel{true};
  {
    Watch watch(&cancel, forever);
    const StopScope scope(watch);
    CHECK(is_stopped());
    CHECK(is_cancelled());
    Watch inner(nullptr, forever);
    const StopScope within(inner);
    CHECK(is_stopped());  // with the work around it
  }
  CHECK_FALSE(is_stopped());
  {
    Watch late(nullptr, 0.001);
    const StopScope scope(late);
    while (!is_stopped())
      std::this_thread::yield();
    CHECK_FALSE(is_cancelled());
    Watch inner(nullptr, forever);
    CHECK(inner.flag()->load());
    CHECK_FALSE(inner.was_cancelled());  // neither was what is around it
  }
  cancel = false;
  Watch host(&cancel, forever);
  cancel = true;
  while (!host.flag()->load())
    std::this_thread::yield();
  CHECK(host.was_cancelled());
}

TEST_CASE("what is there is put together in a last while, which comes once", "[runtime]") {
  std::atomic<bool> cancel{true};
  Watch watch(&cancel, forever);
  const StopScope scope(watch);
  REQUIRE(is_stopped());
  CHECK_FALSE(is_past_grace());  // begins it
  CHECK_FALSE(is_stopped());
  while (!is_stopped())
    std::this_thread::yield();
  CHECK(is_past_grace());
  CHECK(is_stopped());
}

TEST_CASE("an optimiser that is cut short has not arrived", "[runtime]") {
  // After ten evaluations nothing is finite any more, as in a call that is told to end.
  std::atomic<bool> stop{false};
  const StopScope scope(&stop);
  int calls = 0;
  const Objective objective{2, [&](const double* x, std::uint64_t, double& value, double* gradient) {
                              if (++calls > 3) stop = true;
                              value = stop ? std::nan("")
                                           : -std::pow(x[0] - 3, 2) - 100 * std::pow(x[1] - x[0] * x[0], 2);
                              gradient[0] = -2 * (x[0] - 3) + 400 * x[0] * (x[1] - x[0] * x[0]);
                              gradient[1] = -200 * (x[1] - x[0] * x[0]);
                              return !stop;
                            }};
  CHECK(maximise(objective, {-1.2, 1}, {}).stop == Stop::seconds);
  calls = 0, stop = false;
  CHECK(maximise_kinked(objective, {-1.2, 1}, {}).stop == Stop::seconds);
}

TEST_CASE("large decompositions in steps are decompositions", "[runtime]") {
  constexpr std::size_t n = 230;
  const Matrix a = random_matrix(n, n, 1), symmetric = product(a, a, n, n, n, false, true), one = identity(n);
  Matrix eigen((n + 1) * n);
  elba_eigh(n, n, symmetric.data(), eigen.data());
  const Matrix vectors(eigen.begin() + n, eigen.end());
  Matrix scaled = vectors;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      scaled[i * n + j] *= eigen[j];
  CHECK(std::is_sorted(eigen.begin(), eigen.begin() + n));
  CHECK(apart(product(vectors, vectors, n, n, n, true), one) < 1e-12);
  CHECK(apart(product(scaled, vectors, n, n, n, false, true), symmetric) < 1e-10);

  constexpr std::size_t rows = 700, columns = 330;
  const Matrix tall = random_matrix(rows, columns, 2);
  Matrix qr((rows + columns) * columns);
  elba_qr(rows, columns, tall.data(), qr.data());
  const Matrix q(qr.begin(), qr.begin() + rows * columns), r(qr.begin() + rows * columns, qr.end());
  CHECK(apart(product(q, q, columns, rows, columns, true), identity(columns)) < 1e-12);
  CHECK(apart(product(q, r, rows, columns, columns), tall) < 1e-12);
  for (std::size_t j = 0; j < columns; ++j)
    CHECK(r[j * columns + j] >= 0);

  constexpr std::size_t m = 160, k = 120;
  Matrix wide = random_matrix(m, k, 3);
  for (std::size_t i = 0; i < m; ++i)
    wide[i * k + 7] = 2 * wide[i * k + 3];  // of rank k - 1
  Matrix svd((m + 1 + k) * k);
  elba_svd(m, k, wide.data(), svd.data());
  const Matrix u(svd.begin(), svd.begin() + m * k), v(svd.begin() + (m + 1) * k, svd.end());
  Matrix weighted = u;
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < k; ++j)
      weighted[i * k + j] *= svd[m * k + j];
  CHECK(apart(product(u, u, k, m, k, true), identity(k)) < 1e-11);
  CHECK(apart(product(v, v, k, k, k, true), identity(k)) < 1e-11);
  CHECK(apart(product(weighted, v, m, k, k, false, true), wide) < 1e-11);
  CHECK(svd[m * k + k - 1] < 1e-12);
  CHECK(std::is_sorted(svd.rbegin() + k * k, svd.rbegin() + k * k + k));

  constexpr std::size_t large = 750;
  const Matrix square = random_matrix(large, large, 4), right = random_matrix(large, 3, 5);
  Matrix x(large * 3);
  elba_solve(large, 3, 0, square.data(), right.data(), x.data());
  CHECK(apart(product(square, x, large, large, 3), right) < 1e-9);
  elba_solve(large, 3, 1, square.data(), right.data(), x.data());
  CHECK(apart(product(square, x, large, large, 3, true), right) < 1e-9);
  double twice = 0, once = 0;
  const Matrix gram = product(square, square, large, large, large, false, true);
  elba_logabsdet(large, large, square.data(), &once);
  elba_logabsdet(large, large, gram.data(), &twice);
  CHECK(twice == Approx(2 * once).epsilon(1e-10));

  // e^S of a symmetric S = V w V', and the factor of a large matrix.
  Matrix small = symmetric, exponential(n * n), expected = vectors;
  for (double& e : small)
    e *= 0.01;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      expected[i * n + j] *= std::exp(0.01 * eigen[j]);
  elba_matrix_exp(n, n, small.data(), exponential.data());
  const Matrix known = product(expected, vectors, n, n, n, false, true);
  double largest = 0;
  for (const double e : known)
    largest = std::max(largest, std::fabs(e));
  CHECK(apart(exponential, known) < 1e-12 * largest);

  constexpr std::size_t chol = 1000;
  const Matrix root = random_matrix(chol, chol, 6);
  Matrix covariance = product(root, root, chol, chol, chol, false, true), l(chol * chol);
  for (std::size_t i = 0; i < chol; ++i)
    covariance[i * chol + i] += 1;
  elba_chol(chol, covariance.data(), l.data());
  CHECK(apart(product(l, l, chol, chol, chol, false, true), covariance) < 1e-9);
}

TEST_CASE("kernels that are told to end give nan, and no number that looks like one", "[runtime]") {
  const std::atomic<bool> stop{true};
  constexpr std::size_t n = 800;
  const Matrix a = identity(n);
  Matrix out((n + 1) * n, 1.0);
  std::vector<double> many(std::size_t{3} << 20, 1.0);
  (void)take_factorisations();
  const StopScope scope(&stop);
  elba_chol(n, a.data(), out.data());
  CHECK(std::isnan(out[0]));
  elba_eigh(n, n, a.data(), out.data());
  CHECK(std::isnan(out[0]));
  elba_solve(n, n, 0, a.data(), a.data(), out.data());
  CHECK(std::isnan(out[0]));
  elba_matrix_exp(n, n, a.data(), out.data());
  CHECK(std::isnan(out[0]));
  elba_rng_normal(7, static_cast<std::int64_t>(many.size()), many.data());
  CHECK(std::isfinite(many[0]));
  CHECK(std::isnan(many.back()));
  CHECK(take_factorisations().lost == 0);
  // Data that are not read to their end are no data.
  std::string text = "{\"y\": [";
  for (int k = 0; k < 70000; ++k)
    text += "1,";
  const auto read = read_json_data(text + "1]}");
  REQUIRE(read.error);
  CHECK(read.error->kind == DataErrorKind::interrupted);
}
