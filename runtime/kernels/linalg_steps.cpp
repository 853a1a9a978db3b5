#include "runtime/kernels/linalg_steps.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "runtime/control/interruption.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

using Index = Eigen::Index;
using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Swaps = std::vector<Index>;  // row k was swapped with row swaps[k], in this order

Matrix from_rows(std::int64_t m, std::int64_t n, const double* a) { return Eigen::Map<const Rows>(a, m, n); }

constexpr Index block = 64;
constexpr double step = 1 << 26;  // multiplications between two checks
constexpr double epsilon = std::numeric_limits<double>::epsilon();

// How many columns, of `each` multiplications, are one step.
Index columns_of(double each) { return std::max<Index>(1, static_cast<Index>(step / std::max(each, 1.0))); }

// Calls `work` with the first column and the count of each step.
template <class Work>
bool by_columns(Index columns, double each, Work work) {
  const Index width = columns_of(each);
  for (Index j = 0; j < columns; j += width) {
    if (is_stopped()) return false;
    work(j, std::min(width, columns - j));
  }
  return true;
}

bool multiply(const Matrix& a, const Matrix& b, Matrix& out) {
  out.resize(a.rows(), b.cols());
  return by_columns(b.cols(), static_cast<double>(a.size()), [&](Index j, Index count) {
    out.middleCols(j, count).noalias() = a * b.middleCols(j, count);
  });
}

// The product of reflections that stand in the columns of `a` below row `shift` past the diagonal.
bool reflections(const Matrix& a, const Vector& weights, Index shift, Matrix& q) {
  auto sequence = Eigen::householderSequence(a, weights).setLength(weights.size()).setShift(shift);
  q = Matrix::Identity(a.rows(), a.cols());
  return by_columns(a.cols(), 2 * static_cast<double>(a.size()),
                    [&](Index j, Index count) { q.middleCols(j, count).applyOnTheLeft(sequence); });
}

bool eigen(Matrix a, Vector& values, Matrix& vectors) {
  const Index n = a.rows();
  double scale = a.cwiseAbs().maxCoeff();
  if (!(scale > 0)) scale = 1;
  a.triangularView<Eigen::Lower>() /= scale;
  Vector weights(n - 1), between(n - 1);
  for (Index i = 0; i + 1 < n; ++i) {
    if (is_stopped()) return false;
    const Index rest = n - i - 1;
    double beta = 0, h = 0;
    a.col(i).tail(rest).makeHouseholderInPlace(h, beta);
    a(i + 1, i) = 1;
    auto reflected = a.col(i).tail(rest);
    auto square = a.bottomRightCorner(rest, rest);
    auto product = weights.tail(rest);
    product.noalias() = square.selfadjointView<Eigen::Lower>() * (h * reflected);
    product += (-0.5 * h * product.dot(reflected)) * reflected;
    square.selfadjointView<Eigen::Lower>().rankUpdate(reflected, product, -1.0);
    a(i + 1, i) = beta;
    weights(i) = h;
    between(i) = beta;
  }
  values = a.diagonal();
  if (!reflections(a, weights, 1, vectors)) return false;
  // As Eigen's computeFromTridiagonal_impl does it.
  constexpr int most_steps = 30;
  Index start = 0, end = n - 1;
  for (Index taken = 0; end > 0;) {
    for (Index i = start; i < end; ++i) {
      const double scaled = between(i) / epsilon;
      if (std::abs(between(i)) < std::numeric_limits<double>::min() ||
          scaled * scaled <= std::abs(values(i)) + std::abs(values(i + 1)))
        between(i) = 0;
    }
    while (end > 0 && between(end - 1) == 0)
      --end;
    if (end <= 0) break;
    if (is_stopped() || ++taken > most_steps * n) return false;
    start = end - 1;
    while (start > 0 && between(start - 1) != 0)
      --start;
    Eigen::internal::tridiagonal_qr_step<Eigen::ColMajor>(values.data(), between.data(), start, end,
                                                          vectors.data(), n);
  }
  values *= scale;
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index i, Index j) { return values(i) < values(j); });
  const Vector unsorted = values;
  const Matrix apart = vectors;
  for (Index j = 0; j < n; ++j) {
    values(j) = unsorted(order[static_cast<std::size_t>(j)]);
    vectors.col(j) = apart.col(order[static_cast<std::size_t>(j)]);
  }
  return true;
}

bool reduce(Matrix a, Matrix& q, Matrix& r) {
  const Index m = a.rows(), n = a.cols();
  Vector weights(n), room(n);
  for (Index k = 0; k < n; k += block) {
    const Index size = std::min(block, n - k), rest = n - k - size;
    auto panel = a.block(k, k, m - k, size);
    auto own = weights.segment(k, size);
    Eigen::internal::householder_qr_inplace_unblocked(panel, own, room.data());
    const bool is_whole = by_columns(
        rest, 4.0 * static_cast<double>(panel.size()), [&](Index j, Index count) {
          auto right = a.block(k, k + size + j, m - k, count);
          Eigen::internal::apply_block_householder_on_the_left(right, panel, own, false);
        });
    if (!is_whole) return false;
  }
  r = a.topRows(n).triangularView<Eigen::Upper>();
  return reflections(a, weights, 0, q);
}

bool singular(Matrix a, Matrix& u, Vector& s, Matrix& v) {
  constexpr int most_sweeps = 60;
  const Index m = a.rows(), n = a.cols();
  v = Matrix::Identity(n, n);
  bool has_turned = true;
  for (int sweep = 0; sweep < most_sweeps && has_turned; ++sweep) {
    has_turned = false;
    for (Index p = 0; p < n; ++p) {
      if (is_stopped()) return false;
      for (Index q = p + 1; q < n; ++q) {
        const double pp = a.col(p).squaredNorm(), qq = a.col(q).squaredNorm(), pq = a.col(p).dot(a.col(q));
        if (!(std::abs(pq) > epsilon * std::sqrt(pp * qq))) continue;
        has_turned = true;
        const double zeta = (qq - pp) / (2 * pq),
                     t = std::copysign(1 / (std::abs(zeta) + math::hypot(1, zeta)), zeta),
                     c = 1 / math::hypot(1, t);
        const Eigen::JacobiRotation<double> turn(c, t * c);
        a.applyOnTheRight(p, q, turn);
        v.applyOnTheRight(p, q, turn);
      }
    }
  }
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  const Vector lengths = a.colwise().norm();
  std::sort(order.begin(), order.end(), [&](Index i, Index j) { return lengths(i) > lengths(j); });
  u.resize(m, n);
  s.resize(n);
  const Matrix turned = v;
  for (Index j = 0; j < n; ++j) {
    const Index from = order[static_cast<std::size_t>(j)];
    s(j) = lengths(from);
    v.col(j) = turned.col(from);
    if (s(j) > 0) u.col(j) = a.col(from) / s(j);
    // A column of nothing: whatever is orthogonal to the others.
    for (Index axis = 0; axis < m && !(s(j) > 0); ++axis) {
      u.col(j).setUnit(axis);
      for (int twice = 0; twice < 2; ++twice)
        u.col(j) -= u.leftCols(j) * (u.leftCols(j).transpose() * u.col(j));
      if (u.col(j).norm() < 0.1) continue;
      u.col(j).normalize();
      break;
    }
  }
  return true;
}

// `a` becomes L below its diagonal, with ones on it, and U.
bool factor(Matrix& a, Swaps& swaps) {
  const Index n = a.rows();
  swaps.resize(static_cast<std::size_t>(n));
  for (Index k = 0; k < n; k += block) {
    const Index size = std::min(block, n - k), rest = n - k - size;
    for (Index j = k; j < k + size; ++j) {
      Index pivot = 0;
      a.col(j).tail(n - j).cwiseAbs().maxCoeff(&pivot);
      swaps[static_cast<std::size_t>(j)] = j + pivot;
      if (pivot != 0) a.row(j).swap(a.row(j + pivot));
      const Index below = n - j - 1, right = k + size - j - 1;
      if (a(j, j) != 0) a.col(j).tail(below) /= a(j, j);
      a.block(j + 1, j + 1, below, right).noalias() -= a.col(j).tail(below) * a.row(j).segment(j + 1, right);
    }
    const auto lower = a.block(k, k, size, size).triangularView<Eigen::UnitLower>();
    const bool is_whole = by_columns(rest, static_cast<double>(size * (n - k)), [&](Index j, Index count) {
      auto top = a.block(k, k + size + j, size, count);
      lower.solveInPlace(top);
      a.block(k + size, k + size + j, rest, count).noalias() -= a.block(k + size, k, rest, size) * top;
    });
    if (!is_whole) return false;
  }
  return true;
}

// x := A^-1 x, of what `factor` made.
bool solve(const Matrix& lu, const Swaps& swaps, Matrix& x) {
  for (std::size_t k = 0; k < swaps.size(); ++k)
    x.row(static_cast<Index>(k)).swap(x.row(swaps[k]));
  return by_columns(x.cols(), static_cast<double>(lu.size()), [&](Index j, Index count) {
    auto part = x.middleCols(j, count);
    lu.triangularView<Eigen::UnitLower>().solveInPlace(part);
    lu.triangularView<Eigen::Upper>().solveInPlace(part);
  });
}

bool exponential(Matrix a, Matrix& out) {
  constexpr double largest = 5.371920351148152;  // of the norm, for 16 digits
  constexpr double b[] = {64764752532480000,
                          32382376266240000,
                          7771770303897600,
                          1187353796428800,
                          129060195264000,
                          10559470521600,
                          670442572800,
                          33522128640,
                          1323241920,
                          40840800,
                          960960,
                          16380,
                          182,
                          1};
  const double norm = a.cwiseAbs().colwise().sum().maxCoeff();
  const int halvings = norm > largest ? static_cast<int>(std::ceil(math::log2(norm / largest))) : 0;
  a *= math::exp2(-halvings);
  const Matrix one = Matrix::Identity(a.rows(), a.cols());
  Matrix a2, a4, a6, odd, even, product;
  if (!multiply(a, a, a2) || !multiply(a2, a2, a4) || !multiply(a4, a2, a6)) return false;
  if (!multiply(a6, b[13] * a6 + b[11] * a4 + b[9] * a2, product)) return false;
  product += b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one;
  if (!multiply(a, product, odd) || !multiply(a6, b[12] * a6 + b[10] * a4 + b[8] * a2, even)) return false;
  even += b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one;
  Matrix below = even - odd;
  out = even + odd;
  Swaps swaps;
  if (!factor(below, swaps) || !solve(below, swaps, out)) return false;
  for (int k = 0; k < halvings; ++k) {
    if (!multiply(out, out, product)) return false;
    out.swap(product);
  }
  return true;
}

}  // namespace

bool eigen_in_steps(std::int64_t n, const double* a, double* values, double* vectors) {
  Vector found;
  Matrix columns;
  if (!eigen(from_rows(n, n, a), found, columns)) return false;
  Eigen::Map<Vector>(values, n) = found;
  Eigen::Map<Matrix>(vectors, n, n) = columns;
  return true;
}

bool qr_in_steps(std::int64_t m, std::int64_t n, const double* a, double* q, double* r) {
  Matrix left, right;
  if (!reduce(from_rows(m, n, a), left, right)) return false;
  Eigen::Map<Matrix>(q, m, n) = left;
  Eigen::Map<Matrix>(r, n, n) = right;
  return true;
}

bool svd_in_steps(std::int64_t m, std::int64_t n, const double* a, double* u, double* s, double* v) {
  Matrix left, right;
  Vector values;
  if (!singular(from_rows(m, n, a), left, values, right)) return false;
  Eigen::Map<Matrix>(u, m, n) = left;
  Eigen::Map<Vector>(s, n) = values;
  Eigen::Map<Matrix>(v, n, n) = right;
  return true;
}

bool solve_in_steps(std::int64_t n, std::int64_t k, bool is_transposed, const double* a, const double* b,
                    double* x) {
  Matrix lu = from_rows(n, n, a), solution = from_rows(n, k, b);
  if (is_transposed) lu.transposeInPlace();
  Swaps swaps;
  if (!factor(lu, swaps) || !solve(lu, swaps, solution)) return false;
  Eigen::Map<Rows>(x, n, k) = solution;
  return true;
}

bool logabsdet_in_steps(std::int64_t n, const double* a, double* out) {
  Matrix lu = from_rows(n, n, a);
  Swaps swaps;
  if (!factor(lu, swaps)) return false;
  *out = lu.diagonal().array().abs().log().sum();
  return true;
}

bool exp_in_steps(std::int64_t n, const double* a, double* out) {
  Matrix found;
  if (!exponential(from_rows(n, n, a), found)) return false;
  Eigen::Map<Rows>(out, n, n) = found;
  return true;
}

}  // namespace elba::runtime
