// objective: what an objective is to the compiler: a value, made of the terms of log p and log q.
//
// A row of ir/objectives.def, a file here.
#pragma once

#include <string_view>

#include "ir/objectives.h"
#include "passes/objective/assembly.h"

namespace elba::passes {

struct Objective {
  std::string_view name;
  ir::ValueId (*value)(Assembly& at);  // f64, after the terms are there
};
#define OBJECTIVE(name, argument, particles, form, sentence) \
  [[nodiscard]] const Objective& name##_objective();
#include "ir/objectives.def"
#undef OBJECTIVE

}  // namespace elba::passes
