#include "runtime/inference/diagnostics/variance_shape.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "runtime/inference/diagnostics/psis.h"

namespace elba::runtime {

double spread_khat(std::span<const double> values, std::span<const double> weights, double mean) {
  // Times the share of one draw: squares of normal and of exponential draws stay below.
  constexpr double negligible = 40;
  constexpr std::size_t least = 25;  // terms of a tail
  std::vector<double> terms(values.size());
  double total = 0, largest = 0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    terms[k] = (weights.empty() ? 1.0 : weights[k]) * (values[k] - mean) * (values[k] - mean);
    total += terms[k];
    largest = std::max(largest, terms[k]);
  }
  if (!(largest * static_cast<double>(terms.size()) > negligible * total) || !std::isfinite(total)) return 0;
  const double count = static_cast<double>(terms.size());
  const auto tail = static_cast<std::size_t>(std::ceil(std::min(0.2 * count, 3 * std::sqrt(count))));
  if (tail < least || tail >= terms.size()) return 0;
  const auto first = terms.end() - static_cast<std::ptrdiff_t>(tail);
  std::nth_element(terms.begin(), first - 1, terms.end());
  std::sort(first, terms.end());
  const double cutoff = *(first - 1);
  std::vector<double> exceedances;
  for (auto term = first; term != terms.end(); ++term)
    if (*term > cutoff) exceedances.push_back((*term - cutoff) / total);
  if (exceedances.size() < least) return 0;
  const double k = fit_pareto(exceedances).k;
  return std::isfinite(k) ? std::max(k, 0.0) : 0;
}

}  // namespace elba::runtime
