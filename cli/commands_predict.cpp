// predict: what `predict` names, from the draws of a saved fit, with the data given now. Data that only the
// likelihood reads may be missing.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "api/output/json_stream.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/output_files.h"
#include "cli/streamed_file.h"

namespace elba::cli {

namespace {

using Json = nlohmann::ordered_json;

}  // namespace

int predict(const PredictArguments& arguments) {
  int code = exit_done;
  const WorkLimit limit(seconds_of(arguments.common));
  auto loaded = load_bound(arguments.common, code, true);
  if (!loaded) return code;
  if (!arguments.out_dir.empty() && !make_folder(arguments.out_dir)) return exit_usage;
  const auto saved = read_draws(arguments.draws_dir, code);
  if (!saved) return code;
  const auto found = elba::predict(loaded->bound, *saved, arguments.seed,
                                   static_cast<std::size_t>(arguments.count));
  if (!found) return report(loaded->model, found.diagnostics(), arguments.common.format);

  const auto rows = summarise(*found);
  if (!rows) return report(loaded->model, rows.diagnostics(), arguments.common.format);

  // A predict of its own is no fit that ended badly, so the exit code stays; but nobody should use the
  // numbers without knowing.
  if (saved->verdict == "do_not_trust")
    fmt::print(stderr,
               "elba: the fit in `{}` ended with the verdict `do not trust`, and its predictions are no "
               "better than it\n",
               arguments.draws_dir);
  const auto stream = [&](bool is_indented, const TextSink& sink) {
    const Json head{{"diagnostics", warnings_json(loaded->model)},
                    {"model", loaded->model.program.signature().model},
                    {"fit_verdict", saved->verdict.empty() ? Json() : Json(saved->verdict)},
                    {"draws", found->draws->draws()}};
    const auto item = [&](std::size_t k) {
      const Quantity& row = (*rows)[k];
      return Json{{"name", row.name},
                  {"mean", finite_or_null(row.mean)},
                  {"sd", finite_or_null(row.sd)},
                  {"q05", finite_or_null(row.q05)},
                  {"q50", finite_or_null(row.q50)},
                  {"q95", finite_or_null(row.q95)}};
    };
    (void)stream_json(head, "quantities", rows->size(), item, Json::object(), is_indented, sink);
    sink("\n");
  };
  if (arguments.common.format == "json") {
    stream(false, [](std::string_view piece) {
      fmt::print("{}", piece);
      return true;
    });
  } else {
    std::size_t width = 8;
    for (const Quantity& row : *rows)
      width = std::max(width, row.name.size());
    fmt::print("{:<{}}  {:>11} {:>11} {:>11} {:>11} {:>11}\n", "", width, "mean", "sd", "5%", "50%", "95%");
    for (const Quantity& row : *rows)
      fmt::print("{:<{}}  {:>11.4g} {:>11.4g} {:>11.4g} {:>11.4g} {:>11.4g}\n", row.name, width, row.mean,
                 row.sd, row.q05, row.q50, row.q95);
  }
  if (arguments.out_dir.empty()) return exit_done;
  std::vector<std::unique_ptr<StreamedFile>> files;
  StreamedFile& csv = *files.emplace_back(
      std::make_unique<StreamedFile>(arguments.out_dir + "/predictions.csv"));
  const bool is_whole = write_predictions_csv(*found,
                                              [&](std::string_view piece) { return csv.write(piece); });
  if (!is_whole && !csv.has_failed()) {  // the time was up
    fmt::print(stderr, "elba: there was no time for `{}/predictions.csv`\n", arguments.out_dir);
    return exit_usage;
  }
  StreamedFile& json = *files.emplace_back(
      std::make_unique<StreamedFile>(arguments.out_dir + "/predictions.json"));
  stream(true, [&](std::string_view piece) { return json.write(piece); });
  return commit_all(files) ? exit_done : exit_usage;
}

}  // namespace elba::cli
