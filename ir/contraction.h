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

// "ij,jk->ik" up to transposes: out = op(a) op(b), where a and b are the operands, the other way round when
// `is_swapped`.
struct MatrixProduct {
  bool is_swapped = false, trans_a = false, trans_b = false;
};
[[nodiscard]] std::optional<MatrixProduct> matrix_product(const Contraction& contraction);

}  // namespace elba::ir
