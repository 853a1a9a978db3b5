// linalg: dense kernels that compiled code calls (abi.def), on row-major matrices.
//
//     elba_chol           L with L L' = A + c m I, m the mean diagonal element, c the first of
//                         0, 1e-12, 1e-11, .., 1e-6 that does
//     elba_chol_jitter    that c, found again from A and L
//     elba_chol_adjoint   L~ -> the adjoint of the lower triangle of A + c m I
//     elba_trisolve, elba_matmul
//
// The jitter is for matrices that are positive semi-definite in exact arithmetic and lose it to rounding, as
// those of smooth kernels do: the smallest eigenvalue of such a matrix is off by about 1e-16 of the largest.
// What stays indefinite with c = 1e-6 is nan. A matrix that can be factored as it stands is never touched,
// and the largest c of a run is on record (linalg.h). Small sizes take plain loops: below about 16 they
// beat the blocked kernels (dense.h).
#include "runtime/kernels/linalg.h"

#include <cmath>
#include <limits>
#include <utility>

#include "runtime/control/allocation_failure.h"
#include "runtime/control/interruption.h"
#include "runtime/kernels/abi.h"
#include "runtime/kernels/dense.h"

namespace {

using Index = std::int64_t;
using elba::runtime::dense;
constexpr Index small = 16;
constexpr double ladder[] = {1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6}, last_step = 1e-6;

thread_local double scale = 1;
thread_local elba::runtime::Factorisations noted;

bool factor_small(Index n, double* l) {
  for (Index i = 0; i < n; ++i) {
    double* row = l + i * n;
    for (Index j = 0; j <= i; ++j) {
      const double* other = l + j * n;
      double sum = row[j];
      for (Index k = 0; k < j; ++k)
        sum -= row[k] * other[k];
      if (j < i)
        row[j] = sum / other[j];
      else if (sum > 0)
        row[j] = std::sqrt(sum);
      else
        return false;
    }
  }
  return true;
}

// l := the factor of a with `extra` on its diagonal.
bool factor(Index n, const double* a, double extra, double* l) {
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j <= i; ++j)
      l[i * n + j] = a[i * n + j];
    for (Index j = i + 1; j < n; ++j)
      l[i * n + j] = 0;
    l[i * n + i] += extra;
  }
  if (!(n <= small ? factor_small(n, l) : dense().factor(n, l))) return false;
  // Eigen's pivot test lets nan and infinity pass.
  for (Index i = 0; i < n; ++i)
    if (!std::isfinite(l[i * n + i])) return false;
  return true;
}

double diagonal_sum(Index n, const double* a) {
  double sum = 0;
  for (Index i = 0; i < n; ++i)
    sum += a[i * n + i];
  return sum;
}

// Whether all of the lower triangle is finite and no diagonal element is so negative that no step of the
// ladder helps.
bool may_be_mended(Index n, const double* a, double mean) {
  if (!(mean > 0)) return false;
  for (Index i = 0; i < n; ++i) {
    if (a[i * n + i] < -last_step * mean) return false;
    for (Index j = 0; j <= i; ++j)
      if (!std::isfinite(a[i * n + j])) return false;
  }
  return true;
}

void solve_small(Index n, Index k, bool is_transposed, const double* l, double* x) {
  for (Index step = 0; step < n; ++step) {
    const Index i = is_transposed ? n - 1 - step : step;
    const Index begin = is_transposed ? i + 1 : 0, end = is_transposed ? n : i;
    for (Index j = begin; j < end; ++j) {
      const double weight = is_transposed ? l[j * n + i] : l[i * n + j];
      for (Index c = 0; c < k; ++c)
        x[i * k + c] -= weight * x[j * k + c];
    }
    const double pivot = l[i * n + i];
    for (Index c = 0; c < k; ++c)
      x[i * k + c] /= pivot;
  }
}

void multiply_small(Index m, Index n, Index k, bool trans_a, bool trans_b, const double* a, const double* b,
                    double* c) {
  for (Index i = 0; i < m; ++i) {
    double* row = c + i * n;
    for (Index j = 0; j < n; ++j)
      row[j] = 0;
    for (Index l = 0; l < k; ++l) {
      const double weight = trans_a ? a[l * m + i] : a[i * k + l];
      const double* right = trans_b ? b + l : b + l * n;
      const Index stride = trans_b ? k : 1;
      for (Index j = 0; j < n; ++j)
        row[j] += weight * right[j * stride];
    }
  }
}

}  // namespace

namespace elba::runtime {

Factorisations take_factorisations() { return std::exchange(noted, {}); }
double scale_jitter(double factor) { return std::exchange(scale, factor); }

}  // namespace elba::runtime

namespace {

void factor_or_mend(Index n, const double* a, double* l) {
  if (factor(n, a, 0, l)) return;
  const double mean = diagonal_sum(n, a) / static_cast<double>(n);
  if (!elba::runtime::is_stopped() && may_be_mended(n, a, mean))
    for (const double jitter : ladder) {
      if (elba::runtime::is_stopped()) break;
      if (!factor(n, a, jitter * mean, l)) continue;
      noted.jitter = std::fmax(noted.jitter, jitter);
      if (scale != 1) (void)factor(n, a, scale * jitter * mean, l);
      return;
    }
  if (!elba::runtime::is_stopped()) ++noted.lost;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      l[i * n + j] = j <= i ? std::numeric_limits<double>::quiet_NaN() : 0;
}

}  // namespace

extern "C" {

// The blocked kernels of large sizes take memory of their own.
void elba_chol(std::int64_t n, const double* a, double* l) {
  elba::runtime::within_memory([&] { factor_or_mend(n, a, l); });
}

void elba_chol_jitter(std::int64_t n, const double* a, const double* l, double* jitter) {
  double of_factor = 0;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j <= i; ++j)
      of_factor += l[i * n + j] * l[i * n + j];
  const double of_matrix = diagonal_sum(n, a), ratio = (of_factor - of_matrix) / of_matrix;
  *jitter = 0;
  for (const double step : ladder)
    if (ratio > 0.5 * step) *jitter = step;
}

void elba_chol_adjoint(std::int64_t n, const double* l, const double* l_adj, double* a_adj) {
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      a_adj[i * n + j] = j <= i ? l_adj[i * n + j] : 0;
  elba::runtime::within_memory([&] { dense().factor_adjoint(n, l, a_adj); });
}

void elba_trisolve(std::int64_t n, std::int64_t k, std::int64_t trans, const double* l, const double* b,
                   double* x) {
  for (Index i = 0; i < n * k; ++i)
    x[i] = b[i];
  if (n <= small || k == 0) return solve_small(n, k, trans != 0, l, x);
  elba::runtime::within_memory([&] { dense().solve(n, k, trans != 0, l, x); });
}

void elba_matmul(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t trans_a, std::int64_t trans_b,
                 const double* a, const double* b, double* c) {
  if (m * n * k <= small * small * small) return multiply_small(m, n, k, trans_a != 0, trans_b != 0, a, b, c);
  elba::runtime::within_memory([&] { dense().multiply(m, n, k, trans_a != 0, trans_b != 0, a, b, c); });
}

}  // extern "C"
