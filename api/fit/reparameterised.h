// reparameterised: the log joint over the latents' coordinates of `reparameterise`, with centering weights
// held, as samplers and normal laws take it.
//
//     sampler's coordinates x  ->  latents' coordinates z
//       ->  the vector that the compiled function reads (z, and what is held)
//     z = x                  no geometry is known
//     z = mean + L x         a dense factor of a guide (NutsStart::factor)
//     z = mean + P' C^-T x   a sparse precision (NutsStart::law)
#pragma once

#include <vector>

#include "api/fit/nuts.h"

namespace elba {

inline const std::string reparameterised_family = "reparameterised";

struct ReparameterisedCoordinates {
  std::vector<std::size_t> latents;  // where they stand among all
  std::vector<double> whole;         // the rest as it is held
  std::vector<double> mean, factor;  // of the affine map, when there is one
  std::shared_ptr<const runtime::SparseNormal> law;

  [[nodiscard]] bool is_mapped() const { return law != nullptr || !factor.empty(); }
  // The latents' places in `u`, from the sampler's coordinates.
  void place(const double* x, std::vector<double>& u) const;
  // The gradient by the sampler's coordinates, from that by all of u.
  void pull_back(const std::vector<double>& slopes, double* gradient) const;
};

[[nodiscard]] ReparameterisedCoordinates coordinates_of(const Bound& bound, const NutsStart& start);

// The workspace and the coordinates outlive them.
[[nodiscard]] Result<runtime::Objective> reparameterised_objective(
    Workspace::Impl& workspace, const ReparameterisedCoordinates& coordinates);
[[nodiscard]] Result<runtime::Evaluate> reparameterised_density(
    Workspace::Impl& workspace, const ReparameterisedCoordinates& coordinates);  // leaves the gradient alone
// In the latents' coordinates, whatever map the sampler uses.
[[nodiscard]] Result<runtime::HessianProduct> reparameterised_product(
    Workspace::Impl& workspace, const ReparameterisedCoordinates& coordinates);

}  // namespace elba
