#include "runtime/inference/diagnostics/psis.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double harmless_loss = 0.1;    // share of draws
constexpr double constant_below = 1e-9;  // log ratios that vary less than this are equal but for rounding

double log_sum_exp(std::span<const double> x) {
  const double most = *std::max_element(x.begin(), x.end());
  if (!std::isfinite(most)) return most;
  double sum = 0;
  for (const double v : x)
    sum += math::exp(v - most);
  return most + math::log(sum);
}

double quantile_of(const ParetoFit& fit, double p) {
  return std::abs(fit.k) < 1e-12 ? -fit.sigma * math::log1p(-p)
                                 : fit.sigma * math::expm1(-fit.k * math::log1p(-p)) / fit.k;
}

}  // namespace

ParetoFit fit_pareto(std::span<const double> x) {
  const std::size_t n = x.size(), grid = 30 + static_cast<std::size_t>(std::sqrt(static_cast<double>(n)));
  const double count = static_cast<double>(n), quarter = x[static_cast<std::size_t>(count / 4 + 0.5) - 1];
  const auto shape = [&](double theta) {
    double sum = 0;
    for (const double v : x)
      sum += math::log1p(-theta * v);
    return sum / count;
  };
  std::vector<double> theta(grid), score(grid);
  for (std::size_t j = 0; j < grid; ++j) {
    theta[j] = 1 / x[n - 1] +
               (1 - std::sqrt(static_cast<double>(grid) / (static_cast<double>(j) + 0.5))) / (3 * quarter);
    const double k = shape(theta[j]);
    score[j] = count * (math::log(-theta[j] / k) - k - 1);
  }
  // Posterior mean of theta on the grid.
  const double most = *std::max_element(score.begin(), score.end());
  double total = 0, mean = 0;
  for (std::size_t j = 0; j < grid; ++j) {
    const double weight = math::exp(score[j] - most);
    if (!(weight > 0)) continue;
    total += weight;
    mean += weight * theta[j];
  }
  mean /= total;
  ParetoFit fit;
  fit.k = shape(mean);
  fit.sigma = -fit.k / mean;
  fit.k = (fit.k * count + 5) / (count + 10);
  return fit;
}

Smoothed smooth_ratios(std::span<const double> log_ratios) {
  Smoothed out;
  const std::size_t n = log_ratios.size();
  out.log_weights.assign(log_ratios.begin(), log_ratios.end());
  double low = infinity, high = -infinity;
  for (double& v : out.log_weights) {
    if (std::isnan(v)) v = -infinity;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  const double count = static_cast<double>(n);
  out.threshold = n > 1 ? std::min(1 - 1 / math::log10(count), 0.7) : 0;
  out.khat = infinity;
  if (n == 0 || !std::isfinite(high)) return out;

  for (double& v : out.log_weights)
    v -= high;
  const auto tail = static_cast<std::size_t>(std::ceil(std::min(0.2 * count, 3 * std::sqrt(count))));
  bool tail_fits = false;
  if (high - low < constant_below) {
    out.khat = 0;
  } else if (tail >= 5) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return out.log_weights[a] < out.log_weights[b]; });
    const double cutoff = math::exp(
        std::max(out.log_weights[order[n - tail - 1]], math::log(std::numeric_limits<double>::min())));
    std::vector<double> exceedances;
    for (std::size_t k = n - tail; k < n; ++k) {
      const double x = math::exp(out.log_weights[order[k]]) - cutoff;
      if (x > 0) exceedances.push_back(x);
    }
    if (exceedances.size() >= 5) {
      const ParetoFit fit = fit_pareto(exceedances);
      if (std::isfinite(fit.k)) {
        out.khat = fit.k;
        tail_fits = true;
        const std::size_t m = exceedances.size();
        for (std::size_t j = 0; j < m; ++j)
          out.log_weights[order[n - m + j]] = std::min(
              0.0,
              math::log(cutoff + quantile_of(fit, (static_cast<double>(j) + 0.5) / static_cast<double>(m))));
      }
    }
  }
  const double total = log_sum_exp(out.log_weights);
  out.log_mean_ratio = high + total - math::log(count);
  double squares = 0;
  for (double& v : out.log_weights) {
    v -= total;
    squares += math::exp(2 * v);
  }
  out.effective_size = 1 / squares;
  if (tail_fits && out.khat > 0)
    out.khat *= std::clamp((1 - out.effective_size / count) / harmless_loss, 0.0, 1.0);
  return out;
}

}  // namespace elba::runtime
