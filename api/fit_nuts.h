// fit_nuts: the no-U-turn sampler on a bound program; a worker a thread, each with a workspace of its own.
#pragma once

#include "api/quantities.h"

namespace elba {

[[nodiscard]] Result<Posterior> fit_nuts(const Bound& bound, const FitOptions& options, std::vector<double> start, Quantities& quantities, double seconds_left);

}  // namespace elba
