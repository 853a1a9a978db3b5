#include "tests/codegen/modules.h"

#include <catch2/catch.hpp>

#include <sstream>

namespace elba::test {

std::string Example::text() const {
  std::string out = "module @" + name + " level tensor {\n";
  std::istringstream words(dims);
  for (std::string dim; words >> dim;)
    out += "  dim " + dim + "\n";
  return out + func + "\n}\n";
}

const Example& example(const std::string& name) {
  for (const Example& candidate : examples())
    if (candidate.name == name) return candidate;
  FAIL("no example " << name);
  return examples().front();
}

const std::vector<Example>& examples() {
  static const std::vector<Example> all = [] {
    auto rows = loop_examples();
    for (auto& row : array_examples())
      rows.push_back(std::move(row));
    return rows;
  }();
  return all;
}

}  // namespace elba::test
