// modules: hand-written tensor-level modules of increasing difficulty, with the sizes at which they are run.
#pragma once

#include <string>
#include <vector>

#include "tests/codegen/harness.h"

namespace elba::test {

struct Example {
  std::string name;
  std::string dims;  // "N D"
  std::string func;  // of the one function @f
  std::vector<Sizes> sizes;

  [[nodiscard]] std::string text() const;  // of the module
};

[[nodiscard]] std::vector<Example> loop_examples();   // modules_loops.cpp
[[nodiscard]] std::vector<Example> array_examples();  // modules_arrays.cpp
[[nodiscard]] const std::vector<Example>& examples();
[[nodiscard]] const Example& example(const std::string& name);

}  // namespace elba::test
