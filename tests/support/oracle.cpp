#include "tests/support/oracle.h"

#include <limits>
#include <random>

#include "api/model/pipeline.h"
#include "passes/passes.h"

namespace elba::test {

namespace {

void move_last_digits(std::vector<double>& values, std::uint64_t nudge) {
  if (nudge == 0) return;
  std::minstd_rand rng(static_cast<unsigned>(nudge));
  for (double& value : values)
    value *= 1 + (static_cast<double>(rng() % 9) - 4) * std::numeric_limits<double>::epsilon();
}

}  // namespace

std::vector<ir::Tensor> interpreter_arguments(const Bound& bound, const ir::Func& func,
                                              const std::vector<double>& u, std::uint64_t nudge) {
  std::vector<ir::Tensor> arguments;
  for (const ir::Param& param : func.params) {
    if (param.role == ir::Role::data) {
      const HostArray& array = bound.impl->data->arrays.at(param.name);
      ir::Tensor tensor;
      tensor.scalar = array.type.scalar;
      tensor.shape = array.shape;
      if (array.type.scalar == ir::Scalar::i64)
        tensor.values.assign(array.integers.begin(), array.integers.end());
      else
        move_last_digits(tensor.values = array.reals, nudge);
      arguments.push_back(std::move(tensor));
    } else if (param.role == ir::Role::input) {
      arguments.push_back(ir::Tensor::vector(u));
      move_last_digits(arguments.back().values, nudge);
    } else {
      arguments.push_back(ir::Tensor::real(1.0));
    }
  }
  return arguments;
}

Result<std::vector<ir::Tensor>> interpret_bound(const Bound& bound, const ir::Module& module,
                                                const std::string& function, const std::vector<double>& u,
                                                std::uint64_t nudge) {
  Sizes sizes = bound.impl->data->sizes;
  ir::complete_sizes(module, sizes);
  return ir::interpret(module, function, interpreter_arguments(bound, *module.find(function), u, nudge),
                       sizes);
}

Result<OracleValue> oracle_log_joint(const Bound& bound, const std::vector<double>& u, std::uint64_t nudge) {
  const ir::Module density = passes::constrain(passes::inline_calls(bound.impl->program->density));
  const ir::Module plain = passes::differentiate(passes::expand(keep_functions(density, {"log_joint"})));
  const auto value = interpret_bound(bound, density, "log_joint", u, nudge);
  if (!value) return value.diagnostics();
  const auto gradient = interpret_bound(bound, plain, "log_joint.grad", u, nudge);
  if (!gradient) return gradient.diagnostics();
  return OracleValue{(*value)[0].values[0], (*gradient)[1].values};
}

}  // namespace elba::test
