// frontend: the order of parse, check and lower, and the choice of the model.
//
// All declarations of the file are checked, whichever model is chosen; a known limitation of another model is
// left out, for it does not stand in the way. A text with syntax errors is checked too, as far as it could be
// read.
#include "frontend/frontend.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "frontend/advise/advise.h"
#include "frontend/advise/bounded.h"
#include "frontend/check/checker.h"
#include "frontend/check/guides.h"
#include "frontend/lower/lower.h"
#include "frontend/stan_translation.h"
#include "frontend/syntax/parse.h"

namespace elba {

namespace {

struct Candidate {
  const ast::ModelDecl* decl;
  frontend::CheckedModel checked;
  Signature signature;
  Sink sink;
};

std::string model_list(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "`" : ", `") + name + "`";
  return out;
}

// All guides are checked against their models; the families of the chosen one of the chosen model are
// returned, and its name noted.
std::map<std::string, frontend::GuideAssignment> check_guides(
    const ast::Program& program, const std::vector<std::unique_ptr<Candidate>>& models,
    const std::vector<std::string>& names, Candidate* chosen, const std::string& guide_name,
    const frontend::Environment& env, Sink& sink) {
  std::map<std::string, frontend::GuideAssignment> families;
  std::vector<std::string> guides;
  for (const auto& decl : program.decls) {
    const auto* guide = std::get_if<ast::GuideDecl>(&decl);
    if (!guide) continue;
    const std::string target = guide->model ? guide->model->text : names.size() == 1 ? names.front() : "";
    if (guide->model && env.is_lost(target)) continue;
    const auto model = std::find_if(models.begin(), models.end(), [&](const auto& candidate) {
      return candidate->decl->name.text == target;
    });
    if (model == models.end()) {
      if (!guide->model && names.empty()) continue;
      auto& diagnostic = sink.report(Code::unknown_model,
                                     guide->model ? guide->model->span : guide->name.span,
                                     {guide->model ? target : "for " + guide->name.text});
      const std::string near = nearest_name(target, names);
      diagnostic.suggest(!guide->model ? "`guide " + guide->name.text + " for " + names.front() +
                                             " { .. }` names the model"
                         : near.empty() ? "the file has " + model_list(names)
                                        : "did you mean `" + near + "`?");
      continue;
    }
    auto found = frontend::check_guide(*guide, (*model)->signature, sink);
    if (model->get() != chosen) continue;
    if (std::find(guides.begin(), guides.end(), guide->name.text) != guides.end())
      sink.report(Code::redeclared_name, guide->name.span, {guide->name.text});
    guides.push_back(guide->name.text);
    if (!guide_name.empty() && guide->name.text != guide_name) continue;
    families = std::move(found);
    chosen->signature.guide = guide->name.text;
  }
  if (chosen == nullptr) return families;
  if (!guide_name.empty() && chosen->signature.guide.empty()) {
    const std::string near = nearest_name(guide_name, guides);
    sink.report(Code::unknown_guide, {}, {guide_name})
        .suggest(guides.empty() ? "the file has none for `" + chosen->signature.model + "`"
                 : near.empty() ? "the file has " + model_list(guides)
                                : "did you mean `" + near + "`?");
  } else if (guide_name.empty() && guides.size() > 1) {
    sink.report(Code::guide_not_chosen, {},
                {std::to_string(guides.size()), chosen->signature.model, model_list(guides)})
        .suggest("`--guide " + guides.front() + "` chooses the first");
  }
  return families;
}

using Candidates = std::vector<std::unique_ptr<Candidate>>;

// Checks every model of the file; `names` are theirs.
Candidates check_models(frontend::Environment& env, std::vector<std::string>& names, Sink& sink) {
  std::vector<std::unique_ptr<Candidate>> models;
  for (const auto& decl : env.root().program.decls) {
    const auto* model = std::get_if<ast::ModelDecl>(&decl);
    if (!model) continue;
    if (std::find(names.begin(), names.end(), model->name.text) != names.end())
      sink.report(Code::redeclared_name, model->name.span, {model->name.text});
    names.push_back(model->name.text);
    auto candidate = std::make_unique<Candidate>();
    candidate->decl = model;
    env.use(candidate->sink);
    frontend::Checker checker(env, env.root(), candidate->checked.body, frontend::BodyKind::model);
    checker.check_model(*model, candidate->checked, candidate->signature);
    env.use(sink);
    models.push_back(std::move(candidate));
  }
  return models;
}

// The model that is asked for, or the only one; null after a report.
Candidate* choose_model(const Candidates& models, const std::vector<std::string>& names,
                        const std::string& model_name, bool syntax_fine, Sink& sink) {
  Candidate* chosen = nullptr;
  if (model_name.empty() && models.size() == 1) chosen = models.front().get();
  for (const auto& model : models)
    if (!model_name.empty() && model->decl->name.text == model_name) chosen = model.get();
  if (models.empty() && !syntax_fine) {
    // The model could not be read.
  } else if (models.empty()) {
    sink.report(Code::no_model, {}).suggest("write `model name { ... }`");
  } else if (!chosen && model_name.empty()) {
    // Else a name declared twice has been reported.
    if (std::set<std::string>(names.begin(), names.end()).size() == names.size())
      sink.report(Code::model_not_chosen, {}, {std::to_string(models.size()), model_list(names)})
          .suggest("`--model " + names.front() + "` chooses the first");
  } else if (!chosen) {
    auto& diagnostic = sink.report(Code::unknown_model, {}, {model_name});
    const std::string near = nearest_name(model_name, names);
    diagnostic.suggest(near.empty() ? "the file has " + model_list(names) : "did you mean `" + near + "`?");
  }
  return chosen;
}

void lower_model(const Candidate& chosen, const Source& source,
                 const std::map<std::string, frontend::GuideAssignment>& families, Sink& sink,
                 FrontendResult& result) {
  frontend::note_bounded(chosen.checked, source, result.signature);
  auto lowered = frontend::lower(chosen.checked, chosen.signature);
  if (lowered) {
    result.module = std::move(*lowered);
    frontend::assign_guide(*result.module, families);
  } else {
    for (const auto& diagnostic : lowered.diagnostics())
      sink.add(diagnostic);
  }
}

void check_and_lower(const Source& source, ParseResult parsed, const std::string& model_name,
                     const ImportLoader& loader, bool pedantic, const std::string& guide_name,
                     FrontendResult& result) {
  Sink sink;
  const bool syntax_fine = parsed.ok();
  for (auto& diagnostic : parsed.diagnostics)
    sink.add(std::move(diagnostic));
  frontend::Environment env(source, std::move(parsed.program), loader, sink);
  env.set_pedantic(pedantic);
  env.lose(std::move(parsed.lost_names));
  env.check_all();

  std::vector<std::string> names;
  const Candidates models = check_models(env, names, sink);
  Candidate* chosen = choose_model(models, names, model_name, syntax_fine, sink);
  for (auto& model : models) {
    sink.take(model->sink, [&](const Diagnostic& diagnostic) {
      const bool limitation = code_info(diagnostic.code).kind == DiagnosticKind::limitation;
      // What could not be read may use it.
      if (diagnostic.code == Code::unused_name && !syntax_fine) return false;
      return !limitation || !chosen || model.get() == chosen;
    });
  }
  const auto families = check_guides(env.root().program, models, names, chosen, guide_name, env, sink);
  if (chosen) result.signature = chosen->signature;
  if (!sink.has_errors()) {
    env.warn_unused();
    for (const auto& model : models)
      if (!chosen || model.get() == chosen)
        frontend::advise({model->checked, model->signature, source, sink, pedantic});
  }
  if (chosen && !sink.has_errors()) lower_model(*chosen, source, families, sink, result);
  result.diagnostics = first_reports(sink.sorted(), sink.dropped());
}

}  // namespace

namespace {

// One report with the whole model where there is one to show; true then. Else the single ones stay, below the
// reason.
bool report_stan(const Source& source, ParseResult& parsed) {
  const auto block = std::find_if(parsed.diagnostics.begin(), parsed.diagnostics.end(),
                                  [](const Diagnostic& d) { return d.code == Code::stan_block; });
  if (block == parsed.diagnostics.end()) return false;
  const auto advice = frontend::advise_stan(source);
  Diagnostic report = make_diagnostic(Code::stan_program, block->span, {});
  if (!advice.program.empty()) {
    report
        .note(
            "a model is one block, in which the keyword of each statement says what role it has; see "
            "docs/coming_from_stan.md")
        .suggest("the same model here:\n\n" + advice.program);
    parsed.diagnostics = {std::move(report)};
    return true;
  }
  report.note("there is no whole program to show for it");
  for (const std::string& reason : advice.reasons)
    report.note(reason);
  parsed.diagnostics.insert(parsed.diagnostics.begin(), std::move(report));
  return false;
}

}  // namespace

FrontendResult compile_frontend(const Source& source, const std::string& model_name,
                                const ImportLoader& loader, bool pedantic, const std::string& guide_name) {
  using Clock = std::chrono::steady_clock;
  const auto milliseconds = [](Clock::duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
  };
  FrontendResult result;
  const auto start = Clock::now();
  ParseResult parsed = parse(source);
  const auto parsed_at = Clock::now();
  if (parsed.is_stan && report_stan(source, parsed)) {
    result.diagnostics = std::move(parsed.diagnostics);
    result.parse_ms = milliseconds(Clock::now() - start);
    return result;
  }
  check_and_lower(source, std::move(parsed), model_name, loader, pedantic, guide_name, result);
  result.parse_ms = milliseconds(parsed_at - start);
  result.check_ms = milliseconds(Clock::now() - parsed_at);
  return result;
}

}  // namespace elba
