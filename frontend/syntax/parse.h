// parse: text to syntax tree. Never throws; reports many errors in a run and goes on after each.
//
// Where a statement or declaration cannot be read it is reported and left out of the tree. What is left can
// be checked: `lost_names` are the names that stood in the missing parts, about which nothing may be said
// (they would look undeclared, or without a prior).
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "frontend/syntax/ast.h"
#include "support/diagnostics.h"

namespace elba {

struct ParseResult {
  ast::Program program;
  std::vector<Diagnostic> diagnostics;  // sorted by place; empty when the text is well formed
  std::set<std::string, std::less<>> lost_names;
  bool is_stan = false;  // the text is a program of Stan

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
