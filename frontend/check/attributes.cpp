// attributes: `@centered latent x ~ ..;`: which statements may have which.
#include <algorithm>

#include "frontend/check/statements.h"

namespace elba::frontend {

namespace {

const std::vector<std::string> known_attributes = {"centered", "noncentered", "vip", "minibatch"};
const std::vector<std::string> later_attributes = {"marginalize", "reparam", "implicit", "score",
                                                   "loo",         "enum",    "concrete"};

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string Statements::check_attributes(const ast::Stmt& stmt) {
  std::string centering = "auto";
  bool on_latent = false, on_for = false;
  ast::match(
      stmt.node, [&](const ast::LatentStmt&) { on_latent = true; },
      [&](const ast::ForStmt&) { on_for = true; },
      ast::ignore<ast::DimStmt, ast::DataStmt, ast::ParamStmt, ast::LetStmt, ast::PredictStmt,
                  ast::FactorStmt, ast::AutoStmt, ast::IfStmt, ast::ReturnStmt, ast::AssignStmt,
                  ast::SampleStmt>);
  for (const auto& attribute : stmt.attributes) {
    const std::string& name = attribute.name.text;
    if (name == "centered" || name == "noncentered" || name == "vip") {
      if (on_latent) {
        if (centering != "auto" && centering != name)
          report(Code::attribute_misplaced, attribute.span, {name, "a latent that is `@" + centering + "`"});
        centering = name;
      } else {
        report(Code::attribute_misplaced, attribute.span, {name, "this statement"})
            .suggest("write it before a latent: `@" + name + " latent x ~ ..;`");
      }
    } else if (name == "minibatch") {
      if (on_for)
        report(Code::minibatch_not_supported, attribute.span)
            .suggest("leave it out to use all data in every step");
      else
        report(Code::attribute_misplaced, attribute.span, {name, "this statement"})
            .suggest("write it before a `for`");
    } else if (contains(later_attributes, name)) {
      report(Code::attribute_not_supported, attribute.span, {name})
          .suggest("leave it out; the estimator is chosen automatically");
    } else {
      auto names = known_attributes;
      auto& diagnostic = report(Code::unknown_attribute, attribute.span, {name});
      const std::string near = nearest_name(name, names);
      diagnostic.suggest(near.empty() ? "the attributes are @centered, @noncentered and @vip"
                                      : "did you mean `@" + near + "`?");
    }
  }
  return centering;
}

}  // namespace elba::frontend
