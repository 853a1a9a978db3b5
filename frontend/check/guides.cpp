#include "frontend/check/guides.h"

#include <algorithm>

#include "ir/guide_families.h"

namespace elba::frontend {

namespace {

class GuideChecker {
 public:
  GuideChecker(const Signature& signature, Sink& sink) : signature_(signature), sink_(sink) {
    for (const auto& unknown : signature.unknowns)
      if (!unknown.is_param) latents_.push_back(unknown.name);
  }

  std::map<std::string, GuideAssignment> run(const ast::GuideDecl& guide) {
    if (!is_of_families(guide)) return {};
    const ast::Stmt* rest = nullptr;
    for (const ast::Stmt& stmt : guide.body) {
      ast::match(
          stmt.node,
          [&](const ast::AutoStmt& choice) {
            ++group_;
            const auto family = family_of(choice);
            if (choice.targets.empty()) {
              if (rest != nullptr)
                sink_.report(Code::guide_covers_twice, stmt.span, {"what no other statement names"})
                    .label(rest->span, "already here");
              rest = &stmt;
              if (family) rest_ = {*family, group_};
            }
            for (const ast::Name& target : choice.targets)
              take(target, family);
          },
          ast::ignore<ast::DimStmt, ast::DataStmt, ast::ParamStmt, ast::LatentStmt, ast::LetStmt,
                      ast::PredictStmt, ast::FactorStmt, ast::ForStmt, ast::IfStmt, ast::ReturnStmt,
                      ast::AssignStmt, ast::SampleStmt>);
    }
    if (!rest_.choice.empty())
      for (const std::string& latent : latents_)
        out_.emplace(latent, rest_);
    return std::move(out_);
  }

 private:
  // A guide that states laws of its own is one that cannot be compiled: that is said once.
  bool is_of_families(const ast::GuideDecl& guide) {
    const auto is_other = [](const ast::Stmt& stmt) {
      return ast::match(stmt.node, ast::always<ast::AutoStmt>(false),
                        ast::always<ast::DimStmt, ast::DataStmt, ast::ParamStmt, ast::LatentStmt,
                                    ast::LetStmt, ast::PredictStmt, ast::FactorStmt, ast::ForStmt,
                                    ast::IfStmt, ast::ReturnStmt, ast::AssignStmt, ast::SampleStmt>(true));
    };
    const auto first = std::find_if(guide.body.begin(), guide.body.end(), is_other);
    if (first == guide.body.end()) return true;
    const auto others = std::count_if(first, guide.body.end(), is_other) - 1;
    auto& diagnostic = sink_.report(Code::guide_not_supported, first->span, {guide.name.text});
    if (others > 0)
      diagnostic.note("so " +
                      std::string(others == 1 ? "is 1 more statement"
                                              : "are " + std::to_string(others) + " more statements") +
                      " of this guide");
    diagnostic.suggest("choose families instead, `auto fullrank for " +
                       (latents_.empty() ? std::string("name") : latents_[0]) + ";`, or leave the guide out");
    return false;
  }

  std::optional<std::string> family_of(const ast::AutoStmt& choice) {
    const ir::GuideFamilyName* family = ir::find_guide_family(choice.family.text);
    if (family == nullptr) {
      std::vector<std::string> names;
      for (const auto& known : ir::guide_family_names())
        names.emplace_back(known.name);
      const std::string near = nearest_name(choice.family.text, names);
      sink_.report(Code::unknown_guide_family, choice.family.span, {choice.family.text})
          .suggest(near.empty() ? "the families are " + ir::list_guide_families() +
                                      "; a method that is none of them goes without a guide: `--method " +
                                      choice.family.text + "`"
                                : "did you mean `" + near + "`?");
      return std::nullopt;
    }
    if (choice.arguments.empty()) return ir::parse_guide_choice(family->name)->text();
    const auto* number = choice.arguments.size() == 1 && choice.arguments[0].binders.empty() &&
                                 choice.arguments[0].value
                             ? std::get_if<ast::IntLiteral>(&choice.arguments[0].value->node)
                             : nullptr;
    if (number != nullptr && !choice.arguments[0].name)
      if (const auto found = ir::parse_guide_choice(choice.family.text + "(" + std::to_string(number->value) +
                                                    ")"))
        return found->text();
    auto& diagnostic = sink_.report(Code::guide_argument, choice.family.span, {choice.family.text});
    if (family->argument.empty())
      diagnostic.note("`" + choice.family.text + "` takes no number")
          .suggest("`auto " + choice.family.text + "`");
    else
      diagnostic
          .note("its " + std::string(family->argument) + " is a whole number from 1 to " +
                std::to_string(ir::most_guide_argument))
          .suggest("`auto " + choice.family.text + "(" + std::to_string(family->standard) + ")`");
    return std::nullopt;
  }

  void take(const ast::Name& target, const std::optional<std::string>& family) {
    if (std::find(latents_.begin(), latents_.end(), target.text) == latents_.end()) {
      const bool is_param = std::any_of(signature_.unknowns.begin(), signature_.unknowns.end(),
                                        [&](const auto& unknown) { return unknown.name == target.text; });
      auto& diagnostic = sink_.report(Code::guide_target, target.span, {target.text, signature_.model});
      const std::string near = nearest_name(target.text, latents_);
      if (is_param)
        diagnostic.note("a `param` is a point already").suggest("leave it out");
      else if (!near.empty())
        diagnostic.suggest("did you mean `" + near + "`?");
      return;
    }
    if (const auto known = taken_.find(target.text); known != taken_.end()) {
      sink_.report(Code::guide_covers_twice, target.span, {"`" + target.text + "`"})
          .label(known->second, "already here")
          .suggest("name it in one `auto` only");
      return;
    }
    taken_.emplace(target.text, target.span);
    if (family) out_[target.text] = {*family, group_};
  }

  const Signature& signature_;
  Sink& sink_;
  std::vector<std::string> latents_;
  std::map<std::string, Span> taken_;
  std::map<std::string, GuideAssignment> out_;
  GuideAssignment rest_;
  std::int64_t group_ = 0;
};

}  // namespace

std::map<std::string, GuideAssignment> check_guide(const ast::GuideDecl& guide, const Signature& signature,
                                                   Sink& sink) {
  return GuideChecker(signature, sink).run(guide);
}

void assign_guide(ir::Module& module, const std::map<std::string, GuideAssignment>& families) {
  ir::Func* model = module.find("model");
  if (model == nullptr) return;
  for (ir::Op& op : model->body.ops) {
    if (op.code != ir::Opcode::latent) continue;
    const auto found = families.find(op.attr_string("site"));
    if (found == families.end()) continue;
    op.set_attr("guide", found->second.choice);
    op.set_attr("guide_group", found->second.group);
  }
}

}  // namespace elba::frontend
