// linalg: dense kernels that compiled code calls (abi.def), on row-major matrices.
//
// A row-major lower factor is a column-major upper one of the transpose, so Eigen works on the caller's buffers without a copy.
// Small sizes take plain loops: below about 16 they beat the blocked kernels and touch no heap.
#include <Eigen/Dense>
#include <cmath>
#include <limits>

#include "runtime/abi.h"

namespace {

using Index = std::int64_t;
using Columns = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
constexpr Index small = 16;

// In place; false when a pivot is not positive.
bool factor_in_place(Index n, double* l) {
  for (Index i = 0; i < n; ++i) {
    double* row = l + i * n;
    for (Index j = 0; j <= i; ++j) {
      const double* other = l + j * n;
      double sum = row[j];
      for (Index k = 0; k < j; ++k) sum -= row[k] * other[k];
      if (j < i)
        row[j] = sum / other[j];
      else if (sum > 0 && sum < std::numeric_limits<double>::infinity())
        row[j] = std::sqrt(sum);
      else
        return false;
    }
  }
  return true;
}

void solve_small(Index n, Index k, bool is_transposed, const double* l, double* x) {
  for (Index step = 0; step < n; ++step) {
    const Index i = is_transposed ? n - 1 - step : step;
    const Index begin = is_transposed ? i + 1 : 0, end = is_transposed ? n : i;
    for (Index j = begin; j < end; ++j) {
      const double weight = is_transposed ? l[j * n + i] : l[i * n + j];
      for (Index c = 0; c < k; ++c) x[i * k + c] -= weight * x[j * k + c];
    }
    const double pivot = l[i * n + i];
    for (Index c = 0; c < k; ++c) x[i * k + c] /= pivot;
  }
}

template <class A, class B>
void multiply(const A& a, const B& b, Eigen::Map<Rows> c, bool is_small) {
  if (is_small)
    c = a.lazyProduct(b);
  else
    c.noalias() = a * b;
}

}  // namespace

extern "C" {

void elba_chol(std::int64_t n, const double* a, double* l) {
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) l[i * n + j] = j <= i ? a[i * n + j] : 0;
  bool is_factored = false;
  if (n <= small) {
    is_factored = factor_in_place(n, l);
  } else {
    Eigen::Ref<Columns> transposed = Eigen::Map<Columns>(l, n, n);
    const Eigen::LLT<Eigen::Ref<Columns>, Eigen::Upper> factor(transposed);
    is_factored = factor.info() == Eigen::Success;
    // Eigen's pivot test lets nan and infinity pass.
    for (Index i = 0; i < n; ++i) is_factored = is_factored && std::isfinite(l[i * n + i]);
  }
  if (is_factored) return;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j <= i; ++j) l[i * n + j] = std::numeric_limits<double>::quiet_NaN();
}

void elba_trisolve(std::int64_t n, std::int64_t k, std::int64_t trans, const double* l, const double* b, double* x) {
  for (Index i = 0; i < n * k; ++i) x[i] = b[i];
  if (n <= small || k == 0) return solve_small(n, k, trans != 0, l, x);
  const Eigen::Map<const Rows> factor(l, n, n);
  if (k == 1) {
    Eigen::Map<Eigen::VectorXd> solution(x, n);
    if (trans)
      factor.triangularView<Eigen::Lower>().transpose().solveInPlace(solution);
    else
      factor.triangularView<Eigen::Lower>().solveInPlace(solution);
    return;
  }
  Eigen::Map<Rows> solution(x, n, k);
  if (trans)
    factor.triangularView<Eigen::Lower>().transpose().solveInPlace(solution);
  else
    factor.triangularView<Eigen::Lower>().solveInPlace(solution);
}

void elba_matmul(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t trans_a, std::int64_t trans_b, const double* a, const double* b, double* c) {
  const Eigen::Map<const Rows> left(a, trans_a ? k : m, trans_a ? m : k), right(b, trans_b ? n : k, trans_b ? k : n);
  const Eigen::Map<Rows> out(c, m, n);
  const bool is_small = m * n * k <= small * small * small;
  if (trans_a && trans_b)
    multiply(left.transpose(), right.transpose(), out, is_small);
  else if (trans_a)
    multiply(left.transpose(), right, out, is_small);
  else if (trans_b)
    multiply(left, right.transpose(), out, is_small);
  else
    multiply(left, right, out, is_small);
}

}  // extern "C"
