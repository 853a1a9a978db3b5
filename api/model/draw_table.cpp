#include "api/model/draw_table.h"

#include <algorithm>
#include <limits>

#include "api/model/parallel.h"
#include "api/model/predicted_draws.h"

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
  for (const auto& unknown : signature.unknowns)
    add(unknown.name, unknown.type, false);
  for (const auto& prediction : signature.predictions)
    add(prediction.name, prediction.type, true);
  return arrays;
}

Result<DrawTable> draw_table(const Bound& bound, const Posterior& posterior, bool is_brief) {
  DrawTable table;
  table.unknowns = bound.constrained_names().size();
  table.chains = posterior.chain_count;
  table.draws = posterior.draw_count;
  if (posterior.draw_count > 0) {
    table.kept = std::make_shared<const KeptDraws>(std::span<const double>(posterior.draws),
                                                   posterior.draw_count, posterior.draw_names.size());
  } else {
    std::vector<double> values;
    for (const Quantity& quantity : posterior.quantities)
      values.push_back(quantity.mean);
    table.draws = table.chains = values.empty() ? 0 : 1;
    const std::size_t width = values.size();
    table.kept = std::make_shared<const KeptDraws>(std::move(values), table.draws, width);
  }
  if (is_brief || posterior.places == nullptr) return table;
  auto predicted = PredictedDraws::make(bound.impl, posterior.places, posterior.seed, true);
  if (!predicted) return predicted.diagnostics();
  table.predicted = *predicted;
  return table;
}

namespace {

class Densities : public DrawSource {
 public:
  Densities(const Bound& bound, const std::vector<DrawnArray>& arrays, std::shared_ptr<const KeptDraws> kept,
            std::size_t width, std::vector<std::unique_ptr<Workspace>> workspaces)
      : DrawSource(kept->draws(), width),
        bound_(bound),
        arrays_(arrays),
        kept_(std::move(kept)),
        workspaces_(std::move(workspaces)) {}

  [[nodiscard]] std::size_t workers() const override { return workspaces_.size(); }
  void rows(std::size_t first, std::size_t count, double* out, std::size_t worker = 0) const override {
    std::vector<double> values;
    for (std::size_t k = 0; k < count; ++k) {
      const auto u = unconstrained_row(bound_, *workspaces_[worker], arrays_, kept_->row(first + k));
      const bool is_known = u && bound_.log_likelihood(*workspaces_[worker], *u, values) &&
                            values.size() == width();
      if (is_known)
        std::copy(values.begin(), values.end(), out + k * width());
      else
        std::fill_n(out + k * width(), width(), std::numeric_limits<double>::quiet_NaN());
    }
  }

 private:
  Bound bound_;
  std::vector<DrawnArray> arrays_;
  std::shared_ptr<const KeptDraws> kept_;
  std::vector<std::unique_ptr<Workspace>> workspaces_;  // one a thread
};

}  // namespace

Result<std::shared_ptr<const DrawSource>> density_source(const Bound& bound,
                                                         const std::vector<DrawnArray>& arrays,
                                                         std::shared_ptr<const KeptDraws> kept,
                                                         std::size_t width) {
  std::vector<std::unique_ptr<Workspace>> workspaces;
  for (std::size_t k = 0; k < core_count(); ++k) {
    auto workspace = bare_workspace(bound);
    // Compiled here, so that what cannot be is said.
    if (auto call = workspace->impl().call({"log_likelihood", ""}); !call) return call.diagnostics();
    if (auto call = workspace->impl().call({"unconstrain", ""}); !call) return call.diagnostics();
    workspaces.push_back(std::move(workspace));
  }
  return std::shared_ptr<const DrawSource>(
      std::make_shared<Densities>(bound, arrays, std::move(kept), width, std::move(workspaces)));
}

Result<std::vector<double>> unconstrained_row(const Bound& bound, Workspace& workspace,
                                              const std::vector<DrawnArray>& arrays,
                                              std::span<const double> row) {
  std::map<std::string, std::vector<double>> values;
  for (const DrawnArray& array : arrays)
    if (!array.is_prediction)
      values[array.name].assign(row.begin() + static_cast<std::ptrdiff_t>(array.first),
                                row.begin() + static_cast<std::ptrdiff_t>(array.first + array.count));
  return bound.unconstrain(workspace, values);
}

}  // namespace elba
