#include "cli/output_files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/files.h"

namespace elba::cli {

namespace {

namespace fs = std::filesystem;

std::string chain_file(const std::string& folder, std::size_t chain) { return folder + "/chain_" + std::to_string(chain) + ".csv"; }

bool refuse(const std::string& path, const std::string& why) {
  report({make_diagnostic(Code::file_not_writable, {}, {path, why})}, path, {}, "text");
  return false;
}

}  // namespace

bool make_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return refuse(folder, error.message());
  if (!fs::is_directory(folder, error)) return refuse(folder, "it is a file; give a folder");
  if (access(folder.c_str(), W_OK | X_OK) != 0) return refuse(folder, std::strerror(errno));
  return true;
}

bool write_fit(const Bound& bound, const Posterior& posterior, const FitFiles& files) {
  if (files.folder.empty() && files.report.empty()) return true;
  bool is_whole = files.folder.empty() || write_file(files.folder + "/summary.json", files.summary);
  const OutputOptions options{.seed = files.seed, .version = ELBA_VERSION};
  const auto data = inference_data(bound, posterior, options);
  if (!data) {
    report(data.diagnostics(), files.folder, {}, "text");
    return false;
  }
  if (!files.report.empty()) is_whole = write_file(files.report, html_report(posterior, *data, {files.model_text, options.version, files.seed, files.trace})) && is_whole;
  if (files.folder.empty()) return is_whole;
  for (const std::string& note : data->notes) std::fprintf(stderr, "elba: posterior.nc: %s\n", note.c_str());
  const auto chains = chain_csv(posterior, *data, options);
  for (std::size_t k = 0; k < chains.size(); ++k) is_whole = write_file(chain_file(files.folder, k + 1), chains[k]) && is_whole;
  // Chains of an earlier fit are not of this one.
  std::error_code ignored;
  for (std::size_t k = chains.size() + 1; fs::remove(chain_file(files.folder, k), ignored); ++k) {
  }
  const auto bytes = netcdf_bytes(*data);
  if (!bytes) {
    report(bytes.diagnostics(), files.folder, {}, "text");
    return false;
  }
  return write_file(files.folder + "/posterior.nc", *bytes) && is_whole;
}

std::optional<SavedDraws> read_draws(const std::string& folder, int& code) {
  std::vector<std::string> texts;
  std::error_code error;
  while (fs::is_regular_file(chain_file(folder, texts.size() + 1), error)) {
    auto text = read_file(chain_file(folder, texts.size() + 1));
    if (!text) {
      code = exit_usage;
      return std::nullopt;
    }
    texts.push_back(std::move(*text));
  }
  auto saved = read_chains(texts, folder);
  if (saved) return std::move(*saved);
  report(saved.diagnostics(), folder, {}, "text");
  code = exit_usage;
  return std::nullopt;
}

std::optional<std::vector<double>> read_start(const std::string& folder, const LoadedBound& loaded, const std::string& format, int& code) {
  const auto saved = read_draws(folder, code);
  if (!saved) return std::nullopt;
  auto start = saved_mean(loaded.bound, *saved);
  if (start) return std::move(*start);
  code = report(loaded.model, start.diagnostics(), format);
  return std::nullopt;
}

}  // namespace elba::cli
