// summaries: how well a sequence of draws or of iterates has mixed, and weighted summaries.
//
// Sources: Gelman et al., Bayesian Data Analysis, 2013, 11.4-11.5 (split R-hat, effective size); Geyer 1992
// (initial monotone sequence).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "runtime/inference/quantity.h"

namespace elba::runtime {

// Over the two halves of every chain; 1 when they agree, infinite for constant halves that differ. Chains of
// one length, at least 4.
[[nodiscard]] double split_rhat(const std::vector<std::span<const double>>& chains);
[[nodiscard]] double split_rhat(std::span<const double> chain);

// Effective number of independent draws; never above n log10 n, which antithetic chains would reach.
[[nodiscard]] double effective_size(std::span<const double> chain);

// Standard error of the chain's mean.
[[nodiscard]] double mean_error(std::span<const double> chain);

// Standard error of the mean of chains of equal length, one after the other, from the means of batches of
// sqrt(length) draws (Jones, Haran, Caffo and Neath 2006): one pass, where effective_size takes one for every
// lag. Batches that are shorter than the correlation lasts give too little.
[[nodiscard]] double batch_mean_error(std::span<const double> chains, std::size_t chain_count);

struct Moments {
  double mean = 0, sd = 0;
};
// Empty weights: equal ones. Weights need not sum to 1. The sd divides by n - 1, or by its weighted
// counterpart.
[[nodiscard]] Moments moments(std::span<const double> values, std::span<const double> weights = {});

// Standard error of a self-normalised weighted mean.
[[nodiscard]] double weighted_mean_error(std::span<const double> values, std::span<const double> weights,
                                         double mean);

// Quantiles at ascending probabilities, linear between order statistics (R's type 7 when the weights are
// equal).
[[nodiscard]] std::vector<double> quantiles(std::span<const double> values, std::span<const double> weights,
                                            std::span<const double> probabilities);

// Of a quantity that is not finite in some draws nothing can be said.
[[nodiscard]] double share_not_finite(std::span<const double> values);
[[nodiscard]] Quantity without_moments(std::string name);
// Of a quantity's draws; empty weights: equal ones. One with two finite ends has a variance: its tails are
// not looked at.
[[nodiscard]] Quantity summarise(std::string name, std::span<const double> column,
                                 std::span<const double> weights, bool is_bounded);

}  // namespace elba::runtime
