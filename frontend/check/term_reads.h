// term_reads: what a term names, directly or through definitions.
#pragma once

#include <string>
#include <vector>

#include "frontend/syntax/ast.h"
#include "frontend/typed_tree/tree.h"

namespace elba::frontend {

// Whether it reads an array that statements fill.
[[nodiscard]] bool reads_array(const Body& body, TermId term);
// Whether it reads one of the symbols, also through definitions within the loops.
[[nodiscard]] bool reads_any(const Body& body, TermId term, const std::vector<SymbolId>& symbols);
// Whether the name stands anywhere in the expression.
[[nodiscard]] bool mentions(const ast::Expr& expr, const std::string& name);

}  // namespace elba::frontend
