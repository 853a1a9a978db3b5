// opt: passes over textual IR, and the gradients that come of them against differences.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>

#include "api/gradient_check.h"
#include "cli/commands.h"
#include "cli/files.h"

namespace elba::cli {

namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == ',')
      parts.emplace_back();
    else if (c != ' ')
      parts.back() += c;
  }
  std::erase(parts, "");
  return parts;
}

IrPasses passes_of(const OptArguments& arguments) {
  IrPasses passes{split(arguments.passes), arguments.pipeline, {}};
  for (const std::string& names : arguments.skipped)
    for (std::string& name : split(names))
      passes.skipped.push_back(std::move(name));
  return passes;
}

int wrong_usage(const std::string& problem, const std::string& help) {
  (void)report({make_diagnostic(Code::usage_error, {}, {problem}).suggest(help)}, "elba opt", "", "text");
  return exit_usage;
}

// "N=3" -> N, 3; false for what is none.
bool read_size(const std::string& text, std::map<std::string, std::int64_t>& sizes) {
  const auto at = text.find('=');
  if (at == std::string::npos || at == 0) return false;
  std::int64_t size = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + at + 1, end, size);
  if (error != std::errc() || stop != end || size < 0) return false;
  sizes[text.substr(0, at)] = size;
  return true;
}

int check_gradients(const OptArguments& arguments, const std::string& text) {
  GradientCheckOptions options;
  options.passes = passes_of(arguments);
  options.seed = arguments.seed;
  for (const std::string& list : arguments.sizes)
    for (const std::string& size : split(list))
      if (!read_size(size, options.sizes))
        return wrong_usage("`" + size + "` is no size of a dim", "write `--size N=3`");
  CommonOptions common;
  common.data_file = arguments.data_file;
  int code = exit_done;
  auto data = read_data(common, code);
  if (!data) return code;
  options.data = std::move(*data);
  const auto check = elba::check_gradient(text, options, arguments.ir_file);
  if (!check) return report(check.diagnostics(), arguments.ir_file, text, "text");
  for (const CheckedGradient& row : check->functions)
    fmt::print("@{}.grad: %{} of {} {}, {} {}, largest relative error {:.1e}{}\n", row.function, row.input,
               row.elements, row.elements == 1 ? "number" : "numbers", row.points,
               row.points == 1 ? "point" : "points", row.error,
               row.place.empty() ? "" : fmt::format(" at {} of point {}", row.place, row.point));
  if (check->ok()) return exit_done;
  flush_output();
  return report(check->problems(), arguments.ir_file, text, "text");
}

}  // namespace

int opt(const OptArguments& arguments) {
  if (arguments.list) {
    for (const auto& [name, sentence] : pass_names())
      fmt::print("{:<16} {}\n", name, sentence);
    return exit_done;
  }
  const bool runs = !arguments.passes.empty() || !arguments.pipeline.empty();
  if (arguments.ir_file.empty() || (!runs && !arguments.check_gradient)) {
    fmt::print(stderr, "elba: opt needs --passes=a,b and an IR file; --list names the passes\n");
    return exit_usage;
  }
  if (!arguments.passes.empty() && !arguments.pipeline.empty())
    return wrong_usage("`--passes` and `--pipeline` exclude each other",
                       "`--pipeline=F --skip=a,b` runs the passes of a function without some");
  if (!arguments.check_gradient && (!arguments.data_file.empty() || !arguments.sizes.empty()))
    return wrong_usage("`--data` and `--size` are for `--check-gradient`", "leave them out");
  const auto text = read_file(arguments.ir_file);
  if (!text) return exit_usage;
  if (arguments.check_gradient) return check_gradients(arguments, *text);
  auto result = run_passes(*text, passes_of(arguments), arguments.ir_file);
  if (!result) return report(result.diagnostics(), arguments.ir_file, *text, "text");
  fmt::print("{}", *result);
  return exit_done;
}

}  // namespace elba::cli
