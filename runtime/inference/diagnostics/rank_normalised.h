// rank_normalised: rank-normalised convergence measures over several chains.
//
//     z = phi^-1((rank - 3/8) / (S + 1/4)),   R-hat = max(split R-hat of z, of the folded |x - median|)
//     bulk size = effective size of z,  tail size = the smaller of those of 1{x <= q05} and 1{x <= q95}
//
// Source: Vehtari, Gelman, Simpson, Carpenter, Buerkner, "Rank-normalization, folding, and localization: an
// improved R-hat", 2021.
#pragma once

#include <span>
#include <vector>

namespace elba::runtime {

// Chains of one length, at least 4; split in halves inside. Constant chains that agree: R-hat 1, size nan.
struct ChainMeasures {
  // mean_size: of the values as they are; the MCSE of the mean uses it.
  double rhat = 1, bulk_size = 0, tail_size = 0, mean_size = 0;
};
[[nodiscard]] ChainMeasures measure_chains(const std::vector<std::span<const double>>& chains);

// Effective size of several chains, by Geyer's initial monotone sequence of the combined autocorrelations.
[[nodiscard]] double effective_size(const std::vector<std::span<const double>>& chains);

}  // namespace elba::runtime
