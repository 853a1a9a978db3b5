// files: reading and writing for the command line, with messages that name the file and the cause.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "api/elba.hpp"
#include "cli/commands.h"

namespace elba::cli {

// Of a data file, a file of draws or a checkpoint.
inline constexpr std::size_t most_data_bytes = std::size_t{1} << 30;

// The whole file; "-" is standard input. Nothing, with a line on standard error, when it cannot be read, is
// no file or pipe, or holds more than `most_bytes`.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path,
                                                   std::size_t most_bytes = most_data_bytes);
// JSON of the user; discarded where it is none, or is nested deeper than any value of a model: what walks
// over it does so by recursion.
[[nodiscard]] nlohmann::json parse_json(const std::string& text);
// False, with a line on standard error, when it cannot be written whole (a full disk included). A file is
// replaced, also behind a link; a device or a pipe is written to.
[[nodiscard]] bool write_file(const std::string& path, const std::string& text);
// Where a chain of links ends.
[[nodiscard]] std::string behind_links(const std::string& path);
// A file only, where it is there; what a link leads to, but neither the link nor a device.
void remove_file(const std::string& path);
// Standard output, before something that must not happen when it has not arrived; throws std::system_error as
// fmt::print does.
void flush_output();

// "2GB", "500 MiB" or a number of bytes; 0 for what is no size.
[[nodiscard]] double bytes_of(const std::string& text);

// $XDG_CACHE_HOME/elba, or ~/.cache/elba; empty when there is neither or the cache is "off".
[[nodiscard]] std::string cache_folder(const CommonOptions& options);

// Prints diagnostics (text on standard error, or the JSON of cli.md on standard output) and gives the exit
// code that they imply.
int report(const std::vector<Diagnostic>& diagnostics, const std::string& name, const std::string& text,
           const std::string& format);

struct LoadedModel {
  std::string text;
  Program program;
  std::string name;  // as messages show it: the path, or <stdin>
  // Of the model and, once bound, of its data; printed already, unless the format is json.
  std::vector<Diagnostic> warnings;
};
struct LoadedBound {
  LoadedModel model;
  Bound bound;
};
// `diagnostics` after what the model itself has been warned of, which JSON has not shown yet; the exit code.
int report(const LoadedModel& model, const std::vector<Diagnostic>& diagnostics, const std::string& format);
// The warnings as the array of cli.md, for the key `diagnostics` of an answer.
[[nodiscard]] nlohmann::ordered_json warnings_json(const LoadedModel& model);
// The name of the source, the chosen model, and imports from the folder of the file.
[[nodiscard]] CompileOptions compile_options(const CommonOptions& options);
// Compile, or compile and bind, with everything reported; on failure `code` is what to exit with.
[[nodiscard]] std::optional<LoadedModel> load_model(const CommonOptions& options, int& code);
[[nodiscard]] std::optional<LoadedBound> load_bound(const CommonOptions& options, int& code,
                                                    bool for_prediction = false);
[[nodiscard]] Result<Data> load_data(const std::string& path, const std::string& text);
// The data file of the options; no data where there is none.
[[nodiscard]] std::optional<Data> read_data(const CommonOptions& options, int& code);
// Reads the data file of the options and binds it; without one, no data. For predictions, data that they do
// not read may be missing.
[[nodiscard]] std::optional<Bound> bind_file(LoadedModel& model, const CommonOptions& options, int& code,
                                             bool for_prediction = false);

}  // namespace elba::cli
