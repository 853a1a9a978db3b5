// format_expr: expressions, types and the parts of a statement as documents to lay out.
#pragma once

#include "frontend/syntax/ast.h"
#include "frontend/syntax/layout.h"

namespace elba {

class FormatExpr {
 public:
  explicit FormatExpr(const Source& source) : source_(source) {}

  [[nodiscard]] layout::Doc expr(const ast::Expr& e) const;
  // In brackets and ranges: `t-1`, `2*k+1`, without spaces when every operand is a name or number.
  [[nodiscard]] layout::Doc compact(const ast::Expr& e) const;
  [[nodiscard]] layout::Doc type(const ast::TypeExpr& t) const;
  [[nodiscard]] layout::Doc shape(const std::vector<ast::ExprPtr>& dims) const;
  [[nodiscard]] layout::Doc arguments(const std::vector<ast::Argument>& list) const;  // with parentheses
  [[nodiscard]] layout::Doc binders(const std::vector<ast::Binder>& list) const;
  [[nodiscard]] layout::Doc indices(const std::vector<ast::Index>& list) const;
  [[nodiscard]] layout::Doc formals(const std::vector<ast::Formal>& list) const;

 private:
  [[nodiscard]] layout::Doc binary(const ast::BinaryExpr& e) const;
  [[nodiscard]] layout::Doc range(const ast::Expr& first, const ast::Expr* last) const;

  const Source& source_;
};

}  // namespace elba
