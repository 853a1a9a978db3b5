// direct_sums: a model against the same sums in C++, compiled and interpreted, and the gradient against
// differences of them.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <numbers>
#include <string>
#include <vector>

namespace elba::test::direct {

using Vector = std::vector<double>;

// `expected` is the log density up to a constant, in unconstrained coordinates with the Jacobian. Unknowns of
// these models are real.
void agree(const std::string& text, const std::string& data_text,
           const std::map<std::string, std::int64_t>& sizes, const Vector& u,
           const std::function<double(const Vector&)>& expected);

inline double normal(double x, double m, double s) {
  return -0.5 * (x - m) * (x - m) / (s * s) - std::log(s) - 0.5 * std::log(2 * std::numbers::pi);
}
inline double standard(const Vector& u) {
  double total = 0;
  for (double v : u)
    total += normal(v, 0, 1);
  return total;
}
inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
inline double bernoulli(int y, double p) { return y == 1 ? std::log(p) : std::log1p(-p); }
inline double log_add(double a, double b) {
  return a > b ? a + std::log1p(std::exp(b - a)) : b + std::log1p(std::exp(a - b));
}

}  // namespace elba::test::direct
