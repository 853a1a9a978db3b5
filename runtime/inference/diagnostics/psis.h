// psis: Pareto-smoothed importance sampling. The largest ratios are replaced by the quantiles of a
// generalised Pareto law fitted to them; its shape k-hat says whether weighted averages can be trusted: they
// can up to min(1 - 1/log10 S, 0.7).
//
// Where weighting costs less than a tenth of the draws, the tail carries too little weight to matter whatever
// its shape, and k-hat is shrunk in proportion to that cost: nearly exact guides leave tiny ratios of any
// shape, which the plain estimate takes for heavy tails.
//
// Source: Vehtari, Simpson, Gelman, Yao, Gabry, "Pareto smoothed importance sampling", 2024; the fit is Zhang
// and Stephens 2009, with the weak prior that draws k towards 1/2 by ten observations.
#pragma once

#include <span>
#include <vector>

namespace elba::runtime {

struct Smoothed {
  double khat = 0;  // infinite when the tail cannot be fitted
  double threshold = 0.7;
  double effective_size = 0;        // 1 / sum of squared weights
  double log_mean_ratio = 0;        // log of the mean smoothed ratio: the evidence, when the ratios are p / q
  std::vector<double> log_weights;  // smoothed, normalised: their exponentials sum to 1
};

// -inf is a draw of weight zero; nan counts as such.
[[nodiscard]] Smoothed smooth_ratios(std::span<const double> log_ratios);

struct ParetoFit {
  double k = 0, sigma = 0;
};
// Of ascending positive exceedances.
[[nodiscard]] ParetoFit fit_pareto(std::span<const double> exceedances);

}  // namespace elba::runtime
