#include "api/output_draws.h"

namespace elba {

std::vector<DrawnArray> drawn_arrays(const Bound& bound) {
  std::vector<DrawnArray> arrays;
  std::size_t first = 0;
  const auto add = [&](const std::string& name, const ir::Type& type, bool is_prediction) {
    DrawnArray array{name, type, {}, first, 1, is_prediction};
    for (const ir::Dim& dim : type.shape) {
      array.shape.push_back(dim.evaluate(bound.impl->data->sizes).value_or(0));
      array.count *= static_cast<std::size_t>(array.shape.back());
    }
    first += array.count;
    arrays.push_back(std::move(array));
  };
  const Signature& signature = bound.impl->program->signature;
  for (const auto& unknown : signature.unknowns) add(unknown.name, unknown.type, false);
  for (const auto& prediction : signature.predictions) add(prediction.name, prediction.type, true);
  return arrays;
}

DrawTable draw_table(const Posterior& posterior) {
  DrawTable table;
  table.chains = posterior.chain_count;
  if (posterior.draw_count > 0) {
    table.names = posterior.draw_names;
    table.values = posterior.draws;
    table.draws = posterior.draw_count;
    return table;
  }
  for (const Quantity& quantity : posterior.quantities) {
    table.names.push_back(quantity.name);
    table.values.push_back(quantity.mean);
  }
  table.draws = table.chains = table.names.empty() ? 0 : 1;
  return table;
}

Result<std::vector<double>> unconstrained_row(const Bound& bound, Workspace& workspace, const std::vector<DrawnArray>& arrays, std::span<const double> row) {
  std::map<std::string, std::vector<double>> values;
  for (const DrawnArray& array : arrays)
    if (!array.is_prediction) values[array.name].assign(row.begin() + static_cast<std::ptrdiff_t>(array.first), row.begin() + static_cast<std::ptrdiff_t>(array.first + array.count));
  return bound.unconstrain(workspace, values);
}

}  // namespace elba
