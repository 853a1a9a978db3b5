#include "cli/checkpoint_file.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "cli/files.h"
#include "cli/output_files.h"

namespace elba::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* file_name = "fit.checkpoint";

bool is_folder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

void take_options(FitArguments& arguments, const std::map<std::string, std::string>& options) {
  const auto take = [&](const char* name, auto set) {
    const auto found = options.find(name);
    if (found != options.end() && !arguments.given.contains(name)) set(found->second);
  };
  take("method", [&](const std::string& value) { arguments.method = value; });
  take("optimiser", [&](const std::string& value) { arguments.optimiser = value; });
  take("seed", [&](const std::string& value) { arguments.seed = std::strtoull(value.c_str(), nullptr, 10); });
  take("draws", [&](const std::string& value) { arguments.draws = std::atoi(value.c_str()); });
  take("chains", [&](const std::string& value) { arguments.chains = std::atoi(value.c_str()); });
  take("warmup", [&](const std::string& value) { arguments.warmup = std::atoi(value.c_str()); });
  take("dense-metric", [&](const std::string& value) { arguments.dense_metric = value == "yes"; });
  take("acceptance",
       [&](const std::string& value) { arguments.acceptance = std::strtod(value.c_str(), nullptr); });
  take("starts", [&](const std::string& value) { arguments.starts = std::atoi(value.c_str()); });
  take("check", [&](const std::string& value) { arguments.check = value; });
}

}  // namespace

std::optional<CheckpointFile> CheckpointFile::open(FitArguments& arguments, int& code) {
  CheckpointFile file;
  file.seconds_ = arguments.checkpoint_seconds;
  if (!arguments.resume.empty()) {
    const bool of_folder = is_folder(arguments.resume);
    file.resumed_ = of_folder ? arguments.resume + "/" + file_name : arguments.resume;
    std::error_code error;
    if (of_folder && !fs::exists(file.resumed_, error)) {
      code = exit_usage;
      report({make_diagnostic(Code::file_not_readable, {}, {file.resumed_, "there is no such file"})
                  .suggest("a fit that has ended leaves no checkpoint; start anew without `--resume`")},
             file.resumed_, {}, "text");
      return std::nullopt;
    }
    auto bytes = read_file(file.resumed_);
    if (!bytes) {
      code = exit_usage;
      return std::nullopt;
    }
    const auto options = checkpoint_options(*bytes, file.resumed_);
    if (!options) {
      code = report(options.diagnostics(), file.resumed_, {}, arguments.common.format);
      return std::nullopt;
    }
    take_options(arguments, *options);
    file.bytes_ = std::move(*bytes);
    file.path_ = file.resumed_;
    if (of_folder && arguments.out_dir.empty()) arguments.out_dir = arguments.resume;
  }
  if (!arguments.out_dir.empty() && file.path_.empty()) file.path_ = arguments.out_dir + "/" + file_name;
  if (!arguments.checkpoint_file.empty()) file.path_ = arguments.checkpoint_file;
  return file;
}

Checkpointing CheckpointFile::hooks() {
  Checkpointing hooks;
  hooks.seconds = seconds_;
  hooks.resume = std::move(bytes_);
  if (!resumed_.empty()) hooks.name = resumed_;
  if (!path_.empty())
    hooks.save = [this](const std::string& bytes) {
      if (!has_failed_) has_failed_ = !write_file(path_, bytes);
    };
  return hooks;
}

void CheckpointFile::remove() const {
  if (!path_.empty()) remove_file(path_);
  if (!resumed_.empty()) remove_file(resumed_);
}

}  // namespace elba::cli
