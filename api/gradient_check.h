// gradient_check: the gradients that `differentiate` makes, against differences of the interpreter;
// `elba opt --check-gradient`.
//
//     // @f is taken as it stands before the passes, @f.grad as it is after them
//     const auto check = check_gradient(text, {.passes = {{"differentiate", "simplify", "fuse"}}});
//     if (check && !check->ok()) ..        // check->functions[0].place is "%u[2]"
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/elba.hpp"

namespace elba {

struct GradientCheckOptions {
  IrPasses passes;                            // that run before the gradient is looked at
  Data data;                                  // by the names of parameters and dims
  std::map<std::string, std::int64_t> sizes;  // of dims; what neither says is small
  std::uint64_t seed = 1;                     // of points, and of data that are not given
  int points = 3;
};

// Of one function and its input: where its gradient is furthest from the differences.
struct CheckedGradient {
  std::string function, input;  // "log_joint", "u"
  std::size_t elements = 0;
  int points = 0;     // at which the function is finite
  double error = 0;   // relative; 0 where no element could be compared
  std::string place;  // "%u[2]", counted from 0 as in the IR
  int point = 0;      // from 1
  double gradient = 0, difference = 0;
  static constexpr double most = 1e-6;
  [[nodiscard]] bool ok() const { return error <= most; }
};

struct GradientCheck {
  std::map<std::string, std::int64_t> sizes;
  std::vector<CheckedGradient> functions;
  [[nodiscard]] bool ok() const;
  [[nodiscard]] std::vector<Diagnostic> problems() const;  // one for each that is wrong
};

[[nodiscard]] Result<GradientCheck> check_gradient(std::string_view ir_text,
                                                   const GradientCheckOptions& options = {},
                                                   const std::string& name = "<ir>");

}  // namespace elba
