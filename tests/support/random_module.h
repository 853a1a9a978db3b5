// random_module: well-typed random modules, made from the op table, for the tests of passes and of compiled
// code.
//
//     func @f(%x: f64[N] data, %X: f64[N, K] data, %s: f64 data, %g: i64[N] data lower(1) upper(K),
//             %c: i64[N] data, %u: f64[..] input) -> (f64, ..)
//
// The first result is a real scalar to which everything else contributes, so that it can be differentiated in
// %u. Operands are mapped into the op's domain before use, so that all values are finite and derivatives
// exist except at single points; integers stay small.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ir/interpret.h"
#include "ir/module.h"

namespace elba::test {

struct RandomOptions {
  // Density: also elementwise ops on tensors, contract and the combiner lse.
  ir::Level level = ir::Level::tensor;
  int statements = 12;           // at the top; regions have fewer
  bool has_key = false;          // a parameter %key and draws from it
  bool has_linalg = true;        // chol and trisolve
  bool has_tensor_state = true;  // sums and carries of whole vectors
  bool has_stop_grad = false;    // then the gradient is not the slope of the value
};

[[nodiscard]] ir::Module random_module(std::uint64_t seed, const RandomOptions& options = {});

struct RandomCase {
  std::map<std::string, std::int64_t> dims;
  std::vector<ir::Tensor> arguments;  // of @f, within the bounds that its parameters state
};
// Sizes from 1 to 6 (N) and 1 to 4 (K), or as given.
[[nodiscard]] RandomCase random_case(const ir::Module& module, std::uint64_t seed,
                                     const std::map<std::string, std::int64_t>& dims = {});

}  // namespace elba::test
