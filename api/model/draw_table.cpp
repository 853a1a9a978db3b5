#include "api/model/draw_table.h"

#include <algorithm>
#include <limits>

#include "api/model/parallel.h"
#include "api/model/predicted_draws.h"

namespace elba {

Result<DrawTable> draw_table(const Bound& bound, const Posterior& posterior, bool is_brief) {
  DrawTable table;
  table.unknowns = bound.impl->coordinates.value_size;
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
  Densities(const Bound& bound, std::shared_ptr<const KeptDraws> kept, std::size_t width,
            std::vector<std::unique_ptr<Workspace>> workspaces)
      : DrawSource(kept->draws(), width),
        bound_(bound),
        kept_(std::move(kept)),
        workspaces_(std::move(workspaces)) {}

  [[nodiscard]] std::size_t workers() const override { return workspaces_.size(); }
  void rows(std::size_t first, std::size_t count, double* out, std::size_t worker = 0) const override {
    std::vector<double> values;
    for (std::size_t k = 0; k < count; ++k) {
      const auto u = unconstrained_row(bound_, *workspaces_[worker], kept_->row(first + k));
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
  std::shared_ptr<const KeptDraws> kept_;
  std::vector<std::unique_ptr<Workspace>> workspaces_;  // one a thread
};

}  // namespace

Result<std::shared_ptr<const DrawSource>> density_source(const Bound& bound,
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
      std::make_shared<Densities>(bound, std::move(kept), width, std::move(workspaces)));
}

Result<std::vector<double>> unconstrained_row(const Bound& bound, Workspace& workspace,
                                              std::span<const double> row) {
  std::map<std::string, std::vector<double>> values;
  for (const Site& site : bound.impl->coordinates.sites) {
    const auto own = row.subspan(site.value_first, site.value_size);
    values[site.name].assign(own.begin(), own.end());
  }
  return bound.unconstrain(workspace, values);
}

}  // namespace elba
