// sbc: simulation-based calibration of a method of inference on a model (api/calibration.h).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "api/calibration.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/progress.h"

namespace elba::cli {

namespace {

using Json = nlohmann::ordered_json;

Json calibration_json(const Calibration& found, int ranks, double seconds) {
  Json out{{"model", found.model},
           {"method", found.method},
           {"passes", found.passes},
           {"reasons", found.reasons},
           {"replications", found.replications},
           {"distrusted", found.distrusted},
           {"failed", found.failed},
           {"ranks", ranks},
           {"limit", found.limit},
           {"interrupted", found.interrupted},
           {"seconds", seconds},
           {"quantities", Json::array()}};
  for (const CalibratedQuantity& quantity : found.quantities)
    out["quantities"].push_back({{"name", quantity.name},
                                 {"p", quantity.p},
                                 {"mean_rank", quantity.mean_rank},
                                 {"spread", quantity.spread},
                                 {"finding", quantity.finding},
                                 {"ranks", quantity.ranks}});
  return out;
}

void print_calibration(const Calibration& found, int ranks) {
  constexpr std::size_t most_rows = 40;
  std::vector<const CalibratedQuantity*> rows;
  std::size_t width = 11;
  for (const CalibratedQuantity& quantity : found.quantities) {
    rows.push_back(&quantity);
    width = std::max(width, quantity.name.size());
  }
  const bool is_cut = rows.size() > most_rows;
  if (is_cut)
    std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) { return a->p < b->p; });
  fmt::print("{:<{}}  {:>9} {:>10} {:>8}\n", "", width, "p", "mean rank", "spread");
  for (std::size_t k = 0; k < std::min(most_rows, rows.size()); ++k)
    fmt::print("{:<{}}  {:>9.2g} {:>10.3f} {:>8.2f}{}\n", rows[k]->name, width, rows[k]->p,
               rows[k]->mean_rank, rows[k]->spread, rows[k]->finding.empty() ? "" : "  " + rows[k]->finding);
  if (is_cut) fmt::print("... {} more, with larger p; --format=json gives all\n", rows.size() - most_rows);
  fmt::print(
      "\n{} replications of `{}`, each with {} draws; right: mean rank 0.5, spread 1, p above {:.1e}\n",
      found.replications, found.method, ranks, found.limit);
  fmt::print("{}\n", found.passes ? "passes: the ranks are what right posteriors give"
                                  : "fails: do not trust this method on this model");
  for (const std::string& reason : found.reasons)
    fmt::print("  - {}\n", reason);
  if (found.interrupted) fmt::print("  - interrupted: judged by what there was\n");
}

}  // namespace

int sbc(const CalibrateArguments& arguments) {
  int code = exit_done;
  const WorkLimit limit(seconds_of(arguments.common));
  auto model = load_model(arguments.common, code);
  if (!model) return code;
  const auto given = read_data(arguments.common, code);
  if (!given) return code;
  CalibrationOptions options;
  options.replications = arguments.replications;
  options.ranks = arguments.draws;
  options.fit.method = arguments.method;
  options.fit.seed = arguments.seed;
  options.fit.chains = arguments.chains;
  options.fit.warmup = arguments.warmup;
  ProgressLine line;
  const InterruptGuard guard;
  options.cancel = InterruptGuard::flag();
  options.progress = [&](int done) {
    line.show("sbc", static_cast<double>(done) / arguments.replications,
              fmt::format("{} of {} replications", done, arguments.replications));
  };
  const auto begin = std::chrono::steady_clock::now();
  const auto found = calibrate(model->program, model->program, *given, options,
                               jit_options(arguments.common));
  line.clear();
  if (!found) return report(*model, found.diagnostics(), arguments.common.format);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (arguments.common.format == "json")
    fmt::print("{}\n", calibration_json(*found, arguments.draws, seconds).dump());
  else
    print_calibration(*found, arguments.draws);
  return found->passes ? exit_done : exit_distrust;
}

}  // namespace elba::cli
