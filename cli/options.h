// options: what each command takes on the command line, and the values that the options may have. Internal to
// the command; the commands themselves are in commands.h.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "cli/commands.h"

namespace elba::cli {

// Where CLI11 stores what it reads, and the exit code of the command that ran.
struct CommandLine {
  int code = exit_done;
  CommonOptions common;
  FitArguments fit;
  PredictArguments predict;
  SimulateArguments simulate;
  CalibrateArguments calibrate;
  OptArguments opt_arguments;
  std::string points, order = "row", stage = "density", function = "log_joint.grad", print_after, dump_dir,
                      explain_what, page;
  std::vector<std::string> files;
  bool distributions = false, check_only = false, time_passes = false;
  double seconds = 1.0;
};

// Each command, in the order in which help lists them; parsing runs the one that is named.
void add_commands(CLI::App& app, CommandLine& line);
void add_fit(CLI::App& app, CommandLine& line);
void add_predict(CLI::App& app, CommandLine& line);
void add_simulate(CLI::App& app, CommandLine& line);
void add_sbc(CLI::App& app, CommandLine& line);

// Options of several commands.
void add_common(CLI::App* command, CommonOptions& options, bool needs_model = true);
void add_operation_limit(CLI::App* command, CommonOptions& options);  // where a model is compiled and run
void add_limits(CLI::App* command, CommonOptions& options, double* max_seconds = nullptr);
void add_format(CLI::App* command, CommonOptions& options, const std::vector<std::string>& formats);

// Checks of values: what is wrong, or nothing.
[[nodiscard]] std::string seed_problem(const std::string& text);
[[nodiscard]] std::string positive_seconds_problem(const std::string& text);
[[nodiscard]] std::string seconds_or_zero_problem(const std::string& text);
[[nodiscard]] std::string path_problem(const std::string& text);

}  // namespace elba::cli
