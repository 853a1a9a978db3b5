// option_values: what an option may be, in messages of our own: those of CLI11 print the largest double in
// full, and let -1 pass as a number of 64 bits. And the options that several commands have.
#include <charconv>
#include <cmath>
#include <optional>

#include "cli/files.h"
#include "cli/options.h"

namespace elba::cli {

namespace {

template <class Number>
std::optional<Number> read_whole(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string seconds_problem(const std::string& text, bool may_be_zero) {
  const auto value = read_whole<double>(text);
  if (value && std::isfinite(*value) && (*value > 0 || (may_be_zero && *value == 0))) return {};
  return "`" + text + "` is no time: give seconds, a number " + (may_be_zero ? "of 0 or more" : "above 0");
}
std::string operations_problem(const std::string& text) {
  const auto value = read_whole<double>(text);
  if (value && *value > 0 && !std::isnan(*value)) return {};
  return "`" + text + "` is no number of operations: give a number above 0, such as 1e11";
}

std::string memory_problem(const std::string& text) {
  return bytes_of(text) > 0 ? ""
                            : "`" + text +
                                  "` is no amount of memory: give a number of bytes, or one with a unit, "
                                  "such as 500MB or 2GiB";
}

}  // namespace

std::string positive_seconds_problem(const std::string& text) { return seconds_problem(text, false); }
std::string seconds_or_zero_problem(const std::string& text) { return seconds_problem(text, true); }

std::string seed_problem(const std::string& text) {
  return read_whole<std::uint64_t>(text)
             ? ""
             : "`" + text + "` is no seed: give a whole number from 0 to 18446744073709551615";
}

// An empty path is a variable of the shell that is not set, and no wish for nothing.
std::string path_problem(const std::string& text) { return text.empty() ? "the path is empty" : ""; }

void add_common(CLI::App* command, CommonOptions& options, bool needs_model) {
  auto* model = command->add_option("model", options.model_file,
                                    "model file (.elba); - reads standard input");
  if (needs_model) model->required();
  command
      ->add_option("--data", options.data_file, "data file: JSON as CmdStan reads it, or CSV with a header")
      ->check(path_problem);
  command->add_option("--model", options.model_name, "which model of the file");
  command->add_option("--guide", options.guide_name,
                      "which guide of the file, if it has several for the model");
  command->add_option("--cache", options.cache_dir, "folder of compiled objects, or `off`");
}

void add_operation_limit(CLI::App* command, CommonOptions& options) {
  command
      ->add_option("--max-work", options.max_work,
                   "operations that one evaluation may take, by count before it starts (1e10); what would "
                   "take more is refused")
      ->check(operations_problem);
  command
      ->add_option("--max-memory", options.max_memory,
                   "memory that data, draws and a guide may take, by estimate before it is taken: 2GB (half "
                   "of what this process may have); what would take more is refused")
      ->check(memory_problem);
}
void add_limits(CLI::App* command, CommonOptions& options, double* max_seconds) {
  command
      ->add_option("--max-seconds", max_seconds != nullptr ? *max_seconds : options.max_seconds,
                   "stop after this long with what there is")
      ->check(positive_seconds_problem);
  add_operation_limit(command, options);
}

void add_format(CLI::App* command, CommonOptions& options, const std::vector<std::string>& formats) {
  command->add_option("--format", options.format, "how to print")->check(CLI::IsMember(formats));
}

}  // namespace elba::cli
