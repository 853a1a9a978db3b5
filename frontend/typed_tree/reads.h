// reads: which symbols a term of the checked program names, directly or through definitions, and the walk
// over statements by which it is found.
//
//     let a = x + 1;  let b = a * y;     b directly reads a, y; through definitions a, y, x
#pragma once

#include <map>
#include <set>
#include <vector>

#include "frontend/typed_tree/tree.h"

namespace elba::frontend {

// Calls `visit` for every statement, through loops and branches, in the order of the text.
template <class Visit>
void walk(const std::vector<Stmt>& stmts, const Visit& visit) {
  for (const Stmt& stmt : stmts) {
    visit(stmt);
    match(
        stmt.node, [&](const ForStmt& loop) { walk(loop.body, visit); },
        [&](const IfStmt& branch) {
          walk(branch.then_body, visit);
          walk(branch.else_body, visit);
        },
        ignore<LetStmt, ArrayStmt, AssignStmt, SiteStmt, LatentStmt, ParamStmt, PredictStmt, FactorStmt>);
  }
}

// The symbols that a term names; with `through`, also what the definitions behind them name.
class Reads {
 public:
  explicit Reads(const CheckedModel& model);
  void direct(TermId id, std::set<SymbolId>& out) const;
  [[nodiscard]] std::set<SymbolId> through(TermId id) const;   // definitions opened
  [[nodiscard]] std::set<SymbolId> unknowns(TermId id) const;  // the latents and params among them
  // Of a `let`: its value, or what its elements are assigned.
  [[nodiscard]] const std::vector<TermId>& definitions(SymbolId id) const;

 private:
  const Body& body_;
  std::map<SymbolId, std::vector<TermId>> definitions_;
};

}  // namespace elba::frontend
