// operation_count: how many operations one call of a loop-level function takes at given sizes, and which loop
// takes most of them. Counted before it runs, so that what would not come back is refused.
//
//     loop (N) { a operations }              ->  N (5 + a)
//     loop (N) { loop from 0 to i { .. } }   ->  about N^2 / 2 times, by looking at 33 values of i
//     elba_chol of n by n                    ->  n^3 / 30
//     loop from start[j] to start[j + 1]     ->  by the data, at 33 of the j
//
// In additions of one number, a nanosecond or less each (OpInfo::cost); blocked kernels do about ten in that
// time. Good for within a factor of a few. A bound that depends on what is computed is not known: such a loop
// is taken for its share of the one around it, as the rows of a group are.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "ir/module.h"

namespace elba::passes {

using Sizes = std::map<std::string, std::int64_t>;  // of every dim of the module

// Element `position` (row-major) of the data `name`; nothing where it is not there.
using DataElement = std::function<std::optional<double>(const std::string& name, std::int64_t position)>;

struct LoopWork {
  double operations = 0;  // of the whole call
  double heaviest = 0;    // of the statement that takes most of them,
  double iterations = 0;  // how often the loop in it runs,
  Span place;             // and where it stands in the model; empty: nowhere
};
[[nodiscard]] LoopWork loop_work(const ir::Func& func, const Sizes& sizes, const DataElement& data);

// Of one op without a region.
[[nodiscard]] double operation_cost(const ir::Op& op, const ir::Func& func, const Sizes& sizes);

}  // namespace elba::passes
