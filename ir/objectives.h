// objectives: the names of objectives and of gradient estimators, as attributes and options have them. An
// objective is a function of the log weights of draws of a guide; an estimator is a property of one draw.
#pragma once

#include <span>
#include <string_view>

namespace elba::ir {

enum class ObjectiveForm { linear, of_weights };

struct ObjectiveName {
  std::string_view name;
  std::string_view argument;  // what its number means; empty: it takes none
  int particles = 1;
  ObjectiveForm form = ObjectiveForm::linear;
  std::string_view is;
};
[[nodiscard]] std::span<const ObjectiveName> objective_names();
[[nodiscard]] const ObjectiveName* find_objective(std::string_view name);

struct EstimatorName {
  std::string_view name;
  std::string_view argument;
  bool is_unbiased = true;
  std::string_view is;
};
[[nodiscard]] std::span<const EstimatorName> estimator_names();
[[nodiscard]] const EstimatorName* find_estimator(std::string_view name);

}  // namespace elba::ir
