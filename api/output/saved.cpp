// saved: what saved draws are good for: predictions on other data, and a place to start another fit
// from.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "api/model/draw_table.h"
#include "api/model/memory.h"
#include "api/model/predicted_draws.h"
#include "api/model/quantities.h"
#include "api/model/unguarded.h"
#include "api/output/unguarded.h"
#include "passes/passes.h"
#include "passes/rewrite/rewrite.h"
#include "runtime/inference/diagnostics/summaries.h"

namespace elba {

namespace {

// Columns of the saved draws in the order of the model's latents; an error that names the first array that
// differs.
Result<std::vector<std::size_t>> columns_of(const std::vector<Site>& sites, const SavedDraws& saved) {
  std::map<std::string, std::size_t> at;
  for (std::size_t k = 0; k < saved.names.size(); ++k)
    at[saved.names[k]] = k;
  std::vector<std::size_t> columns;
  for (const Site& site : sites) {
    const auto has = static_cast<std::size_t>(
        std::count_if(saved.names.begin(), saved.names.end(),
                      [&](const std::string& name) { return name.substr(0, name.find('[')) == site.name; }));
    if (has == 0)
      return make_diagnostic(Code::point_mismatch, {}, {"of a saved draw holds no `" + site.name + "`"})
          .suggest("give the folder of a fit of this model");
    if (has != site.value_size)
      return make_diagnostic(
                 Code::point_mismatch, {},
                 {fmt::format("of a saved draw has {} number{} for `{}`, but with these data it holds {}",
                              has, has == 1 ? "" : "s", site.name, site.value_size)})
          .suggest(
              "the sizes of latents must be those of the fit; only data that no latent's shape depends on "
              "may change in size");
    for (std::size_t k = 0; k < site.value_size; ++k) {
      const auto found = at.find(indexed_name(site.name, site.shape, k));
      if (found == at.end())
        return make_diagnostic(Code::point_mismatch, {},
                               {"of a saved draw holds no `" + indexed_name(site.name, site.shape, k) + "`"});
      columns.push_back(found->second);
    }
  }
  return columns;
}

class SavedPoints {
 public:
  static Result<SavedPoints> make(const Bound& bound, const SavedDraws& saved) {
    SavedPoints points(bound, saved);
    auto columns = columns_of(bound.impl->coordinates.sites, saved);
    if (!columns) return columns.diagnostics();
    points.columns_ = std::move(*columns);
    return points;
  }

  Result<std::vector<double>> at(Workspace& workspace, std::size_t draw) const {
    std::vector<double> row;
    for (const std::size_t column : columns_)
      row.push_back(saved_.values[draw * saved_.names.size() + column]);
    auto u = unconstrained_row(bound_, workspace, row);
    if (!u)
      return make_diagnostic(Code::point_mismatch, {},
                             {fmt::format("of saved draw {} has no finite coordinates: {}", draw + 1,
                                          u.diagnostics()[0].message)});
    return u;
  }

 private:
  SavedPoints(const Bound& bound, const SavedDraws& saved) : bound_(bound), saved_(saved) {}
  const Bound& bound_;
  const SavedDraws& saved_;
  std::vector<std::size_t> columns_;
};

}  // namespace

Result<Bound> unguarded::bind_for_prediction(const ProgramHandle& impl, const Data& data,
                                             const JitOptions& options) {
  const ir::Module module = passes::constrain(passes::inline_calls(impl->density));
  std::set<std::string> read;
  for (const char* name : {"constrain", "unconstrain", "predict"}) {
    const ir::Func* func = module.find(name);
    if (func == nullptr) continue;
    std::set<std::uint32_t> used;
    passes::walk(func->body, [&](const ir::Op& op) {
      for (const ir::ValueId operand : op.operands)
        used.insert(operand.index);
    });
    for (const ir::Param& param : func->params)
      if (used.contains(param.value.index)) read.insert(param.name);
  }
  // A bound may name data.
  for (const auto& field : impl->signature.data)
    for (const ir::Bound& bound : {field.lower, field.upper})
      if (const auto* name = std::get_if<std::string>(&bound)) read.insert(*name);
  return bind_without(Program{impl}, data, options,
                      [&](const std::string& name) { return !read.contains(name); });
}

Result<Predictions> unguarded::predict(const Bound& bound, const SavedDraws& saved, std::uint64_t seed,
                                       std::size_t draws) {
  auto points = SavedPoints::make(bound, saved);
  if (!points) return points.diagnostics();
  const auto workspace = bare_workspace(bound);
  if (bound.impl->program->signature.predictions.empty())
    return make_diagnostic(Code::method_not_applicable, {}, {"predict", "it has no `predict` statement"})
        .suggest("say what is wanted, `predict y_new[N] ~ normal(mu, sigma);`");
  const std::size_t count = draws == 0 ? saved.draw_count : std::min(draws, saved.draw_count);
  Places places{"", bound.dimension(), {}, {}, {}};
  places.u.reserve(count * places.width);
  for (std::size_t k = 0; k < count; ++k) {
    const auto u = points->at(*workspace, k * saved.draw_count / count);
    if (runtime::is_stopped()) return interrupted();
    if (!u) return u.diagnostics();
    places.u.insert(places.u.end(), u->begin(), u->end());
  }
  const auto predicted = PredictedDraws::make(bound.impl, std::make_shared<const Places>(std::move(places)),
                                              seed, false);
  if (!predicted) return predicted.diagnostics();
  MemoryNeed need("the predictions");
  const auto bytes = static_cast<double>(block_bytes(**predicted, (*predicted)->width(), ~std::size_t{0}));
  need.add(fmt::format("{} draws of {} numbers", count, (*predicted)->width()),
           std::min(bytes, (*predicted)->bytes()) +
               static_cast<double>(sizeof(Quantity)) * static_cast<double>((*predicted)->width()));
  if (auto status = need.check(bound.impl->max_memory, "use fewer of the draws, `--count`, or predict less");
      !status)
    return status.diagnostics();
  Predictions out;
  for (const Site& array : bound.impl->coordinates.predictions)
    out.arrays.push_back({array.name, array.shape, array.value_size});
  out.draws = *predicted;
  return out;
}

Result<std::vector<Quantity>> unguarded::summarise(const Predictions& predictions) {
  const DrawSource& draws = *predictions.draws;
  std::vector<Quantity> out(draws.width());
  std::size_t at = 0;
  for (const PredictionArray& array : predictions.arrays) {
    ElementNames names(array.name, array.shape);
    for (std::size_t k = 0; k < array.count; ++k)
      out[at++].name = names.next();
  }
  const auto look = [&](std::size_t column, std::span<const double> values) {
    std::string name = std::move(out[column].name);
    out[column] = runtime::summarise(std::move(name), values, {}, true);
  };
  if (!for_each_column(draws, 0, draws.width(), block_bytes(draws, draws.width(), ~std::size_t{0}), look))
    return interrupted();
  return out;
}

Result<std::vector<double>> unguarded::saved_mean(const Bound& bound, const SavedDraws& saved) {
  auto points = SavedPoints::make(bound, saved);
  if (!points) return points.diagnostics();
  const auto workspace = bare_workspace(bound);
  std::vector<double> mean(bound.dimension(), 0.0);
  for (std::size_t k = 0; k < saved.draw_count; ++k) {
    const auto u = points->at(*workspace, k);
    if (runtime::is_stopped()) return interrupted();
    if (!u) return u.diagnostics();
    for (std::size_t j = 0; j < mean.size(); ++j)
      mean[j] += (*u)[j] / static_cast<double>(saved.draw_count);
  }
  return mean;
}

}  // namespace elba
