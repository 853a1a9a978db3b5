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
    if (seen.find(c) == std::string::npos || contraction.output.find(c) != std::string::npos)
      return std::nullopt;
    contraction.output += c;
  }
  std::copy_if(seen.begin(), seen.end(), std::back_inserter(contraction.reduced),
               [&](char c) { return contraction.output.find(c) == std::string::npos; });
  return contraction;
}

std::optional<MatrixProduct> matrix_product(const Contraction& contraction) {
  if (contraction.inputs.size() != 2 || contraction.output.size() != 2 || contraction.reduced.size() != 1)
    return std::nullopt;
  for (const std::string& input : contraction.inputs)
    if (input.size() != 2 || input[0] == input[1] || input.find(contraction.reduced[0]) == std::string::npos)
      return std::nullopt;
  MatrixProduct product;
  product.is_swapped = contraction.inputs[0].find(contraction.output[0]) == std::string::npos;
  const std::string &a = contraction.inputs[product.is_swapped ? 1 : 0],
                    &b = contraction.inputs[product.is_swapped ? 0 : 1];
  if (a.find(contraction.output[0]) == std::string::npos ||
      b.find(contraction.output[1]) == std::string::npos)
    return std::nullopt;
  product.trans_a = a[0] == contraction.reduced[0];
  product.trans_b = b[0] == contraction.output[1];
  return product;
}

}  // namespace elba::ir
