// target: a bound model as inference sees it (runtime/inference/target.h), over one workspace.
#pragma once

#include <vector>

#include "api/model/calls.h"
#include "api/model/quantities.h"
#include "runtime/inference/target.h"

namespace elba {

class BoundTarget final : public runtime::Target {
 public:
  // The workspace outlives it.
  BoundTarget(Workspace::Impl& workspace, Quantities quantities, std::vector<double> start)
      : workspace_(workspace), quantities_(std::move(quantities)), start_(std::move(start)) {}

  [[nodiscard]] const Coordinates& coordinates() const override { return workspace_.bound->coordinates; }
  [[nodiscard]] const std::vector<double>& start() const override { return start_; }
  bool log_density(std::span<const double> u, double jacobian, double& value,
                   std::span<double> gradient) override;
  bool hessian_product(std::span<const double> u, std::span<const double> v, double jacobian,
                       std::span<double> product) override;
  bool constrain(std::span<const double> u, std::span<double> values) override;

  [[nodiscard]] const Quantities& quantities() const { return quantities_; }

 private:
  Workspace::Impl& workspace_;
  Quantities quantities_;
  std::vector<double> start_;
};

}  // namespace elba
