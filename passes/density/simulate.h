// simulate: what @simulate is made of, and why a model may have none.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ir/module.h"

namespace elba::passes {

// A statement or unknown that stands in the way: `what` is said after the name of the model, "`a` has no
// distribution to draw from".
struct SimulationObstacle {
  Span place;
  std::string what, help;
};

struct SimulationPlan {
  std::vector<std::string> latents, data;     // that have a distribution, in the order of the model
  std::vector<std::string> without_law;       // unknowns: only given values can stand for them
  std::vector<SimulationObstacle> obstacles;  // @simulate exists when there are none
};
// Of a module with @model whose calls are inlined.
[[nodiscard]] SimulationPlan simulation_plan(const ir::Module& module);

// Of an observation that may be undone to several data, as `let d = y - x` to y and to x, those that are not
// given are drawn: the attribute `draws` says so. Of a module with @model.
[[nodiscard]] ir::Module choose_drawn(ir::Module module, const std::set<std::string>& given);

}  // namespace elba::passes
