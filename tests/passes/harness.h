// harness: modules from text, passes by name, and functions run by the interpreter, for the tests of passes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/interpret.h"
#include "ir/module.h"

namespace elba::test {

using Sizes = std::map<std::string, std::int64_t>;

// A module at this level with dims N, D, K, J, T, U declared, holding the given functions (and dists).
[[nodiscard]] ir::Module module_of(const std::string& body, const std::string& level = "tensor");
[[nodiscard]] ir::Module parsed(const std::string& text);

// The passes named, separated by blanks, in order; verifies after each. "optimise" is the driver's list.
[[nodiscard]] ir::Module run_passes(ir::Module module, const std::string& names);

[[nodiscard]] std::vector<ir::Tensor> evaluate(const ir::Module& module, const std::string& func,
                                               const std::vector<ir::Tensor>& arguments, const Sizes& sizes);
// @f, with the caches that @f.bind computes where there is one.
[[nodiscard]] std::vector<ir::Tensor> evaluate_staged(const ir::Module& module, const std::string& func,
                                                      const std::vector<ir::Tensor>& arguments,
                                                      const Sizes& sizes);

// Empty when both agree: shapes exactly, numbers to a relative tolerance (nan equals nan), else what differs.
[[nodiscard]] std::string difference(const std::vector<ir::Tensor>& a, const std::vector<ir::Tensor>& b,
                                     double tolerance);

[[nodiscard]] int count_ops(const ir::Func& func, ir::Opcode code);      // also inside
[[nodiscard]] int count_top_ops(const ir::Func& func, ir::Opcode code);  // of the function's own level

}  // namespace elba::test
