// interpret: the reference meaning of the IR, at density, tensor and loop level. Slow and plain on purpose,
// and independent of the runtime (its own special functions, its own triple-loop Cholesky), so that agreement
// with compiled code is evidence.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ir/module.h"
#include "support/result.h"

namespace elba::ir {

// A tensor as the interpreter holds it: row-major doubles (integers and booleans are exact in them up to
// 2^53).
struct Tensor {
  Scalar scalar = Scalar::f64;
  std::vector<std::int64_t> shape;
  std::vector<double> values;
  std::uint64_t key = 0;  // when the value is a random key

  static Tensor real(double value) { return {Scalar::f64, {}, {value}, 0}; }
  static Tensor vector(std::vector<double> values) {
    const auto n = static_cast<std::int64_t>(values.size());
    return {Scalar::f64, {n}, std::move(values), 0};
  }
};

// Runs one function on arguments in parameter order. `dims` gives the module's dims. Reading out of range is
// an error, not a crash. A density-level @model is interpreted through its densities only after `constrain`;
// here `latent` is refused.
[[nodiscard]] Result<std::vector<Tensor>> interpret(const Module& module, const std::string& func,
                                                    const std::vector<Tensor>& arguments,
                                                    const std::map<std::string, std::int64_t>& dims);

}  // namespace elba::ir
