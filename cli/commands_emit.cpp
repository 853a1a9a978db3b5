// emit: the stages of the compiler as text.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "cli/commands.h"
#include "cli/files.h"

namespace elba::cli {

namespace {

int emit_trace(const Program& program, const LoadedModel& model, const CommonOptions& options,
               const std::string& function, const std::string& print_after, const std::string& dump_dir,
               bool time_passes) {
  auto steps = program.trace(function);
  if (!steps) return report(steps.diagnostics(), options.model_file, model.text, "text");
  if (!dump_dir.empty()) {
    std::error_code error;
    std::filesystem::create_directories(dump_dir, error);
    int number = 0;
    for (const PassStep& step : *steps)
      if (!write_file(fmt::format("{}/{:02}_{}.ir", dump_dir, number++, step.name), step.text))
        return exit_usage;
  }
  bool found = print_after.empty() || print_after == "all";
  for (const PassStep& step : *steps) {
    if (time_passes)
      fmt::print("{:<16} {:8.3f} ms  {:6} ops{}\n", step.name, step.ms, step.ops,
                 step.changed ? "" : "  unchanged");
    if (print_after != "all" && print_after != step.name) continue;
    found = true;
    if (step.changed)
      fmt::print("; after {}\n{}\n", step.name, step.text);
    else
      fmt::print("; after {}: unchanged\n", step.name);
  }
  if (found) return exit_done;
  fmt::print(stderr, "elba: no pass `{}` runs for `{}`; --print-after=all shows those that do\n", print_after,
             function);
  return exit_usage;
}

}  // namespace

int emit(const CommonOptions& options, const std::string& stage, const std::string& function,
         const std::string& print_after, const std::string& dump_dir, bool time_passes) {
  int code = exit_done;
  auto model = load_model(options, code);
  if (!model) return code;
  if (!print_after.empty() || !dump_dir.empty() || time_passes)
    return emit_trace(model->program, *model, options, function, print_after, dump_dir, time_passes);
  static const std::pair<const char*, Stage> stages[] = {
      {"tokens", Stage::tokens}, {"ast", Stage::ast},   {"density", Stage::density},
      {"tensor", Stage::tensor}, {"loop", Stage::loop}, {"llvm", Stage::llvm},
      {"asm", Stage::assembly}};
  for (const auto& [name, value] : stages) {
    if (stage != name) continue;
    auto text = model->program.emit(value, function);
    if (!text) return report(text.diagnostics(), options.model_file, model->text, "text");
    fmt::print("{}", *text);
  }
  return exit_done;
}

}  // namespace elba::cli
