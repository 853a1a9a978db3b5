// interpret_linalg: dense linear algebra of the interpreter, each operation by its textbook formula (the
// runtime's are blocked).
#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/dense.h"
#include "ir/interpreter.h"
#include "support/elementary.h"

namespace elba::ir {

namespace {

constexpr double largest_jitter = 1e-6;

// Columns from the left; false at the first pivot that is not positive.
bool factored(std::size_t n, const double* a, double added, double* l) {
  std::fill(l, l + n * n, 0.0);
  for (std::size_t j = 0; j < n; ++j) {
    double pivot = a[j * n + j] + added;
    for (std::size_t k = 0; k < j; ++k)
      pivot -= l[j * n + k] * l[j * n + k];
    if (!(pivot > 0) || std::isinf(pivot)) return false;
    l[j * n + j] = std::sqrt(pivot);
    for (std::size_t i = j + 1; i < n; ++i) {
      double value = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k)
        value -= l[i * n + k] * l[j * n + k];
      l[i * n + j] = value / l[j * n + j];
    }
  }
  return true;
}

double mean_diagonal(std::size_t n, const double* a) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i)
    sum += a[i * n + i];
  return sum / static_cast<double>(n);
}

}  // namespace

void cholesky(std::size_t n, const double* a, double* l) {
  const double mean = mean_diagonal(n, a);
  if (factored(n, a, 0, l)) return;
  for (int exponent = -12; exponent <= -6 && mean > 0; ++exponent)
    if (factored(n, a, math::pow(10.0, exponent) * mean, l)) return;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      l[i * n + j] = j > i ? 0 : std::numeric_limits<double>::quiet_NaN();
}

// trace (L L') = trace A + c n m: what was added, as the nearest power of ten.
double cholesky_jitter(std::size_t n, const double* a, const double* l) {
  double trace = 0;
  for (std::size_t k = 0; k < n * n; ++k)
    trace += l[k] * l[k];
  const double whole = mean_diagonal(n, a) * static_cast<double>(n), part = (trace - whole) / whole;
  if (!(part > 0.5e-12)) return 0;
  double nearest = 1e-12;
  while (nearest < largest_jitter && part > 5 * nearest)
    nearest *= 10;
  return math::pow(10.0, std::round(math::log10(nearest)));
}

// A~ = sym(L^-T P L^-1), P = L' L~ below the diagonal and half of it on the diagonal; each element below
// counts for its mirror image too.
void cholesky_adjoint(std::size_t n, const double* l, const double* l_adj, double* a_adj) {
  std::vector<double> p(n * n, 0.0), turned(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      for (std::size_t k = i; k < n; ++k)
        p[i * n + j] += l[k * n + i] * l_adj[k * n + j];
      if (i == j) p[i * n + j] /= 2;
    }
  for (int side = 0; side < 2; ++side) {
    triangular_solve(n, n, true, l, p.data());
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        turned[j * n + i] = p[i * n + j];
    std::swap(p, turned);
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      a_adj[i * n + j] = j > i ? 0 : i == j ? p[i * n + i] : p[i * n + j] + p[j * n + i];
}

void triangular_solve(std::size_t n, std::size_t columns, bool transposed, const double* l, double* x) {
  for (std::size_t column = 0; column < columns; ++column) {
    for (std::size_t step = 0; step < n; ++step) {
      const std::size_t i = transposed ? n - 1 - step : step;
      double value = x[i * columns + column];
      for (std::size_t k = transposed ? i + 1 : 0; k < (transposed ? n : i); ++k)
        value -= l[transposed ? k * n + i : i * n + k] * x[k * columns + column];
      x[i * columns + column] = value / l[i * n + i];
    }
  }
}

void Interpreter::run_linalg(const Op& op) {
  const Tensor& first = tensor(op.operands[0]);
  const auto n = static_cast<std::size_t>(first.shape[0]);
  if (op.code == Opcode::chol_jitter)
    return set_number(op.results[0], Scalar::f64,
                      cholesky_jitter(n, first.values.data(), tensor(op.operands[1]).values.data()));
  Tensor made = op.code == Opcode::trisolve ? tensor(op.operands[1]) : make(Scalar::f64, first.shape);
  if (op.code == Opcode::chol) cholesky(n, first.values.data(), made.values.data());
  if (op.code == Opcode::chol_adjoint)
    cholesky_adjoint(n, first.values.data(), tensor(op.operands[1]).values.data(), made.values.data());
  if (op.code == Opcode::trisolve)
    triangular_solve(n, n == 0 ? 0 : made.values.size() / n, op.attr_int("trans") == 1, first.values.data(),
                     made.values.data());
  cell(op.results[0]).tensor = std::move(made);
}

void Interpreter::run_dense(const Op& op) {
  std::vector<dense::Values> operands;
  for (ValueId operand : op.operands)
    operands.push_back(tensor(operand).values);
  const auto& shape = tensor(op.operands[0]).shape;
  dense::Sizes sizes{static_cast<std::size_t>(shape[0]),
                     shape.size() > 1 ? static_cast<std::size_t>(shape[1]) : 1, op.attr_int("trans") == 1};
  if (op.code == Opcode::solve) sizes.columns = shape[0] == 0 ? 0 : operands[1].size() / sizes.rows;
  const Type& type = func_.type(op.results[0]);
  Tensor result = make(type.scalar, shape_of(type.shape));
  result.values = dense::evaluate(op.code, sizes, operands);
  cell(op.results[0]).tensor = std::move(result);
}

}  // namespace elba::ir
