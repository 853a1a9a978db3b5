// operation_count: how many scalar operations one call of a function takes at given sizes, counted and not
// measured: a budget in such units is the same on every machine and in every run.
//
//     nest (N) { a ops }   ->  N a        chol f64[n, n]   ->  n^3 / 8
//     contract "nd,d->n"   ->  N D        a bounded loop   ->  its whole extent
//
// Every scalar operation counts as one, a logarithm as an addition, except in factorisations and triangular
// solves, which run in blocks: good for within a factor of a few.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ir/module.h"

namespace elba::passes {

// Of a function at tensor level; `sizes` holds every dim of its module.
[[nodiscard]] double operations(const ir::Func& func, const std::map<std::string, std::int64_t>& sizes);

}  // namespace elba::passes
