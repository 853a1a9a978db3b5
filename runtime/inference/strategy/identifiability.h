// identifiability: why a fit could not be trusted: unknowns that neither the data nor the priors determine.
//
// Either the density is constant along a line (flat_direction.h), and the unknowns that vary along it are
// named; or it rises for ever, as where a line separates two classes, and some estimates lie beyond 1e8.
#pragma once

#include <string>
#include <vector>

#include "runtime/inference/posterior.h"
#include "runtime/inference/target.h"

namespace elba::runtime {

// Unknowns whose estimates lie far beyond any scale of data, of a fit that cannot be trusted.
[[nodiscard]] std::vector<std::string> diverging_unknowns(const Posterior& posterior,
                                                          const Coordinates& coordinates);
// Names them, where the fit cannot be trusted. `has_time`: for the search for a line.
void name_unidentified(Posterior& posterior, Target& target, bool has_time);

}  // namespace elba::runtime
