#include "frontend/typed_tree/reads.h"

namespace elba::frontend {

Reads::Reads(const CheckedModel& model) : body_(model.body) {
  for (std::uint32_t k = 0; k < body_.symbols.size(); ++k)
    if (body_.symbols[k].kind == Symbol::Kind::let_value && body_.symbols[k].value.valid())
      definitions_[SymbolId{k}].push_back(body_.symbols[k].value);
  walk(body_.statements, [&](const Stmt& stmt) {
    match(
        stmt.node, [&](const AssignStmt& assign) { definitions_[assign.array].push_back(assign.value); },
        ignore<LetStmt, ArrayStmt, SiteStmt, LatentStmt, ParamStmt, PredictStmt, FactorStmt, ForStmt,
               IfStmt>);
  });
}

void Reads::direct(TermId id, std::set<SymbolId>& out) const {
  if (!id.valid()) return;
  const Term& term = body_.term(id);
  if (term.symbol.valid()) out.insert(term.symbol);
  for (const TermId arg : term.args)
    direct(arg, out);
  for (const IndexTerm& index : term.indices)
    direct(index.value, out);
}

const std::vector<TermId>& Reads::definitions(SymbolId id) const {
  static const std::vector<TermId> none;
  const auto at = definitions_.find(id);
  return at == definitions_.end() ? none : at->second;
}

std::set<SymbolId> Reads::through(TermId id) const {
  std::set<SymbolId> seen;
  direct(id, seen);
  std::vector<SymbolId> open(seen.begin(), seen.end());
  while (!open.empty()) {
    const SymbolId next = open.back();
    open.pop_back();
    std::set<SymbolId> more;
    for (const TermId value : definitions(next))
      direct(value, more);
    for (const SymbolId symbol : more)
      if (seen.insert(symbol).second) open.push_back(symbol);
  }
  return seen;
}

std::set<SymbolId> Reads::unknowns(TermId id) const {
  std::set<SymbolId> out;
  for (const SymbolId symbol : through(id)) {
    const auto kind = body_.symbol(symbol).kind;
    if (kind == Symbol::Kind::latent || kind == Symbol::Kind::param) out.insert(symbol);
  }
  return out;
}

}  // namespace elba::frontend
