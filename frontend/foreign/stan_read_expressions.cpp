// stan_read_expressions: expressions of Stan, from the loosest operator to the tightest.
#include "frontend/foreign/stan_read_expressions.h"

namespace elba::stan {
namespace {

constexpr int longest_expression = 1000;  // of operators side by side

}  // namespace

ExprPtr ExpressionReader::make(Expr::Kind kind, std::string text, std::vector<ExprPtr> args) const {
  return std::make_shared<const Expr>(Expr{kind, std::move(text), std::move(args), now().line});
}

ExprPtr ExpressionReader::expression() {
  const Level level(*this);
  ExprPtr condition = binary(0);
  if (!take("?")) return condition;
  ExprPtr yes = expression();
  expect(":");
  ExprPtr no = expression();
  return make(Expr::Kind::conditional, "?", {condition, yes, no});
}

ExprPtr ExpressionReader::sum() { return binary(4); }
ExprPtr ExpressionReader::binary(std::size_t level) {
  static const std::vector<std::vector<std::string_view>> operators{
      {"||"},       {"&&"},
      {"==", "!="}, {"<", "<=", ">", ">="},
      {"+", "-"},   {"*", "/", ".*", "./", "%", "%/%", "\\"}};
  if (level == operators.size()) return unary();
  ExprPtr left = binary(level + 1);
  for (int count = 0;; ++count) {
    if (count > longest_expression)
      throw Problem{"line " + std::to_string(now().line) + ": an expression of more than " +
                    std::to_string(longest_expression) + " terms"};
    std::string found;
    for (const auto op : operators[level])
      if (is(op)) found = op;
    if (found.empty()) return left;
    ++at_;
    left = make(Expr::Kind::binary, found, {left, binary(level + 1)});
  }
}

ExprPtr ExpressionReader::unary() {
  const Level level(*this);
  if (is("-") || is("+") || is("!")) {
    const std::string op = tokens_[at_++].text;
    return make(Expr::Kind::unary, op, {unary()});
  }
  ExprPtr base = postfix();
  if (is("^") || is(".^")) {
    const std::string op = tokens_[at_++].text;
    return make(Expr::Kind::binary, op, {base, unary()});
  }
  return base;
}

ExprPtr ExpressionReader::postfix() {
  ExprPtr base = primary();
  for (int count = 0;; ++count) {
    if (count > deepest_program) fail();
    if (take("'")) {
      base = make(Expr::Kind::transpose, "'", {base});
    } else if (take("[")) {
      std::vector<ExprPtr> args{base};
      const auto end = [&]() -> ExprPtr { return is(",") || is("]") || is(":") ? nullptr : expression(); };
      do {
        ExprPtr first = end();
        args.push_back(take(":") ? make(Expr::Kind::range, ":", {first, end()})
                       : first   ? first
                                 : make(Expr::Kind::range, ":", {nullptr, nullptr}));
      } while (take(","));
      expect("]");
      base = make(Expr::Kind::index, "[]", std::move(args));
    } else {
      return base;
    }
  }
}

std::vector<ExprPtr> ExpressionReader::list(std::string_view close) {
  std::vector<ExprPtr> out;
  while (!take(close)) {
    out.push_back(expression());
    if (!is(close) && !take(",") && !take("|")) fail();
  }
  return out;
}

ExprPtr ExpressionReader::primary() {
  const Level level(*this);
  const Token token = now();
  if (token.kind == Token::Kind::number || token.kind == Token::Kind::string) {
    ++at_;
    return make(token.kind == Token::Kind::number ? Expr::Kind::number : Expr::Kind::string, token.text);
  }
  if (take("(")) {
    ExprPtr inner = expression();
    expect(")");
    return make(Expr::Kind::paren, "()", {inner});
  }
  if (take("{")) return make(Expr::Kind::braces, "{}", list("}"));
  if (take("[")) return make(Expr::Kind::bracket, "[]", list("]"));
  if (token.kind != Token::Kind::name) fail();
  ++at_;
  if (take("(")) return make(Expr::Kind::call, token.text, list(")"));
  return make(Expr::Kind::name, token.text);
}

}  // namespace elba::stan
