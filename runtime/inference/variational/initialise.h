// initialise: where variational optimisation begins.
#pragma once

#include <vector>

#include "runtime/inference/variational/fit.h"

namespace elba::runtime {

// Starting values of phi, best first by a cheap estimate of the ELBO: around the end of a short run towards
// the mode, and around its beginning, each with the best of a few widths. Empty when nothing finite was
// found.
[[nodiscard]] std::vector<std::vector<double>> starting_guides(const FitProblem& problem,
                                                               const FitOptions& options,
                                                               std::int64_t& evaluations);

}  // namespace elba::runtime
