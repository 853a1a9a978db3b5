// elba: the command line. Options and exit codes are those of the command-line reference
// (docs/command_line.md); the work is in commands_*.cpp.
#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <system_error>

#include "api/elba.hpp"
#include "api/model/methods.h"
#include "cli/commands.h"
#include "cli/files.h"

namespace {

using namespace elba::cli;

// What an option may be, in words of ours: those of CLI11 print the largest double in full, and let -1 pass
// as a number of 64 bits.
template <class Number>
std::optional<Number> read_whole(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string seed_problem(const std::string& text) {
  return read_whole<std::uint64_t>(text)
             ? ""
             : "`" + text + "` is no seed: give a whole number from 0 to 18446744073709551615";
}

std::string seconds_problem(const std::string& text, bool may_be_zero) {
  const auto value = read_whole<double>(text);
  if (value && std::isfinite(*value) && (*value > 0 || (may_be_zero && *value == 0))) return {};
  return "`" + text + "` is no time: give seconds, a number " + (may_be_zero ? "of 0 or more" : "above 0");
}
std::string some_seconds(const std::string& text) { return seconds_problem(text, false); }
std::string some_seconds_or_none(const std::string& text) { return seconds_problem(text, true); }

std::string some_work(const std::string& text) {
  const auto value = read_whole<double>(text);
  if (value && *value > 0 && !std::isnan(*value)) return {};
  return "`" + text + "` is no amount of work: give a number of operations above 0, such as 1e11";
}

std::string some_memory(const std::string& text) {
  return bytes_of(text) > 0 ? ""
                            : "`" + text +
                                  "` is no amount of memory: give a number of bytes, or one with a unit, "
                                  "such as 500MB or 2GiB";
}

// An empty path is a variable of the shell that is not set, and no wish for nothing.
std::string path_problem(const std::string& text) { return text.empty() ? "the path is empty" : ""; }

void add_common(CLI::App* command, CommonOptions& options, bool needs_model = true) {
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

// What a command may take that compiles and runs a model.
void add_work_limit(CLI::App* command, CommonOptions& options) {
  command
      ->add_option("--max-work", options.max_work,
                   "operations that one evaluation may take, by count before it starts (1e10); what would "
                   "take more is refused")
      ->check(some_work);
  command
      ->add_option("--max-memory", options.max_memory,
                   "memory that data, draws and a guide may take, by estimate before it is taken: 2GB (half "
                   "of what this process may have); what would take more is refused")
      ->check(some_memory);
}
void add_limits(CLI::App* command, CommonOptions& options, double* max_seconds = nullptr) {
  command
      ->add_option("--max-seconds", max_seconds != nullptr ? *max_seconds : options.max_seconds,
                   "stop after this long with what there is")
      ->check(some_seconds);
  add_work_limit(command, options);
}

void add_format(CLI::App* command, CommonOptions& options, const std::vector<std::string>& formats) {
  command->add_option("--format", options.format, "how to print")->check(CLI::IsMember(formats));
}

void add_opt(CLI::App* command, OptArguments& arguments) {
  command->add_option("--passes", arguments.passes, "names, separated by commas");
  command->add_option("--pipeline", arguments.pipeline,
                      "the passes that make this function of @model: log_joint.grad, elbo.grad, ..");
  command->add_option("--skip", arguments.skipped, "passes to leave out, separated by commas")
      ->allow_extra_args(false);
  command->add_option("ir", arguments.ir_file, "IR file; - reads standard input");
  command->add_flag("--list", arguments.list, "list the passes");
  command->add_flag("--check-gradient", arguments.check_gradient,
                    "compare the gradients after the passes with differences of the interpreter");
  command
      ->add_option("--data", arguments.data_file,
                   "of --check-gradient: values of parameters and dims; what is not given is random")
      ->check(path_problem);
  command->add_option("--size", arguments.sizes, "of --check-gradient: sizes of dims, N=3,D=2")
      ->allow_extra_args(false);
  command->add_option("--seed", arguments.seed, "of --check-gradient: of points and random data")
      ->check(seed_problem);
}

// An option that the command does not have; exit_done where something else stands too much on the line.
int report_unknown_option(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  const CLI::App& command = commands.empty() ? app : *commands.back();
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames())
      known.push_back("--" + name);
  for (const std::string& word : app.remaining(true)) {
    if (!word.starts_with("--") || word.size() < 3) continue;
    const std::string name = word.substr(0, word.find('=')),
                      shown = commands.empty() ? "elba" : "elba " + command.get_name();
    const std::string near = elba::nearest_name(name, known);
    (void)report(
        {elba::make_diagnostic(elba::Code::usage_error, {}, {"`" + shown + "` has no option `" + name + "`"})
             .suggest(near.empty() ? "`" + shown + " --help` lists them" : "did you mean `" + near + "`?")},
        shown, "", "text");
    return exit_usage;
  }
  return exit_done;
}

// A first word that is no command.
int report_unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> known;
  std::string list;
  for (const CLI::App* command :
       app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); })) {
    known.push_back(command->get_name());
    list += (list.empty() ? "`" : ", `") + known.back() + "`";
  }
  const std::string near = elba::nearest_name(word, known);
  (void)report(
      {elba::make_diagnostic(elba::Code::usage_error, {}, {"there is no command `" + word + "`"})
           .suggest(near.empty() ? "the commands are " + list : "did you mean `elba " + near + "`?")},
      "elba", "", "text");
  return exit_usage;
}

// Help, the version, or what is wrong with the line. Not through std::cout, whose failures leave no cause.
int print_end(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out, problem;
  const int status = app.exit(error, out, problem);
  fmt::print("{}", out.str());
  fmt::print(stderr, "{}", problem.str());
  return status == 0 ? exit_done : exit_usage;
}

// A stream that the caller has closed (`>&-`) would be the number of the next file that is opened, and what
// is printed would go there.
void occupy_closed_streams() {
  // Standard output is made readable only, so that writing to it fails as on a closed one.
  for (const int stream : {0, 1, 2})
    if (fcntl(stream, F_GETFD) == -1 && errno == EBADF)
      (void)open("/dev/null", stream == 2 ? O_WRONLY : O_RDONLY);
}

// `code`, unless something that was printed has not arrived; `cause` of a failure that is known already.
int code_after_printing(int code, int cause) {
  errno = 0;
  if (std::fflush(stdout) != 0 && cause == 0) cause = errno;
  if (std::ferror(stdout) == 0 && cause == 0) return code;
  (void)report(
      {elba::make_diagnostic(
          elba::Code::file_not_writable, {},
          {"standard output", cause != 0 ? std::strerror(cause) : "not all that was printed has arrived"})},
      "elba", {}, "text");
  return code == exit_defect ? code : exit_usage;
}

int run(int argc, char** argv) {
  CLI::App app{"Elba: from a model file to a posterior, compiled in milliseconds", "elba"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("elba " ELBA_VERSION));
  int code = exit_done;

  CommonOptions common;
  FitArguments fit_arguments;
  PredictArguments predict_arguments;
  SimulateArguments simulate_arguments;
  CalibrateArguments calibrate_arguments;
  std::string points, order = "row", stage = "density", function = "log_joint.grad", print_after, dump_dir,
                      explain_what, page;
  std::vector<std::string> files;
  bool distributions = false, check_only = false, time_passes = false;
  double seconds = 1.0;

  auto* check_command = app.add_subcommand("check",
                                           "parse and check; report every mistake; print the signature");
  add_common(check_command, common);
  add_limits(check_command, common);
  add_format(check_command, common, {"text", "json"});
  check_command->add_flag(
      "--distributions", distributions,
      "test every `dist` of the file instead: density, cdf, quantile, sampler, derivatives");
  check_command->add_flag("--pedantic", common.pedantic,
                          "also the warnings that are often unfounded: wide priors, open bounds");
  check_command->callback([&] { code = distributions ? check_distributions(common) : check(common); });

  auto* fit_command = app.add_subcommand("fit", "compile, infer, and say whether the answer may be used");
  add_common(fit_command, fit_arguments.common);
  add_format(fit_command, fit_arguments.common, {"table", "text", "json"});
  fit_command->add_option("--method", fit_arguments.method, elba::method_names())
      ->check(elba::fit_method_problem);
  fit_command
      ->add_option("--optimiser", fit_arguments.optimiser,
                   "how meanfield and fullrank climb: auto (frozen draws), natural (gradients), or adam "
                   "(averaged stochastic gradients)")
      ->check(CLI::IsMember({"auto", "natural", "adam"}));
  fit_command->add_option("--seed", fit_arguments.seed, "the same seed gives the same answer")
      ->check(seed_problem);
  fit_command
      ->add_option("--draws", fit_arguments.draws,
                   "draws of the approximation for the summary (2000), or of nuts over all chains (4000)")
      ->check(CLI::Range(100, 1000000));
  fit_command->add_option("--chains", fit_arguments.chains, "of nuts")->check(CLI::Range(1, 64));
  fit_command
      ->add_option("--warmup", fit_arguments.warmup,
                   "transitions of each nuts chain that tune it and are not kept")
      ->check(CLI::Range(0, 1000000));
  fit_command->add_flag("--dense-metric", fit_arguments.dense_metric,
                        "nuts: learn the correlations of the posterior, not its scales only");
  fit_command
      ->add_option("--acceptance", fit_arguments.acceptance,
                   "nuts: the mean acceptance that step lengths aim at; more when transitions diverge")
      ->check(CLI::Range(0.5, 0.999));
  fit_command
      ->add_option("--starts", fit_arguments.starts,
                   "of map: ascents, the first from `init` and 0, the rest from dispersed places (as many as "
                   "it takes to meet the best one repeatedly)")
      ->check(CLI::Range(1, 100000));
  fit_command
      ->add_option("--check", fit_arguments.check,
                   "nuts: fit by the sampler too, and print where the two disagree")
      ->check(CLI::IsMember({"nuts"}));
  fit_command->add_flag("--profile", fit_arguments.profile,
                        "print where the seconds went; the phases add up to the wall time of the command");
  add_limits(fit_command, fit_arguments.common, &fit_arguments.max_seconds);
  fit_command
      ->add_option("--out", fit_arguments.out_dir,
                   "folder for posterior.nc (ArviZ), chain_1.csv, .. and summary.json; docs/output.md")
      ->check(path_problem);
  fit_command
      ->add_option(
          "--report", fit_arguments.report_file,
          "HTML page with the verdict, the numbers and pictures to judge them by; it needs no network")
      ->check(path_problem);
  fit_command
      ->add_option("--init", fit_arguments.init_dir,
                   "start at the mean of the draws that an earlier fit wrote into this folder")
      ->check(path_problem);
  fit_command
      ->add_option("--checkpoint", fit_arguments.checkpoint_file,
                   "file that a killed fit can be gone on with; --out DIR keeps DIR/fit.checkpoint by itself")
      ->check(path_problem);
  fit_command
      ->add_option("--checkpoint-every", fit_arguments.checkpoint_seconds, "seconds between two of them")
      ->check(some_seconds_or_none);
  fit_command
      ->add_option("--resume", fit_arguments.resume,
                   "go on with the checkpoint in this folder, or with this file; options that are not given "
                   "are those of the checkpoint")
      ->check(path_problem);
  fit_command->callback([&] {
    for (const CLI::Option* option : fit_command->get_options())
      if (option->count() > 0)
        fit_arguments.given.insert(option->get_name().substr(option->get_name().find_first_not_of('-')));
    code = fit(fit_arguments);
  });

  auto* predict_command = app.add_subcommand(
      "predict", "what `predict` names, from the draws of a saved fit, on other data");
  add_common(predict_command, predict_arguments.common);
  add_limits(predict_command, predict_arguments.common);
  add_format(predict_command, predict_arguments.common, {"table", "text", "json"});
  predict_command
      ->add_option("--draws,--fit", predict_arguments.draws_dir, "folder that `elba fit --out` wrote")
      ->required()
      ->check(path_problem);
  predict_command
      ->add_option("--count", predict_arguments.count, "use that many of the draws, evenly spread (all)")
      ->check(CLI::Range(1, 1000000));
  predict_command->add_option("--seed", predict_arguments.seed, "of what predictions draw")
      ->check(seed_problem);
  predict_command
      ->add_option("--out", predict_arguments.out_dir, "folder for predictions.csv and predictions.json")
      ->check(path_problem);
  predict_command->callback([&] { code = predict(predict_arguments); });

  auto* simulate_command = app.add_subcommand(
      "simulate", "latents from the prior, and data from their laws, as a data file");
  add_common(simulate_command, simulate_arguments.common);
  add_limits(simulate_command, simulate_arguments.common);
  add_format(simulate_command, simulate_arguments.common, {"text", "json"});
  simulate_command->add_option("--seed", simulate_arguments.seed, "the same seed gives the same data")
      ->check(seed_problem);
  simulate_command
      ->add_option("--param", simulate_arguments.params,
                   "hold a latent or param at a value: tau=0.5, theta=[1,2,3]")
      ->allow_extra_args(false);
  simulate_command
      ->add_option("--out", simulate_arguments.out_file,
                   "data file; the latents go beside it, F.truth.json. Without it both are printed")
      ->check(path_problem);
  simulate_command->callback([&] { code = simulate(simulate_arguments); });

  auto* sbc_command = app.add_subcommand("sbc",
                                         "simulation-based calibration: does the method find the posterior "
                                         "of data that the model itself draws?");
  add_common(sbc_command, calibrate_arguments.common);
  add_limits(sbc_command, calibrate_arguments.common);
  add_format(sbc_command, calibrate_arguments.common, {"table", "text", "json"});
  sbc_command->add_option("--replications", calibrate_arguments.replications, "simulated data sets")
      ->check(CLI::Range(20, 100000));
  sbc_command->add_option("--method", calibrate_arguments.method, elba::method_names(elba::runtime::draws))
      ->check([](const std::string& name) { return elba::method_problem(name, elba::runtime::draws); });
  sbc_command
      ->add_option("--draws", calibrate_arguments.draws,
                   "nearly independent draws of each posterior, among which the true value is ranked")
      ->check(CLI::Range(9, 999));
  sbc_command->add_option("--seed", calibrate_arguments.seed, "the same seed gives the same answer")
      ->check(seed_problem);
  sbc_command->add_option("--chains", calibrate_arguments.chains, "of nuts")->check(CLI::Range(1, 64));
  sbc_command->add_option("--warmup", calibrate_arguments.warmup, "of nuts")->check(CLI::Range(0, 1000000));
  sbc_command->callback([&] { code = sbc(calibrate_arguments); });

  auto* density_command = app.add_subcommand("log-density", "log density and gradient at given points");
  add_common(density_command, common);
  add_limits(density_command, common);
  add_format(density_command, common, {"text", "json"});
  density_command->add_option("--at", points, "points file")->required()->check(path_problem);
  density_command->add_option(
      "--order", order,
      "order of unconstrained coordinates: row (row-major, the default), stan (each matrix column-major, as "
      "a `matrix` of Stan is), stan:A,B (these matrices only)");
  density_command->callback([&] { code = log_density(common, points, order); });

  auto* emit_command = app.add_subcommand("emit", "print a stage of the compiler");
  add_common(emit_command, common);
  emit_command->add_option("--stage", stage, "which")
      ->check(CLI::IsMember({"tokens", "ast", "density", "tensor", "loop", "llvm", "asm"}));
  emit_command->add_option(
      "--function", function,
      "log_joint, log_joint.grad, log_joint.hvp, elbo, elbo.grad, draw, constrain, predict");
  emit_command->add_option("--print-after", print_after, "the module after this pass, or `all`");
  emit_command->add_option("--dump-dir", dump_dir, "write the module after every pass into this folder")
      ->check(path_problem);
  emit_command->add_flag("--time-passes", time_passes, "milliseconds and size per pass");
  emit_command->callback([&] { code = emit(common, stage, function, print_after, dump_dir, time_passes); });

  auto* opt_command = app.add_subcommand("opt", "run passes over textual IR");
  OptArguments opt_arguments;
  add_opt(opt_command, opt_arguments);
  opt_command->callback([&] { code = opt(opt_arguments); });

  auto* explain_command = app.add_subcommand(
      "explain", "what the compiler decided about a model, or the page of a diagnostic (E0305)");
  explain_command->add_option("what", explain_what, "a model file or a code")->required();
  explain_command->add_option("--data", common.data_file, "data file")->check(path_problem);
  explain_command->add_option("--model", common.model_name, "which model of the file");
  add_format(explain_command, common, {"text", "json"});
  explain_command->callback([&] { code = explain(explain_what, common); });

  auto* doc_command = app.add_subcommand(
      "doc", "distributions and functions by name: parameters, formula, members, an example");
  doc_command->add_option("names", files,
                          "normal, gamma, log_sum_exp, ..; without a name: all names by family");
  doc_command->add_option("--page", page, "print the page of the documents")
      ->check(CLI::IsMember({"distributions", "functions", "methods"}));
  doc_command->callback([&] { code = doc(files, page); });

  auto* format_command = app.add_subcommand("fmt", "format model files in place; - formats standard input");
  format_command->add_option("files", files, "model files")->required();
  format_command->add_flag("--check", check_only, "only say which files would change");
  format_command->callback([&] { code = format(files, check_only); });

  for (const bool child : {false, true}) {
    // The hidden twin measures inside a fresh process; `bench` starts it once with an empty and once with a
    // filled object cache.
    auto* bench_command = app.add_subcommand(child ? "bench-child" : "bench",
                                             "compile time per phase, gradient and step times");
    add_common(bench_command, common);
    add_work_limit(bench_command, common);
    add_format(bench_command, common, {"text", "json"});
    bench_command->add_option("--seconds", seconds, "time spent on each measurement")
        ->check(some_seconds_or_none);
    if (child) bench_command->group("");
    bench_command->callback(
        [&, child] { code = child ? bench_child(common, seconds) : bench(common, seconds); });
  }

  if (argc < 2) {
    fmt::print(stderr, "{}", app.help());
    return exit_usage;
  }
  const std::string word = argv[1];
  if (!word.starts_with('-') &&
      app.get_subcommands([&](const CLI::App* one) { return one->get_name() == word; }).empty())
    return report_unknown_command(app, word);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError& error) {
    if (const int status = report_unknown_option(app); status != exit_done) return status;
    return print_end(app, error);
  } catch (const CLI::ParseError& error) {
    return print_end(app, error);
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  occupy_closed_streams();
  int code = exit_usage, cause = 0;
  try {
    code = run(argc, argv);
  } catch (const std::system_error& error) {  // of printing: nothing else throws
    cause = error.code().value();
  }
  return code_after_printing(code, cause);
}
