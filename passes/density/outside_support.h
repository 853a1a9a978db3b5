// outside_support: @model -> @outside_support, of data and coordinates (which it does not read): for every
// `~` on data, or on something computed from data, whose distribution has numbers for ends, 1 for each
// observation beyond them and 0 for the others. Left out are data observed whole, which need no computing
// (`observed_data`). There is no function where nothing is left.
#pragma once

#include <vector>

#include "ir/module.h"
#include "ir/supports.h"

namespace elba::passes {

[[nodiscard]] ir::Module outside_support(ir::Module module);

struct ObservedDistribution {
  std::string site, name;
  ir::Bound lower, upper;
  bool is_whole = false;
  Span place;
  bool is_of_data = false;  // of a field of the data, or of a part of one
};
// Of the results of @outside_support.
[[nodiscard]] std::vector<ObservedDistribution> bounded_distributions(const ir::Module& module);

// A field of the data under one `~`, every value of it. The ends are numbers or name another field, a number
// or of the same shape; an end that is computed is left open.
struct ObservedField {
  ObservedDistribution distribution;
  const ir::SupportInfo* support = nullptr;  // of a distribution over vectors or matrices, else null
};
[[nodiscard]] std::vector<ObservedField> observed_fields(const ir::Module& module);

}  // namespace elba::passes
