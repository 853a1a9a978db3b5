// repair: brackets in pairs, nesting bounded. Not here: other languages' spellings
// (frontend/foreign/operators.cpp).
#include "frontend/tokens/repair.h"

#include <algorithm>

namespace elba {
namespace {

std::string_view closer_of(std::string_view open) { return open == "(" ? ")" : open == "[" ? "]" : "}"; }
bool is_open(const Token& t) { return t.is("(") || t.is("[") || t.is("{"); }
bool is_close(const Token& t) { return t.is(")") || t.is("]") || t.is("}"); }
// A word such as `dist` is a name unless a name (or a path) follows it.
bool is_declaration(const Tokens& tokens, std::size_t i) {
  const Token& t = tokens[i];
  const bool word = t.kind == TokenKind::keyword &&
                    (t.is("model") || t.is("guide") || t.is("fun") || t.is("dist") || t.is("import"));
  return word && t.first_on_line && i + 1 < tokens.size() &&
         (tokens[i + 1].kind == TokenKind::name || tokens[i + 1].kind == TokenKind::string);
}

Token inserted_at(std::uint32_t place, std::string_view text) {
  Token token;
  token.kind = TokenKind::punctuation;
  token.span = {place, place};
  token.text = text;
  return token;
}

int indentation(const Token& token, const Source& source) {
  const auto line = source.line(source.position(token.span.begin).line);
  return static_cast<int>(std::min(line.find_first_not_of(" \t"), line.size()));
}

class Balancer {
 public:
  Balancer(const Tokens& tokens, const Source& source, Sink& sink)
      : tokens_(tokens), source_(source), sink_(sink) {}

  Tokens run() {
    int braces = 0;
    for (const auto& t : tokens_)
      if (!t.removed) braces = t.is("{") ? braces + 1 : t.is("}") ? std::max(0, braces - 1) : braces;
    braces_missing_ = braces > 0;
    // An open comment swallows brackets that are there: its own report says all.
    mute_ = !tokens_.empty() && tokens_.back().kind == TokenKind::unclosed_comment;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (!token.removed) {
        if (is_open(token)) open_.push_back(i);
        if (is_close(token) && !close(token)) continue;
        if (token.is(";") || is_declaration(tokens_, i)) close_round_brackets(token);
        if (braces_missing_ && is_declaration(tokens_, i) && indentation(token, source_) == 0)
          close_all(token);
      }
      out_.push_back(token);
    }
    Token end;
    end.span.begin = end.span.end = tokens_.empty() ? 0 : tokens_.back().span.end;
    close_all(end);
    return std::move(out_);
  }

 private:
  // Matches a closing bracket; false when nothing is open for it, and then it is dropped.
  bool close(const Token& token) {
    const auto matches = [&](std::size_t i) { return closer_of(tokens_[i].text) == token.text; };
    auto it = std::find_if(open_.rbegin(), open_.rend(),
                           [&](std::size_t i) { return matches(i) || tokens_[i].is("{"); });
    if (it == open_.rend() || !matches(*it)) {
      sink_.report(Code::unopened_bracket, token.span, {std::string(token.text)})
          .suggest("remove it, or open it before");
      return false;
    }
    while (!matches(open_.back()))
      close_innermost(token);
    if (braces_missing_ && token.is("}") && token.first_on_line) suspect(open_.back(), token);
    open_.pop_back();
    return true;
  }

  // A brace that closes further to the left than the line that opened it belongs to an outer one: the inner
  // is the culprit.
  void suspect(std::size_t open, const Token& close) {
    if (suspect_ == none && indentation(close, source_) < indentation(tokens_[open], source_))
      suspect_ = open;
  }

  void close_round_brackets(const Token& before) {
    while (!open_.empty() && !tokens_[open_.back()].is("{"))
      close_innermost(before);
  }
  void close_all(const Token& before) {
    while (!open_.empty())
      close_innermost(before);
  }
  void close_innermost(const Token& before) {
    std::size_t open = open_.back();
    const auto closer = closer_of(tokens_[open].text);
    open_.pop_back();
    const std::uint32_t place = out_.empty() ? before.span.begin : out_.back().span.end;
    out_.push_back(inserted_at(place, closer));
    if (mute_) return;
    if (closer == "}") {
      if (braces_reported_) return;  // one missing brace leaves all the outer ones open: say it once
      braces_reported_ = true;
      if (suspect_ != none) open = suspect_;
    }
    auto& report = sink_.report(Code::unclosed_bracket, tokens_[open].span,
                                {std::string(tokens_[open].text)});
    if (before.kind != TokenKind::end)
      report.label(before.span, "`" + std::string(closer) + "` is missing before this");
    if (before.kind != TokenKind::end && closer != "}")
      report.fix({before.span.begin, before.span.begin}, std::string(closer));
    report.suggest("add `" + std::string(closer) + "`");
  }

  static constexpr std::size_t none = ~std::size_t{0};
  const Tokens& tokens_;
  const Source& source_;
  Sink& sink_;
  Tokens out_;
  std::vector<std::size_t> open_;
  std::size_t suspect_ = none;
  bool braces_missing_ = false;
  bool braces_reported_ = false;
  bool mute_ = false;
};

bool ends_operand(const Token& t) {
  return t.kind == TokenKind::name || t.kind == TokenKind::integer || t.kind == TokenKind::real ||
         t.kind == TokenKind::string || t.is(")") || t.is("]") || t.is("'") || t.is("true") || t.is("false");
}

bool is_chain_operator(const Token& t) {
  static constexpr std::string_view operators[] = {"+",  "-", "*",  "/",  "@",  ".*", "./", "%", "<",
                                                   "<=", ">", ">=", "==", "!=", "&&", "||", "'"};
  return t.kind == TokenKind::punctuation &&
         std::find(std::begin(operators), std::end(operators), t.text) != std::end(operators);
}

}  // namespace

void balance_brackets(Tokens& tokens, const Source& source, Sink& sink) {
  tokens = Balancer(tokens, source, sink).run();
}

void report_nesting(const Token& token, int limit, Sink& sink) {
  sink.report(Code::nesting_too_deep, token.span, {std::to_string(limit)})
      .suggest("name a part of it with `let`, or write the sum with a generator: `sum(e for i in 1:N)`");
}

// Two upper bounds, kept per open bracket and per element of its list: how deep the parser recurses
// (brackets, prefix operators, powers, conditionals) and how deep the tree gets (those and chains, which lean
// to the left).
bool check_nesting(const Tokens& tokens, Sink& sink) {
  struct Level {
    int recursion = 0;
    int here = 0;
    int child = 0;
    int deepest = 0;
  };
  std::vector<Level> open(1);
  int recursion = 0;
  const Token* before = nullptr;
  for (const auto& t : tokens) {
    if (t.removed) continue;
    auto& level = open.back();
    const bool prefix = (t.is("-") || t.is("+") || t.is("!")) && !(before && ends_operand(*before));
    const bool recurses = is_open(t) || prefix || t.is("^") || t.is(".^") || t.is("?");
    if (recurses) ++recursion;
    if (recurses || is_chain_operator(t)) ++level.here;
    if (recursion > max_nesting || level.here + level.child > max_expression_depth) {
      const bool nested = recursion > max_nesting;
      report_nesting(t, nested ? max_nesting : max_expression_depth, sink);
      return false;
    }
    if (is_open(t)) {
      ++level.recursion;
      open.push_back({});
    } else if (is_close(t) && open.size() > 1) {
      const int inside = std::max(level.deepest, level.here + level.child);
      recursion -= level.recursion + 1;
      open.pop_back();
      open.back().child = std::max(open.back().child, inside);
      --open.back().recursion;
    } else if (recurses) {
      ++level.recursion;
    }
    if (t.is(",") || t.is(";") || t.is("}")) {
      auto& now = open.back();
      recursion -= now.recursion;
      now = {0, 0, 0, std::max(now.deepest, now.here + now.child)};
    }
    before = &t;
  }
  return true;
}

}  // namespace elba
