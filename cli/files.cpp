#include "cli/files.h"

#include <unistd.h>

#include <cerrno>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "api/json.h"
#include "support/files.h"
#include "support/render.h"

namespace elba::cli {

namespace fs = std::filesystem;

std::optional<std::string> read_file(const std::string& path, std::size_t most_bytes) {
  FileRead read = path == "-" ? read_descriptor(STDIN_FILENO, most_bytes) : elba::read_file(path, most_bytes);
  if (read.problem.empty()) return std::move(read.text);
  if (read.problem.starts_with("it is a folder"))
    std::fprintf(stderr, "elba: `%s` is a folder; give a file\n", path.c_str());
  else
    std::fprintf(stderr, "elba: cannot read `%s`: %s\n", path == "-" ? "standard input" : path.c_str(),
                 read.problem.c_str());
  return std::nullopt;
}

nlohmann::json parse_json(const std::string& text) {
  constexpr int deepest = 100;
  int depth = 0;
  bool is_text = false;
  for (std::size_t k = 0; k < text.size(); ++k) {
    const char c = text[k];
    if (is_text && c == '\\') ++k;
    if (c == '"') is_text = !is_text;
    if (is_text) continue;
    depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    if (depth > deepest) return nlohmann::json(nlohmann::json::value_t::discarded);
  }
  return nlohmann::json::parse(text, nullptr, false);
}

// The path itself where links run in a circle.
std::string behind_links(const std::string& path) {
  constexpr int most_links = 40;  // what Linux follows
  std::error_code error;
  fs::path end = path;  // which need not exist yet
  for (int k = 0; k < most_links && fs::is_symlink(end, error); ++k) {
    const fs::path next = fs::read_symlink(end, error);
    if (error) return path;
    end = next.is_absolute() ? next : end.parent_path() / next;
  }
  return fs::is_symlink(end, error) ? path : end.string();
}

namespace {

// Empty, or why the text is not there.
std::string write_through(const std::string& path, const std::string& text) {
  std::FILE* out = std::fopen(path.c_str(), "wbe");
  if (out == nullptr) return std::strerror(errno);
  int cause = std::fwrite(text.data(), 1, text.size(), out) == text.size() ? 0 : errno;
  if (std::fclose(out) != 0 && cause == 0) cause = errno;
  return cause == 0 ? "" : std::strerror(cause);
}

}  // namespace

bool write_file(const std::string& path, const std::string& text) {
  // A device or a pipe is written to as it is: a rename would put a file in its place. So would it in the
  // place of a link that the user names.
  std::error_code error;
  const auto kind = fs::status(path, error).type();
  const bool is_in_place = fs::exists(fs::file_status(kind)) && kind != fs::file_type::regular;
  const std::string problem = is_in_place ? write_through(path, text)
                                          : replace_file(behind_links(path), text);
  if (problem.empty()) return true;
  report({make_diagnostic(Code::file_not_writable, {}, {path, problem})}, path, {}, "text");
  return false;
}

void flush_output() {
  if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category());
}

void remove_file(const std::string& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) fs::remove(behind_links(path), ignored);
}

std::string cache_folder(const CommonOptions& options) {
  if (options.cache_dir == "off") return {};
  if (!options.cache_dir.empty()) return options.cache_dir;
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg != nullptr && *xdg != '\0')
    return std::string(xdg) + "/elba";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return std::string(home) + "/.cache/elba";
  return {};
}

namespace {

int exit_code_of(const std::vector<Diagnostic>& diagnostics) {
  int code = exit_done;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity() != Severity::error) continue;
    switch (code_info(diagnostic.code).kind) {
      case DiagnosticKind::bug:
        return exit_defect;
      case DiagnosticKind::user:
      case DiagnosticKind::limitation:
        code = exit_model;
        break;
      case DiagnosticKind::data:
        code = code == exit_done ? exit_data : code;
        break;
      case DiagnosticKind::runtime:
        code = code == exit_done ? exit_distrust : code;
        break;
    }
  }
  return code;
}

}  // namespace

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const std::vector<Diagnostic>& diagnostics, const Source& source) {
  return Json::parse(render_json(diagnostics, source));
}

// Reports that are printed one after the other are parted by an empty line, as those of one rendering are.
void print_text(const std::vector<Diagnostic>& diagnostics, const Source& source) {
  static bool is_first = true;
  if (!is_first && !diagnostics.empty()) std::fputs("\n", stderr);
  is_first = is_first && diagnostics.empty();
  std::fputs(render_text(diagnostics, source).c_str(), stderr);
}

void print_json(Json diagnostics, Json signature) {
  std::printf("%s\n", Json{{"diagnostics", std::move(diagnostics)}, {"signature", std::move(signature)}}
                          .dump(2, ' ', false, Json::error_handler_t::replace)
                          .c_str());
}

int concluded(const std::vector<Diagnostic>& diagnostics) {
  const int code = exit_code_of(diagnostics);
  if (code == exit_defect)
    std::fputs(
        "elba: this is a defect in Elba, not in your model. Please report it with the model, the data's "
        "shapes and the lines above.\n",
        stderr);
  return code;
}

}  // namespace

int report(const std::vector<Diagnostic>& diagnostics, const std::string& name, const std::string& text,
           const std::string& format) {
  const Source source(name, text);
  if (format == "json")
    print_json(to_json(diagnostics, source), nullptr);
  else
    print_text(diagnostics, source);
  return concluded(diagnostics);
}

int report(const LoadedModel& model, const std::vector<Diagnostic>& diagnostics, const std::string& format) {
  std::vector<Diagnostic> all = format == "json" ? model.warnings : std::vector<Diagnostic>();
  all.insert(all.end(), diagnostics.begin(), diagnostics.end());
  if (format != "json") return report(all, model.name, model.text, format);
  print_json(to_json(all, Source(model.name, model.text)),
             Json::parse(signature_json(model.program.signature())));
  return concluded(all);
}

Json warnings_json(const LoadedModel& model) {
  return to_json(model.warnings, Source(model.name, model.text));
}

CompileOptions compile_options(const CommonOptions& options) {
  CompileOptions compile;
  compile.name = options.model_file == "-" ? "<stdin>" : options.model_file;
  compile.model = options.model_name;
  compile.guide = options.guide_name;
  compile.pedantic = options.pedantic;
  // Imports stay inside the folder of the model file; a model of standard input has none.
  if (options.model_file == "-") return compile;
  const std::string folder = fs::path(options.model_file).parent_path().string();
  compile.import_folder = folder.empty() ? "." : folder;
  return compile;
}

std::optional<LoadedModel> load_model(const CommonOptions& options, int& code) {
  auto text = read_file(options.model_file, most_model_bytes);
  if (!text) {
    code = exit_usage;
    return std::nullopt;
  }
  const CompileOptions compile = compile_options(options);
  auto program = Program::compile(*text, compile);
  if (!program) {
    code = report(program.diagnostics(), compile.name, *text, options.format);
    return std::nullopt;
  }
  if (!program.diagnostics().empty() && options.format != "json")
    report(program.diagnostics(), compile.name, *text, "text");
  auto warnings = program.diagnostics();
  return LoadedModel{std::move(*text), std::move(*program), compile.name, std::move(warnings)};
}

Result<Data> load_data(const std::string& path, const std::string& text) {
  return path.ends_with(".csv") ? Data::from_csv(text, path) : Data::from_json(text, path);
}

std::optional<Data> read_data(const CommonOptions& options, int& code) {
  if (options.data_file.empty()) return Data();
  const auto text = read_file(options.data_file);
  if (!text) {
    code = exit_usage;
    return std::nullopt;
  }
  auto data = load_data(options.data_file, *text);
  if (data) return std::move(*data);
  code = report(data.diagnostics(), options.data_file, *text, options.format);
  return std::nullopt;
}

double bytes_of(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string unit;
  for (const char* c = end; c != text.data() + text.size(); ++c)
    if (*c != ' ') unit += static_cast<char>(std::toupper(static_cast<unsigned char>(*c)));
  if (error != std::errc() || !(value > 0) || !std::isfinite(value)) return 0;
  double scale = 1;
  for (const char* prefix = "KMGTP"; unit != "" && unit != "B"; ++prefix) {
    if (*prefix == '\0') return 0;
    scale *= 1000;
    if (unit == std::string(1, *prefix) || unit == std::string(1, *prefix) + "B") return value * scale;
    if (unit == std::string(1, *prefix) + "IB")
      return value * std::pow(1.024, std::round(std::log10(scale) / 3)) * scale;
  }
  return value;
}

JitOptions jit_options(const CommonOptions& options) {
  return {.cache_dir = cache_folder(options),
          .max_work = options.max_work,
          .max_memory = options.max_memory.empty() ? 0 : bytes_of(options.max_memory)};
}

std::optional<Bound> bind_file(LoadedModel& model, const CommonOptions& options, int& code,
                               bool for_prediction) {
  Data data;
  if (!options.data_file.empty()) {
    auto text = read_file(options.data_file);
    if (!text) {
      code = exit_usage;
      return std::nullopt;
    }
    auto parsed = load_data(options.data_file, *text);
    if (!parsed) {
      // The report points into the data file, the warnings before it into the model.
      const Source source(options.data_file, *text);
      if (options.format == "json") {
        Json all = warnings_json(model);
        for (Json& item : to_json(parsed.diagnostics(), source))
          all.push_back(std::move(item));
        print_json(std::move(all), Json::parse(signature_json(model.program.signature())));
      } else {
        print_text(parsed.diagnostics(), source);
      }
      code = concluded(parsed.diagnostics());
      return std::nullopt;
    }
    data = std::move(*parsed);
  }
  const JitOptions jit = jit_options(options);
  auto bound = for_prediction ? model.program.bind_for_prediction(data, jit) : model.program.bind(data, jit);
  if (!bound) {
    code = report(model, bound.diagnostics(), options.format);
    return std::nullopt;
  }
  if (options.format != "json") print_text(bound.diagnostics(), Source(model.name, model.text));
  model.warnings.insert(model.warnings.end(), bound.diagnostics().begin(), bound.diagnostics().end());
  return std::move(*bound);
}

std::optional<LoadedBound> load_bound(const CommonOptions& options, int& code, bool for_prediction) {
  auto model = load_model(options, code);
  if (!model) return std::nullopt;
  auto bound = bind_file(*model, options, code, for_prediction);
  if (!bound) return std::nullopt;
  return LoadedBound{std::move(*model), std::move(*bound)};
}

}  // namespace elba::cli
