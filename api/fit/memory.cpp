// memory: what a fit will take, counted before it begins: its draws, a guide with many parameters, the
// samplers' matrices, the predictions.
//
// Copies are counted as they are made: a draw of an unknown stands in the algorithm's table, in a column and
// in the answer.
#include <fmt/format.h>

#include "api/fit/fitter.h"
#include "api/model/memory.h"
#include "ir/guide_families.h"

namespace elba {

using runtime::MethodId;

namespace {

constexpr double bytes_per_number = 8;
constexpr double copies_of_draws = 3;
// Of a guide's parameters: gradients, averages, the last steps of a quasi-Newton method.
constexpr double copies_of_phi = 12;
// Of a dense metric or a curvature: the matrix, its factor, and room to make them.
constexpr double copies_of_matrix = 4;

std::string times(double draws, double count, const std::string& name) {
  return count == 1 ? fmt::format("{:.10g} draws of `{}`", draws, name)
                    : fmt::format("{:.10g} draws of `{}`, of {:.10g} numbers each", draws, name, count);
}

double count_of(const ir::Type& type, const Sizes& sizes) {
  double count = 1;
  for (const ir::Dim& dim : type.shape)
    count *= static_cast<double>(std::max<std::int64_t>(dim.evaluate(sizes).value_or(0), 0));
  return count;
}

}  // namespace

void Fitter::add_predictions_memory(MemoryNeed& need, double draws, const std::string& fewer) const {
  const Signature& signature = bound_.impl->program->signature;
  const Sizes& sizes = bound_.impl->data->sizes;
  const std::string without = (fewer.empty() ? "" : fewer + ", or ") + "leave out the prediction";
  const double n = static_cast<double>(bound_.dimension());
  need.add(times(draws, n, "coordinates"), 2 * bytes_per_number * draws * n, fewer);
  double all = 0;
  for (const auto& prediction : signature.predictions)
    all += count_of(prediction.type, sizes);
  for (const auto& prediction : signature.predictions) {
    const double count = count_of(prediction.type, sizes), kept = bytes_per_number * draws * count;
    // Streamed: as many columns as a block holds. Else every draw, and the table of draws anew.
    const KeptDraws table(std::span<const double>(), static_cast<std::size_t>(draws),
                          static_cast<std::size_t>(std::min(all, 1e15)));
    const double block = static_cast<double>(block_bytes(table, table.width(), ~std::size_t{0})) *
                         (all > 0 ? count / all : 0);
    need.add(times(draws, count, prediction.name),
             (options_.streams_predictions ? std::min(kept, block) : std::min(kept, block) + 2 * kept) +
                 static_cast<double>(sizeof(Quantity)) * count,
             without);
  }
}

void Fitter::add_guide_memory(MemoryNeed& need) const {
  const MethodId id = choice_.method->id;
  const bool is_declared = id == MethodId::automatic && !bound_.impl->program->signature.guide.empty(),
             is_response = id == MethodId::linear_response;
  if (!is_declared && !is_response && id != MethodId::family) return;
  const std::string family = is_declared ? "declared" : is_response ? "meanfield" : options_.method;
  const auto parameters = parameter_table(*bound_.impl, family);
  if (parameters)
    need.add(fmt::format("the guide{}, which has {:.10g} parameters",
                         is_declared ? "" : " `" + options_.method + "`",
                         static_cast<double>((*parameters)->size)),
             copies_of_phi * bytes_per_number * static_cast<double>((*parameters)->size),
             family == "meanfield" ? "" : "choose a smaller guide, such as `--method meanfield`");
}

Status Fitter::check_memory() {
  const bool is_mode = kind() == MethodKind::point,
             is_chained = kind() == MethodKind::sampler || options_.check_nuts;
  const double draws = is_mode ? 1 : options_.draws, n = static_cast<double>(bound_.dimension()),
               chains = options_.chains;
  MemoryNeed need("the fit");
  const std::string fewer = is_mode ? "" : "take fewer draws, `--draws`";
  for (const auto& unknown : bound_.impl->program->signature.unknowns) {
    const double count = count_of(unknown.type, bound_.impl->data->sizes);
    need.add(
        times(draws, count, unknown.name),
        bytes_per_number * copies_of_draws * draws * count + static_cast<double>(sizeof(Quantity)) * count,
        fewer);
  }
  if (has_predictions()) add_predictions_memory(need, draws, fewer);
  const double frame = static_cast<double>(workspace_->impl().gradient->executable->frame_bytes());
  need.add(fmt::format("workspaces of {:.10g} chains", is_chained ? chains : 1),
           frame * (is_chained ? chains : 1));
  if (is_chained && options_.dense_metric) {
    need.add(fmt::format("dense metrics of {:.10g} x {:.10g} numbers, for {:.10g} chains", n, n, chains),
             copies_of_matrix * bytes_per_number * n * n * chains, "leave out `--dense-metric`");
  }
  if (choice_.method->id == MethodId::laplace)
    need.add(fmt::format("the curvature at the mode, {:.10g} x {:.10g} numbers", n, n),
             copies_of_matrix * bytes_per_number * n * n, "choose another method");
  add_guide_memory(need);
  return need.check(bound_.impl->max_memory, "use smaller data");
}

}  // namespace elba
