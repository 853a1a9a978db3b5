// simulate: data that the model might have seen, as a data file, and the latents behind them.
//
//     elba simulate M.elba --data D.json --seed 1 --param tau=0.5 --out sim.json     ->   sim.json, sim.truth.json
//
// Without --out both stand in one JSON object on standard output.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/simulation.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/output_files.h"

namespace elba::cli {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

Json data_number(double value) {
  if (!std::isfinite(value)) return value > 0 ? "Inf" : value < 0 ? "-Inf" : "NaN";
  if (value == std::floor(value) && std::fabs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

Json nested(const SimulatedArray& array, std::size_t axis, std::size_t& at) {
  if (axis == array.shape.size()) return data_number(array.values[at++]);
  Json out = Json::array();
  for (std::int64_t k = 0; k < array.shape[axis]; ++k)
    out.push_back(nested(array, axis + 1, at));
  return out;
}

Json object_of(const std::vector<SimulatedArray>& arrays) {
  Json out = Json::object();
  for (const SimulatedArray& array : arrays) {
    std::size_t at = 0;
    out[array.name] = nested(array, 0, at);
  }
  return out;
}

bool flatten(const Json& value, std::vector<double>& out) {
  if (value.is_number()) return out.push_back(value.get<double>()), true;
  if (!value.is_array()) return false;
  for (const Json& one : value)
    if (!flatten(one, out)) return false;
  return true;
}

}  // namespace

int simulate(const SimulateArguments& arguments) {
  int code = exit_done;
  const WorkLimit limit(seconds_of(arguments.common));
  auto model = load_model(arguments.common, code);
  if (!model) return code;
  const auto given = read_data(arguments.common, code);
  if (!given) return code;
  FixedValues fixed;
  for (const std::string& text : arguments.params) {
    const auto equals = text.find('=');
    const Json value = parse_json(equals == std::string::npos ? std::string() : text.substr(equals + 1));
    std::vector<double> values;
    if (value.is_discarded() || !flatten(value, values))
      return report({make_diagnostic(Code::usage_error, {}, {"`--param " + text + "` is no name and value"})
                         .suggest("write `--param tau=0.5`, or `--param theta=[1,2,3]`")},
                    "elba", {}, "text"),
             exit_usage;
    fixed[text.substr(0, equals)] = std::move(values);
  }
  auto simulator = Simulator::make(model->program, *given, fixed, jit_options(arguments.common));
  if (!simulator) return report(*model, simulator.diagnostics(), arguments.common.format);
  const auto drawn = simulator->draw(arguments.seed);
  if (!drawn) return report(*model, drawn.diagnostics(), arguments.common.format);
  const Json data = object_of(drawn->fields), truth = object_of(drawn->truth);
  if (arguments.out_file.empty()) {
    fmt::print("{}\n", Json{{"data", data}, {"truth", truth}}.dump());
    return exit_done;
  }
  const fs::path out = arguments.out_file;
  if (!make_folder(out.parent_path().empty() ? "." : out.parent_path().string())) return exit_usage;
  fs::path beside = out;
  beside.replace_extension(".truth.json");
  const bool is_whole = write_file(out.string(), data.dump() + "\n") &&
                        write_file(beside.string(), truth.dump() + "\n");
  return is_whole ? exit_done : exit_usage;
}

}  // namespace elba::cli
