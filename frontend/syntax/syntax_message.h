// syntax_message: the wording of one syntax error, from what the parser saw. Free of the generated parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontend/tokens/token.h"

namespace elba {

// Where the parser stood when it met a token that it could not use.
struct SyntaxErrorSite {
  std::string_view rule;  // the grammar's rule, e.g. "primary", "arguments"
  // First keyword of the enclosing statement or declaration; empty when a relation.
  std::string_view statement;
  std::string_view name;              // the name that it declares, when read already
  std::vector<std::string> expected;  // spellings of the tokens that would do: "`;`", "a name"
  Token previous;                     // the token before; kind end when there is none
  Token found;
  std::string_view rest;  // the text behind `found`, cut
  std::string_view base;  // the name that is indexed, in an index
};

[[nodiscard]] Diagnostic syntax_message(const SyntaxErrorSite& site);

// True when the statement is complete but for its `;`, so that the parser may go on as if it stood there.
[[nodiscard]] bool is_missing_semicolon(const SyntaxErrorSite& site);

}  // namespace elba
