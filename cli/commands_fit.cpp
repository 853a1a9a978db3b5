// fit: inference from the command line. Progress goes to standard error when that is a terminal; Ctrl-C ends
// with what there is.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "api/json.h"
#include "api/model/methods.h"
#include "cli/checkpoint_file.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/output_files.h"
#include "cli/progress.h"
#include "support/files.h"

namespace elba::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string attempts_text(const Posterior& posterior) {
  std::string text;
  for (const Attempt& attempt : posterior.attempts) {
    text += (text.empty() ? "" : ", ") + attempt.method;
    if (const SamplerDiagnostics* chains = attempt.sampler())
      text += fmt::format(" (R-hat {:.3f}, {:.1f} s)", chains->rhat, attempt.seconds);
    else if (const auto* guide = std::get_if<GuideDiagnostics>(&attempt.diagnostics))
      text += fmt::format(" (k-hat {:.2f}, {:.1f} s)", guide->khat, attempt.seconds);
  }
  return text;
}

// Whether a guide came to its optimum, in a line.
std::string optimisation_text(const GuideDiagnostics& guide) {
  const Optimisation& optimisation = guide.optimisation;
  std::string text = optimisation.algorithm;
  if (optimisation.levels > 0)
    text += fmt::format(", R-hat of iterates {:.3f} (ESS {:.0f}, {} levels)", optimisation.rhat,
                        optimisation.ess, optimisation.levels);
  if (std::isfinite(optimisation.error)) text += fmt::format(", error {:.2g} sd", optimisation.error);
  const auto steepest = std::max_element(guide.gradients.begin(), guide.gradients.end(),
                                         [](const auto& a, const auto& b) { return a.snr < b.snr; });
  if (steepest != guide.gradients.end())
    text += fmt::format(", gradient signal-to-noise {:.2g} (`{}`)", steepest->snr, steepest->name);
  return text;
}

// What is not known, or does not exist, is a dash.
std::string cell(double value) { return std::isnan(value) ? "-" : fmt::format("{:.4g}", value); }
std::string cell(double value, int decimals) {
  return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, decimals);
}

void print_quantities(const Posterior& posterior, std::size_t width) {
  const bool is_point = posterior.mode() != nullptr, is_sampled = posterior.sampler() != nullptr;
  if (is_point)
    fmt::print("{:<{}}  {:>11}\n", "", width, "mode");
  else
    fmt::print("{:<{}}  {:>11} {:>11} {:>11} {:>11} {:>11}{}\n", "", width, "mean", "sd", "5%", "50%", "95%",
               is_sampled ? "     ESS   R-hat" : "");
  constexpr std::size_t most_rows = 60;
  for (std::size_t k = 0; k < posterior.quantities.size(); ++k) {
    if (k == most_rows) {
      fmt::print("... {} more; --format=json or --out DIR gives all\n",
                 posterior.quantities.size() - most_rows);
      break;
    }
    const Quantity& q = posterior.quantities[k];
    if (is_point)
      fmt::print("{:<{}}  {:>11.5g}\n", q.name, width, q.mean);
    else
      fmt::print("{:<{}}  {:>11} {:>11} {:>11} {:>11} {:>11}{}\n", q.name, width, cell(q.mean), cell(q.sd),
                 cell(q.q05), cell(q.q50), cell(q.q95),
                 is_sampled ? fmt::format(" {:>7} {:>7}", cell(q.ess_bulk, 0), cell(q.rhat, 3)) : "");
  }
  fmt::print("\n");
}

void print_guide(const GuideDiagnostics& guide, std::size_t draws) {
  const bool has_elbo = !std::isnan(guide.elbo) || !std::isfinite(guide.log_evidence);
  fmt::print("{}, Pareto k-hat {:.2f} (limit {:.2f}), importance ESS {:.0f} of {}\n",
             has_elbo ? "ELBO " + log_text(guide.elbo) + " (se " + log_text(guide.elbo_se) + ")"
                      : "log evidence " + log_text(guide.log_evidence),
             guide.khat, guide.khat_threshold, guide.ess, draws);
  if (std::isfinite(guide.laplace_evidence))
    fmt::print("log evidence {} by Laplace's formula at the mode, {} by importance weights\n",
               log_text(guide.laplace_evidence), log_text(guide.log_evidence));
  if (!guide.optimisation.algorithm.empty()) fmt::print("{}\n", optimisation_text(guide));
}

void print_disagreements(const Posterior& posterior, std::size_t width) {
  constexpr std::size_t most_disagreements = 10;
  if (posterior.disagreements.empty()) return;
  fmt::print("\nagainst nuts{:>{}}  mean off by   sd ratio\n", "", width > 12 ? width - 12 : 0);
  for (std::size_t k = 0; k < std::min(most_disagreements, posterior.disagreements.size()); ++k) {
    const Disagreement& d = posterior.disagreements[k];
    fmt::print("{:<{}}  {:>8.2f} sd {:>10.2f}\n", d.name, std::max<std::size_t>(width, 12), d.mean_gap,
               d.sd_ratio);
  }
  fmt::print("\n");
}

void print_table(const Posterior& posterior) {
  std::size_t width = 8;
  for (const Quantity& quantity : posterior.quantities)
    width = std::max(width, quantity.name.size());
  print_quantities(posterior, width);
  if (const ModeDiagnostics* mode = posterior.mode())
    fmt::print("log density at the mode {}\n", log_text(mode->log_density));
  else if (const SamplerDiagnostics* chains = posterior.sampler())
    fmt::print("worst R-hat {:.3f}, least effective size {:.0f} of {}, {} divergent transitions\n",
               chains->rhat, chains->ess, posterior.draw_count, chains->divergences);
  else
    print_guide(*posterior.guide(), posterior.draw_count);
  fmt::print("{} iterations; compile {:.0f} ms, inference {:.0f} ms ({})\n", posterior.iterations,
             1e3 * posterior.compile_seconds, 1e3 * posterior.infer_seconds, posterior.method);
  if (posterior.attempts.size() > 1) fmt::print("tried: {}\n", attempts_text(posterior));
  print_disagreements(posterior, width);
  const char* words = posterior.verdict == Verdict::trust     ? "trust: these numbers may be used"
                      : posterior.verdict == Verdict::caution ? "caution: usable with care"
                                                              : "do not trust these numbers";
  fmt::print("verdict: {}\n", words);
  for (const Reason& reason : posterior.reasons)
    fmt::print("  - {} [{}]\n", reason.text, code_of(reason));
}

}  // namespace

namespace {

// The fit's phases, and what the command did around it: reading, checking and binding before, writing after.
std::vector<PhaseSeconds> command_phases(const Posterior& posterior, double before, double all) {
  std::vector<PhaseSeconds> phases{{"read, check and bind", before}};
  double rest = all - before;
  for (const PhaseSeconds& phase : posterior.phases) {
    rest -= phase.seconds;
    phases.push_back(phase);
  }
  phases.push_back({"write", rest});
  std::sort(phases.begin(), phases.end(), [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
  return phases;
}

void print_phases(const std::vector<PhaseSeconds>& phases, double all) {
  fmt::print("\nwhere {:.3f} s went\n", all);
  for (const PhaseSeconds& phase : phases)
    fmt::print("  {:<24} {:>9.3f} s {:>5.1f} %\n", phase.name, phase.seconds, 100 * phase.seconds / all);
}

}  // namespace

int fit(FitArguments arguments) {
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [begin] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  int code = exit_done;
  auto checkpoint = CheckpointFile::open(arguments, code);
  if (!checkpoint) return code;
  auto loaded = [&] {
    const WorkLimit limit(arguments.max_seconds);  // the fit has the same once more
    return load_bound(arguments.common, code);
  }();
  if (!loaded) return code;
  // Better known before the fit than after it.
  if (!arguments.out_dir.empty() && !make_folder(arguments.out_dir)) return exit_usage;
  std::optional<FolderLock> lock;  // two fits would write over one another's files, and leave some of each
  if (!arguments.out_dir.empty() && lock.emplace(arguments.out_dir).is_taken_by_another())
    return report({make_diagnostic(Code::folder_in_use, {}, {arguments.out_dir})
                       .suggest("wait until it has ended, or give this one a folder of its own")},
                  arguments.out_dir, {}, "text"),
           exit_usage;
  if (!arguments.report_file.empty()) {
    const std::string folder = std::filesystem::path(arguments.report_file).parent_path().string();
    if (!make_folder(folder.empty() ? "." : folder)) return exit_usage;
  }
  std::jthread preparing;  // so that Ctrl-C finds the library of netCDF loaded
  if (!arguments.out_dir.empty()) preparing = std::jthread([] { prepare_netcdf(); });
  FitOptions options;
  if (!arguments.init_dir.empty()) {
    auto start = read_start(arguments.init_dir, *loaded, arguments.common.format, code);
    if (!start) return code;
    options.start = std::move(*start);
  }
  options.method = arguments.method;
  options.optimiser = arguments.optimiser;
  options.seed = arguments.seed;
  options.draws = arguments.draws > 0 ? arguments.draws : standard_draws(arguments.method);
  options.chains = arguments.chains;
  options.warmup = arguments.warmup;
  options.dense_metric = arguments.dense_metric;
  options.acceptance = arguments.acceptance;
  options.starts = arguments.starts;
  options.check_nuts = arguments.check == "nuts";
  options.max_seconds = arguments.max_seconds;
  options.streams_predictions = true;
  ProgressLine line;
  FitFiles files{.folder = arguments.out_dir,
                 .report = arguments.report_file,
                 .model_text = loaded->model.text,
                 .seed = arguments.seed};
  if (line.is_shown() || !files.report.empty())
    options.progress = [&](const Progress& progress) {
      if (!files.report.empty() && files.trace.size() < 100000 && progress.phase != "sample")
        files.trace.push_back({progress.phase, progress.value});
      line.show(progress.phase, progress.fraction,
                progress.planned > 0 ? fmt::format("{} of {} transitions", progress.done, progress.planned)
                                     : "ELBO " + log_text(progress.value));
    };
  const double before = seconds();
  auto posterior = [&] {
    const InterruptGuard guard;
    options.cancel = InterruptGuard::flag();
    return loaded->bound.fit(options, checkpoint->hooks());
  }();
  line.clear();
  if (!posterior) return report(loaded->model, posterior.diagnostics(), arguments.common.format);
  // Files before the table: standard output may be a pipe that nobody reads any more, and then they are what
  // remains of the fit.
  files.summary = [&](const TextSink& sink) {
    if (write_summary_json(*posterior, {.is_indented = true}, sink)) sink("\n");
  };
  const bool is_written = [&] {
    constexpr double brief = 2;  // for what a file holds beside the draws, where the fit itself had to end
    const SamplerDiagnostics* chains = posterior->sampler();
    // Who pressed Ctrl-C waits for the draws that are there, and for nothing that has to be computed.
    const bool is_cancelled = InterruptGuard::flag()->load();
    const InterruptGuard guard;
    return write_fit(loaded->bound, *posterior, files,
                     is_cancelled ? 0
                     : posterior->interrupted || (chains != nullptr && chains->out_of_budget)
                         ? brief
                         : std::max(brief, arguments.max_seconds - (seconds() - before)));
  }();
  if (arguments.common.format == "json") {
    Json out{{"diagnostics", warnings_json(loaded->model)}};
    if (arguments.profile) {
      const double all = seconds();
      for (const PhaseSeconds& phase : command_phases(*posterior, before, all))
        out["profile"].push_back({{"phase", phase.name}, {"seconds", phase.seconds}});
      out["wall_seconds"] = all;
    }
    (void)write_summary_json(*posterior, {.more = out.dump()}, [](std::string_view piece) {
      fmt::print("{}", piece);
      return true;
    });
    fmt::print("\n");
  } else {
    print_table(*posterior);
    if (arguments.profile) {
      const double all = seconds();
      print_phases(command_phases(*posterior, before, all), all);
    }
  }
  if (!is_written) return exit_usage;
  flush_output();  // where it does not arrive, the checkpoint stays
  if (!posterior->interrupted) checkpoint->remove();
  return posterior->verdict == Verdict::do_not_trust ? exit_distrust : exit_done;
}

}  // namespace elba::cli
