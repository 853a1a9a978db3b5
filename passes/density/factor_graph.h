// factor_graph: the factors of a model's joint density and the sites that each one reads.
//
// A factor is a site's prior, an observe, or a factor statement. Its parents are the sites on which its
// arguments or its value depend; its plates are the batch dims over which it is a product.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "passes/density/sites.h"

namespace elba::passes {

// Latent: a prior stated apart from the declaration.
enum class FactorRole { prior, likelihood, latent, factor };

struct Factor {
  std::size_t op = 0;
  FactorRole role = FactorRole::factor;
  std::string site;
  std::string dist;               // name of the distribution; empty for a factor statement
  std::set<std::size_t> parents;  // indices of sites; of a prior, those of its arguments
  std::vector<ir::Dim> plates;
};

struct FactorGraph {
  std::vector<Site> sites;
  std::vector<Factor> factors;
  std::vector<std::set<std::size_t>> depends;  // per value of @model: the sites that it varies with
};

[[nodiscard]] FactorGraph factor_graph(const ir::Func& model, Transforms& transforms);

// The op at the top level that makes a value; null for parameters and constants.
[[nodiscard]] const ir::Op* defining_op(const ir::Func& func, ir::ValueId value);

// The whole-value prior of a latent: of its declaration, or a single unmasked `observe` of it; invalid when
// there is none. `place` is the index of the op that states it.
struct Prior {
  ir::ValueId dist;
  std::size_t place = 0;
};
[[nodiscard]] Prior prior_of(const ir::Func& model, const Site& site);

[[nodiscard]] std::string_view role_name(FactorRole role);

}  // namespace elba::passes
