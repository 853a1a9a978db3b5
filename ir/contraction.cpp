#include "ir/contraction.h"

#include <algorithm>

namespace elba::ir {

std::optional<Contraction> parse_contraction(std::string_view maps) {
  const auto arrow = maps.find("->");
  if (arrow == std::string_view::npos) return std::nullopt;
  Contraction contraction;
  contraction.inputs.emplace_back();
  std::string seen;
  for (char c : maps.substr(0, arrow)) {
    if (c == ',') {
      contraction.inputs.emplace_back();
      continue;
    }
    if (c < 'a' || c > 'z') return std::nullopt;
    contraction.inputs.back() += c;
    if (seen.find(c) == std::string::npos) seen += c;
  }
  for (char c : maps.substr(arrow + 2)) {
    if (seen.find(c) == std::string::npos || contraction.output.find(c) != std::string::npos) return std::nullopt;
    contraction.output += c;
  }
  std::copy_if(seen.begin(), seen.end(), std::back_inserter(contraction.reduced), [&](char c) { return contraction.output.find(c) == std::string::npos; });
  return contraction;
}

}  // namespace elba::ir
