// contraction: the `maps` attribute of contract, "nd,d->n", taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elba::ir {

struct Contraction {
  std::vector<std::string> inputs;  // one letter per axis of each operand
  std::string output;               // distinct letters, each of some input
  std::string reduced;              // letters of the inputs that the output lacks, in order of appearance
};
[[nodiscard]] std::optional<Contraction> parse_contraction(std::string_view maps);

}  // namespace elba::ir
