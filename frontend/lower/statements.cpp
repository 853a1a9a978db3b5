// statements: each statement of a body to what lowers it. In a loop at the top the latents of all iterations
// are made first, then the arrays that it fills, then what reads both.
#include <set>

#include "frontend/lower/lowerer.h"

namespace elba::frontend {

void Lowerer::statements() {
  for (const Stmt& stmt : body_.statements)
    statement(stmt, Pass::all);
}

void Lowerer::block(const std::vector<Stmt>& stmts, Pass pass) {
  for (const Stmt& stmt : stmts)
    statement(stmt, pass);
}

// What is assigned at the top: every array there that the statement gives elements to.
void Lowerer::top_arrays(const Stmt& stmt) {
  std::set<SymbolId> active;
  for (const auto& [symbol, state] : frames_.front().arrays)
    active.insert(symbol);
  run_array(stmt, active);
}

void Lowerer::lower_for(const Stmt& stmt, const ForStmt& loop, Pass pass) {
  const bool top = loops_.empty() && conditions_.empty();
  const auto body = [&](Pass inner) {
    loops_.push_back(loop.binder);
    block(loop.body, inner);
    loops_.pop_back();
  };
  if (!top) return body(pass);
  if (loop.arrays_first) {
    top_arrays(stmt);
    return body(Pass::all);
  }
  late_priors_ = {loop.late_priors.begin(), loop.late_priors.end()};
  body(Pass::latents);
  top_arrays(stmt);
  body(Pass::others);
  late_priors_.clear();
}

void Lowerer::lower_if(const Stmt& stmt, const IfStmt& branch, Pass pass) {
  if (loops_.empty() && conditions_.empty()) top_arrays(stmt);
  for (bool negated : {false, true}) {
    conditions_.push_back({branch.condition, negated});
    block(negated ? branch.else_body : branch.then_body, pass);
    conditions_.pop_back();
  }
}

void Lowerer::statement(const Stmt& stmt, Pass pass) {
  const bool top = loops_.empty() && conditions_.empty();
  const bool latents = pass != Pass::others, others = pass != Pass::latents;
  position_ = stmt.order;
  if (keep_spans_) b_.set_origin(stmt.span);
  match(
      stmt.node,
      [&](const LetStmt& let) {
        if (top && !body_.symbol(let.symbol).exact) symbol_value(let.symbol);
      },
      [&](const ArrayStmt& array) {
        if (top) open_array(array.symbol, frames_.front());
      },
      [&](const AssignStmt&) {
        if (top) top_arrays(stmt);
      },
      [&](const ForStmt& loop) { lower_for(stmt, loop, pass); },
      [&](const IfStmt& branch) { lower_if(stmt, branch, pass); },
      [&](const LatentStmt& latent) {
        if (latents) lower_latent(latent);
        if (others && pass != Pass::all && late_priors_.count(latent.symbol)) lower_late_prior(latent);
      },
      [&](const ParamStmt& param) { lower_param(param); },
      [&](const SiteStmt& site) {
        if (others) lower_site(site);
      },
      [&](const PredictStmt& predict) {
        if (others) lower_predict(predict);
      },
      [&](const FactorStmt& factor) {
        if (others) lower_factor(factor);
      });
}

}  // namespace elba::frontend
