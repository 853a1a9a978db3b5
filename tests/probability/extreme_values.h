// extreme_values: distributions at extreme arguments, with values of 50 digits (extreme_values.py).
#pragma once

#include <string>
#include <vector>

namespace elba::probability::extreme {

struct Formal {
  std::string name, type;
  [[nodiscard]] bool is_free() const {
    return type.starts_with("real") && type.find('[') == std::string::npos;
  }
  [[nodiscard]] bool is_array() const { return type.find('[') != std::string::npos; }
  [[nodiscard]] bool is_matrix() const {
    return type.starts_with("cov_") || type.starts_with("corr_") || type.starts_with("cholesky_") ||
           type.find(",1]") != std::string::npos;
  }
  [[nodiscard]] bool is_whole() const { return type.starts_with("int"); }
};

struct Row {
  std::string member, text;
  std::vector<std::vector<double>> arguments;
  double expected = 0;
  std::vector<double> slopes;  // by the free arguments; nan: none
};

struct Distribution {
  std::string name;
  std::vector<Formal> formals;
  std::vector<Row> rows;
};

// Read once from tests/probability/extreme_values.txt.
[[nodiscard]] const std::vector<Distribution>& distributions();

}  // namespace elba::probability::extreme
