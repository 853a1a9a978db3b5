// structured_distributions: which declarations of the library that test covers.
#pragma once

#include <set>
#include <string>

#include "tests/probability/probability.h"

namespace elba::probability {

std::set<std::string> structured_names();

// The integral of the density of one latent over its unconstrained coordinates, by the trapezoid rule, which converges exponentially for
// smooth functions that vanish fast.
double mass_over_coordinates(const ir::Module& joint, std::size_t n, double reach, double step);

}  // namespace elba::probability
