// log-density: the log joint density and its gradient at points of a file, in the coordinates of cli.md.
#include <fmt/format.h>

#include <cstdio>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/files.h"

namespace elba::cli {

namespace {

bool flatten(const nlohmann::json& value, std::vector<double>& out) {
  if (value.is_number()) {
    out.push_back(value.get<double>());
    return true;
  }
  if (value.is_string()) {  // JSON has no words for these
    const auto text = value.get<std::string>();
    if (text == "NaN" || text == "nan")
      out.push_back(std::numeric_limits<double>::quiet_NaN());
    else if (text == "inf" || text == "Infinity")
      out.push_back(std::numeric_limits<double>::infinity());
    else if (text == "-inf" || text == "-Infinity")
      out.push_back(-std::numeric_limits<double>::infinity());
    else
      return false;
    return true;
  }
  if (!value.is_array()) return false;
  for (const nlohmann::json& element : value)
    if (!flatten(element, out)) return false;
  return true;
}

// JSON has no infinities or NaN; strings stand for them, as in the data files.
nlohmann::json number_or_name(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "NaN" : value > 0 ? "inf" : "-inf";
}

// "row", "stan" or "stan:A,B" to the positions here of the coordinates as they are given and printed.
Result<std::vector<std::size_t>> positions_of(const std::string& order, const Bound& bound) {
  if (order == "row") {
    std::vector<std::size_t> positions(bound.dimension());
    std::iota(positions.begin(), positions.end(), std::size_t{0});
    return positions;
  }
  std::vector<std::string> matrices;
  if (order.starts_with("stan:"))
    for (std::size_t at = 5; at <= order.size();) {
      const std::size_t end = std::min(order.find(',', at), order.size());
      matrices.push_back(order.substr(at, end - at));
      at = end + 1;
    }
  else if (order != "stan")
    return make_diagnostic(Code::usage_error, {},
                           {"--order is `row`, `stan` or `stan:A,B`, not `" + order + "`"});
  return bound.stan_order(matrices);
}

}  // namespace

int log_density(const CommonOptions& options, const std::string& points_file, const std::string& order) {
  int code = exit_done;
  const WorkLimit limit(seconds_of(options));
  auto loaded = load_bound(options, code);
  if (!loaded) return code;
  const auto text = read_file(points_file);
  if (!text) return exit_usage;
  const nlohmann::json points = parse_json(*text);
  if (points.is_discarded() || !points.contains("points") || !points["points"].is_array()) {
    fmt::print(stderr,
               "elba: `{}` is not a points file; write {{\"points\": [{{\"unconstrained\": [..]}}, ..]}}\n",
               points_file);
    return exit_data;
  }
  auto workspace = loaded->bound.workspace();
  if (!workspace) return report(loaded->model, workspace.diagnostics(), options.format);
  const auto positions = positions_of(order, loaded->bound);
  if (!positions) {
    report(loaded->model, positions.diagnostics(), options.format);
    return exit_usage;
  }
  const std::size_t dimension = loaded->bound.dimension();
  nlohmann::json answers = nlohmann::json::array();
  for (std::size_t k = 0; k < points["points"].size(); ++k) {
    const nlohmann::json& point = points["points"][k];
    std::vector<double> u;
    if (point.contains("unconstrained")) {
      std::vector<double> given;
      if (!flatten(point["unconstrained"], given) || given.size() != dimension)
        return report(loaded->model,
                      {make_diagnostic(Code::point_mismatch, {},
                                       {fmt::format("has {} unconstrained coordinate{}, but the model has {}",
                                                    given.size(), given.size() == 1 ? "" : "s", dimension)})
                           .note(fmt::format("it is point {} of `{}`", k + 1, points_file))},
                      options.format);
      u.resize(dimension);
      for (std::size_t i = 0; i < dimension; ++i)
        u[(*positions)[i]] = given[i];
    } else if (point.contains("constrained") && point["constrained"].is_object()) {
      std::map<std::string, std::vector<double>> values;
      for (const auto& [name, value] : point["constrained"].items()) {
        if (!flatten(value, values[name])) {
          fmt::print(stderr, "elba: point {}: `{}` is not a number or an array of numbers\n", k + 1, name);
          return exit_data;
        }
      }
      auto found = loaded->bound.unconstrain(**workspace, values);
      if (!found) {
        report(loaded->model, found.diagnostics(), options.format);
        return exit_data;
      }
      u = std::move(*found);
    } else {
      fmt::print(stderr, "elba: point {} has neither `unconstrained` nor `constrained`\n", k + 1);
      return exit_data;
    }
    double plain = 0, with_jacobian = 0;
    std::vector<double> gradient(dimension);
    for (const bool jacobian : {false, true}) {
      const auto status = loaded->bound.log_density(
          **workspace, u, jacobian, jacobian ? with_jacobian : plain,
          jacobian ? std::span<double>(gradient) : std::span<double>{});
      if (!status) return report(loaded->model, status.diagnostics(), options.format);
    }
    nlohmann::json slopes = nlohmann::json::array();
    for (const std::size_t position : *positions)
      slopes.push_back(number_or_name(gradient[position]));
    answers.push_back({{"log_density", number_or_name(plain)},
                       {"log_density_with_jacobian", number_or_name(with_jacobian)},
                       {"gradient", std::move(slopes)}});
  }
  nlohmann::ordered_json out;
  nlohmann::json names = nlohmann::json::array();
  for (const std::size_t position : *positions)
    names.push_back(loaded->bound.unconstrained_names()[position]);
  out["unconstrained_names"] = std::move(names);
  out["points"] = answers;
  out["diagnostics"] = warnings_json(loaded->model);
  // The largest that a factorisation needed, over the mean diagonal element.
  if (const double jitter = (*workspace)->largest_jitter(); jitter > 0) out["jitter"] = jitter;
  fmt::print("{}\n", out.dump());
  return exit_done;
}

}  // namespace elba::cli
