#include "cli/output_files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/progress.h"
#include "cli/streamed_file.h"

namespace elba::cli {

namespace {

namespace fs = std::filesystem;

std::string chain_file(const std::string& folder, std::size_t chain) {
  return folder + "/chain_" + std::to_string(chain) + ".csv";
}

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

using Files = std::vector<std::unique_ptr<StreamedFile>>;

StreamedFile& open_file(Files& files, const std::string& path) {
  return *files.emplace_back(std::make_unique<StreamedFile>(path));
}

// Those of the folder take their places together, once all are whole. Stopped: by the flag of this thread, in
// the middle of one; then none does.
Written write_all(const Bound& bound, const Posterior& posterior, const FitFiles& files,
                  const OutputOptions& options, Files& ready, const std::function<bool()>& is_stopped) {
  bool is_whole = true;
  const auto data = inference_data(bound, posterior, options);
  if (is_stopped()) return Written::stopped;
  if (!data) {
    report(data.diagnostics(), files.folder, {}, "text");
    (void)commit_all(ready);  // the summary
    return Written::not_all;
  }
  if (!files.folder.empty()) {
    std::string notes;
    for (const std::string& note : data->notes)
      notes += "elba: posterior.nc: " + note + "\n";
    const std::size_t chains = chain_texts(posterior);
    for (std::size_t k = 0; k < chains; ++k) {
      StreamedFile& file = open_file(ready, chain_file(files.folder, k + 1));
      const bool is_complete = write_chain_csv(posterior, *data, options, k,
                                               [&](std::string_view piece) { return file.write(piece); });
      if (!is_complete && !file.has_failed()) return Written::stopped;
    }
    StreamedFile& file = open_file(ready, files.folder + "/posterior.nc");
    if (const auto netcdf = write_netcdf(*data, file.name()); !netcdf) {
      if (is_stopped()) return Written::stopped;
      auto diagnostics = netcdf.diagnostics();
      for (Diagnostic& diagnostic : diagnostics)  // by the name that it was to have
        if (const auto at = diagnostic.message.find(file.name()); at != std::string::npos)
          diagnostic.message.replace(at, file.name().size(), files.folder + "/posterior.nc");
      report(diagnostics, files.folder, {}, "text");
      ready.pop_back();
      is_whole = false;
    }
    is_whole = commit_all(ready) && is_whole;
    // Chains of an earlier fit are not of this one.
    std::error_code ignored;
    for (std::size_t k = chains + 1; fs::remove(chain_file(files.folder, k), ignored); ++k) {}
    std::fputs(notes.c_str(), stderr);
  }
  if (!files.report.empty())
    is_whole = write_file(files.report,
                          html_report(posterior, *data,
                                      {files.model_text, options.version, files.seed, files.trace})) &&
               is_whole;
  return is_whole ? Written::whole : Written::not_all;
}

}  // namespace

bool write_fit(const Bound& bound, const Posterior& posterior, const FitFiles& files, double seconds) {
  if (files.folder.empty() && files.report.empty()) return true;
  OutputOptions options{.seed = files.seed, .version = ELBA_VERSION};
  Files ready;
  if (!files.folder.empty())
    files.summary([&file = open_file(ready, files.folder + "/summary.json")](std::string_view piece) {
      return file.write(piece);
    });
  Written written = Written::not_all;
  {
    const WorkLimit limit(seconds, InterruptGuard::flag());
    written = write_all(bound, posterior, files, options, ready, [&] { return limit.is_over(); });
  }
  if (written == Written::stopped) {
    options.is_brief = true;                     // what is there already, and to the end
    ready.resize(files.folder.empty() ? 0 : 1);  // the summary
    written = write_all(bound, posterior, files, options, ready, [] { return false; });
  }
  return written == Written::whole;
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

std::optional<std::vector<double>> read_start(const std::string& folder, const LoadedBound& loaded,
                                              const std::string& format, int& code) {
  const auto saved = read_draws(folder, code);
  if (!saved) return std::nullopt;
  auto start = saved_mean(loaded.bound, *saved);
  if (start) return std::move(*start);
  code = report(loaded.model, start.diagnostics(), format);
  return std::nullopt;
}

}  // namespace elba::cli
