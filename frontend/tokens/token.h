// token: one token of a model file as the rest of the front end sees it, free of the generated lexer.
//
// The repairs (repair.h, mistakes.h) edit a vector of these before the parser runs: they mark, remove and
// insert.
#pragma once

#include <string_view>
#include <vector>

#include "support/diagnostics.h"
#include "support/source.h"

namespace elba {

enum class TokenKind {
  name,
  keyword,
  integer,
  real,
  string,
  punctuation,
  unclosed_comment,
  unclosed_string,
  unexpected,
  end
};

struct Token {
  TokenKind kind = TokenKind::end;
  int type = -1;          // the generated lexer's number; -1 when the token was inserted by a repair
  Span span;              // empty for an inserted token: it stands between its neighbours
  std::string_view text;  // into the source, or a literal for an inserted token
  bool first_on_line = false;
  bool removed = false;  // by a repair; the parser does not see it

  [[nodiscard]] bool is(std::string_view spelling) const {
    return text == spelling && kind != TokenKind::string;
  }
};
using Tokens = std::vector<Token>;

// True when `b` follows `a` with nothing between them, as the characters of one operator would.
[[nodiscard]] inline bool adjacent(const Token& a, const Token& b) { return a.span.end == b.span.begin; }

}  // namespace elba
