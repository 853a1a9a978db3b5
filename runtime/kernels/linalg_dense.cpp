// linalg_dense: general systems, decompositions, the matrix exponential, order and search, for compiled code
// (abi.def); ir/dense.h says what each gives. Matrices are row-major. Those that take longer than a few
// hundredths of a second go in steps (linalg_steps.h).
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unsupported/Eigen/MatrixFunctions>

#include "runtime/control/allocation_failure.h"
#include "runtime/control/interruption.h"
#include "runtime/kernels/abi.h"
#include "runtime/kernels/eigen_solvers.h"
#include "runtime/kernels/linalg.h"
#include "runtime/kernels/linalg_steps.h"

namespace {

using Index = std::int64_t;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Matrix = Eigen::MatrixXd;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr Index long_eigen = 200, long_lu = 700, long_exp = 160;  // rows, from which on
constexpr Index long_qr = 1 << 26, long_svd = 1 << 21;            // m n n
constexpr Index compared = 1 << 16;                               // comparisons of a sort between two looks
struct Stopped {};

template <class Column>
double sign_of(const Column& column) {
  for (Eigen::Index i = 0; i < column.size(); ++i)
    if (std::abs(column(i)) > 1e-10) return column(i) > 0 ? 1 : -1;
  return 1;
}

thread_local bool are_close = false;

}  // namespace

namespace elba::runtime {

bool saw_close_eigenvalues() { return are_close; }
void forget_close_eigenvalues() { are_close = false; }

}  // namespace elba::runtime

namespace {

void solve(std::int64_t n, std::int64_t k, std::int64_t trans, const double* a, const double* b, double* x) {
  const Eigen::Map<const Rows> left(a, n, n), right(b, n, k);
  Eigen::Map<Rows> out(x, n, k);
  if (n == 0 || k == 0) return;
  if (n >= long_lu) {
    if (!elba::runtime::solve_in_steps(n, k, trans != 0, a, b, x)) out.setConstant(not_a_number);
    return;
  }
  const Eigen::PartialPivLU<Matrix> factor(trans ? Matrix(left.transpose()) : Matrix(left));
  out = factor.solve(Matrix(right));
}

void logabsdet(std::int64_t n, std::int64_t, const double* a, double* out) {
  *out = 0;
  if (n == 0) return;
  if (n >= long_lu) {
    if (!elba::runtime::logabsdet_in_steps(n, a, out)) *out = not_a_number;
    return;
  }
  const Eigen::PartialPivLU<Matrix> factor{Matrix(Eigen::Map<const Rows>(a, n, n))};
  *out = factor.matrixLU().diagonal().array().abs().log().sum();
}

void eigh(std::int64_t n, std::int64_t, const double* a, double* out) {
  if (n == 0) return;
  Eigen::Map<Rows> result(out, n + 1, n);
  const Eigen::Map<const Rows> matrix(a, n, n);
  result.setConstant(not_a_number);
  if (!matrix.allFinite()) return;
  if (n >= long_eigen) {
    Eigen::VectorXd values(n);
    Matrix vectors(n, n);
    if (!elba::runtime::eigen_in_steps(n, a, values.data(), vectors.data())) return;
    result.row(0) = values;
    for (Index j = 0; j < n; ++j)
      result.col(j).tail(n) = sign_of(vectors.col(j)) * vectors.col(j);
    return;
  }
  const elba::runtime::SymmetricEigen solver{Matrix(matrix)};
  if (solver.info() != Eigen::Success) return;
  result.row(0) = solver.eigenvalues();
  for (Index j = 0; j < n; ++j)
    result.col(j).tail(n) = sign_of(solver.eigenvectors().col(j)) * solver.eigenvectors().col(j);
}

void qr(std::int64_t m, std::int64_t n, const double* a, double* out) {
  Eigen::Map<Rows> result(out, m + n, n);
  result.setConstant(not_a_number);
  if (m < n || n == 0) return;
  Matrix q(m, n), r(n, n);
  if (m * n * n >= long_qr) {
    if (!elba::runtime::qr_in_steps(m, n, a, q.data(), r.data())) return;
  } else {
    const elba::runtime::HouseholderQr factor{Matrix(Eigen::Map<const Rows>(a, m, n))};
    q = factor.householderQ() * Matrix::Identity(m, n);
    r = factor.matrixQR().topRows(n).triangularView<Eigen::Upper>();
  }
  for (Index j = 0; j < n; ++j) {
    if (r(j, j) >= 0) continue;
    q.col(j) *= -1;
    r.row(j) *= -1;
  }
  result.topRows(m) = q;
  result.bottomRows(n) = r;
}

void svd(std::int64_t m, std::int64_t n, const double* a, double* out) {
  Eigen::Map<Rows> result(out, m + 1 + n, n);
  const Eigen::Map<const Rows> matrix(a, m, n);
  result.setConstant(not_a_number);
  if (m < n || n == 0 || !matrix.allFinite()) return;
  Matrix u(m, n), v(n, n);
  Eigen::VectorXd s(n);
  if (m * n * n >= long_svd) {
    if (!elba::runtime::svd_in_steps(m, n, a, u.data(), s.data(), v.data())) return;
  } else {
    const Eigen::JacobiSVD<Matrix> factor(Matrix(matrix), Eigen::ComputeThinU | Eigen::ComputeThinV);
    u = factor.matrixU(), s = factor.singularValues(), v = factor.matrixV();
  }
  for (Index j = 0; j < n; ++j) {
    const double sign = sign_of(v.col(j));
    result.col(j).head(m) = sign * u.col(j);
    result(m, j) = s(j);
    result.col(j).tail(n) = sign * v.col(j);
  }
}

void matrix_exp(std::int64_t n, std::int64_t, const double* a, double* out) {
  Eigen::Map<Rows> result(out, n, n);
  const Eigen::Map<const Rows> matrix(a, n, n);
  if (n == 0) return;
  if (!matrix.allFinite()) {
    result.setConstant(not_a_number);
    return;
  }
  if (n >= long_exp) {
    if (!elba::runtime::exp_in_steps(n, a, out)) result.setConstant(not_a_number);
    return;
  }
  const Matrix exponential = Matrix(matrix).exp();
  result = exponential;
}

}  // namespace

extern "C" {

using elba::runtime::within_memory;

void elba_solve(std::int64_t n, std::int64_t k, std::int64_t trans, const double* a, const double* b,
                double* x) {
  within_memory([&] { solve(n, k, trans, a, b, x); });
}

void elba_logabsdet(std::int64_t n, std::int64_t columns, const double* a, double* out) {
  within_memory([&] { logabsdet(n, columns, a, out); });
}

void elba_eigh(std::int64_t n, std::int64_t columns, const double* a, double* out) {
  within_memory([&] { eigh(n, columns, a, out); });
}

void elba_qr(std::int64_t m, std::int64_t n, const double* a, double* out) {
  within_memory([&] { qr(m, n, a, out); });
}

void elba_svd(std::int64_t m, std::int64_t n, const double* a, double* out) {
  within_memory([&] { svd(m, n, a, out); });
}

void elba_matrix_exp(std::int64_t n, std::int64_t columns, const double* a, double* out) {
  within_memory([&] { matrix_exp(n, columns, a, out); });
}

// In ascending order, so that neighbours show it.
void elba_eigh_gap(std::int64_t, std::int64_t n, const double* y, const double* y_adj, double* gap) {
  *gap = n == 0 ? 0 : 1e-8 * std::max(std::abs(y[0]), std::abs(y[n - 1]));
  const auto is_wanted = [&](Index j) {
    for (Index i = 1; i <= n; ++i)
      if (y_adj[i * n + j] != 0) return true;
    return false;
  };
  for (Index j = 1; j < n && !are_close; ++j)
    are_close = y[j] - y[j - 1] <= *gap && (is_wanted(j) || is_wanted(j - 1));
}

void elba_sort_order(std::int64_t n, std::int64_t, const double* x, std::int64_t* out) {
  std::iota(out, out + n, std::int64_t{0});
  // A sort that is to stop leaves by an exception; its result is not used.
  Index count = 0;
  const auto is_before = [&](Index i, Index j) {
    if (++count % compared == 0 && elba::runtime::is_stopped()) throw Stopped();
    if (x[i] < x[j] || x[j] < x[i]) return x[i] < x[j];
    const bool i_is_nan = std::isnan(x[i]), j_is_nan = std::isnan(x[j]);
    return i_is_nan != j_is_nan ? j_is_nan : i < j;
  };
  try {
    std::sort(out, out + n, is_before);
  } catch (const Stopped&) {
    std::iota(out, out + n, std::int64_t{0});  // still positions, which may be indices
  }
}

void elba_search_sorted(std::int64_t m, std::int64_t n, const double* knots, const double* x,
                        std::int64_t* out) {
  for (Index i = 0; i < n; ++i) {
    if (i % compared == 0 && elba::runtime::is_stopped())
      return void(std::fill(out + i, out + n, std::int64_t{0}));
    out[i] = std::isnan(x[i]) ? 0 : std::upper_bound(knots, knots + m, x[i]) - knots;
  }
}

}  // extern "C"
