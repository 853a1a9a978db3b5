// program: from text to a checked model, and what can be shown of it without data.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/model/guarded.h"
#include "api/model/unguarded.h"
#include "codegen/jit.h"
#include "frontend/reference/reference.h"
#include "frontend/syntax/ast_text.h"
#include "frontend/syntax/format.h"
#include "frontend/syntax/parse.h"
#include "frontend/tokens/text_check.h"
#include "ir/text.h"
#include "passes/explain.h"
#include "support/deep_stack.h"
#include "support/files.h"

namespace elba {

namespace {

std::string shape_of(const std::vector<ir::Dim>& shape) {
  if (shape.empty()) return {};
  std::string text = "[";
  for (std::size_t k = 0; k < shape.size(); ++k)
    text += (k ? ", " : "") + shape[k].text();
  return text + "]";
}

std::string bound_text(const ir::Bound& bound) {
  if (const auto* number = std::get_if<double>(&bound)) {
    std::string text = nlohmann::json(*number).dump();
    return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
  }
  if (const auto* dim = std::get_if<ir::Dim>(&bound)) return dim->text();
  if (const auto* name = std::get_if<std::string>(&bound)) return *name;
  return {};
}

}  // namespace

Diagnostic defect(const std::string& what) { return make_diagnostic(Code::internal_error, {}, {what}); }

ProgramSignature shown_signature(const Signature& signature) {
  ProgramSignature shown;
  shown.model = signature.model;
  for (const auto& dim : signature.dims) {
    Field field;
    field.name = dim.name;
    field.type = "dim";
    if (dim.default_value) {
      field.type += " = " + dim.default_value->text();
      field.required = false;
    } else if (!dim.computed_by.empty()) {
      field.type += " = " + dim.computed_text;
      field.required = false;
    }
    shown.dims.push_back(std::move(field));
  }
  for (const auto& data : signature.data) {
    Field field;
    field.name = data.name;
    field.type = ir::event_rank(data.support) > 0      ? std::string(ir::support_name(data.support))
                 : data.type.scalar == ir::Scalar::i64 ? "int"
                                                       : "real";
    const std::string lower = bound_text(data.lower), upper = bound_text(data.upper);
    if (!lower.empty() || !upper.empty())
      field.type += "<" + (lower.empty() ? "" : "lower=" + lower) +
                    (lower.empty() || upper.empty() ? "" : ", ") + (upper.empty() ? "" : "upper=" + upper) +
                    ">";
    field.shape = shape_of(data.type.shape);
    const auto& support = ir::support_info(data.support);  // cov_matrix[K] is written with one size
    field.type += shape_of(
        {data.type.shape.begin(), data.type.shape.end() - (support.event_rank - support.sizes)});
    shown.data.push_back(std::move(field));
  }
  for (const auto& unknown : signature.unknowns) {
    Field field;
    field.name = unknown.name;
    field.shape = shape_of(unknown.type.shape);
    field.type = (unknown.type.scalar == ir::Scalar::i64 ? "int" : "real") + field.shape;
    field.support = unknown.support_text;
    field.unconstrained_size = unknown.unconstrained_text();
    (unknown.is_param ? shown.params : shown.latents).push_back(std::move(field));
  }
  for (const auto& prediction : signature.predictions) {
    Field field;
    field.name = prediction.name;
    field.shape = shape_of(prediction.type.shape);
    field.type = (prediction.type.scalar == ir::Scalar::i64 ? "int" : "real") + field.shape;
    shown.predicts.push_back(std::move(field));
  }
  return shown;
}

namespace {

static_assert(most_model_bytes == max_source_size);

// Of imports: from the folder that the host names, or by its reader, which is called on the host's own
// thread.
ImportLoader import_loader(const CompileOptions& options) {
  if (options.import_folder.empty() && !options.import_reader) return {};
  return [&options](const std::string& path) -> Result<Source> {
    const auto normal = std::filesystem::path(path).lexically_normal();
    if (normal.is_absolute() || normal.empty() || *normal.begin() == "..")
      return make_diagnostic(Code::import_outside, {}, {path})
          .suggest("copy the file into the folder of the model, and import it from there");
    if (!options.import_folder.empty()) {
      FileRead found = read_beneath(options.import_folder, path, most_model_bytes);
      if (found.problem.empty()) return Source(path, std::move(found.text));
      return make_diagnostic(Code::file_not_readable, {}, {path, found.problem});
    }
    std::optional<std::string> found;
    run_outside([&] { found = from_host("import_reader", options.import_reader)(path); });
    if (found) return Source(path, std::move(*found));
    return make_diagnostic(Code::file_not_readable, {},
                           {path, "it is not in the folder of the model file, or cannot be read"});
  };
}

}  // namespace

Result<Program> unguarded::compile(std::string_view text, const CompileOptions& options) {
  auto impl = std::make_shared<Program::Impl>();
  impl->source = Source(options.name, std::string(text));
  FrontendResult result;
  const auto status = deeply([&]() -> Status {
    result = compile_frontend(impl->source, options.model, import_loader(options), options.pedantic,
                              options.guide);
    return Done{};
  });
  if (!status) return status.diagnostics();
  impl->times.parse = result.parse_ms;
  impl->times.check = result.check_ms;
  if (!result.module) return std::move(result.diagnostics);
  impl->signature = std::move(result.signature);
  impl->shown = shown_signature(impl->signature);
  impl->density = std::move(*result.module);
  Program program;
  program.impl = std::move(impl);
  return {std::move(program), std::move(result.diagnostics)};
}

namespace {

Result<std::string> emit_here(const Program::Impl* impl, Stage stage, const std::string& function) {
  if (stage == Stage::tokens) return tokens_text(impl->source);
  if (stage == Stage::ast) return ast_text(parse(impl->source).program);
  // Whole families of members are lowered for `check --distributions`; a model is what it reaches of them.
  if (stage == Stage::density) {
    std::vector<std::string> shown{"model"};
    for (const auto& dim : impl->density.dims)
      if (!dim.computed_by.empty()) shown.push_back(dim.computed_by);
    return ir::print(keep_functions(impl->density, shown));
  }
  PipelineOptions options;
  options.until = stage == Stage::tensor ? ir::Level::tensor : ir::Level::loop;
  auto module = run_pipeline(impl->density, {function, ""}, options);
  if (!module) return module.diagnostics();
  if (module->find(function) == nullptr)
    return make_diagnostic(Code::usage_error, {}, {"this model has no function `" + function + "`"})
        .suggest(
            "the functions are log_joint, log_joint.grad, log_joint.hvp, log_likelihood, constrain, "
            "unconstrain, predict, elbo, elbo.grad and draw");
  if (stage == Stage::llvm) return codegen::llvm_text(*module);
  if (stage == Stage::assembly) return codegen::asm_text(*module);
  return ir::print(*module);
}

}  // namespace

Result<std::string> unguarded::emit(const ProgramHandle& impl, Stage stage, const std::string& function) {
  return deeply([&] { return emit_here(impl.get(), stage, function); });
}

Result<std::vector<PassStep>> unguarded::trace(const ProgramHandle& impl, const std::string& function) {
  std::vector<PassStep> steps;
  PipelineOptions options;
  options.trace = &steps;
  options.verify = true;
  auto module = run_pipeline(impl->density, {function, ""}, options);
  if (!module) return module.diagnostics();
  return steps;
}

Result<std::string> unguarded::format_source(std::string_view text, std::string name) {
  return deeply([&]() -> Result<std::string> {
    const Source source(std::move(name), std::string(text));
    auto parsed = parse(source);
    if (!parsed.ok()) return std::move(parsed.diagnostics);
    return {format(parsed.program, source), std::move(parsed.diagnostics)};
  });
}

}  // namespace elba
