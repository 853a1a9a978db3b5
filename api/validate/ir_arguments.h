// ir_arguments: sizes and arguments at which the interpreter runs a function of a module: what is given by
// name, and small random values within their bounds for the rest.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ir/interpret.h"
#include "ir/module.h"
#include "runtime/data/data.h"
#include "support/result.h"

namespace elba {

using IrSizes = std::map<std::string, std::int64_t>;
using IrArguments = std::map<std::string, ir::Tensor>;  // by the names of parameters

// Numbers from 0 to 1 by a counter, so that they are the same everywhere.
class UniformNumbers {
 public:
  explicit UniformNumbers(std::uint64_t seed) : seed_(seed) {}
  double next();
  double between(double low, double high) { return low + (high - low) * next(); }

 private:
  std::uint64_t seed_, next_ = 0;
};

// Of every dim of the module, derived ones included. An array that is given says the dims of its shape.
[[nodiscard]] Result<IrSizes> sizes_of_module(const ir::Module& module, const ir::Func& func,
                                              const IrSizes& given, const runtime::DataSet& data);

// Of every parameter of the function, inputs and caches excepted.
[[nodiscard]] Result<IrArguments> arguments_of(const ir::Func& func, const IrSizes& sizes,
                                               const runtime::DataSet& data, UniformNumbers& numbers);

// A real tensor of the type's shape with elements between two numbers.
[[nodiscard]] ir::Tensor random_tensor(const ir::Type& type, const IrSizes& sizes, double low, double high,
                                       UniformNumbers& numbers);

}  // namespace elba
