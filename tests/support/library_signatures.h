// library_signatures: the heads of the library's distributions and functions, read from its text.
#pragma once

#include <string>
#include <vector>

namespace elba::test {

struct Parameter {
  std::string name, type;  // as written: `real<lower=0>[N, K]`
};
// `dist name(a: type, b: type): support {`
struct LibraryDistribution {
  std::string name, support;
  std::vector<Parameter> params;
};
// `fun name(a: type, b: type): result`; a name comes once for each rank of its arguments
struct LibraryFunction {
  std::string name, result;
  std::vector<Parameter> params;
};

[[nodiscard]] const std::vector<LibraryDistribution>& library_distributions();
[[nodiscard]] const std::vector<LibraryFunction>& library_functions();

// The dims between the brackets of a type.
[[nodiscard]] std::vector<std::string> dims_of(const std::string& type);

}  // namespace elba::test
