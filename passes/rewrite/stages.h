// stages: when each value is known (compiler.md 2.4): constant (literals, dims, iterators), bind (data too),
// step (all else).
#pragma once

#include <vector>

#include "ir/module.h"

namespace elba::passes {

// Indexed by value id. A result of a nest has the stage of what it is made of, not of the whole nest; the
// carries of a scan are the least fixpoint.
[[nodiscard]] std::vector<ir::Stage> value_stages(const ir::Func& func);

}  // namespace elba::passes
