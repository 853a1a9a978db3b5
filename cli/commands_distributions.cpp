// check --distributions: the property battery over every distribution that a file declares, as a table; 1
// when one fails.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "api/distribution_check.h"
#include "cli/commands.h"
#include "cli/files.h"

namespace elba::cli {

int check_distributions(const CommonOptions& options) {
  const auto text = read_file(options.model_file);
  if (!text) return exit_usage;
  const CompileOptions compile = compile_options(options);
  const auto rows = elba::check_distributions(*text, compile);
  if (!rows) return report(rows.diagnostics(), compile.name, *text, options.format);
  bool fine = true;
  for (const BatteryRow& row : *rows)
    fine = fine && row.ok();
  if (options.format == "json") {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const BatteryRow& row : *rows)
      out.push_back({{"distribution", row.distribution},
                     {"property", row.property},
                     {"points", row.points},
                     {"ok", row.ok()},
                     {"detail", row.detail}});
    fmt::print("{}\n", out.dump(2));
  } else {
    if (rows->empty()) fmt::print("the file declares no distribution\n");
    for (const BatteryRow& row : *rows)
      fmt::print("{:<16} {:<26} {:>4} points   {}\n", row.distribution, row.property, row.points,
                 row.ok() ? "ok" : "FAILS: " + row.detail);
  }
  return fine ? exit_done : exit_model;
}

}  // namespace elba::cli
