// mixture: which modes matter beside what was fitted, and whether a mixture of normal distributions at them
// says something else.
//
// A mode matters when its share w of the mass, at a distance of D sd, would move a mean by more than 0.1 sd
// (w D) or stretch a standard deviation by more than a tenth (sqrt(1 + w D^2)).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/inference/coordinates.h"
#include "runtime/inference/posterior.h"
#include "runtime/inference/strategy/mode_search.h"

namespace elba::runtime {

// Those of `modes`, with what the draws lack of their share of the mass; the largest first.
[[nodiscard]] std::vector<std::pair<double, Mode>> relevant_modes(std::vector<Mode> modes, double log_mass);
// The unknown of which two fits say most clearly something else, with both means and spreads: more than a
// tenth of an sd or of a spread, and more than three times what both errors explain. Empty: they agree.
[[nodiscard]] std::string disagreement(const Posterior& a, const Posterior& b, std::size_t unknowns);
// "the density is the same when `a` and `b` change sign"; by position in `sites`.
[[nodiscard]] std::string mirror_text(const std::vector<Site>& sites,
                                      const std::vector<std::size_t>& mirrored);

}  // namespace elba::runtime
