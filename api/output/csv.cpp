// csv: draws as CmdStan writes them, and back.
//
//     # model = eight_schools
//     # method = sample
//     #   sample
//     #     num_samples = 1000
//     ..
//     lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__,mu,theta.1,theta.2
//     # Adaptation terminated
//     # Step size = 0.8
//     # No free parameters for unit metric
//     -39.6,0.93,..
//     #  Elapsed Time: ..
//
// What CmdStanPy, ArviZ and Stan's own tools look for: the configuration in the comments, arrays
// column-major, the sampler's columns of chains alone. Draws that no chain made are those of CmdStan's
// `fixed_param`, a mode those of its `optimize`. Numbers have as many digits as it takes to read them back
// exactly.
//
// Source: the CmdStan user's guide, "Stan CSV file format".
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>

#include "api/model/draw_table.h"
#include "api/output/unguarded.h"
#include "runtime/control/interruption.h"

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
  return fmt::format("{}", value);  // the shortest text that reads back exactly
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
  if (text == "nan")
    value = std::numeric_limits<double>::quiet_NaN();
  else if (text == "inf" || text == "-inf")
    value = text[0] == '-' ? -INFINITY : INFINITY;
  else {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
  }
  return true;
}

}  // namespace

namespace {

constexpr int unused_warmup = 1000;  // what files of `fixed_param` state, which has none

// The configuration as CmdStan words it. The metric that a sampler walks under is of coordinates of its own,
// so none is given.
std::string configuration(const Posterior& posterior, const OutputOptions& options, std::size_t chain,
                          std::size_t length) {
  std::string text = fmt::format("# elba {}\n# model = {}\n", options.version, posterior.model);
  if (posterior.mode() != nullptr) {
    text +=
        "# method = optimize\n#   optimize\n#     algorithm = lbfgs\n#     jacobian = 0\n#     "
        "save_iterations = 0\n";
  } else {
    text += fmt::format(
        "# method = sample\n#   sample\n#     num_samples = {}\n#     num_warmup = {}\n#     save_warmup = "
        "0\n#     thin = 1\n",
        length, posterior.sampler() != nullptr ? posterior.statistics.warmup : unused_warmup);
    text += posterior.sampler() != nullptr
                ? fmt::format(
                      "#     algorithm = hmc\n#       hmc\n#         engine = {}\n#           {}\n#          "
                      "   max_depth = {}\n#         metric = unit_e\n",
                      posterior.statistics.is_static ? "static" : "nuts",
                      posterior.statistics.is_static ? "static" : "nuts", posterior.statistics.most_depth)
                : "#     algorithm = fixed_param\n";
  }
  return text + fmt::format("# id = {}\n# random\n#   seed = {}\n# elba_method = {}\n# verdict = {}\n",
                            chain + 1, options.seed, posterior.method, verdict_name(posterior.verdict));
}

// Where the elements of an array stand, row-major, in the order of Stan's files.
std::vector<std::size_t> column_major(const std::vector<std::int64_t>& shape, std::size_t count) {
  std::vector<std::size_t> order(count), index(shape.size(), 0);
  for (std::size_t k = 0; k < count; ++k) {
    std::size_t position = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      position = position * static_cast<std::size_t>(shape[axis]) + index[axis];
    order[k] = position;
    for (std::size_t axis = 0; axis < shape.size() && ++index[axis] == static_cast<std::size_t>(shape[axis]);
         ++axis)
      index[axis] = 0;
  }
  return order;
}

// A text that is handed on in pieces; the numbers of a line are looked through for the flag to stop.
class Lines {
 public:
  explicit Lines(const TextSink& sink) : sink_(sink) {}
  void put(std::string_view text) {
    text_.append(text.begin(), text.end());
    if (text_.size() >= piece) send();
  }
  void put(double value) {
    // The shortest text that reads back exactly.
    if (std::isfinite(value))
      fmt::format_to(std::back_inserter(text_), "{}", value);
    else
      text_.append(std::string_view(std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf"));
    if (text_.size() >= piece) send();
  }
  void send() {
    is_whole_ = is_whole_ && !runtime::is_stopped() && sink_({text_.data(), text_.size()});
    text_.clear();
  }
  [[nodiscard]] bool is_whole() const { return is_whole_; }

 private:
  static constexpr std::size_t piece = std::size_t{1} << 18;
  const TextSink& sink_;
  bool is_whole_ = true;
  fmt::memory_buffer text_;
};

struct CsvArray {
  std::string name;
  std::vector<std::int64_t> shape;
  std::size_t source = 0, first = 0, count = 1;
  std::vector<std::size_t> order;  // empty: as they stand
};

void put_names(Lines& lines, const CsvArray& array, bool is_first) {
  for (std::size_t k = 0; k < array.count && lines.is_whole(); ++k) {
    if (!is_first || k > 0) lines.put(",");
    lines.put(dotted(indexed_name(array.name, array.shape, array.order.empty() ? k : array.order[k])));
  }
}

// The draws first .. first + count - 1, a line each: what `before` puts, then the arrays.
bool put_lines(Lines& lines, const std::vector<CsvArray>& arrays,
               const std::vector<const DrawSource*>& sources, std::size_t first, std::size_t count,
               const std::function<bool(std::size_t)>& before) {
  constexpr std::size_t block = std::size_t{4} << 20;  // bytes of numbers that are made at a time
  std::size_t width = 1;
  for (const DrawSource* source : sources)
    width += source->width();
  const std::size_t rows = std::clamp<std::size_t>(block / (8 * width), 1, std::max<std::size_t>(count, 1));
  std::vector<std::vector<double>> made(sources.size());
  for (std::size_t k = 0; k < sources.size(); ++k)
    made[k].resize(rows * sources[k]->width());
  for (std::size_t at = first; at < first + count; at += rows) {
    const std::size_t now = std::min(rows, first + count - at);
    for (std::size_t k = 0; k < sources.size(); ++k)
      if (!make_rows(*sources[k], at, now, made[k].data())) return false;
    for (std::size_t row = 0; row < now; ++row) {
      bool has_before = before(at + row);
      for (const CsvArray& array : arrays) {
        const double* values = made[array.source].data() + row * sources[array.source]->width() + array.first;
        for (std::size_t k = 0; k < array.count; ++k) {
          if (has_before) lines.put(",");
          lines.put(values[array.order.empty() ? k : array.order[k]]);
          has_before = true;
          if (k % 4096 == 4095 && !lines.is_whole()) return false;
        }
      }
      lines.put("\n");
      if (!lines.is_whole()) return false;
    }
  }
  return true;
}

}  // namespace

std::size_t chain_texts(const Posterior& posterior) {
  if (posterior.draw_count == 0) return posterior.quantities.empty() ? 0 : 1;
  return posterior.draw_count < posterior.chain_count ? 0 : posterior.chain_count;
}

bool unguarded::write_chain_csv(const Posterior& posterior, const InferenceData& data,
                                const OutputOptions& options, std::size_t chain, const TextSink& sink) {
  const OutputVariable* lp = nullptr;
  for (const OutputGroup& group : data.groups)
    for (const OutputVariable& variable : group.variables)
      if (group.name == "sample_stats" && variable.name == "lp") lp = &variable;
  std::vector<CsvArray> arrays;
  std::vector<const DrawSource*> sources;
  for (const OutputVariable& variable : data.drawn) {
    const auto at = std::find(sources.begin(), sources.end(), variable.source.get());
    CsvArray array{variable.name,
                   {variable.shape.begin() + 2, variable.shape.end()},
                   static_cast<std::size_t>(at - sources.begin()),
                   variable.first,
                   variable.count(),
                   {}};
    if (at == sources.end()) sources.push_back(variable.source.get());
    if (array.shape.size() > 1) array.order = column_major(array.shape, array.count);
    arrays.push_back(std::move(array));
  }
  const SamplerStatistics& found = posterior.statistics;
  const std::size_t draws = posterior.draw_count > 0 ? posterior.draw_count : 1,
                    length = draws / std::max<std::size_t>(1, chain_texts(posterior));
  const bool is_sampled = posterior.sampler() != nullptr && found.acceptance.size() == draws;
  Lines lines(sink);
  lines.put(configuration(posterior, options, chain, length));
  lines.put("lp__");
  if (is_sampled) lines.put(",accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__");
  for (const CsvArray& array : arrays)
    put_names(lines, array, false);
  lines.put("\n");
  if (is_sampled)
    lines.put(fmt::format("# Adaptation terminated\n# Step size = {}\n# No free parameters for unit metric\n",
                          number(found.step_length[chain * length])));
  const auto before = [&](std::size_t k) {
    lines.put(lp == nullptr ? NAN : lp->values.at(k));
    if (is_sampled)
      lines.put(fmt::format(",{},{},{},{},{},{}", number(found.acceptance[k]), number(found.step_length[k]),
                            found.depth[k], found.steps[k], found.is_divergent[k] ? 1 : 0,
                            number(found.energy[k])));
    return true;
  };
  if (!put_lines(lines, arrays, sources, chain * length, length, before)) return false;
  if (posterior.mode() == nullptr)
    lines.put("# \n#  Elapsed Time: of all chains together, in summary.json\n# \n");
  lines.send();
  return lines.is_whole();
}

bool unguarded::write_predictions_csv(const Predictions& predictions, const TextSink& sink) {
  std::vector<CsvArray> arrays;
  std::size_t first = 0;
  Lines lines(sink);
  for (const PredictionArray& one : predictions.arrays) {
    CsvArray array{one.name, one.shape, 0, first, one.count, {}};
    if (array.shape.size() > 1) array.order = column_major(array.shape, array.count);
    put_names(lines, array, first == 0);
    first += one.count;
    arrays.push_back(std::move(array));
  }
  lines.put("\n");
  if (!put_lines(lines, arrays, {predictions.draws.get()}, 0, predictions.draws->draws(),
                 [](std::size_t) { return false; }))
    return false;
  lines.send();
  return lines.is_whole();
}

Result<SavedDraws> unguarded::read_chains(const std::vector<std::string>& texts, const std::string& folder) {
  SavedDraws saved;
  saved.chain_count = texts.size();
  const auto refuse = [&](std::size_t chain, std::size_t line, const std::string& why) {
    return make_diagnostic(
        Code::file_not_readable, {},
        {fmt::format("{}/chain_{}.csv", folder, chain + 1), fmt::format("line {}: {}", line, why)});
  };
  if (texts.empty())
    return make_diagnostic(Code::file_not_readable, {}, {folder, "it holds no chain_1.csv"})
        .suggest("write one with `elba fit M.elba --data D.json --out " + folder + "`");
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
      if (line.starts_with("# elba_method = ")) saved.method = line.substr(16);
      if (line.starts_with("# verdict = ")) saved.verdict = line.substr(12);
      if (line.empty() || line[0] == '#') continue;
      const auto fields = fields_of(line);
      if (!has_header) {
        if (chain > 0 && fields != header)
          return refuse(chain, number_of_line, "the columns are not those of chain_1.csv");
        header = fields;
        has_header = true;
        continue;
      }
      if (fields.size() != header.size())
        return refuse(chain, number_of_line,
                      fmt::format("there are {} values under {} names", fields.size(), header.size()));
      for (std::size_t k = 0; k < fields.size(); ++k) {
        double value = 0;
        if (!read_value(fields[k], value))
          return refuse(chain, number_of_line, "`" + std::string(fields[k].substr(0, 30)) + "` is no number");
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
