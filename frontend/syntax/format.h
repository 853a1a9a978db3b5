// format: a program as canonical source.
#pragma once

#include <string>

#include "frontend/syntax/ast.h"

namespace elba {

// Two spaces of indentation, one statement a line, lines up to 110 columns where a break can help. Keeps
// every comment, one blank line between groups, the user's parentheses, and a one-statement block on its
// line. format(format(x)) == format(x), and the tree stays the same. The program must have been read without
// errors: what could not be read is not in the tree.
[[nodiscard]] std::string format(const ast::Program& program, const Source& source);

}  // namespace elba
