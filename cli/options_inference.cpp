// options_inference: the options of fit, predict, simulate and sbc.
#include "api/model/methods.h"
#include "cli/options.h"

namespace elba::cli {

namespace {

void add_sampler_options(CLI::App* command, CommandLine& line) {
  command->add_option("--chains", line.fit.chains, "of nuts")->check(CLI::Range(1, 64));
  command
      ->add_option("--warmup", line.fit.warmup,
                   "transitions of each nuts chain that tune it and are not kept")
      ->check(CLI::Range(0, 1000000));
  command->add_flag("--dense-metric", line.fit.dense_metric,
                    "nuts: learn the correlations of the posterior, not its scales only");
  command
      ->add_option("--acceptance", line.fit.acceptance,
                   "nuts: the mean acceptance that step lengths aim at; more when transitions diverge")
      ->check(CLI::Range(0.5, 0.999));
  command
      ->add_option("--starts", line.fit.starts,
                   "of map: ascents, the first from `init` and 0, the rest from dispersed points (as many as "
                   "it takes to reach the best one repeatedly)")
      ->check(CLI::Range(1, 100000));
  command
      ->add_option("--check", line.fit.check, "nuts: also run the sampler, and print where the two disagree")
      ->check(CLI::IsMember({"nuts"}));
  command->add_flag("--profile", line.fit.profile,
                    "print where the seconds went; the phases add up to the wall time of the command");
}

void add_fit_files(CLI::App* command, CommandLine& line) {
  command
      ->add_option("--out", line.fit.out_dir,
                   "folder for posterior.nc (ArviZ), chain_1.csv, .. and summary.json; docs/output.md")
      ->check(path_problem);
  command
      ->add_option(
          "--report", line.fit.report_file,
          "HTML page with the verdict, the numbers and pictures that show their quality; it needs no network")
      ->check(path_problem);
  command
      ->add_option("--init", line.fit.init_dir,
                   "start at the mean of the draws that an earlier fit wrote into this folder")
      ->check(path_problem);
  command
      ->add_option(
          "--checkpoint", line.fit.checkpoint_file,
          "file from which a killed fit can be resumed; --out DIR writes DIR/fit.checkpoint without it")
      ->check(path_problem);
  command->add_option("--checkpoint-every", line.fit.checkpoint_seconds, "seconds between two of them")
      ->check(seconds_or_zero_problem);
  command
      ->add_option("--resume", line.fit.resume,
                   "resume from the checkpoint in this folder, or from this file; options that are not given "
                   "are those of the checkpoint")
      ->check(path_problem);
}

}  // namespace

void add_fit(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand("fit", "compile, infer, and say whether the answer may be used");
  add_common(command, line.fit.common);
  add_format(command, line.fit.common, {"table", "text", "json"});
  command->add_option("--method", line.fit.method, elba::method_names())->check(elba::fit_method_problem);
  command
      ->add_option(
          "--optimiser", line.fit.optimiser,
          "optimiser of the ELBO: auto (fixed draws, second order), natural (natural gradients), adam "
          "(averaged stochastic gradients)")
      ->check(CLI::IsMember({"auto", "natural", "adam"}));
  command->add_option("--seed", line.fit.seed, "the same seed gives the same answer")->check(seed_problem);
  command
      ->add_option("--draws", line.fit.draws,
                   "draws of the approximation for the summary (2000), or of nuts over all chains (4000)")
      ->check(CLI::Range(100, 1000000));
  add_sampler_options(command, line);
  add_limits(command, line.fit.common, &line.fit.max_seconds);
  add_fit_files(command, line);
  command->callback([&line, command] {
    for (const CLI::Option* option : command->get_options())
      if (option->count() > 0)
        line.fit.given.insert(option->get_name().substr(option->get_name().find_first_not_of('-')));
    line.code = fit(line.fit);
  });
}

void add_predict(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand(
      "predict", "what `predict` names, from the draws of a saved fit, on other data");
  add_common(command, line.predict.common);
  add_limits(command, line.predict.common);
  add_format(command, line.predict.common, {"table", "text", "json"});
  command->add_option("--draws,--fit", line.predict.draws_dir, "folder that `elba fit --out` wrote")
      ->required()
      ->check(path_problem);
  command->add_option("--count", line.predict.count, "use that many of the draws, evenly spread (all)")
      ->check(CLI::Range(1, 1000000));
  command->add_option("--seed", line.predict.seed, "of what predictions draw")->check(seed_problem);
  command->add_option("--out", line.predict.out_dir, "folder for predictions.csv and predictions.json")
      ->check(path_problem);
  command->callback([&line] { line.code = predict(line.predict); });
}

void add_simulate(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand(
      "simulate", "latents from the prior, and data from their distributions, as a data file");
  add_common(command, line.simulate.common);
  add_limits(command, line.simulate.common);
  add_format(command, line.simulate.common, {"text", "json"});
  command->add_option("--seed", line.simulate.seed, "the same seed gives the same data")->check(seed_problem);
  command
      ->add_option("--param", line.simulate.params,
                   "fix a latent or param at a value: tau=0.5, theta=[1,2,3]")
      ->allow_extra_args(false);
  command
      ->add_option("--out", line.simulate.out_file,
                   "data file; the latents go beside it, F.truth.json. Without it both are printed")
      ->check(path_problem);
  command->callback([&line] { line.code = simulate(line.simulate); });
}

void add_sbc(CLI::App& app, CommandLine& line) {
  CLI::App* command = app.add_subcommand("sbc",
                                         "simulation-based calibration: does the method find the posterior "
                                         "of data that the model itself draws?");
  add_common(command, line.calibrate.common);
  add_limits(command, line.calibrate.common);
  add_format(command, line.calibrate.common, {"table", "text", "json"});
  command->add_option("--replications", line.calibrate.replications, "simulated data sets")
      ->check(CLI::Range(20, 100000));
  command->add_option("--method", line.calibrate.method, elba::method_names(elba::runtime::draws))
      ->check([](const std::string& name) { return elba::method_problem(name, elba::runtime::draws); });
  command
      ->add_option("--draws", line.calibrate.draws,
                   "nearly independent draws of each posterior, among which the true value is ranked")
      ->check(CLI::Range(9, 999));
  command->add_option("--seed", line.calibrate.seed, "the same seed gives the same answer")
      ->check(seed_problem);
  command->add_option("--chains", line.calibrate.chains, "of nuts")->check(CLI::Range(1, 64));
  command->add_option("--warmup", line.calibrate.warmup, "of nuts")->check(CLI::Range(0, 1000000));
  command->callback([&line] { line.code = sbc(line.calibrate); });
}

}  // namespace elba::cli
