// structured_distributions: which declarations of the library that test covers.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "api/elba.hpp"
#include "tests/probability/probability.h"

namespace elba::probability {

std::set<std::string> structured_names();

struct StructuredDistribution {
  std::string name, dims;                                    // "K"
  std::vector<std::pair<std::string, std::string>> formals;  // name, type
  std::string type;                                          // of a value
  std::string json;  // the dims, and the integers among the parameters and the value
};
std::vector<StructuredDistribution> structured_distributions();

// The integral of the density of one latent over its unconstrained coordinates, by the trapezoid rule, which
// converges exponentially for smooth functions that vanish fast.
double mass_over_coordinates(const ir::Module& joint, std::size_t n, double reach, double step);
// The same of a declaration, "simplex[2] ~ dirichlet([0.8, 2.5])".
double latent_mass(const std::string& declaration, std::size_t n, double reach, double step);

// A model text at the density level, verified; and bound to data. A diagnostic fails the running test.
ir::Module compiled(const std::string& text);
elba::Bound bound_model(const std::string& text, const std::string& json);

}  // namespace elba::probability
