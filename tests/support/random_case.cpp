// random_case: sizes and arguments at which a random module is run.
#include <algorithm>
#include <random>

#include "tests/support/random_module.h"

namespace elba::test {

using namespace ir;

RandomCase random_case(const Module& module, std::uint64_t seed,
                       const std::map<std::string, std::int64_t>& dims) {
  std::mt19937_64 engine(seed ^ 0x9E3779B97F4A7C15u);
  RandomCase made;
  made.dims = dims;
  const auto size = [&](const char* name, std::int64_t most) {
    made.dims.try_emplace(name, std::uniform_int_distribution<std::int64_t>(1, most)(engine));
  };
  size("N", 6);
  size("K", 4);
  const Func& func = *module.find("f");
  for (const Param& param : func.params) {
    const Type& type = func.type(param.value);
    Tensor tensor;
    tensor.scalar = type.scalar;
    if (type.kind == Kind::key) {
      tensor.key = engine();
      tensor.values = {0};
      made.arguments.push_back(std::move(tensor));
      continue;
    }
    std::int64_t count = 1;
    for (const Dim& dim : type.shape) {
      tensor.shape.push_back(*dim.evaluate(made.dims));
      count *= tensor.shape.back();
    }
    for (std::int64_t i = 0; i < count; ++i) {
      if (type.scalar == Scalar::f64) {
        tensor.values.push_back(std::uniform_real_distribution<double>(
            std::get<double>(param.lower), std::get<double>(param.upper))(engine));
      } else {
        const std::int64_t low = *std::get<Dim>(param.lower).evaluate(made.dims),
                           high = *std::get<Dim>(param.upper).evaluate(made.dims);
        tensor.values.push_back(
            static_cast<double>(std::uniform_int_distribution<std::int64_t>(low, high)(engine)));
      }
    }
    made.arguments.push_back(std::move(tensor));
  }
  return made;
}

}  // namespace elba::test
