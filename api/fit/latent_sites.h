// latent_sites: the latents of the reparameterised model in the order of its coordinates, and what their
// shapes say of the posterior's structure.
//
//     hyperparameters   latents with bounds that are few (scales, correlations); arrays of many are near
//                       enough to normal given the rest, or nothing is gained
//     plate             the leading dim that most coordinates share; its members are the coordinates of one index
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/model/handles.h"
#include "runtime/inference/variational/nested_laplace.h"

namespace elba {

struct LatentSite {
  std::string name, leading;  // empty: no array of enough members
  std::size_t first = 0, size = 0, members = 0;
  bool is_real = false, has_upper_bound = false;
};

struct LatentSites {
  std::vector<LatentSite> sites;
  std::map<std::string, std::size_t> held;  // centering weights and params, with their sizes
  std::size_t size = 0;

  [[nodiscard]] const LatentSite& of(std::size_t coordinate) const;
};

inline const std::string centering_suffix = ".centering";  // of the param that holds a site's weights

[[nodiscard]] LatentSites latent_sites(const Bound& bound);
// Without its functions.
[[nodiscard]] runtime::NestedProblem nested_problem(const LatentSites& latents);

}  // namespace elba
