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
  if (value.is_string()) {  // JSON has no names for these
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

// A point of the file, on unconstrained coordinates. Nothing: reported, with `code` to end with.
class Points {
 public:
  Points(const LoadedBound& loaded, Workspace& workspace, const CommonOptions& options, std::string file,
         const std::vector<std::size_t>& positions)
      : loaded_(loaded),
        workspace_(workspace),
        options_(options),
        file_(std::move(file)),
        positions_(positions) {}

  std::optional<std::vector<double>> read(const nlohmann::json& point, std::size_t number, int& code) const {
    if (point.contains("unconstrained")) return read_unconstrained(point["unconstrained"], number, code);
    if (point.contains("constrained") && point["constrained"].is_object())
      return read_constrained(point["constrained"], number, code);
    fmt::print(stderr, "elba: point {} has neither `unconstrained` nor `constrained`\n", number);
    code = exit_data;
    return std::nullopt;
  }

 private:
  std::optional<std::vector<double>> read_unconstrained(const nlohmann::json& list, std::size_t number,
                                                        int& code) const {
    const std::size_t dimension = loaded_.bound.dimension();
    std::vector<double> given;
    if (!flatten(list, given) || given.size() != dimension) {
      code = report(loaded_.model,
                    {make_diagnostic(Code::point_mismatch, {},
                                     {fmt::format("has {} unconstrained coordinate{}, but the model has {}",
                                                  given.size(), given.size() == 1 ? "" : "s", dimension)})
                         .note(fmt::format("it is point {} of `{}`", number, file_))},
                    options_.format);
      return std::nullopt;
    }
    std::vector<double> u(dimension);
    for (std::size_t i = 0; i < dimension; ++i)
      u[positions_[i]] = given[i];
    return u;
  }

  std::optional<std::vector<double>> read_constrained(const nlohmann::json& object, std::size_t number,
                                                      int& code) const {
    code = exit_data;
    std::map<std::string, std::vector<double>> values;
    for (const auto& [name, value] : object.items()) {
      if (flatten(value, values[name])) continue;
      fmt::print(stderr, "elba: point {}: `{}` is not a number or an array of numbers\n", number, name);
      return std::nullopt;
    }
    auto found = loaded_.bound.unconstrain(workspace_, values);
    if (found) return std::move(*found);
    report(loaded_.model, found.diagnostics(), options_.format);
    return std::nullopt;
  }

  const LoadedBound& loaded_;
  Workspace& workspace_;
  const CommonOptions& options_;
  std::string file_;
  const std::vector<std::size_t>& positions_;
};

Result<nlohmann::json> density_at(const Bound& bound, Workspace& workspace, std::span<const double> u,
                                  const std::vector<std::size_t>& positions) {
  double plain = 0, with_jacobian = 0;
  std::vector<double> gradient(u.size());
  for (const bool jacobian : {false, true}) {
    const auto status = bound.log_density(workspace, u, jacobian, jacobian ? with_jacobian : plain,
                                          jacobian ? std::span<double>(gradient) : std::span<double>{});
    if (!status) return status.diagnostics();
  }
  nlohmann::json derivatives = nlohmann::json::array();
  for (const std::size_t position : positions)
    derivatives.push_back(number_or_name(gradient[position]));
  return nlohmann::json{{"log_density", number_or_name(plain)},
                        {"log_density_with_jacobian", number_or_name(with_jacobian)},
                        {"gradient", std::move(derivatives)}};
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
  const Points reader(*loaded, **workspace, options, points_file, *positions);
  nlohmann::json answers = nlohmann::json::array();
  for (std::size_t k = 0; k < points["points"].size(); ++k) {
    const auto u = reader.read(points["points"][k], k + 1, code);
    if (!u) return code;
    auto answer = density_at(loaded->bound, **workspace, *u, *positions);
    if (!answer) return report(loaded->model, answer.diagnostics(), options.format);
    answers.push_back(std::move(*answer));
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
