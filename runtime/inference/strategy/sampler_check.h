// sampler_check: a fit against chains, quantity by quantity (`--check nuts`).
//
//     gap = |mean - mean_nuts| / sd_nuts,   ratio = sd / sd_nuts,   worst first by max(gap, |ln ratio|)
//
// A gap above 0.3 sd or a ratio outside [0.7, 1.4] means that the fit must not be trusted, whatever its own
// diagnostics say; unless the chains cannot be trusted either, which is then what is said. Gaps that the
// sampler's own Monte Carlo error explains do not count.
#pragma once

#include "runtime/inference/posterior.h"

namespace elba::runtime {

void compare_with_chains(Posterior& posterior, const Posterior& chains);
// Chains of `auto` that did not mix do not let another method's answer be trusted.
void note_unmixed_chains(Posterior& posterior);

}  // namespace elba::runtime
