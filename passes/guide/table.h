// table: what write_guide makes its parameter table with.
#pragma once

#include <map>
#include <vector>

#include "passes/guide/writer.h"

namespace elba::passes {

// In the order of their first latents.
[[nodiscard]] std::vector<GuideGroup> guide_groups(const ir::Func& model, const FactorGraph& graph);
// `means`: where those of each group begin in phi.
[[nodiscard]] std::vector<GuideLink> guide_links(const ir::Func& model, const FactorGraph& graph,
                                                 const GuideTable& table, const std::vector<ir::Dim>& means);

}  // namespace elba::passes
