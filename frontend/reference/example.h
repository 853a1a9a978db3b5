// example: arguments that a declaration accepts, from its types alone: `normal(mu: real, sigma:
// real<lower=0>)` -> `0, 2`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "frontend/syntax/ast.h"

namespace elba::frontend {

class ExampleArguments {
 public:
  // Texts in the order of the formals. Dims are 3; a bound may name an earlier parameter.
  [[nodiscard]] std::vector<std::string> of(const std::vector<ast::Formal>& formals);
  // The bounds of a type as numbers, "<lower=0, upper=10>", with the values given to the formals; empty when
  // it has none.
  [[nodiscard]] std::string bounds(const ast::TypeExpr& type) const;
  // The extents of a type as numbers, "[3, 3]"; empty for a scalar.
  [[nodiscard]] std::string extents(const ast::TypeExpr& type) const;

 private:
  std::string value(const ast::TypeExpr& type);
  double element(const ast::TypeExpr& type);

  std::map<std::string, double> values_;  // of scalar parameters so far
  double next_real_ = 0;
};

}  // namespace elba::frontend
