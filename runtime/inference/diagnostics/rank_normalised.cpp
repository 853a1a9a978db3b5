#include "runtime/inference/diagnostics/rank_normalised.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "runtime/inference/diagnostics/autocorrelation.h"
#include "runtime/inference/diagnostics/summaries.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/abi.h"

namespace elba::runtime {

namespace {

using Chains = std::vector<std::span<const double>>;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Owned {
  std::vector<std::vector<double>> values;
  [[nodiscard]] Chains spans() const { return {values.begin(), values.end()}; }
};

template <class Map>
Owned mapped(const Chains& chains, Map map) {
  Owned out;
  for (const auto& chain : chains) {
    out.values.emplace_back();
    for (const double x : chain)
      out.values.back().push_back(map(x));
  }
  return out;
}

// Ranks over all chains together, ties averaged, as normal scores.
Owned normal_scores(const Chains& chains) {
  std::vector<std::pair<double, std::size_t>> all;
  for (const auto& chain : chains)
    for (const double x : chain)
      all.emplace_back(x, all.size());
  std::sort(all.begin(), all.end());
  const double total = static_cast<double>(all.size());
  std::vector<double> score(all.size());
  for (std::size_t from = 0; from < all.size();) {
    std::size_t to = from;
    while (to < all.size() && all[to].first == all[from].first)
      ++to;
    const double rank = 0.5 * static_cast<double>(from + 1 + to);
    for (std::size_t k = from; k < to; ++k)
      score[all[k].second] = elba_phi_inv((rank - 0.375) / (total + 0.25));
    from = to;
  }
  Owned out;
  std::size_t at = 0;
  for (const auto& chain : chains) {
    out.values.emplace_back(score.begin() + static_cast<std::ptrdiff_t>(at),
                            score.begin() + static_cast<std::ptrdiff_t>(at + chain.size()));
    at += chain.size();
  }
  return out;
}

Chains halves(const Chains& chains) {
  Chains out;
  for (const auto& chain : chains) {
    out.push_back(chain.first(chain.size() / 2));
    out.push_back(chain.last(chain.size() / 2));
  }
  return out;
}

}  // namespace

double effective_size(const Chains& chains) {
  const std::size_t n = chains.empty() ? 0 : chains.front().size();
  const double count = static_cast<double>(chains.size()), length = static_cast<double>(n);
  if (n < 4) return nan;
  double within = 0, centre = 0;
  std::vector<double> means;
  for (const auto& chain : chains) {
    const Moments m = moments(chain);
    within += m.sd * m.sd / count;
    means.push_back(m.mean);
    centre += m.mean / count;
  }
  double between = 0;
  for (const double m : means)
    between += (m - centre) * (m - centre);
  const double variance = within * (length - 1) / length + (chains.size() > 1 ? between / (count - 1) : 0);
  if (!(variance > 0)) return nan;
  // rho(lag) = 1 - (W - mean autocovariance) / var
  const auto correlation = [&](std::size_t lag) {
    double sum = 0;
    for (std::size_t c = 0; c < chains.size(); ++c)
      for (std::size_t k = 0; k + lag < n; ++k)
        sum += (chains[c][k] - means[c]) * (chains[c][k + lag] - means[c]);
    const double covariance = sum / (length * count);
    return lag == 0 ? 1.0 : 1 - (within - covariance * length / (length - 1)) / variance;
  };
  return effective_number(count * length, n, correlation);
}

ChainMeasures measure_chains(const Chains& chains) {
  ChainMeasures out;
  const Chains parts = halves(chains);
  std::vector<double> all;
  for (const auto& chain : chains)
    all.insert(all.end(), chain.begin(), chain.end());
  if (all.empty() || parts.front().size() < 4 || !all_finite(all.data(), all.size()))
    return {nan, nan, nan, nan};
  const auto marks = quantiles(all, {}, std::vector<double>{0.05, 0.5, 0.95});
  const Owned scores = normal_scores(parts);
  const Owned distances = mapped(parts, [&](double x) { return std::abs(x - marks[1]); });
  const Owned folded = normal_scores(distances.spans());
  out.rhat = std::max(split_rhat(scores.spans()), split_rhat(folded.spans()));
  out.bulk_size = effective_size(scores.spans());
  out.mean_size = effective_size(parts);
  const auto below = [&](double mark) {
    return effective_size(mapped(parts, [&](double x) { return x <= mark ? 1.0 : 0.0; }).spans());
  };
  out.tail_size = std::min(below(marks[0]), below(marks[2]));
  return out;
}

}  // namespace elba::runtime
