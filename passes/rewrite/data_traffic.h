// data_traffic: how often an evaluation goes over the data, for `elba explain` and the benchmarks.
#pragma once

#include "ir/module.h"

namespace elba::passes {

// How many ops of the function's own level read arrays of the data (parameters of role data or cache, rank 1
// or more).
[[nodiscard]] int data_passes(const ir::Func& func);

// The bytes of data arrays that one evaluation goes over, each array once per such op.
[[nodiscard]] ir::Dim data_bytes(const ir::Func& func);

}  // namespace elba::passes
