// withheld_spreads: a standard deviation that the draws cannot show is not reported.
//
//     sd_khat >= 0.9         sd and mcse left out (nan), verdict at most caution
//     0.7 <= sd_khat < 0.9   a word of warning, verdict at most caution
//     sd_khat >= 2           of chains: the mean is left out too, since the quantity's own tail, half of that
//                            shape, has none
//     two finite ends        a variance there is: nothing is looked at (Site::is_bounded)
//
// sd_khat is the Pareto shape of the terms of the variance (runtime/inference/diagnostics/variance_shape.h):
// from 1 on the posterior has no variance, whatever the draws say, and a number would depend on how many
// there are. 0.9, because the fit of a tail pulls shapes towards 1/2. Quantiles are as good as the verdict
// says.
#pragma once

#include "runtime/inference/posterior.h"

namespace elba::runtime {

[[nodiscard]] bool has_no_sd(const Quantity& quantity);
// Of the quantities from `first` on.
void withhold_spreads(Posterior& posterior, std::size_t first = 0);

}  // namespace elba::runtime
