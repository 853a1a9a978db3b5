// ast_names: the names that stand in a shape or a bound, `real[2 * N + 1]` -> N.
#pragma once

#include <set>
#include <string>

#include "frontend/syntax/ast.h"

namespace elba::frontend {

void collect_names(const ast::Expr& expr, std::set<std::string>& names);

}  // namespace elba::frontend
