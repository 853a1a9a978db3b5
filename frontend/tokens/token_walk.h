// token_walk: steps over a balanced token sequence, as the files that look for foreign spellings take them
// (frontend/foreign).
//
// Removed tokens are passed over; `text` is the source between two tokens, as the user wrote it. Looking for
// foreign spellings may scan a statement from many places: what all of it may take is bounded by the length
// of the text, and where that is used up every step leads to the end, so that every search ends at once.
#pragma once

#include <string>
#include <utility>

#include "frontend/tokens/token.h"

namespace elba {

template <std::size_t N>
bool one_of(const Token& t, const std::string_view (&words)[N]) {
  if (t.kind == TokenKind::string) return false;
  for (const auto word : words)
    if (t.text == word) return true;
  return false;
}

struct TokenWalk {
  Tokens& tokens;
  const Source& source;
  std::vector<Diagnostic>& reports;
  std::size_t left = 1'000'000 + 64 * tokens.size();  // of the steps that may be taken
  mutable std::size_t steps = 0;

  [[nodiscard]] bool is_spent() const { return steps > left; }
  [[nodiscard]] const Token& at(std::size_t i) const;
  [[nodiscard]] std::size_t next(std::size_t i) const;  // the next kept token after i
  // The kept token before i; i itself when there is none.
  [[nodiscard]] std::size_t before(std::size_t i) const;
  [[nodiscard]] std::size_t closing(std::size_t i) const;  // the token that closes the bracket at i
  // Its `;`, or the last token before a `}` or the end.
  [[nodiscard]] std::size_t statement_end(std::size_t i) const;
  // The last token of the statement at i, its block included.
  [[nodiscard]] std::size_t extent(std::size_t i, int depth = 0) const;
  // Blanks and line ends run together.
  [[nodiscard]] std::string text(std::size_t first, std::size_t last) const;
  [[nodiscard]] Span span(std::size_t first, std::size_t last) const;
  // The arguments between the parentheses at `open`, as token ranges; none for `()`.
  [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> arguments(std::size_t open) const;

  void remove(std::size_t first, std::size_t last);
  // Puts a token of its own in front of token i, after everything before it.
  void insert(std::size_t i, std::string_view spelling, TokenKind kind = TokenKind::punctuation);
  Diagnostic& report(Code code, Span where, std::vector<std::string> arguments = {});
};

// ---- foreign/statements, foreign/blocks: what several languages have ----

// An assignment at the start of a statement (`x <- 1`, `x += 1`, `var x = 1`); `while`, a call alone, dots in
// names. True when it was one and has been left out.
[[nodiscard]] bool foreign_assignment(TokenWalk& walk, std::size_t i);
[[nodiscard]] bool foreign_statement(TokenWalk& walk, std::size_t i, bool in_distribution);
// Gives a loop or branch at token i its parentheses and braces.
void foreign_blocks(TokenWalk& walk, std::size_t i);

// ---- foreign/stan: blocks, declarations, functions, `target +=`, truncation, `|` ----

// Each looks at token i, where a statement starts; true when it was one of Stan's and has been left out.
[[nodiscard]] bool stan_block(TokenWalk& walk, std::size_t i);
[[nodiscard]] bool stan_declaration(TokenWalk& walk, std::size_t i);
[[nodiscard]] bool stan_function(TokenWalk& walk, std::size_t i);
[[nodiscard]] bool stan_target(TokenWalk& walk, std::size_t i);
[[nodiscard]] bool stan_statement(TokenWalk& walk, std::size_t i);  // truncation and bars within a statement
[[nodiscard]] bool is_stan_program(const TokenWalk& walk);

// ---- foreign/python: PyMC, NumPyro, blocks that begin with a colon ----

[[nodiscard]] bool python_statement(TokenWalk& walk, std::size_t i);

// What would upset the pairing of brackets is taken out before it: comments that begin with `#`, and C's `for
// (i = 1; i <= N; i++) { .. }`.
void remove_hash_comments(Tokens& tokens, const Source& source, Sink& sink);
void remove_counting_loops(Tokens& tokens, const Source& source, Sink& sink);

}  // namespace elba
