// target: what inference sees of a bound model: a log density over unconstrained coordinates, its gradient
// and Hessian products, and the values that a point stands for. No IR, no compiled code, no data.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "runtime/inference/coordinates.h"
#include "runtime/inference/objective.h"

namespace elba::runtime {

// The calls of one thread.
class Target {
 public:
  virtual ~Target() = default;
  [[nodiscard]] virtual const Coordinates& coordinates() const = 0;
  // Where searches begin: params at their `init`, the rest at 0, unless the host gave a point.
  [[nodiscard]] virtual const std::vector<double>& start() const = 0;
  // False where a number is not finite, or the call was cut short. `jacobian` 1: on the real line; 0: on the
  // user's scale, as for modes. An empty gradient: the value only.
  virtual bool log_density(std::span<const double> u, double jacobian, double& value,
                           std::span<double> gradient) = 0;
  // product = Hessian of the same, times v.
  virtual bool hessian_product(std::span<const double> u, std::span<const double> v, double jacobian,
                               std::span<double> product) = 0;
  virtual bool constrain(std::span<const double> u, std::span<double> values) = 0;  // of the unknowns

  [[nodiscard]] std::size_t size() const { return coordinates().size; }
};

// As optimisers take them; the target outlives them.
[[nodiscard]] inline Objective objective_of(Target& target, double jacobian) {
  const std::size_t n = target.size();
  return {n, [&target, n, jacobian](const double* u, std::uint64_t, double& value, double* gradient) {
            return target.log_density({u, n}, jacobian, value,
                                      gradient == nullptr ? std::span<double>{} : std::span(gradient, n));
          }};
}
[[nodiscard]] inline auto hessian_product_of(Target& target, double jacobian) {
  return [&target, n = target.size(), jacobian](const double* u, const double* v, double* product) {
    return target.hessian_product({u, n}, {v, n}, jacobian, {product, n});
  };
}

}  // namespace elba::runtime
