// outside_support: @model -> @outside_support, of data and coordinates (which it does not read): for every `~` on something computed from
// data whose law has numbers for ends, 1 for each observation beyond them and 0 for the others. There is no function where there is no such `~`.
#pragma once

#include <vector>

#include "ir/module.h"

namespace elba::passes {

[[nodiscard]] ir::Module outside_support(ir::Module module);

struct ObservedLaw {
  std::string site, law;
  ir::Bound lower, upper;
  bool is_whole = false;
  Span place;
};
// Of the results of @outside_support.
[[nodiscard]] std::vector<ObservedLaw> bounded_laws(const ir::Module& module);

}  // namespace elba::passes
