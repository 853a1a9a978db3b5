#include "frontend/syntax/ast_names.h"

namespace elba::frontend {

void collect_names(const ast::Expr& expr, std::set<std::string>& names) {
  if (const auto* name = std::get_if<ast::NameExpr>(&expr.node)) names.insert(name->name);
  if (const auto* paren = std::get_if<ast::ParenExpr>(&expr.node)) collect_names(*paren->inner, names);
  if (const auto* binary = std::get_if<ast::BinaryExpr>(&expr.node)) {
    collect_names(*binary->left, names);
    collect_names(*binary->right, names);
  }
}

}  // namespace elba::frontend
