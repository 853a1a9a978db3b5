#include "frontend/tokens/token_walk.h"

#include <algorithm>

namespace elba {

const Token& TokenWalk::at(std::size_t i) const {
  static const Token end;
  ++steps;
  return i < tokens.size() && !is_spent() ? tokens[i] : end;
}

std::size_t TokenWalk::next(std::size_t i) const {
  for (++i; i < tokens.size() && tokens[i].removed && !is_spent(); ++i)
    ++steps;
  return is_spent() ? tokens.size() : i;
}

std::size_t TokenWalk::before(std::size_t i) const {
  std::size_t k = i;
  while (k > 0 && !is_spent() && tokens[--k].removed)
    ++steps;
  return k < tokens.size() && !tokens[k].removed ? k : i;
}

std::size_t TokenWalk::closing(std::size_t i) const {
  int depth = 0;
  for (std::size_t k = i; k < tokens.size() && !is_spent(); ++k) {
    const Token& token = at(k);
    if (token.removed) continue;
    if (token.is("(") || token.is("[") || token.is("{")) ++depth;
    if (token.is(")") || token.is("]") || token.is("}")) --depth;
    if (depth == 0) return k;
  }
  return tokens.size();
}

std::size_t TokenWalk::statement_end(std::size_t i) const {
  std::size_t last = i;
  for (std::size_t k = i; k < tokens.size(); k = next(k)) {
    if (at(k).is(";")) return k;
    if (at(k).is("{") || at(k).is("}") || (at(k).is("else") && k != i)) return last;
    last = k;
  }
  return last;
}

std::size_t TokenWalk::extent(std::size_t i, int depth) const {
  constexpr int deepest = 100;  // of `if (..) if (..) ..`
  for (std::size_t k = i;;) {
    if (at(k).is("{")) return closing(k);
    if (at(k).is("for")) {
      while (k < tokens.size() && !at(k).is("{") && !at(k).is(";") && !at(k).is("}"))
        k = next(k);
      return at(k).is("{") ? closing(k) : std::min(k, tokens.size());
    }
    if (!at(k).is("if") || !at(next(k)).is("(") || depth > deepest) return statement_end(k);
    const std::size_t body = extent(next(closing(next(k))), depth + 1);
    if (!at(next(body)).is("else")) return body;
    k = next(next(body));
  }
}

std::string TokenWalk::text(std::size_t first, std::size_t last) const {
  if (first > last || last >= tokens.size() || is_spent()) return {};
  constexpr std::size_t longest = 2000;  // more does not fit into a message
  std::string out;
  for (const char c : source.text({at(first).span.begin, at(last).span.end})) {
    if (out.size() > longest) break;
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out;
}

Span TokenWalk::span(std::size_t first, std::size_t last) const {
  return {at(first).span.begin, at(std::min(last, tokens.size() - 1)).span.end};
}

std::vector<std::pair<std::size_t, std::size_t>> TokenWalk::arguments(std::size_t open) const {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  const std::size_t close = closing(open);
  for (std::size_t first = next(open); first < close;) {
    std::size_t last = first;
    for (std::size_t k = first; k < close && !is_spent() && !at(k).is(",") && !at(k).is("|"); k = next(last))
      last = at(k).is("(") || at(k).is("[") || at(k).is("{") ? closing(k) : k;
    out.emplace_back(first, last);
    const std::size_t comma = next(last);
    first = comma < close ? next(comma) : close;
  }
  return out;
}

void TokenWalk::remove(std::size_t first, std::size_t last) {
  for (std::size_t k = first; k <= last && k < tokens.size(); ++k)
    tokens[k].removed = true;
}

void TokenWalk::insert(std::size_t i, std::string_view spelling, TokenKind kind) {
  Token token;
  token.kind = kind;
  const std::uint32_t place = i > 0 && i <= tokens.size() ? tokens[i - 1].span.end : 0;
  token.span = {place, place};
  token.text = spelling;
  steps += (tokens.size() - std::min(i, tokens.size())) / 8;  // what stands behind it moves
  tokens.insert(tokens.begin() + static_cast<std::ptrdiff_t>(std::min(i, tokens.size())), token);
}

Diagnostic& TokenWalk::report(Code code, Span where, std::vector<std::string> arguments) {
  reports.push_back(make_diagnostic(code, where, std::move(arguments)));
  return reports.back();
}

}  // namespace elba
