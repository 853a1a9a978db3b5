#include "runtime/inference/diagnostics/uniformity.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "support/elementary.h"

namespace elba::runtime {

namespace {

class Binomials {
 public:
  explicit Binomials(std::size_t most) : log_factorial_(most + 1, 0.0) {
    for (std::size_t k = 1; k <= most; ++k)
      log_factorial_[k] = log_factorial_[k - 1] + math::log(static_cast<double>(k));
  }
  [[nodiscard]] double mass(std::size_t n, double p, std::size_t k) const {
    if (p >= 1) return k == n ? 1 : 0;
    const double choose = log_factorial_[n] - log_factorial_[k] - log_factorial_[n - k];
    return math::exp(choose + static_cast<double>(k) * math::log(p) +
                     static_cast<double>(n - k) * math::log1p(-p));
  }

 private:
  std::vector<double> log_factorial_;
};

// 2 min(P(B <= k), P(B >= k)) for every k, 1 at most.
std::vector<double> coverage_left(const Binomials& binomials, std::size_t n, double p) {
  std::vector<double> mass(n + 1), below(n + 1), above(n + 1);
  for (std::size_t k = 0; k <= n; ++k)
    mass[k] = binomials.mass(n, p, k);
  double sum = 0;
  for (std::size_t k = 0; k <= n; ++k)
    below[k] = sum += mass[k];
  sum = 0;
  for (std::size_t k = n + 1; k-- > 0;)
    above[k] = sum += mass[k];
  std::vector<double> out(n + 1);
  for (std::size_t k = 0; k <= n; ++k)
    out[k] = std::min(1.0, 2 * std::min(below[k], above[k]));
  return out;
}

}  // namespace

double uniformity_p(const std::vector<int>& ranks, int largest) {
  const std::size_t n = ranks.size();
  if (n == 0 || largest < 1) return 1;
  const Binomials binomials(n);
  std::vector<std::size_t> counts(static_cast<std::size_t>(largest) + 1, 0);  // counts[j]: ranks below j
  for (const int rank : ranks)
    for (int j = rank + 1; j <= largest; ++j)
      ++counts[static_cast<std::size_t>(j)];
  std::vector<std::vector<double>> left(counts.size());
  double least = 1;
  for (int j = 1; j <= largest; ++j) {
    left[static_cast<std::size_t>(j)] = coverage_left(binomials, n, static_cast<double>(j) / (largest + 1));
    least = std::min(least, left[static_cast<std::size_t>(j)][counts[static_cast<std::size_t>(j)]]);
  }
  // Within the band is what leaves more; equal up to rounding counts as outside.
  const double edge = least * (1 + 1e-9);
  std::vector<double> chance(n + 1, 0.0), next(n + 1);
  chance[0] = 1;
  for (int j = 1; j <= largest; ++j) {
    const auto& band = left[static_cast<std::size_t>(j)];
    const double share = 1.0 / (largest + 2 - j);
    std::fill(next.begin(), next.end(), 0.0);
    for (std::size_t from = 0; from <= n; ++from) {
      if (chance[from] <= 0) continue;
      for (std::size_t to = from; to <= n; ++to)
        if (band[to] > edge) next[to] += chance[from] * binomials.mass(n - from, share, to - from);
    }
    std::swap(chance, next);
  }
  double inside = 0;
  for (const double value : chance)
    inside += value;
  return std::clamp(1 - inside, 0.0, 1.0);
}

}  // namespace elba::runtime
