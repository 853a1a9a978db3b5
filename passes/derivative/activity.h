// activity: which values vary with the differentiated inputs (compiler.md 3.2), by one forward walk; carries
// of a scan are iterated to their least fixpoint. Integers, booleans, keys and `stop_grad` cut it. "Useful"
// (reaches the output) needs no analysis: reverse accumulation only visits what has an adjoint.
#pragma once

#include <vector>

#include "ir/module.h"

namespace elba::passes {

// Indexed by value id; the seeds are the parameters of role `input`.
[[nodiscard]] std::vector<bool> varied_values(const ir::Func& func);

// The region that defines each value, as the address of the region (null: constants and parameters of the
// function).
[[nodiscard]] std::vector<const ir::Region*> defining_regions(const ir::Func& func);

}  // namespace elba::passes
