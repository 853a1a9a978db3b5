// options: the options of the commands that do not infer, and the list of all commands.
#include "cli/options.h"

namespace elba::cli {

namespace {

void add_check(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand("check", "parse and check; report every error; print the signature");
  add_common(command, line.common);
  add_limits(command, line.common);
  add_format(command, line.common, {"text", "json"});
  command->add_flag("--distributions", line.distributions,
                    "test every `dist` of the file instead: density, cdf, quantile, sampler, derivatives");
  command->add_flag("--pedantic", line.common.pedantic,
                    "also the warnings that are often unfounded: wide priors, open bounds");
  command->callback(
      [&line] { line.code = line.distributions ? check_distributions(line.common) : check(line.common); });
}

void add_log_density(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand("log-density", "log density and gradient at given points");
  add_common(command, line.common);
  add_limits(command, line.common);
  add_format(command, line.common, {"text", "json"});
  command->add_option("--at", line.points, "points file")->required()->check(path_problem);
  command->add_option(
      "--order", line.order,
      "order of unconstrained coordinates: row (row-major, the default), stan (each matrix column-major, as "
      "a `matrix` of Stan is), stan:A,B (these matrices only)");
  command->callback([&line] { line.code = log_density(line.common, line.points, line.order); });
}

void add_emit(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand("emit", "print a stage of the compiler");
  add_common(command, line.common);
  command->add_option("--stage", line.stage, "which")
      ->check(CLI::IsMember({"tokens", "ast", "density", "tensor", "loop", "llvm", "asm"}));
  command->add_option("--function", line.function,
                      "log_joint, log_joint.grad, log_joint.hvp, elbo, elbo.grad, draw, constrain, predict");
  command->add_option("--print-after", line.print_after, "the module after this pass, or `all`");
  command->add_option("--dump-dir", line.dump_dir, "write the module after every pass into this folder")
      ->check(path_problem);
  command->add_flag("--time-passes", line.time_passes, "milliseconds and size per pass");
  command->callback([&line] {
    line.code = emit(line.common, line.stage, line.function, line.print_after, line.dump_dir,
                     line.time_passes);
  });
}

void add_opt(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand("opt", "run passes over textual IR");
  OptArguments& arguments = line.opt_arguments;
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
  command->callback([&line] { line.code = opt(line.opt_arguments); });
}

void add_explain(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand(
      "explain", "what the compiler decided about a model, or the page of a diagnostic (E0305)");
  command->add_option("what", line.explain_what, "a model file or a code")->required();
  command->add_option("--data", line.common.data_file, "data file")->check(path_problem);
  command->add_option("--model", line.common.model_name, "which model of the file");
  add_format(command, line.common, {"text", "json"});
  command->callback([&line] { line.code = explain(line.explain_what, line.common); });
}

void add_doc(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand(
      "doc", "distributions and functions by name: parameters, formula, members, an example");
  command->add_option("names", line.files,
                      "normal, gamma, log_sum_exp, ..; without a name: all names by family");
  command->add_option("--page", line.page, "print the page of the documents")
      ->check(CLI::IsMember({"distributions", "functions", "methods"}));
  command->callback([&line] { line.code = doc(line.files, line.page); });
}

void add_fmt(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand("fmt", "format model files in place; - formats standard input");
  command->add_option("files", line.files, "model files")->required();
  command->add_flag("--check", line.check_only, "only say which files would change");
  command->callback([&line] { line.code = format(line.files, line.check_only); });
}

void add_bench(CLI::App& app, CommandLine& line) {
  for (const bool child : {false, true}) {
    // The hidden twin measures inside a fresh process; `bench` starts it once with an empty and once with a
    // filled object cache.
    CLI::App* command = app.add_subcommand(child ? "bench-child" : "bench",
                                           "compile time per phase, gradient and step times");
    add_common(command, line.common);
    add_operation_limit(command, line.common);
    add_format(command, line.common, {"text", "json"});
    command->add_option("--seconds", line.seconds, "time spent on each measurement")
        ->check(seconds_or_zero_problem);
    if (child) command->group("");
    command->callback([&line, child] {
      line.code = child ? bench_child(line.common, line.seconds) : bench(line.common, line.seconds);
    });
  }
}

}  // namespace

void add_commands(CLI::App& app, CommandLine& line) {
  for (const auto add : {add_check, add_fit, add_predict, add_simulate, add_sbc, add_log_density, add_emit,
                         add_opt, add_explain, add_doc, add_fmt, add_bench})
    add(app, line);
}

}  // namespace elba::cli
