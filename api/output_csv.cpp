// output_csv: draws as CmdStan writes them, and back.
//
//     # model = eight_schools
//     # method = nuts
//     lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__,mu,theta.1,theta.2
//     -39.6,0.93,..
//
// The middle columns are of nuts only. Numbers have 17 digits, so that they read back exactly.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "api/output_draws.h"
#include "api/unguarded_output.h"

namespace elba {

namespace {

std::string dotted(std::string name) {
  std::erase(name, ']');
  for (char& c : name)
    if (c == '[' || c == ',') c = '.';
  return name;
}

std::string bracketed(std::string name) {
  const auto first = name.find('.');
  if (first == std::string::npos) return name;
  for (char& c : name)
    if (c == '.') c = ',';
  name[first] = '[';
  return name + "]";
}

std::string number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return fmt::format("{}", value);   // the shortest text that reads back exactly
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t at = 0;;) {
    const auto comma = line.find(',', at);
    fields.push_back(line.substr(at, comma - at));
    if (comma == std::string_view::npos) return fields;
    at = comma + 1;
  }
}

bool read_value(std::string_view text, double& value) {
  if (text == "nan") value = std::numeric_limits<double>::quiet_NaN();
  else if (text == "inf" || text == "-inf") value = text[0] == '-' ? -INFINITY : INFINITY;
  else {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
  }
  return true;
}

}  // namespace

std::vector<std::string> unguarded::chain_csv(const Posterior& posterior, const InferenceData& data, const OutputOptions& options) {
  const DrawTable table = draw_table(posterior);
  const OutputVariable* lp = nullptr;
  for (const OutputGroup& group : data.groups)
    for (const OutputVariable& variable : group.variables)
      if (group.name == "sample_stats" && variable.name == "lp") lp = &variable;
  const SamplerStatistics& found = posterior.statistics;
  const bool is_sampled = found.acceptance.size() == table.draws && table.draws > 0;
  std::vector<std::string> texts;
  const std::size_t length = table.draws / std::max<std::size_t>(1, table.chains);
  for (std::size_t chain = 0; chain < table.chains && length > 0; ++chain) {
    std::string text = fmt::format("# elba {}\n# model = {}\n# method = {}\n# seed = {}\n# chain = {}\n# verdict = {}\n", options.version, posterior.model, posterior.method, options.seed,
                                   chain + 1, verdict_name(posterior.verdict));
    text += "lp__";
    if (is_sampled) text += ",accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__";
    for (const std::string& name : table.names) text += "," + dotted(name);
    text += "\n";
    for (std::size_t k = chain * length; k < (chain + 1) * length; ++k) {
      text += number(lp == nullptr ? NAN : lp->values.at(k));
      if (is_sampled)
        text += fmt::format(",{},{},{},{},{},{}", number(found.acceptance[k]), number(found.step_length[k]), found.depth[k], found.steps[k], found.is_divergent[k] ? 1 : 0, number(found.energy[k]));
      for (const double value : table.row(k)) text += "," + number(value);
      text += "\n";
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<SavedDraws> unguarded::read_chains(const std::vector<std::string>& texts, const std::string& folder) {
  SavedDraws saved;
  saved.chain_count = texts.size();
  const auto refuse = [&](std::size_t chain, std::size_t line, const std::string& why) {
    return make_diagnostic(Code::file_not_readable, {}, {fmt::format("{}/chain_{}.csv", folder, chain + 1), fmt::format("line {}: {}", line, why)});
  };
  if (texts.empty()) return make_diagnostic(Code::file_not_readable, {}, {folder, "it holds no chain_1.csv"}).suggest("write one with `elba fit M.elba --data D.json --out " + folder + "`");
  std::vector<std::string_view> header;
  for (std::size_t chain = 0; chain < texts.size(); ++chain) {
    std::string_view rest = texts[chain];
    bool has_header = false;
    for (std::size_t number_of_line = 1; !rest.empty(); ++number_of_line) {
      const auto end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      if (end == std::string_view::npos) return refuse(chain, number_of_line, "the file ends within a line");
      rest.remove_prefix(end + 1);
      if (line.starts_with("# model = ")) saved.model = line.substr(10);
      if (line.starts_with("# method = ")) saved.method = line.substr(11);
      if (line.starts_with("# verdict = ")) saved.verdict = line.substr(12);
      if (line.empty() || line[0] == '#') continue;
      const auto fields = fields_of(line);
      if (!has_header) {
        if (chain > 0 && fields != header) return refuse(chain, number_of_line, "the columns are not those of chain_1.csv");
        header = fields;
        has_header = true;
        continue;
      }
      if (fields.size() != header.size()) return refuse(chain, number_of_line, fmt::format("there are {} values under {} names", fields.size(), header.size()));
      for (std::size_t k = 0; k < fields.size(); ++k) {
        double value = 0;
        if (!read_value(fields[k], value)) return refuse(chain, number_of_line, "`" + std::string(fields[k].substr(0, 30)) + "` is no number");
        if (!header[k].ends_with("__")) saved.values.push_back(value);
      }
      ++saved.draw_count;
    }
    if (!has_header) return refuse(chain, 1, "there is no header");
  }
  for (const auto name : header)
    if (!name.ends_with("__")) saved.names.push_back(bracketed(std::string(name)));
  if (saved.draw_count == 0) return refuse(0, 1, "there are no draws");
  return saved;
}

}  // namespace elba
