// harness: runs a function of a tensor-level module three ways (interpreted, bufferised and interpreted,
// compiled) and compares.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "codegen/jit.h"
#include "ir/interpret.h"
#include "ir/module.h"

namespace elba::test {

using Sizes = std::map<std::string, std::int64_t>;

[[nodiscard]] ir::Module parse(const std::string& text);  // fails the test when the text is not a module
// Verified, and the same after printing and parsing.
[[nodiscard]] ir::Module bufferise_checked(const ir::Module& module);

// Arguments within the parameters' bounds: reals in [0.1, 0.9] scaled into them, integers over their whole
// range.
[[nodiscard]] std::vector<ir::Tensor> random_arguments(const ir::Module& module, const std::string& func,
                                                       const Sizes& sizes, std::uint64_t seed);

[[nodiscard]] codegen::CompiledModule compile(const ir::Module& loop_module);
// Outputs and workspace are filled with nan before the call, so that what is read or returned unwritten
// shows.
[[nodiscard]] std::vector<ir::Tensor> run_compiled(const codegen::CompiledModule& compiled,
                                                   const std::string& func,
                                                   const std::vector<ir::Tensor>& arguments,
                                                   const Sizes& sizes);

void check_equal(const std::vector<ir::Tensor>& expected, const std::vector<ir::Tensor>& found,
                 double tolerance = 1e-12);
void check_agreement(const ir::Module& module, const std::string& func, const Sizes& sizes,
                     std::uint64_t seed = 1);

// How many ops of this code the function has, in all its regions.
[[nodiscard]] int count_opcode(const ir::Func& func, ir::Opcode code);
[[nodiscard]] int count_arena(const ir::Func& func);

}  // namespace elba::test
