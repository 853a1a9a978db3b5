// vectors: the few operations on plain vectors that the optimisers need.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace elba::runtime {

inline double dot(const double* a, const double* b, std::size_t n) {
  double sum = 0;
  for (std::size_t k = 0; k < n; ++k)
    sum += a[k] * b[k];
  return sum;
}

inline double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return dot(a.data(), b.data(), a.size());
}

// y += factor x
inline void add_multiple(std::vector<double>& y, double factor, const std::vector<double>& x) {
  for (std::size_t k = 0; k < y.size(); ++k)
    y[k] += factor * x[k];
}

inline double largest(const std::vector<double>& x) {
  double most = 0;
  for (const double v : x)
    most = std::max(most, std::abs(v));
  return most;
}

inline bool all_finite(const double* x, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k)
    if (!std::isfinite(x[k])) return false;
  return true;
}

inline bool all_finite(const std::vector<double>& x) { return all_finite(x.data(), x.size()); }

}  // namespace elba::runtime
