// ast_text: the syntax tree as stable text, for `elba emit --stage=ast`, goldens and comparing trees.
#pragma once

#include <string>

#include "frontend/syntax/ast.h"

namespace elba {

// One statement a line, expressions as prefix lists: `(latent theta (shape J) (~ (call normal mu tau)))`.
// Spans, comments and layout are left out: two programs have the same text exactly when their trees are
// equal.
[[nodiscard]] std::string ast_text(const ast::Program& program);

}  // namespace elba
