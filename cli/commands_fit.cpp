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

#include "api/model/methods.h"
#include "cli/checkpoint_file.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/json_stream.h"
#include "cli/output_files.h"
#include "cli/progress.h"
#include "support/files.h"

namespace elba::cli {

namespace {

using Json = nlohmann::ordered_json;

Json quantity_json(const Quantity& quantity, bool is_sampled) {
  Json out{{"name", quantity.name},
           {"mean", finite_or_null(quantity.mean)},
           {"sd", finite_or_null(quantity.sd)},
           {"q05", finite_or_null(quantity.q05)},
           {"q50", finite_or_null(quantity.q50)},
           {"q95", finite_or_null(quantity.q95)},
           {"mcse", finite_or_null(quantity.mcse)}};
  if (quantity.sd_khat > 0) out["sd_khat"] = finite_or_null(quantity.sd_khat);
  if (quantity.guide_sd > 0) out["sd_guide"] = finite_or_null(quantity.guide_sd);
  if (quantity.linear_response_sd > 0)
    out["sd_linear_response"] = finite_or_null(quantity.linear_response_sd);
  if (!is_sampled) return out;
  out["rhat"] = finite_or_null(quantity.rhat);
  out["ess_bulk"] = finite_or_null(quantity.ess_bulk);
  out["ess_tail"] = finite_or_null(quantity.ess_tail);
  return out;
}

Json rungs_json(const Posterior& posterior) {
  Json out = Json::array();
  for (const Rung& rung : posterior.rungs) {
    Json one{{"method", rung.method}, {"verdict", verdict_name(rung.verdict)}, {"seconds", rung.seconds}};
    if (rung.is_sampled)
      one["rhat"] = finite_or_null(rung.rhat), one["divergences"] = rung.divergences;
    else
      one["elbo"] = finite_or_null(rung.elbo), one["khat"] = finite_or_null(rung.khat);
    out.push_back(std::move(one));
  }
  return out;
}

std::string rungs_text(const Posterior& posterior) {
  std::string text;
  for (const Rung& rung : posterior.rungs) {
    text += (text.empty() ? "" : ", ") + rung.method;
    text += rung.is_sampled ? fmt::format(" (R-hat {:.3f}, {:.1f} s)", rung.rhat, rung.seconds)
                            : fmt::format(" (k-hat {:.2f}, {:.1f} s)", rung.khat, rung.seconds);
  }
  return text;
}

Json optimisation_json(const Optimisation& optimisation) {
  Json out{{"algorithm", optimisation.algorithm}, {"error", finite_or_null(optimisation.error)}};
  if (optimisation.levels == 0) return out;
  out["rhat"] = finite_or_null(optimisation.rhat);
  out["ess"] = finite_or_null(optimisation.ess);
  out["mcse"] = finite_or_null(optimisation.mcse);
  out["levels"] = optimisation.levels;
  out["inefficiency"] = finite_or_null(optimisation.inefficiency);
  return out;
}

// Whether a guide came to its optimum, in a line.
std::string optimisation_text(const Posterior& posterior) {
  const Optimisation& optimisation = posterior.optimisation;
  std::string text = optimisation.algorithm;
  if (optimisation.levels > 0)
    text += fmt::format(", R-hat of iterates {:.3f} (ESS {:.0f}, {} levels)", optimisation.rhat,
                        optimisation.ess, optimisation.levels);
  if (std::isfinite(optimisation.error)) text += fmt::format(", error {:.2g} sd", optimisation.error);
  const auto steepest = std::max_element(posterior.gradients.begin(), posterior.gradients.end(),
                                         [](const auto& a, const auto& b) { return a.snr < b.snr; });
  if (steepest != posterior.gradients.end())
    text += fmt::format(", gradient signal-to-noise {:.2g} (`{}`)", steepest->snr, steepest->name);
  return text;
}

// All but the quantities, which may be many.
Json posterior_json(const Posterior& posterior) {
  Json out;
  out["model"] = posterior.model;
  out["method"] = posterior.method;
  out["verdict"] = verdict_name(posterior.verdict);
  out["reasons"] = Json::array();
  for (const Reason& reason : posterior.reasons)
    out["reasons"].push_back({{"code", code_of(reason)}, {"text", reason.text}});
  out["converged"] = posterior.converged;
  if (posterior.kind == MethodKind::point) {
    out["log_density"] = finite_or_null(posterior.log_density);
    out["starts"] = posterior.starts;
    out["reached"] = posterior.reached;
  } else {
    // Of `auto` that ended in nuts: the best guide's. Of nuts alone: null.
    const bool has_guide = !posterior.is_sampled || !posterior.rungs.empty();
    out["elbo"] = has_guide ? finite_or_null(posterior.elbo) : Json();
    out["elbo_se"] = has_guide ? finite_or_null(posterior.elbo_se) : Json();
    out["log_evidence"] = has_guide ? finite_or_null(posterior.log_evidence) : Json();
    if (std::isfinite(posterior.laplace_evidence))
      out["log_evidence_laplace"] = finite_or_null(posterior.laplace_evidence);
    out["khat"] = has_guide ? finite_or_null(posterior.khat) : Json();
    if (posterior.is_sampled) {
      out["rhat"] = finite_or_null(posterior.rhat);
      out["ess"] = finite_or_null(posterior.ess);
      out["divergences"] = posterior.divergences;
    } else {
      out["importance_ess"] = finite_or_null(posterior.ess);
    }
    out["draws"] = posterior.draw_count;
  }
  if (!posterior.optimisation.algorithm.empty())
    out["optimisation"] = optimisation_json(posterior.optimisation);
  for (const GradientNoise& gradient : posterior.gradients)
    out["gradients"].push_back({{"name", gradient.name}, {"snr", finite_or_null(gradient.snr)}});
  if (!posterior.rungs.empty()) out["rungs"] = rungs_json(posterior);
  for (const Disagreement& d : posterior.disagreements)
    out["disagreements"].push_back({{"name", d.name},
                                    {"mean_gap", finite_or_null(d.mean_gap)},
                                    {"sd_ratio", finite_or_null(d.sd_ratio)}});
  out["jitter"] = posterior.jitter;
  out["iterations"] = posterior.iterations;
  out["interrupted"] = posterior.interrupted;
  out["seconds"] = {{"compile", posterior.compile_seconds},
                    {"infer", posterior.infer_seconds},
                    {"total", posterior.compile_seconds + posterior.infer_seconds}};
  return out;
}

void stream_posterior(const Posterior& posterior, const Json& tail, bool is_indented, const TextSink& sink) {
  const auto item = [&](std::size_t k) {
    return quantity_json(posterior.quantities[k], posterior.is_sampled);
  };
  stream_json(posterior_json(posterior), "quantities", posterior.quantities.size(), item, tail, is_indented,
              sink);
}

// What is not known, or does not exist, is a dash.
std::string cell(double value) { return std::isnan(value) ? "-" : fmt::format("{:.4g}", value); }
std::string cell(double value, int decimals) {
  return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, decimals);
}

void print_table(const Posterior& posterior) {
  const bool is_point = posterior.kind == MethodKind::point, is_sampled = posterior.is_sampled;
  std::size_t width = 8;
  for (const Quantity& quantity : posterior.quantities)
    width = std::max(width, quantity.name.size());
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
  if (is_point)
    fmt::print("log density at the mode {}\n", log_text(posterior.log_density));
  else if (is_sampled)
    fmt::print("worst R-hat {:.3f}, least effective size {:.0f} of {}, {} divergent transitions\n",
               posterior.rhat, posterior.ess, posterior.draw_count, posterior.divergences);
  else if (std::isnan(posterior.elbo) && std::isfinite(posterior.log_evidence))
    fmt::print("log evidence {}, Pareto k-hat {:.2f} (limit {:.2f}), importance ESS {:.0f} of {}\n",
               log_text(posterior.log_evidence), posterior.khat, posterior.khat_threshold, posterior.ess,
               posterior.draw_count);
  else
    fmt::print("ELBO {} (se {}), Pareto k-hat {:.2f} (limit {:.2f}), importance ESS {:.0f} of {}\n",
               log_text(posterior.elbo), log_text(posterior.elbo_se), posterior.khat,
               posterior.khat_threshold, posterior.ess, posterior.draw_count);
  if (std::isfinite(posterior.laplace_evidence))
    fmt::print("log evidence {} by Laplace's formula at the mode, {} by importance weights\n",
               log_text(posterior.laplace_evidence), log_text(posterior.log_evidence));
  if (!posterior.optimisation.algorithm.empty()) fmt::print("{}\n", optimisation_text(posterior));
  fmt::print("{} iterations; compile {:.0f} ms, inference {:.0f} ms ({})\n", posterior.iterations,
             1e3 * posterior.compile_seconds, 1e3 * posterior.infer_seconds, posterior.method);
  if (posterior.rungs.size() > 1) fmt::print("tried: {}\n", rungs_text(posterior));
  constexpr std::size_t most_disagreements = 10;
  if (!posterior.disagreements.empty())
    fmt::print("\nagainst nuts{:>{}}  mean off by   sd ratio\n", "", width > 12 ? width - 12 : 0);
  for (std::size_t k = 0; k < std::min(most_disagreements, posterior.disagreements.size()); ++k) {
    const Disagreement& d = posterior.disagreements[k];
    fmt::print("{:<{}}  {:>8.2f} sd {:>10.2f}\n", d.name, std::max<std::size_t>(width, 12), d.mean_gap,
               d.sd_ratio);
  }
  if (!posterior.disagreements.empty()) fmt::print("\n");
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
    stream_posterior(*posterior, Json::object(), true, sink);
    sink("\n");
  };
  const bool is_written = [&] {
    constexpr double brief = 2;  // for what a file holds beside the draws, where the fit itself had to end
    // Who pressed Ctrl-C waits for the draws that are there, and for nothing that has to be computed.
    const bool is_cancelled = InterruptGuard::flag()->load();
    const InterruptGuard guard;
    return write_fit(loaded->bound, *posterior, files,
                     is_cancelled ? 0
                     : posterior->interrupted || posterior->out_of_budget
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
    stream_posterior(*posterior, out, false, [](std::string_view piece) {
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
