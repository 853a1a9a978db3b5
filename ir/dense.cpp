#include "ir/dense.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "support/elementary.h"

namespace elba::ir::dense {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

bool is_finite(const Values& a) {
  return std::all_of(a.begin(), a.end(), [](double value) { return std::isfinite(value); });
}

// Row-major n by n.
Values multiply(std::size_t n, const Values& a, const Values& b) {
  Values c(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t j = 0; j < n; ++j)
        c[i * n + j] += a[i * n + k] * b[k * n + j];
  return c;
}

// Gauss-Jordan on [A | B]; ln |det A| as well.
Values eliminate(std::size_t n, std::size_t k, Values a, Values b, double& log_det) {
  log_det = 0;
  for (std::size_t step = 0; step < n; ++step) {
    std::size_t pivot = step;
    for (std::size_t i = step + 1; i < n; ++i)
      if (std::abs(a[i * n + step]) > std::abs(a[pivot * n + step])) pivot = i;
    if (pivot != step) {
      for (std::size_t j = 0; j < n; ++j)
        std::swap(a[pivot * n + j], a[step * n + j]);
      for (std::size_t j = 0; j < k; ++j)
        std::swap(b[pivot * k + j], b[step * k + j]);
    }
    const double head = a[step * n + step];
    log_det += math::log(std::abs(head));
    for (std::size_t i = 0; i < n; ++i) {
      if (i == step) continue;
      const double factor = a[i * n + step] / head;
      for (std::size_t j = step; j < n; ++j)
        a[i * n + j] -= factor * a[step * n + j];
      for (std::size_t j = 0; j < k; ++j)
        b[i * k + j] -= factor * b[step * k + j];
    }
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < k; ++j)
      b[i * k + j] /= a[i * n + i];
  return b;
}

Values solve(std::size_t n, std::size_t k, bool transposed, Values a, const Values& b) {
  if (transposed)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < i; ++j)
        std::swap(a[i * n + j], a[j * n + i]);
  double log_det = 0;
  return eliminate(n, k, std::move(a), b, log_det);
}

// The sign of column j, of a matrix of `rows` by n that begins at `first`.
double sign_of(const Values& v, std::size_t first, std::size_t rows, std::size_t n, std::size_t j) {
  for (std::size_t i = 0; i < rows; ++i)
    if (std::abs(v[first + i * n + j]) > 1e-10) return v[first + i * n + j] > 0 ? 1 : -1;
  return 1;
}

// Cyclic Jacobi rotations.
Values eigh(std::size_t n, Values a) {
  Values out((n + 1) * n, not_a_number);
  if (!is_finite(a)) return out;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      a[j * n + i] = a[i * n + j];
  Values v(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i)
    v[i * n + i] = 1;
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0;
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = 0; q < p; ++q)
        off += a[p * n + q] * a[p * n + q];
    if (off == 0) break;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        if (a[p * n + q] == 0) continue;
        const double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
        const double t = (theta >= 0 ? 1.0 : -1.0) / (std::abs(theta) + math::hypot(theta, 1.0)),
                     c = 1 / math::hypot(t, 1.0), s = t * c;
        for (std::size_t i = 0; i < n; ++i) {
          const double x = a[i * n + p], y = a[i * n + q];
          a[i * n + p] = c * x - s * y;
          a[i * n + q] = s * x + c * y;
        }
        for (std::size_t i = 0; i < n; ++i) {
          const double x = a[p * n + i], y = a[q * n + i];
          a[p * n + i] = c * x - s * y;
          a[q * n + i] = s * x + c * y;
        }
        for (std::size_t i = 0; i < n; ++i) {
          const double x = v[i * n + p], y = v[i * n + q];
          v[i * n + p] = c * x - s * y;
          v[i * n + q] = s * x + c * y;
        }
      }
    }
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return a[i * n + i] < a[j * n + j]; });
  for (std::size_t j = 0; j < n; ++j) {
    const double sign = sign_of(v, 0, n, n, order[j]);
    out[j] = a[order[j] * n + order[j]];
    for (std::size_t i = 0; i < n; ++i)
      out[(i + 1) * n + j] = sign * v[i * n + order[j]];
  }
  return out;
}

// Gram-Schmidt, done twice: the second run removes what rounding left of the first.
Values qr(std::size_t m, std::size_t n, const Values& a) {
  Values out((m + n) * n, m < n ? not_a_number : 0.0);
  if (m < n) return out;
  std::copy(a.begin(), a.end(), out.begin());
  for (std::size_t j = 0; j < n; ++j) {
    for (int run = 0; run < 2; ++run) {
      for (std::size_t k = 0; k < j; ++k) {
        double dot = 0;
        for (std::size_t i = 0; i < m; ++i)
          dot += out[i * n + k] * out[i * n + j];
        for (std::size_t i = 0; i < m; ++i)
          out[i * n + j] -= dot * out[i * n + k];
        out[(m + k) * n + j] += dot;
      }
    }
    double norm = 0;
    for (std::size_t i = 0; i < m; ++i)
      norm = math::hypot(norm, out[i * n + j]);
    out[(m + j) * n + j] = norm;
    for (std::size_t i = 0; i < m; ++i)
      out[i * n + j] /= norm;
  }
  return out;
}

// One-sided Jacobi: rotations from the right until the columns are orthogonal.
Values svd(std::size_t m, std::size_t n, const Values& a) {
  Values out((m + 1 + n) * n, not_a_number);
  if (m < n || !is_finite(a)) return out;
  Values u = a, v(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i)
    v[i * n + i] = 1;
  for (bool rotated = true, first = true; rotated; first = false) {
    rotated = first && n > 1;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        double alpha = 0, beta = 0, gamma = 0;
        for (std::size_t i = 0; i < m; ++i) {
          alpha += u[i * n + p] * u[i * n + p];
          beta += u[i * n + q] * u[i * n + q];
          gamma += u[i * n + p] * u[i * n + q];
        }
        if (std::abs(gamma) <= 1e-15 * std::sqrt(alpha * beta)) continue;
        rotated = true;
        const double zeta = (beta - alpha) / (2 * gamma),
                     t = (zeta >= 0 ? 1.0 : -1.0) / (std::abs(zeta) + math::hypot(zeta, 1.0));
        const double c = 1 / math::hypot(t, 1.0), s = c * t;
        for (auto* side : {&u, &v}) {
          for (std::size_t i = 0; i < side->size() / n; ++i) {
            const double x = (*side)[i * n + p], y = (*side)[i * n + q];
            (*side)[i * n + p] = c * x - s * y;
            (*side)[i * n + q] = s * x + c * y;
          }
        }
      }
    }
  }
  Values norms(n, 0.0);
  for (std::size_t j = 0; j < n; ++j)
    for (std::size_t i = 0; i < m; ++i)
      norms[j] = math::hypot(norms[j], u[i * n + j]);
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return norms[i] > norms[j]; });
  for (std::size_t j = 0; j < n; ++j) {
    const double sign = sign_of(v, 0, n, n, order[j]);
    for (std::size_t i = 0; i < m; ++i)
      out[i * n + j] = sign * u[i * n + order[j]] / norms[order[j]];
    out[m * n + j] = norms[order[j]];
    for (std::size_t i = 0; i < n; ++i)
      out[(m + 1 + i) * n + j] = sign * v[i * n + order[j]];
  }
  return out;
}

// The Taylor series of A / 2^s, squared s times.
Values matrix_exp(std::size_t n, Values a) {
  if (!is_finite(a)) return Values(n * n, not_a_number);
  double norm = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double row = 0;
    for (std::size_t j = 0; j < n; ++j)
      row += std::abs(a[i * n + j]);
    norm = std::max(norm, row);
  }
  int squarings = 0;
  for (; norm > 0.5 && squarings < 1100; norm /= 2)
    ++squarings;
  for (double& value : a)
    value = std::ldexp(value, -squarings);
  Values sum(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i)
    sum[i * n + i] = 1;
  Values term = sum;
  for (int k = 1; k <= 20; ++k) {
    term = multiply(n, term, a);
    for (std::size_t i = 0; i < n * n; ++i)
      sum[i] += term[i] /= k;
  }
  for (int s = 0; s < squarings; ++s)
    sum = multiply(n, sum, sum);
  return sum;
}

Values sort_order(const Values& x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
    return x[i] < x[j] || (!std::isnan(x[i]) && std::isnan(x[j]));
  });
  return {order.begin(), order.end()};
}

Values search_sorted(const Values& knots, const Values& x) {
  Values out;
  for (double value : x)
    out.push_back(static_cast<double>(
        std::count_if(knots.begin(), knots.end(), [&](double knot) { return knot <= value; })));
  return out;
}

}  // namespace

bool is_dense(Opcode code) {
  switch (code) {
    case Opcode::solve:
    case Opcode::logabsdet:
    case Opcode::eigh:
    case Opcode::eigh_gap:
    case Opcode::qr:
    case Opcode::svd:
    case Opcode::matrix_exp:
    case Opcode::sort_order:
    case Opcode::search_sorted:
      return true;
    default:
      return false;
  }
}

Values evaluate(Opcode code, const Sizes& sizes, std::span<const Values> operands) {
  const std::size_t m = sizes.rows, n = sizes.columns;
  switch (code) {
    case Opcode::solve:
      return solve(m, n, sizes.transposed, operands[0], operands[1]);
    case Opcode::logabsdet: {
      double log_det = 0;
      (void)eliminate(m, 0, operands[0], {}, log_det);
      return {log_det};
    }
    case Opcode::eigh:
      return eigh(m, operands[0]);
    case Opcode::eigh_gap:
      return {n == 0 ? 0 : 1e-8 * std::max(std::abs(operands[0][0]), std::abs(operands[0][n - 1]))};
    case Opcode::qr:
      return qr(m, n, operands[0]);
    case Opcode::svd:
      return svd(m, n, operands[0]);
    case Opcode::matrix_exp:
      return matrix_exp(m, operands[0]);
    case Opcode::sort_order:
      return sort_order(operands[0]);
    default:
      return search_sorted(operands[0], operands[1]);
  }
}

}  // namespace elba::ir::dense
