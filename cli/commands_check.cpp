// check, fmt, explain and doc: what can be said about a model without running it.
#include <fmt/format.h>

#include <cctype>
#include <cstdio>
#include <optional>
#include <nlohmann/json.hpp>

#include "api/json.h"
#include "api/model/methods.h"
#include "cli/commands.h"
#include "cli/error_pages.h"
#include "cli/files.h"
#include "support/files.h"

namespace elba::cli {

namespace {

using Json = nlohmann::ordered_json;

void print_fields(const char* title, const std::vector<Field>& fields) {
  if (fields.empty()) return;
  fmt::print("{}\n", title);
  for (const Field& field : fields) {
    fmt::print("  {:<14} {}", field.name, field.type);
    if (!field.support.empty()) fmt::print("   support {}", field.support);
    if (!field.unconstrained_size.empty()) fmt::print("   {} unconstrained", field.unconstrained_size);
    fmt::print("\n");
  }
}

void print_signature(const ProgramSignature& signature) {
  fmt::print("model {}\n", signature.model);
  print_fields("dims", signature.dims);
  print_fields("data", signature.data);
  print_fields("latents", signature.latents);
  print_fields("params", signature.params);
  print_fields("predict", signature.predicts);
}

}  // namespace

int check(const CommonOptions& options) {
  int code = exit_done;
  const WorkLimit limit(seconds_of(options));
  auto model = load_model(options, code);
  if (!model) return code;
  if (!options.data_file.empty()) {
    const auto bound = bind_file(*model, options, code);
    if (!bound) return code;
    if (const auto status = bound->check_work(); !status)
      return report(*model, status.diagnostics(), options.format);
  }
  if (options.format == "json") {
    Json out;
    out["diagnostics"] = warnings_json(*model);
    out["signature"] = Json::parse(signature_json(model->program.signature()));
    fmt::print("{}\n", out.dump(2));
  } else {
    print_signature(model->program.signature());
  }
  return exit_done;
}

namespace {

// One file, canonical; the exit code.
int format_file(const std::string& file, bool check_only) {
  std::optional<EditedFile> edited;
  std::optional<std::string> text;
  if (file == "-" || check_only) {
    text = read_file(file, most_model_bytes);
    if (!text) return exit_usage;
  } else {
    edited.emplace(file, most_model_bytes);
    if (!edited->read().problem.empty())
      return report({make_diagnostic(Code::file_not_readable, {}, {file, edited->read().problem})}, file, {},
                    "text"),
             exit_usage;
    text = edited->read().text;
  }
  const auto formatted = format_source(*text, file);
  const int code = formatted && formatted.diagnostics().empty()
                       ? exit_done
                       : report(formatted.diagnostics(), file, *text, "text");
  if (!formatted) return code;
  if (file == "-") {
    fmt::print("{}", *formatted);
  } else if (*formatted != *text) {
    fmt::print("{} {}\n", check_only ? "would reformat" : "reformatted", file);
    if (check_only) return exit_model;
    if (const std::string problem = edited->write(*formatted); !problem.empty())
      return report({make_diagnostic(Code::file_not_writable, {}, {file, problem})}, file, {}, "text"),
             exit_usage;
  }
  return exit_done;
}

}  // namespace

int format(const std::vector<std::string>& files, bool check_only) {
  int code = exit_done;
  for (const std::string& file : files) {
    const int own = format_file(file, check_only);
    if (own == exit_usage) return own;
    if (own != exit_done) code = own;
  }
  return code;
}

int explain(const std::string& what, const CommonOptions& options) {
  const bool is_code = what.size() == 5 && (what[0] == 'E' || what[0] == 'F' || what[0] == 'W') &&
                       std::isdigit(static_cast<unsigned char>(what[1])) != 0;
  if (is_code) {
    const auto page = error_page(what);
    if (page.empty()) {
      fmt::print(stderr, "elba: there is no diagnostic `{}`; the pages are in docs/errors\n", what);
      return exit_usage;
    }
    fmt::print("{}", page);
    return exit_done;
  }
  CommonOptions common = options;
  common.model_file = what;
  int code = exit_done;
  auto model = load_model(common, code);
  if (!model) return code;
  auto explanation = model->program.explain();
  if (!explanation) return report(*model, explanation.diagnostics(), options.format);
  if (options.format == "json") {
    Json out = Json::parse(explanation->json);
    out["diagnostics"] = warnings_json(*model);
    fmt::print("{}\n", out.dump(2));
  } else {
    fmt::print("{}\n", explanation->text);
  }
  return exit_done;
}

int doc(const std::vector<std::string>& names, const std::string& page) {
  if (!page.empty()) {
    fmt::print("{}", page == "methods" ? method_table()
                                       : library_page(page == "functions" ? LibraryPage::functions
                                                                          : LibraryPage::distributions));
    return exit_done;
  }
  if (names.empty()) fmt::print("{}", library_names());
  int code = exit_done;
  for (const std::string& name : names) {
    const std::string text = describe_name(name);
    if (text.empty()) {
      const std::string nearest = nearest_library_name(name);
      fmt::print(stderr, "elba: there is no distribution or function `{}`{}; `elba doc` lists all\n", name,
                 nearest.empty() ? "" : ", did you mean `" + nearest + "`?");
      code = exit_usage;
    }
    fmt::print("{}", text);
  }
  return code;
}

}  // namespace elba::cli
