// build_ast: the generated parser's tree to ours: declarations and statements. A part of parse.cpp, which
// alone includes it (behind the generated parser).
//
// A declaration or statement with a syntax error in it is left out. Here is reported what the grammar lets
// through to keep one token of look-ahead: formals without a type.
#pragma once

#include "frontend/syntax/build_expr.h"

namespace elba {

class AstBuilder : ExprBuilder {
 public:
  AstBuilder(const Source& source, Sink& sink) : ExprBuilder(source, sink) {}

  ast::Program program(const G::ProgramContext& tree) {
    ast::Program out;
    for (auto* d : const_cast<G::ProgramContext&>(tree).declaration())
      if (!d->exception) out.decls.push_back(declaration(d));
    return out;
  }

 private:
  // ---- Declarations ----

  ast::Decl declaration(G::DeclarationContext* d) {
    if (auto* c = dynamic_cast<G::ImportDeclarationContext*>(d))
      return ast::ImportDecl{unquoted(c->STRING()), span(c)};
    if (auto* c = dynamic_cast<G::ModelDeclarationContext*>(d))
      return ast::ModelDecl{name(c->name()), block(c->block()), span(c)};
    if (auto* c = dynamic_cast<G::GuideDeclarationContext*>(d)) {
      ast::GuideDecl guide{name(c->name(0)), std::nullopt, block(c->block()), span(c)};
      if (c->FOR()) guide.model = name(c->name(1));
      return guide;
    }
    if (auto* c = dynamic_cast<G::FunDeclarationContext*>(d)) {
      ast::FunDecl fun{name(c->name()), formals(c->formals(), true), std::nullopt, nullptr, {}, span(c)};
      if (c->type()) fun.result = type(c->type());
      if (auto* body = dynamic_cast<G::ExpressionBodyContext*>(c->functionBody()))
        fun.value = expression(body->expression());
      if (auto* body = dynamic_cast<G::BlockBodyContext*>(c->functionBody())) fun.body = block(body->block());
      return fun;
    }
    auto* c = dynamic_cast<G::DistDeclarationContext*>(d);
    ast::DistDecl dist{name(c->name()), formals(c->formals(), true), type(c->type()), {}, span(c)};
    for (auto* m : c->members()->member())
      if (!m->exception) dist.members.push_back(member(m));
    return dist;
  }

  std::vector<ast::Formal> formals(G::FormalsContext* list, bool typed) {
    std::vector<ast::Formal> out;
    if (!list) return out;
    for (auto* f : list->formal()) {
      ast::Formal formal{name(f->name()), {}};
      if (f->type())
        formal.type = type(f->type());
      else if (typed)
        sink_.report(Code::missing_type, formal.name.span, {"parameter", formal.name.text})
            .suggest("write `" + formal.name.text + ": real`");
      out.push_back(std::move(formal));
    }
    return out;
  }

  ast::DistMember member(G::MemberContext* m) {
    ast::DistMember out{name(m->name()), formals(m->formals(), false), m->LPAREN() != nullptr, nullptr, {},
                        span(m)};
    if (auto* body = dynamic_cast<G::ExpressionMemberContext*>(m->memberBody()))
      out.value = expression(body->expression());
    if (auto* body = dynamic_cast<G::BlockMemberContext*>(m->memberBody())) out.body = block(body->block());
    return out;
  }

  // ---- Statements ----

  std::vector<ast::Stmt> block(G::BlockContext* b) {
    std::vector<ast::Stmt> out;
    for (auto* s : b->statement())
      if (!s->exception) out.push_back(statement(s));
    return out;
  }

  ast::Stmt statement(G::StatementContext* s) {
    ast::Stmt out{span(s), {}, action(s->action())};
    for (auto* a : s->attribute())
      out.attributes.push_back({name(a->ID()), arguments(a->arguments()), span(a)});
    return out;
  }

  decltype(ast::Stmt::node) action(G::ActionContext* a) {
    if (auto* c = dynamic_cast<G::RelationStatementContext*>(a)) {
      if (c->op->getType() == G::ASSIGN)
        return ast::AssignStmt{target(c->target()), expression(c->expression())};
      return ast::SampleStmt{target(c->target()), expression(c->expression())};
    }
    if (auto* c = dynamic_cast<G::DimStatementContext*>(a)) {
      ast::DimStmt out;
      for (auto* d : c->dimDefinition()) {
        ast::DimDef def{name(d->name()), {}, d->sum() ? sum(d->sum()) : nullptr};
        for (auto* r : d->dimRelation())
          if (r->op && r->sum())
            def.relations.push_back({binary_op(r->op->getType()), sum(r->sum()), span(r)});
        out.dims.push_back(std::move(def));
      }
      return out;
    }
    if (auto* c = dynamic_cast<G::DataStatementContext*>(a))
      return ast::DataStmt{name(c->name()), type(c->type())};
    if (auto* c = dynamic_cast<G::ParamStatementContext*>(a))
      return ast::ParamStmt{name(c->name()), type(c->type()),
                            c->INIT() ? expression(c->expression()) : nullptr};
    if (auto* c = dynamic_cast<G::LatentStatementContext*>(a)) {
      ast::LatentStmt out{name(c->name()), std::nullopt, shape(c->shape()), nullptr};
      if (c->type()) out.type = type(c->type());
      if (c->TILDE()) out.distribution = expression(c->expression());
      return out;
    }
    if (auto* c = dynamic_cast<G::LetStatementContext*>(a)) {
      ast::LetStmt out{name(c->name()), std::nullopt, nullptr};
      if (c->type()) out.type = type(c->type());
      if (c->ASSIGN()) out.value = expression(c->expression());
      return out;
    }
    if (auto* c = dynamic_cast<G::PredictStatementContext*>(a)) {
      ast::PredictStmt out{name(c->name()), std::nullopt, shape(c->shape()), nullptr, nullptr};
      if (c->type()) out.type = type(c->type());
      (c->op->getType() == G::TILDE ? out.distribution : out.value) = expression(c->expression());
      return out;
    }
    if (auto* c = dynamic_cast<G::FactorStatementContext*>(a))
      return ast::FactorStmt{expression(c->expression())};
    if (auto* c = dynamic_cast<G::AutoStatementContext*>(a)) {
      ast::AutoStmt out{name(c->ID()), arguments(c->arguments()), {}};
      for (auto* target : c->name())
        out.targets.push_back(name(target));
      return out;
    }
    if (auto* c = dynamic_cast<G::ForStatementContext*>(a))
      return ast::ForStmt{binders(c->binders()), block(c->block())};
    if (auto* c = dynamic_cast<G::IfStatementContext*>(a)) {
      ast::IfStmt out{expression(c->expression()), block(c->block(0)), {}, c->ELSE() != nullptr};
      if (out.has_else) out.else_body = block(c->block(1));
      return out;
    }
    auto* c = dynamic_cast<G::ReturnStatementContext*>(a);
    return ast::ReturnStmt{expression(c->expression())};
  }

  ast::LValue target(G::TargetContext* t) {
    ast::LValue out{name(t->name()), {}, span(t)};
    // `x[i][j]` means `x[i, j]`.
    for (auto* list : t->indices())
      for (auto& i : indices(list))
        out.indices.push_back(std::move(i));
    return out;
  }
};

}  // namespace elba
