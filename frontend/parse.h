// parse: text to syntax tree. Never throws; reports many errors in a run and goes on after each.
//
// Where a statement or declaration cannot be read it is reported and left out of the tree. A program with an error is
// therefore good for showing and not for checking: names that stood in the missing part would look undeclared.
#pragma once

#include <string>
#include <vector>

#include "frontend/ast.h"
#include "support/diagnostics.h"

namespace elba {

struct ParseResult {
  ast::Program program;
  std::vector<Diagnostic> diagnostics;  // sorted by place; empty when the text is well formed

  [[nodiscard]] bool ok() const {
    for (const auto& d : diagnostics)
      if (d.severity() == Severity::error) return false;
    return true;
  }
};
[[nodiscard]] ParseResult parse(const Source& source);

// `elba emit --stage=tokens`: one token a line, `line:column KIND text`, comments included.
[[nodiscard]] std::string tokens_text(const Source& source);

}  // namespace elba
