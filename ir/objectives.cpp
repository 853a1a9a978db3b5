#include "ir/objectives.h"

namespace elba::ir {

namespace {

using enum ObjectiveForm;

constexpr ObjectiveName objectives[] = {
#define OBJECTIVE(name, argument, particles, form, sentence) {#name, argument, particles, form, sentence},
#include "ir/objectives.def"
#undef OBJECTIVE
};

constexpr EstimatorName estimators[] = {
#define ESTIMATOR(name, argument, is_unbiased, sentence) {#name, argument, is_unbiased, sentence},
#include "ir/estimators.def"
#undef ESTIMATOR
};

}  // namespace

std::span<const ObjectiveName> objective_names() { return objectives; }

const ObjectiveName* find_objective(std::string_view name) {
  for (const ObjectiveName& row : objectives)
    if (row.name == name) return &row;
  return nullptr;
}

std::span<const EstimatorName> estimator_names() { return estimators; }

const EstimatorName* find_estimator(std::string_view name) {
  for (const EstimatorName& row : estimators)
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace elba::ir
