#include "cli/output_files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/progress.h"
#include "cli/streamed_file.h"

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

namespace {

enum class Written { whole, not_all, stopped };

// One after the other, each whole or not at all. Stopped: by the flag of this thread, in the middle of one.
Written write_all(const Bound& bound, const Posterior& posterior, const FitFiles& files, const OutputOptions& options, const std::function<bool()>& is_stopped) {
  bool is_whole = true;
  const auto data = inference_data(bound, posterior, options);
  if (is_stopped()) return Written::stopped;
  if (!data) {
    report(data.diagnostics(), files.folder, {}, "text");
    return Written::not_all;
  }
  if (!files.folder.empty()) {
    std::string notes;
    for (const std::string& note : data->notes) notes += "elba: posterior.nc: " + note + "\n";
    const std::size_t chains = chain_texts(posterior);
    for (std::size_t k = 0; k < chains; ++k) {
      StreamedFile file(chain_file(files.folder, k + 1));
      const bool is_written = write_chain_csv(posterior, *data, options, k, [&](std::string_view piece) { return file.write(piece); });
      if (!is_written && !file.has_failed()) return Written::stopped;
      is_whole = file.commit() && is_whole;
    }
    // Chains of an earlier fit are not of this one.
    std::error_code ignored;
    for (std::size_t k = chains + 1; fs::remove(chain_file(files.folder, k), ignored); ++k) {
    }
    StreamedFile file(files.folder + "/posterior.nc");
    if (const auto written = write_netcdf(*data, file.name()); written) {
      is_whole = file.commit() && is_whole;
    } else {
      if (is_stopped()) return Written::stopped;
      auto diagnostics = written.diagnostics();
      for (Diagnostic& diagnostic : diagnostics)   // by the name that it was to have
        if (const auto at = diagnostic.message.find(file.name()); at != std::string::npos) diagnostic.message.replace(at, file.name().size(), files.folder + "/posterior.nc");
      report(diagnostics, files.folder, {}, "text");
      is_whole = false;
    }
    std::fputs(notes.c_str(), stderr);
  }
  if (!files.report.empty()) is_whole = write_file(files.report, html_report(posterior, *data, {files.model_text, options.version, files.seed, files.trace})) && is_whole;
  return is_whole ? Written::whole : Written::not_all;
}

}  // namespace

bool write_fit(const Bound& bound, const Posterior& posterior, const FitFiles& files, double seconds) {
  if (files.folder.empty() && files.report.empty()) return true;
  const bool has_summary = files.folder.empty() || write_streamed(files.folder + "/summary.json", files.summary);
  OutputOptions options{.seed = files.seed, .version = ELBA_VERSION};
  Written written = Written::not_all;
  {
    const WorkLimit limit(seconds, InterruptGuard::flag());
    written = write_all(bound, posterior, files, options, [&] { return limit.is_over(); });
  }
  if (written == Written::stopped) {
    options.is_brief = true;   // what is there already, and to the end
    written = write_all(bound, posterior, files, options, [] { return false; });
  }
  return has_summary && written == Written::whole;
}

bool write_streamed(const std::string& path, const std::function<void(const TextSink&)>& text) {
  StreamedFile file(path);
  text([&](std::string_view piece) { return file.write(piece); });
  return file.commit();
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
