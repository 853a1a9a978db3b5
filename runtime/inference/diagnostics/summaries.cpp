#include "runtime/inference/diagnostics/summaries.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "runtime/inference/diagnostics/autocorrelation.h"
#include "runtime/inference/diagnostics/variance_shape.h"

namespace elba::runtime {

namespace {

Moments plain_moments(std::span<const double> values) {
  Moments out;
  const double n = static_cast<double>(values.size());
  for (const double v : values)
    out.mean += v;
  out.mean /= n;
  double squares = 0;
  for (const double v : values)
    squares += (v - out.mean) * (v - out.mean);
  out.sd = values.size() > 1 ? std::sqrt(squares / (n - 1)) : 0;
  return out;
}

// With equal weights order statistic k stands at k / (n - 1). They are selected, not sorted: most of n log n
// is never asked for.
std::vector<double> plain_quantiles(std::span<const double> values, std::span<const double> probabilities) {
  std::vector<double> kept(values.begin(), values.end()), out;
  const double last = static_cast<double>(kept.size()) - 1;
  auto first = kept.begin();  // what stands before it is not above what follows
  for (const double probability : probabilities) {
    auto k = static_cast<std::size_t>(std::clamp(std::floor(probability * last), 0.0, last));
    while (k > 0 && probability <= static_cast<double>(k - 1) / last)
      --k;
    while (k + 1 < kept.size() && probability > static_cast<double>(k) / last)
      ++k;
    const auto place = kept.begin() + static_cast<std::ptrdiff_t>(k);
    if (place >= first) std::nth_element(first, place, kept.end());
    const double high = *place;
    if (k == 0) {
      out.push_back(high);
      continue;
    }
    const double low = *std::max_element(place > first ? first : kept.begin(), place),
                 before = static_cast<double>(k - 1) / last;
    const double share = std::clamp((probability - before) / (static_cast<double>(k) / last - before), 0.0,
                                    1.0);
    out.push_back(low == high ? high : low + share * (high - low));
    first = place;
  }
  return out;
}

}  // namespace

double split_rhat(const std::vector<std::span<const double>>& chains) {
  double within = 0, mean = 0;
  std::vector<double> means;
  const std::size_t half = chains.empty() ? 0 : chains.front().size() / 2;
  if (half < 2) return std::numeric_limits<double>::quiet_NaN();
  for (const auto& chain : chains)
    for (const std::span<const double> part : {chain.first(half), chain.last(half)}) {
      const Moments m = plain_moments(part);
      within += m.sd * m.sd;
      mean += m.mean;
      means.push_back(m.mean);
    }
  const double count = static_cast<double>(means.size()), n = static_cast<double>(half);
  within /= count;
  mean /= count;
  double between = 0;
  for (const double m : means)
    between += (m - mean) * (m - mean);
  between *= n / (count - 1);
  if (within == 0) return between == 0 ? 1 : std::numeric_limits<double>::infinity();
  return std::sqrt(((n - 1) / n * within + between / n) / within);
}

double split_rhat(std::span<const double> chain) {
  return split_rhat(std::vector<std::span<const double>>{chain});
}

double effective_size(std::span<const double> chain) {
  const std::size_t n = chain.size();
  if (n < 4) return static_cast<double>(n);
  const Moments m = plain_moments(chain);
  const double variance = m.sd * m.sd * static_cast<double>(n - 1) / static_cast<double>(n);
  if (!(variance > 0)) return static_cast<double>(n);
  const auto correlation = [&](std::size_t lag) {
    double sum = 0;
    for (std::size_t k = 0; k + lag < n; ++k)
      sum += (chain[k] - m.mean) * (chain[k + lag] - m.mean);
    return sum / (static_cast<double>(n) * variance);
  };
  return effective_number(static_cast<double>(n), n, correlation);
}

double mean_error(std::span<const double> chain) {
  return plain_moments(chain).sd / std::sqrt(effective_size(chain));
}

double batch_mean_error(std::span<const double> chains, std::size_t chain_count) {
  const std::size_t length = chains.size() / std::max<std::size_t>(chain_count, 1),
                    batch = static_cast<std::size_t>(std::sqrt(static_cast<double>(length)));
  std::vector<double> means;
  for (std::size_t chain = 0; batch > 0 && chain < chain_count; ++chain)
    for (std::size_t at = 0; at + batch <= length; at += batch)
      means.push_back(plain_moments(chains.subspan(chain * length + at, batch)).mean);
  if (means.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  return plain_moments(means).sd * std::sqrt(static_cast<double>(batch) / static_cast<double>(chains.size()));
}

Moments moments(std::span<const double> values, std::span<const double> weights) {
  if (weights.empty()) return plain_moments(values);
  double total = 0, squares = 0;
  for (const double w : weights)
    total += w, squares += w * w;
  Moments out;
  for (std::size_t k = 0; k < values.size(); ++k)
    if (weights[k] > 0) out.mean += weights[k] / total * values[k];
  double sum = 0;
  for (std::size_t k = 0; k < values.size(); ++k)
    if (weights[k] > 0) sum += weights[k] / total * (values[k] - out.mean) * (values[k] - out.mean);
  const double lost = squares / (total * total);  // 1/n for equal weights
  out.sd = lost < 1 ? std::sqrt(sum / (1 - lost)) : 0;
  return out;
}

double weighted_mean_error(std::span<const double> values, std::span<const double> weights, double mean) {
  double total = 0, sum = 0;
  for (const double w : weights)
    total += w;
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (!(weights[k] > 0)) continue;
    const double part = weights[k] / total * (values[k] - mean);
    sum += part * part;
  }
  return std::sqrt(sum);
}

std::vector<double> quantiles(std::span<const double> values, std::span<const double> weights,
                              std::span<const double> probabilities) {
  const std::size_t n = values.size();
  std::vector<double> out(probabilities.size(), std::numeric_limits<double>::quiet_NaN());
  if (n == 0) return out;
  if (weights.empty()) return plain_quantiles(values, probabilities);
  std::vector<std::pair<double, double>> sorted(n);  // with their weights
  for (std::size_t k = 0; k < n; ++k)
    sorted[k] = {values[k], weights[k]};
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  // Each order statistic stands at the weight before it plus half its own, stretched so that the ends stand
  // at 0 and 1.
  double total = 0;
  for (std::size_t k = 0; k < n; ++k)
    total += weights[k];
  const auto weight = [&](std::size_t k) { return sorted[k].second; };
  const double first = 0.5 * weight(0), span = total - first - 0.5 * weight(n - 1);
  double before = 0, last_place = 0;
  std::size_t next = 0;
  for (std::size_t k = 0; k < n && next < out.size(); ++k) {
    const double place = span > 0 ? (before + 0.5 * weight(k) - first) / span : 1.0;
    for (; next < out.size() && (probabilities[next] <= place || k + 1 == n); ++next) {
      const double high = sorted[k].first;
      if (k == 0 || !(place > last_place)) {
        out[next] = high;
        continue;
      }
      const double low = sorted[k - 1].first,
                   share = std::clamp((probabilities[next] - last_place) / (place - last_place), 0.0, 1.0);
      out[next] = low == high ? high : low + share * (high - low);
    }
    before += weight(k);
    last_place = place;
  }
  return out;
}

double share_not_finite(std::span<const double> values) {
  const auto lost = std::count_if(values.begin(), values.end(), [](double x) { return !std::isfinite(x); });
  return values.empty() ? 0 : static_cast<double>(lost) / static_cast<double>(values.size());
}

Quantity without_moments(std::string name) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  return {std::move(name), nan, nan, nan, nan, nan, nan, nan, nan};
}

Quantity summarise(std::string name, std::span<const double> column, std::span<const double> weights,
                   bool is_bounded) {
  if (column.empty() || share_not_finite(column) > 0) return without_moments(std::move(name));
  Quantity summary{std::move(name)};
  const Moments plain = moments(column);
  summary.guide_mean = plain.mean;
  summary.guide_sd = plain.sd;
  const Moments best = weights.empty() ? plain : moments(column, weights);
  const std::vector<double> q = quantiles(column, weights, std::array{0.05, 0.5, 0.95});
  summary.mean = best.mean;
  summary.sd = best.sd;
  summary.sd_khat = is_bounded ? 0 : spread_khat(column, weights, best.mean);
  summary.q05 = q[0];
  summary.q50 = q[1];
  summary.q95 = q[2];
  summary.mcse = weights.empty() ? plain.sd / std::sqrt(static_cast<double>(column.size()))
                                 : weighted_mean_error(column, weights, best.mean);
  return summary;
}

}  // namespace elba::runtime
