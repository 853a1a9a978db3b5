#include "api/model/target.h"

#include <cmath>

namespace elba {

bool BoundTarget::log_density(std::span<const double> u, double jacobian, double& value,
                              std::span<double> gradient) {
  const auto status = call_log_joint(workspace_, u, jacobian, value, gradient);
  return static_cast<bool>(status) && std::isfinite(value);
}

bool BoundTarget::hessian_product(std::span<const double> u, std::span<const double> v, double jacobian,
                                  std::span<double> product) {
  return static_cast<bool>(call_hessian_product(workspace_, u, v, jacobian, product));
}

bool BoundTarget::constrain(std::span<const double> u, std::span<double> values) {
  return quantities_.evaluate(u.data(), values.data());
}

}  // namespace elba
