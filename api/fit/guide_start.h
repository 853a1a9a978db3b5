// guide_start: where a guide stands, as another guide or a sampler begins with it.
#pragma once

#include "api/fit/fitter.h"
#include "ir/guide_families.h"

namespace elba {

// The row of the family that a group has.
[[nodiscard]] const ir::GuideFamilyName& family_of(const passes::GuideGroup& group);
// What the runtime knows by itself are guides of one group of the two plain families.
[[nodiscard]] runtime::GuideFamily runtime_family(const Layout& layout);
// Whether every latent's coordinates are normal under the guide, none of them a point.
[[nodiscard]] bool is_normal(const Layout& layout);
// Mean, widths and centering weights of a Gaussian guide. Of a structured one the points only: what else it
// knows, its draws tell.
[[nodiscard]] NutsStart start_of(const Layout& layout, const std::vector<double>& phi);
// Mean and covariance of a guide that is normal in its noise: where the draws of no noise and of single ones
// go.
void add_geometry(NutsStart& start, const Layout& layout, const DrawCoordinates& draw,
                  const std::vector<double>& phi);
// The other way, to a family that has at least as much room. Empty when the parts do not fit.
[[nodiscard]] std::vector<double> phi_from(const Layout& layout, const NutsStart& start);

}  // namespace elba
