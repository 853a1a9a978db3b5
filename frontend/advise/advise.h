// advise: warnings about a model that is correct and may still not be meant. Runs over the checked tree when
// there are no errors.
//
// Certain mistakes are said always; what is often right (a wide prior, a scale that only the data can keep
// positive) is said when `pedantic` is asked for. docs/errors/W*.md says which.
#pragma once

#include <set>
#include <vector>

#include "frontend/typed_tree/tree.h"
#include "frontend/frontend.h"
#include "support/diagnostics.h"

namespace elba::frontend {

struct Advice {
  const CheckedModel& model;
  const Signature& signature;
  const Source& source;
  Sink& sink;
  bool pedantic = false;

  [[nodiscard]] const Term& term(TermId id) const { return model.body.term(id); }
  [[nodiscard]] const Symbol& symbol(SymbolId id) const { return model.body.symbol(id); }
  [[nodiscard]] std::string text(Span span) const;
};

// Calls `visit` for every statement, through loops and branches, in the order of the text.
template <class Visit>
void walk(const std::vector<Stmt>& stmts, const Visit& visit) {
  for (const Stmt& stmt : stmts) {
    visit(stmt);
    if (const auto* loop = std::get_if<ForStmt>(&stmt.node)) walk(loop->body, visit);
    if (const auto* branch = std::get_if<IfStmt>(&stmt.node)) {
      walk(branch->then_body, visit);
      walk(branch->else_body, visit);
    }
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

void advise(const Advice& advice);

// The parts, each over the whole model.

// What data say about what: W0005, W0006, W0009, W0010, W0024, W0027.
void advise_on_information(const Advice& advice, const Reads& reads);
void advise_on_jacobians(const Advice& advice, const Reads& reads);  // W0008
void advise_on_arguments(const Advice& advice, const Reads& reads);  // W0007, W0025, W0026
void advise_on_priors(const Advice& advice);                         // W0020, W0021

}  // namespace elba::frontend
