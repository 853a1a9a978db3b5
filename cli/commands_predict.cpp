// predict: what `predict` names, from the draws of a saved fit, with the data given now. Data that only the likelihood reads may be missing.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/output_files.h"

namespace elba::cli {

namespace {

using Json = nlohmann::ordered_json;

// Of the draws of one name; quantiles between two draws are interpolated.
struct Row {
  double mean = 0, sd = 0, q05 = 0, q50 = 0, q95 = 0;
};

Row summarise(std::vector<double> values) {
  Row row;
  const double n = static_cast<double>(values.size());
  for (const double value : values) row.mean += value / n;
  for (const double value : values) row.sd += (value - row.mean) * (value - row.mean);
  row.sd = n > 1 ? std::sqrt(row.sd / (n - 1)) : 0;
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double p) {
    const double at = p * (n - 1);
    const auto low = static_cast<std::size_t>(at), high = std::min(low + 1, values.size() - 1);
    return low == high ? values[low] : values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
  };
  row.q05 = quantile(0.05);
  row.q50 = quantile(0.5);
  row.q95 = quantile(0.95);
  return row;
}

Json number(double value) {
  if (std::isfinite(value)) return value;
  return nullptr;
}

std::string csv_of(const Predictions& found) {
  std::string csv;
  for (std::size_t k = 0; k < found.names.size(); ++k) {
    std::string name = found.names[k];
    std::erase(name, ']');
    for (char& c : name)
      if (c == '[' || c == ',') c = '.';
    csv += (k ? "," : "") + name;
  }
  csv += "\n";
  for (std::size_t k = 0; k < found.values.size(); ++k) csv += fmt::format("{}{}", found.values[k], (k + 1) % found.names.size() == 0 ? "\n" : ",");
  return csv;
}

}  // namespace

int predict(const PredictArguments& arguments) {
  int code = exit_done;
  const WorkLimit limit(seconds_of(arguments.common));
  auto loaded = load_bound(arguments.common, code, true);
  if (!loaded) return code;
  if (!arguments.out_dir.empty() && !make_folder(arguments.out_dir)) return exit_usage;
  const auto saved = read_draws(arguments.draws_dir, code);
  if (!saved) return code;
  const auto found = elba::predict(loaded->bound, *saved, arguments.seed, static_cast<std::size_t>(arguments.count));
  if (!found) return report(loaded->model, found.diagnostics(), arguments.common.format);

  // A predict of its own is no fit that ended badly, so the exit code stays; but nobody should use the numbers without knowing.
  if (saved->verdict == "do_not_trust") fmt::print(stderr, "elba: the fit in `{}` ended with the verdict `do not trust`, and its predictions are no better than it\n", arguments.draws_dir);
  Json out{{"diagnostics", warnings_json(loaded->model)}, {"model", loaded->model.program.signature().model}, {"fit_verdict", saved->verdict.empty() ? Json() : Json(saved->verdict)},
           {"draws", found->draw_count}, {"quantities", Json::array()}};
  std::size_t width = 8;
  for (const std::string& name : found->names) width = std::max(width, name.size());
  const bool is_json = arguments.common.format == "json";
  if (!is_json) fmt::print("{:<{}}  {:>11} {:>11} {:>11} {:>11} {:>11}\n", "", width, "mean", "sd", "5%", "50%", "95%");
  for (std::size_t k = 0; k < found->names.size(); ++k) {
    std::vector<double> values;
    for (std::size_t draw = 0; draw < found->draw_count; ++draw) values.push_back(found->values[draw * found->names.size() + k]);
    const Row row = summarise(std::move(values));
    out["quantities"].push_back({{"name", found->names[k]}, {"mean", number(row.mean)}, {"sd", number(row.sd)}, {"q05", number(row.q05)}, {"q50", number(row.q50)}, {"q95", number(row.q95)}});
    if (!is_json) fmt::print("{:<{}}  {:>11.4g} {:>11.4g} {:>11.4g} {:>11.4g} {:>11.4g}\n", found->names[k], width, row.mean, row.sd, row.q05, row.q50, row.q95);
  }
  if (is_json) fmt::print("{}\n", out.dump());
  if (arguments.out_dir.empty()) return exit_done;
  const bool has_csv = write_file(arguments.out_dir + "/predictions.csv", csv_of(*found));
  const bool has_json = write_file(arguments.out_dir + "/predictions.json", out.dump(2) + "\n");
  return has_csv && has_json ? exit_done : exit_usage;
}

}  // namespace elba::cli
