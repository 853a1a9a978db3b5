// blocks: parentheses and braces of loops and branches as other languages have them: `for (n in 1:N) x;`,
// `for i = 1:N`, `if (c) x; else y;`, `else if`. They are rewritten, so that what stands in them is read.
#include <algorithm>

#include "frontend/tokens/token_walk.h"

namespace elba {
namespace {

void enclose_body(TokenWalk& walk, std::size_t first, std::size_t last) {
  walk.insert(std::min(last + 1, walk.tokens.size()), "}");
  walk.insert(first, "{");
}

// Puts braces around the statement behind token `head`, with a report, unless they are there.
void add_braces(TokenWalk& walk, std::size_t word, std::size_t head) {
  const auto first = walk.next(head);
  if (first >= walk.tokens.size() || walk.at(first).is("{") || walk.at(first).is("}") ||
      walk.at(first).is(";") || walk.at(first).is("else"))
    return;
  if (walk.at(word).is("else") && walk.at(first).is("if")) return;
  const auto last = walk.extent(first);
  const std::string body = walk.at(first).is("for") || walk.at(first).is("if") ? "..."
                                                                               : walk.text(first, last);
  walk.report(Code::missing_braces, walk.at(first).span, {std::string(walk.at(word).text)})
      .suggest("write `" + walk.text(word, head) + " { " + body + " }`")
      .fix({walk.at(first).span.begin, walk.at(first).span.begin}, "{ ")
      .fix({walk.at(last).span.end, walk.at(last).span.end}, " }");
  enclose_body(walk, first, last);
}
void brace_else_if(TokenWalk& walk, std::size_t word) {
  const auto second = walk.next(word), open = walk.next(second);
  const auto last = walk.extent(second);
  const std::string condition = walk.at(open).is("(") ? walk.text(open, walk.closing(open)) : "(condition)";
  walk.report(Code::else_if, walk.span(word, second), {"else if"})
      .suggest("write `else { if " + condition + " { ... } }`")
      .fix({walk.at(second).span.begin, walk.at(second).span.begin}, "{ ")
      .fix({walk.at(last).span.end, walk.at(last).span.end}, " }");
  enclose_body(walk, second, last);
}

void foreign_else(TokenWalk& walk, std::size_t word) {
  const auto open = walk.next(word);
  const bool round = walk.at(open).is("(");
  const std::string condition = round ? walk.text(open, walk.closing(open)) : "(condition)";
  walk.report(Code::else_if, walk.at(word).span, {std::string(walk.at(word).text)})
      .suggest("write `else { if " + condition + " { ... } }`");
  const auto body = round ? walk.next(walk.closing(open)) : open;
  auto last = walk.extent(body);
  if (walk.at(walk.next(last)).is("else")) last = walk.extent(walk.next(walk.next(last)));
  walk.remove(word, last);
}

// `for (n in 1:N) ...`, and a body without braces; `open` is its parenthesis.
void loop_in_parentheses(TokenWalk& walk, std::size_t i, std::size_t open) {
  const auto close = walk.closing(open), name = walk.next(open), in = walk.next(name);
  if (close >= walk.tokens.size()) return;
  const auto inside = close > walk.next(open) ? walk.text(walk.next(open), walk.before(close)) : "i in 1:N";
  const bool counts = inside.find(';') != std::string::npos;
  const std::string binder =
      counts || !walk.at(in).is("in")
          ? std::string(walk.at(name).kind == TokenKind::name ? walk.at(name).text : "i") + " in 1:N"
          : inside;
  const auto first = walk.next(close);
  const bool bare = first < walk.tokens.size() && !walk.at(first).is("{");
  const auto last = bare ? walk.extent(first) : close;
  const std::string body = bare && !walk.at(first).is("for") && !walk.at(first).is("if")
                               ? walk.text(first, last)
                               : "...";
  auto& report = walk.report(Code::stan_for, walk.span(open, close))
                     .suggest("write `for " + binder + " { " + body + " }`");
  if (counts || !walk.at(in).is("in")) {
    walk.remove(i, last);
    return;
  }
  report.fix(walk.at(open).span, "").fix(walk.at(close).span, bare ? " {" : "");
  if (bare) report.fix({walk.at(last).span.end, walk.at(last).span.end}, " }");
  walk.remove(open, open);
  walk.remove(close, close);
  if (bare) enclose_body(walk, first, last);
}

// `for i in (1:N)`
void range_in_parentheses(TokenWalk& walk, std::size_t i, std::size_t in) {
  const auto left = walk.next(in);
  if (!walk.at(in).is("in") || !walk.at(left).is("(")) return;
  const auto right = walk.closing(left);
  bool is_range = right < walk.tokens.size() && walk.at(walk.next(right)).is("{");
  int depth = 0, colons = 0;
  for (auto k = left; k < right && is_range; k = walk.next(k)) {
    depth += walk.at(k).is("(") || walk.at(k).is("[") ? 1 : walk.at(k).is(")") || walk.at(k).is("]") ? -1 : 0;
    colons += depth == 1 && walk.at(k).is(":") ? 1 : 0;
  }
  if (!is_range || colons != 1) return;
  walk.report(Code::stan_for, walk.span(left, right))
      .suggest("write `" + walk.text(i, in) + " " + walk.text(walk.next(left), walk.before(right)) +
               " { ... }`")
      .fix(walk.at(left).span, "")
      .fix(walk.at(right).span, "");
  walk.remove(left, left);
  walk.remove(right, right);
}

// `for i = 1:N` of Julia and MATLAB.
void equals_for_in(TokenWalk& walk, std::size_t variable, std::size_t in) {
  if (walk.at(variable).kind != TokenKind::name || !walk.at(in).is("=")) return;
  walk.report(Code::foreign_operator, walk.at(in).span, {"="})
      .note("a loop variable runs `in` a range")
      .fix(walk.at(in).span, "in")
      .suggest("write `for " + std::string(walk.at(variable).text) + " in 1:N { ... }`");
  walk.tokens[in].text = "in";
  walk.tokens[in].kind = TokenKind::keyword;
  walk.tokens[in].type = -1;
}

// A name right behind an operand begins the body.
void body_without_braces(TokenWalk& walk, std::size_t i, std::size_t in) {
  for (std::size_t k = in;
       k < walk.tokens.size() && !walk.at(k).is("{") && !walk.at(k).is(";") && !walk.at(k).is("}");
       k = walk.next(k)) {
    const auto body = walk.next(k);
    if (walk.at(k).is("(") || walk.at(k).is("[")) {
      k = walk.before(walk.next(walk.closing(k)));
      continue;
    }
    const bool operand = walk.at(k).kind == TokenKind::name || walk.at(k).kind == TokenKind::integer ||
                         walk.at(k).is(")");
    const bool begins = walk.at(body).kind == TokenKind::name ||
                        (walk.at(body).kind == TokenKind::keyword && !walk.at(body).is("in"));
    if (k == in || !operand || !begins || body >= walk.tokens.size()) continue;
    add_braces(walk, i, k);
    return;
  }
}

void brace_loop(TokenWalk& walk, std::size_t i) {
  const auto open = walk.next(i);
  if (walk.at(open).is("(")) return loop_in_parentheses(walk, i, open);
  const auto in = walk.next(open);
  range_in_parentheses(walk, i, in);
  equals_for_in(walk, open, in);
  body_without_braces(walk, i, in);
}

}  // namespace

void foreign_blocks(TokenWalk& walk, std::size_t i) {
  if (walk.at(i).is("for")) return brace_loop(walk, i);
  if (walk.at(i).is("if") && walk.at(walk.next(i)).is("(")) {
    const auto close = walk.closing(walk.next(i));
    if (close >= walk.tokens.size()) return;
    add_braces(walk, i, close);
    auto body = walk.closing(walk.next(close));
    while (walk.at(walk.next(body)).is("else")) {
      const auto word = walk.next(body);
      if (walk.at(walk.next(word)).is("if")) return brace_else_if(walk, word);
      add_braces(walk, word, word);
      body = walk.closing(walk.next(word));
      break;
    }
    const auto word = walk.next(body);
    if (walk.at(word).kind == TokenKind::name &&
        (walk.at(word).is("elif") || walk.at(word).is("elseif") || walk.at(word).is("elsif")))
      foreign_else(walk, word);
  }
}

}  // namespace elba
