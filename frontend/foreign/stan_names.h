// stan_names: what functions and distributions of Stan are called here, and the shapes of expressions in a
// program of Stan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace elba::stan {

// A value's form decides what `*` and `'` mean; its sizes are text, empty where unknown.
struct Shape {
  enum class Form { scalar, vector, row, matrix } form = Form::scalar;
  int arrays = 0;
  bool is_integer = false;
  std::vector<std::string> sizes;  // of the arrays, then of the form

  [[nodiscard]] int rank() const {
    return arrays + (form == Form::matrix ? 2 : form == Form::scalar ? 0 : 1);
  }
  [[nodiscard]] bool is_scalar() const { return rank() == 0; }
};

// A call in Elba of arguments in Elba; empty: it has the same name.
[[nodiscard]] std::string function_here(const std::string& name, const std::vector<std::string>& args,
                                        const std::vector<Shape>& shapes);
[[nodiscard]] Shape shape_of_call(const std::string& name, const std::vector<Shape>& args,
                                  const std::vector<std::string>& texts);

// `normal_id_glm(X, a, b, s)` as `normal(a + X @ b, s)`.
[[nodiscard]] std::string distribution_here(const std::string& name, const std::vector<std::string>& args);
[[nodiscard]] std::string law_here(const std::string& name);  // "multi_normal" is "mvn"
[[nodiscard]] int event_rank_of(const std::string& law);      // of one value, by Elba's name
// Of its k-th argument for one value.
[[nodiscard]] int argument_rank_of(const std::string& law, std::size_t k);

}  // namespace elba::stan
