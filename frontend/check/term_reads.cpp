// term_reads: reads of terms, and names in expressions.
#include "frontend/check/term_reads.h"

#include <algorithm>
#include <set>

namespace elba::frontend {

bool reads_array(const Body& body, TermId id) {
  if (!id.valid()) return false;
  const Term& found = body.term(id);
  if (found.symbol.valid()) {
    const Symbol& symbol = body.symbol(found.symbol);
    if (symbol.kind == Symbol::Kind::let_array ||
        (symbol.kind == Symbol::Kind::let_value && reads_array(body, symbol.value)))
      return true;
  }
  return std::any_of(found.args.begin(), found.args.end(),
                     [&](TermId arg) { return reads_array(body, arg); }) ||
         std::any_of(found.indices.begin(), found.indices.end(),
                     [&](const IndexTerm& index) { return reads_array(body, index.value); });
}

bool reads_any(const Body& body, TermId id, const std::vector<SymbolId>& symbols) {
  // Each definition once: one that reads the one before twice would be looked at twice as often at each step
  // of a chain.
  std::set<SymbolId> seen;
  const auto reads = [&](const auto& self, TermId at) -> bool {
    if (!at.valid()) return false;
    const Term& found = body.term(at);
    if (found.symbol.valid() && seen.insert(found.symbol).second) {
      if (std::find(symbols.begin(), symbols.end(), found.symbol) != symbols.end()) return true;
      const Symbol& symbol = body.symbol(found.symbol);
      if (symbol.kind == Symbol::Kind::let_value && !symbol.loops.empty() && self(self, symbol.value))
        return true;
    }
    return std::any_of(found.args.begin(), found.args.end(), [&](TermId arg) { return self(self, arg); }) ||
           std::any_of(found.indices.begin(), found.indices.end(),
                       [&](const IndexTerm& index) { return self(self, index.value); });
  };
  return reads(reads, id);
}

namespace {

bool mentions_any(const std::vector<ast::Argument>& arguments, const std::string& name) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [&](const ast::Argument& a) { return mentions(*a.value, name); });
}

}  // namespace

bool mentions(const ast::Expr& expr, const std::string& name) {
  return ast::match(
      expr.node, [&](const ast::NameExpr& e) { return e.name == name; },
      [&](const ast::CallExpr& e) { return mentions_any(e.arguments, name); },
      [&](const ast::ParenExpr& e) { return mentions(*e.inner, name); },
      [&](const ast::ArrayLiteral& e) {
        return std::any_of(e.elements.begin(), e.elements.end(),
                           [&](const auto& x) { return mentions(*x, name); });
      },
      [&](const ast::Comprehension& e) { return mentions(*e.element, name); },
      [&](const ast::IndexExpr& e) {
        return mentions(*e.base, name) ||
               std::any_of(e.indices.begin(), e.indices.end(), [&](const ast::Index& i) {
                 return (i.first && mentions(*i.first, name)) || (i.last && mentions(*i.last, name));
               });
      },
      [&](const ast::TransposeExpr& e) { return mentions(*e.operand, name); },
      [&](const ast::UnaryExpr& e) { return mentions(*e.operand, name); },
      [&](const ast::BinaryExpr& e) { return mentions(*e.left, name) || mentions(*e.right, name); },
      [&](const ast::ConditionalExpr& e) {
        return mentions(*e.condition, name) || mentions(*e.then_value, name) || mentions(*e.else_value, name);
      },
      [](const auto&) { return false; });
}

}  // namespace elba::frontend
