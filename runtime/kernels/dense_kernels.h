// dense_kernels: the bodies of DenseKernels (dense.h) through Eigen. Included by one source per instruction
// set, which names the set in ELBA_DENSE_SET and its table in ELBA_DENSE_TABLE, and has included Eigen under
// a name of the set: so the linker never takes one set's templates for another's.
//
//     factor            L with L L' = A
//     factor_adjoint    L~ -> A~ (of the lower triangle), blocks of columns from the last to the first. With
//                       the block row (R D) and what stands below it, (B C):
//                          C~ := C~ D^-1;  B~ -= C~ R;  D~ -= tril(C~' C);  D~ := its own adjoint;
//                          R~ -= C~' B + (D~ + D~') R
//                       about twice the arithmetic of the factorisation, nearly all of it in products of matrices.
// Source: Murray, "Differentiation of the Cholesky decomposition", 2016, sections 4.1 and 4.2.
//
// Long computations check between their blocks whether to stop (interruption.h), and leaves the rest undone:
// `factor` then says false, of the others the caller throws away what came out.
//
// Nothing here touches the heap: Eigen's packed panels go to the stack (EIGEN_STACK_ALLOCATION_LIMIT is 0, no
// limit; the cache sizes stated below keep them under 1 MB), and blocks have a largest size. Stated cache
// sizes also make the order of sums that of the set, not of the machine.
#include "runtime/control/interruption.h"
#include "runtime/kernels/dense.h"

namespace elba::runtime {

namespace ELBA_DENSE_SET {

using Index = std::int64_t;
using Columns = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
constexpr Index block = 48;
using Block = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor, block, block>;

[[maybe_unused]] const bool caches_stated = [] {
  Eigen::setCpuCacheSizes(32 << 10, 256 << 10, 1 << 20);
  return true;
}();

constexpr Index long_factor = 768;        // rows; smaller ones take a few hundredths of a second
constexpr double long_product = 1 << 28;  // multiplications between two checks

// How many rows or columns, of `each` multiplications, between two checks.
inline Index strip_of(double each) {
  const Index strip = static_cast<Index>(long_product / each) / 16 * 16;
  return strip < 16 ? 16 : strip;
}

// Eigen's blocked factorisation (LLT.h, llt_inplace::blocked), with checks between the blocks.
bool factor_in_blocks(Index n, double* l) {
  constexpr Index width = 128;
  Eigen::Map<Rows> L(l, n, n);
  for (Index k = 0; k < n; k += width) {
    const Index size = n - k < width ? n - k : width, end = k + size;
    auto D = L.block(k, k, size, size);
    if (Eigen::internal::llt_inplace<double, Eigen::Lower>::unblocked(D) >= 0) return false;
    // Rows below, in strips: each is solved, and updates what stands to its right.
    const Index strip = 16 * width;
    for (Index i = end; i < n; i += strip) {
      if (is_stopped()) return false;
      const Index rows = n - i < strip ? n - i : strip;
      auto C = L.block(i, k, rows, size);
      D.transpose().triangularView<Eigen::Upper>().solveInPlace<Eigen::OnTheRight>(C);
      for (Index j = end; j < i; j += strip) {
        if (is_stopped()) return false;
        L.block(i, j, rows, strip).noalias() -= C * L.block(j, k, strip, size).transpose();
      }
      L.block(i, i, rows, rows).selfadjointView<Eigen::Lower>().rankUpdate(C, -1.0);
    }
  }
  return true;
}

// A row-major lower factor is a column-major upper one of the transpose, so Eigen works on the caller's
// buffer without a copy.
bool factor(Index n, double* l) {
  if (n >= long_factor) return factor_in_blocks(n, l);
  Eigen::Ref<Columns> transposed = Eigen::Map<Columns>(l, n, n);
  const Eigen::LLT<Eigen::Ref<Columns>, Eigen::Upper> made(transposed);
  return made.info() == Eigen::Success;
}

template <class Factor, class Solution>
void solve_with(const Factor& lower, bool is_transposed, Solution& x) {
  if (is_transposed)
    lower.transpose().solveInPlace(x);
  else
    lower.solveInPlace(x);
}

void solve(Index n, Index k, bool is_transposed, const double* l, double* x) {
  const Eigen::Map<const Rows> factor(l, n, n);
  const auto lower = factor.triangularView<Eigen::Lower>();
  if (k == 1) {
    Eigen::Map<Eigen::VectorXd> solution(x, n);
    return solve_with(lower, is_transposed, solution);
  }
  Eigen::Map<Rows> solution(x, n, k);
  const double square = static_cast<double>(n) * static_cast<double>(n);
  if (square * static_cast<double>(k) <= long_product) return solve_with(lower, is_transposed, solution);
  const Index strip = strip_of(square);
  for (Index j = 0; j < k && !is_stopped(); j += strip) {
    auto part = solution.middleCols(j, k - j < strip ? k - j : strip);
    solve_with(lower, is_transposed, part);
  }
}

// The adjoint of a diagonal block, row by row from the last: c = (c0 - B r') / d, d = sqrt(d0 - r r').
void block_adjoint(Index n, Index stride, const double* l, double* g) {
  for (Index j = n; j-- > 0;) {
    const double* r = l + j * stride;
    double* r_adj = g + j * stride;
    const double inverse = 1 / r[j];
    double d_adj = r_adj[j];
    for (Index i = j + 1; i < n; ++i) {
      const double* b = l + i * stride;
      double* b_adj = g + i * stride;
      const double c_adj = b_adj[j] * inverse;
      d_adj -= c_adj * b[j];
      b_adj[j] = c_adj;
      for (Index k = 0; k < j; ++k)
        b_adj[k] -= c_adj * r[k];
      for (Index k = 0; k < j; ++k)
        r_adj[k] -= c_adj * b[k];
    }
    d_adj *= inverse;
    r_adj[j] = d_adj / 2;
    for (Index k = 0; k < j; ++k)
      r_adj[k] -= d_adj * r[k];
  }
}

void factor_adjoint(Index n, const double* l, double* g) {
  const Eigen::Map<const Rows> L(l, n, n);
  Eigen::Map<Rows> G(g, n, n);
  Block square;
  for (Index end = n; end > 0 && !is_stopped();) {
    const Index size = end < block ? end : block, begin = end - size, below = n - end;
    const auto D = L.block(begin, begin, size, size), R = L.block(begin, 0, size, begin);
    auto R_adj = G.block(begin, 0, size, begin);
    if (below > 0) {
      const auto C = L.block(end, begin, below, size), B = L.block(end, 0, below, begin);
      auto C_adj = G.block(end, begin, below, size);
      D.triangularView<Eigen::Lower>().solveInPlace<Eigen::OnTheRight>(C_adj);
      if (begin > 0) {
        G.block(end, 0, below, begin).noalias() -= C_adj * R;
        R_adj.noalias() -= C_adj.transpose() * B;
      }
      square.resize(size, size);
      square.noalias() = C_adj.transpose() * C;
      for (Index i = 0; i < size; ++i)
        for (Index j = 0; j <= i; ++j)
          G(begin + i, begin + j) -= square(i, j);
    }
    block_adjoint(size, n, l + begin * n + begin, g + begin * n + begin);
    if (begin > 0) {
      square.resize(size, size);
      for (Index i = 0; i < size; ++i) {
        for (Index j = 0; j < i; ++j)
          square(i, j) = square(j, i) = G(begin + i, begin + j);
        square(i, i) = 2 * G(begin + i, begin + i);
      }
      R_adj.noalias() -= square * R;
    }
    end = begin;
  }
}

template <class Left, class Right, class Out>
void multiply_with(const Left& left, const Right& right, bool trans_a, bool trans_b, Out out) {
  if (trans_a && trans_b)
    out.noalias() = left.transpose() * right.transpose();
  else if (trans_a)
    out.noalias() = left.transpose() * right;
  else if (trans_b)
    out.noalias() = left * right.transpose();
  else
    out.noalias() = left * right;
}

void multiply(Index m, Index n, Index k, bool trans_a, bool trans_b, const double* a, const double* b,
              double* c) {
  const Eigen::Map<const Rows> left(a, trans_a ? k : m, trans_a ? m : k),
      right(b, trans_b ? n : k, trans_b ? k : n);
  Eigen::Map<Rows> out(c, m, n);
  const double each = static_cast<double>(n) * static_cast<double>(k);  // row of the result
  if (each * static_cast<double>(m) <= long_product) return multiply_with(left, right, trans_a, trans_b, out);
  const Index strip = strip_of(each);
  for (Index i = 0; i < m && !is_stopped(); i += strip) {
    const Index rows = m - i < strip ? m - i : strip;
    multiply_with(trans_a ? left.block(0, i, k, rows) : left.block(i, 0, rows, k), right, trans_a, trans_b,
                  out.middleRows(i, rows));
  }
}

}  // namespace ELBA_DENSE_SET

constinit const DenseKernels ELBA_DENSE_TABLE = {ELBA_DENSE_SET::factor, ELBA_DENSE_SET::solve,
                                                 ELBA_DENSE_SET::factor_adjoint, ELBA_DENSE_SET::multiply};

}  // namespace elba::runtime
