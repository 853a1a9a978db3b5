// inner: expressions and distributions within others. What checks them stands last (expressions.h) and is
// reached through here by those that it is made of.
#pragma once

#include <optional>

#include "frontend/syntax/ast.h"
#include "frontend/typed_tree/tree.h"

namespace elba::frontend {

class Inner {
 public:
  void bind(class Expressions& expressions) { expressions_ = &expressions; }
  TermId check(const ast::Expr& expr) const;
  [[nodiscard]] std::optional<DistTerm> check_distribution(const ast::Expr& expr) const;

 private:
  class Expressions* expressions_ = nullptr;
};

}  // namespace elba::frontend
