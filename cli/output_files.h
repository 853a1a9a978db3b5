// output_files: the folder of a fit, written and read. Every file goes through a temporary name, so that none
// is ever half there, and all take their places together; one that cannot be written does not keep the others
// from being written.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/report.h"
#include "cli/files.h"

namespace elba::cli {

// False, with a message, when the folder is not there and cannot be made, or takes no files.
[[nodiscard]] bool make_folder(const std::string& folder);

// What is requested of a fit beside the answer on standard output.
struct FitFiles {
  std::string folder;  // for posterior.nc, chain_1.csv, .. and summary.json; empty: none
  std::string report;  // an HTML file; empty: none
  std::function<void(const TextSink&)> summary;  // writes the text of summary.json
  std::string model_text;
  std::uint64_t seed = 1;
  std::vector<TracePoint> trace;
};
// False, with messages, when a file is missing. After `seconds` or Ctrl-C only what is there already is
// written: the draws, without densities and without predictions that would have to be made; a message says
// so.
[[nodiscard]] bool write_fit(const Bound& bound, const Posterior& posterior, const FitFiles& files,
                             double seconds);

// The draws of a folder; the place where they say that another fit may start. Nothing, with a message and the
// exit code, when there are none.
[[nodiscard]] std::optional<SavedDraws> read_draws(const std::string& folder, int& code);
[[nodiscard]] std::optional<std::vector<double>> read_start(const std::string& folder,
                                                            const LoadedBound& loaded,
                                                            const std::string& format, int& code);

}  // namespace elba::cli
