// build_expr: the generated parser's tree to ours: expressions, types, indices and arguments. A part of
// parse.cpp, as build_ast.h is.
//
// Here is reported what the grammar lets through to keep one token of look-ahead: named arguments, literals
// out of range.
#pragma once

#include <charconv>

#include "frontend/syntax/ast.h"
#include "support/diagnostics.h"

namespace elba {

class ExprBuilder {
 protected:
  using G = grammar::ModelParser;
  using Context = antlr4::ParserRuleContext;

  ExprBuilder(const Source& source, Sink& sink) : source_(source), sink_(sink) {}

  // ---- Places ----

  static Span span(const Context* c) {
    const auto begin = static_cast<std::uint32_t>(c->start->getStartIndex());
    // An inserted last token has no width and may lie before the first; the span never runs backwards.
    return {begin, std::max(begin, static_cast<std::uint32_t>(c->stop->getStopIndex() + 1))};
  }
  static Span span(const antlr4::Token* t) {
    return {static_cast<std::uint32_t>(t->getStartIndex()),
            static_cast<std::uint32_t>(t->getStopIndex() + 1)};
  }
  std::string text(const antlr4::Token* t) const { return std::string(source_.text(span(t))); }
  ast::Name name(G::NameContext* n) const { return {text(n->start), span(n->start)}; }
  ast::Name name(antlr4::tree::TerminalNode* t) const { return {text(t->getSymbol()), span(t->getSymbol())}; }
  std::string unquoted(antlr4::tree::TerminalNode* t) const {
    const auto quoted = text(t->getSymbol());
    return quoted.substr(1, quoted.size() - 2);
  }

  // ---- Types ----

  ast::TypeExpr type(G::TypeContext* t) {
    ast::TypeExpr out{name(t->ID()), {}, t->QUESTION() != nullptr, shape(t->shape()), span(t)};
    if (!t->bounds()) return out;
    for (auto* b : t->bounds()->bound()) {
      if (b->ASSIGN())
        out.bounds.push_back({label(b->sum(0)), sum(b->sum(1))});
      else
        out.bounds.push_back({std::nullopt, sum(b->sum(0))});
    }
    return out;
  }

  std::vector<ast::ExprPtr> shape(G::ShapeContext* s) {
    std::vector<ast::ExprPtr> out;
    if (s)
      for (auto* e : s->sum())
        out.push_back(sum(e));
    return out;
  }

  // ---- Expressions, in the order of the grammar ----

  template <class Node>
  static ast::ExprPtr make(Span where, Node node) {
    return std::make_unique<ast::Expr>(ast::Expr{where, std::move(node)});
  }
  static ast::ExprPtr binary(ast::BinaryOp op, ast::ExprPtr left, ast::ExprPtr right, Span op_span) {
    const Span where{left->span.begin, right->span.end};
    return make(where, ast::BinaryExpr{op, std::move(left), std::move(right), op_span});
  }

  static ast::BinaryOp binary_op(std::size_t type) {
    using ast::BinaryOp;
    switch (type) {
      case G::PLUS:
        return BinaryOp::add;
      case G::MINUS:
        return BinaryOp::subtract;
      case G::STAR:
        return BinaryOp::multiply;
      case G::SLASH:
        return BinaryOp::divide;
      case G::AT:
        return BinaryOp::matmul;
      case G::DOT_STAR:
        return BinaryOp::elementwise_multiply;
      case G::DOT_SLASH:
        return BinaryOp::elementwise_divide;
      case G::PERCENT:
        return BinaryOp::modulo;
      case G::POWER:
        return BinaryOp::power;
      case G::DOT_POWER:
        return BinaryOp::elementwise_power;
      case G::LESS:
        return BinaryOp::less;
      case G::LESS_EQUAL:
        return BinaryOp::less_equal;
      case G::GREATER:
        return BinaryOp::greater;
      case G::GREATER_EQUAL:
        return BinaryOp::greater_equal;
      case G::EQUAL:
        return BinaryOp::equal;
      case G::NOT_EQUAL:
        return BinaryOp::not_equal;
      case G::AND:
        return BinaryOp::logical_and;
      default:
        return BinaryOp::logical_or;
    }
  }

  // `operand (op operand)*` to the left; operands and operators take turns among the children.
  template <class Operand>
  ast::ExprPtr chain(Context* c, ast::ExprPtr (ExprBuilder::*build)(Operand*)) {
    ast::ExprPtr left = (this->*build)(static_cast<Operand*>(c->children[0]));
    for (std::size_t i = 2; i < c->children.size(); i += 2) {
      const auto* op = static_cast<antlr4::tree::TerminalNode*>(c->children[i - 1])->getSymbol();
      left = binary(binary_op(op->getType()), std::move(left),
                    (this->*build)(static_cast<Operand*>(c->children[i])), span(op));
    }
    return left;
  }

  ast::ExprPtr expression(G::ExpressionContext* e) {
    auto condition = chain(e->disjunction(), &ExprBuilder::conjunction);
    if (!e->QUESTION()) return condition;
    const Span where{condition->span.begin, span(e).end};
    return make(where, ast::ConditionalExpr{std::move(condition), expression(e->expression(0)),
                                            expression(e->expression(1))});
  }
  ast::ExprPtr conjunction(G::ConjunctionContext* e) { return chain(e, &ExprBuilder::comparison); }
  ast::ExprPtr comparison(G::ComparisonContext* e) { return chain(e, &ExprBuilder::sum); }
  ast::ExprPtr sum(G::SumContext* e) { return chain(e, &ExprBuilder::product); }
  ast::ExprPtr product(G::ProductContext* e) { return chain(e, &ExprBuilder::prefix); }

  ast::ExprPtr prefix(G::PrefixContext* e) {
    if (auto* c = dynamic_cast<G::UnaryContext*>(e)) {
      const auto op = c->op->getType();
      const auto kind = op == G::MINUS  ? ast::UnaryOp::negate
                        : op == G::PLUS ? ast::UnaryOp::plus
                                        : ast::UnaryOp::logical_not;
      return make(span(c), ast::UnaryExpr{kind, prefix(c->prefix())});
    }
    return power(static_cast<G::PlainContext*>(e)->power());
  }

  ast::ExprPtr power(G::PowerContext* e) {
    auto base = postfix(e->postfix());
    return e->op ? binary(binary_op(e->op->getType()), std::move(base), prefix(e->prefix()), span(e->op))
                 : std::move(base);
  }

  ast::ExprPtr postfix(G::PostfixContext* e) {
    auto out = primary(e->primary());
    for (std::size_t i = 1; i < e->children.size(); ++i) {
      if (auto* list = dynamic_cast<G::IndicesContext*>(e->children[i])) {
        const Span where{out->span.begin, span(list).end};
        out = make(where, ast::IndexExpr{std::move(out), indices(list)});
      } else {
        const Span where{out->span.begin,
                         span(static_cast<antlr4::tree::TerminalNode*>(e->children[i])->getSymbol()).end};
        out = make(where, ast::TransposeExpr{std::move(out)});
      }
    }
    return out;
  }

  ast::ExprPtr primary(G::PrimaryContext* e) {
    if (auto* c = dynamic_cast<G::NameOrCallContext*>(e)) {
      if (!c->LPAREN()) return make(span(c), ast::NameExpr{text(c->name()->start)});
      return make(span(c), ast::CallExpr{name(c->name()), arguments(c->arguments())});
    }
    if (dynamic_cast<G::IntLiteralContext*>(e)) return number<std::int64_t, ast::IntLiteral>(e, "64 bits");
    if (dynamic_cast<G::RealLiteralContext*>(e))
      return number<double, ast::RealLiteral>(e, "a double-precision number");
    if (auto* c = dynamic_cast<G::StringLiteralContext*>(e))
      return make(span(c), ast::StringLiteral{unquoted(c->STRING())});
    if (auto* c = dynamic_cast<G::BoolLiteralContext*>(e))
      return make(span(c), ast::BoolLiteral{c->op->getType() == G::TRUE});
    if (auto* c = dynamic_cast<G::ParenthesisContext*>(e))
      return make(span(c), ast::ParenExpr{expression(c->expression())});
    auto* c = static_cast<G::BracketContext*>(e);
    if (c->generator())
      return make(span(c),
                  ast::Comprehension{expression(c->expression(0)), binders(c->generator()->binders())});
    ast::ArrayLiteral array;
    for (auto* element : c->expression())
      array.elements.push_back(expression(element));
    return make(span(c), std::move(array));
  }

  template <class Number, class Literal>
  ast::ExprPtr number(G::PrimaryContext* e, const char* kind) {
    const Span where = span(e);
    const auto digits = std::string(source_.text(where));
    Number value{};
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc{})
      return make(where, Literal{value, digits});
    auto shown = digits.size() <= 40 ? digits : digits.substr(0, 37) + "...";
    const bool whole = std::is_same_v<Number, std::int64_t>;
    sink_.report(Code::literal_out_of_range, where, {shown, kind})
        .suggest(whole ? "write it as a real number, as in `1e20`"
                       : "the magnitude must lie between 1e-308 and 1e308");
    return make(where, ast::ErrorExpr{});
  }

  // ---- Arguments and indices ----

  static bool is_name(std::size_t type) {
    return type == G::ID || type == G::INIT || (type >= G::IMPORT && type <= G::GUIDE);
  }

  // The name on the left of `=`; any other expression there is reported, and the argument read as one without
  // a name.
  std::optional<ast::Name> label(Context* left) {
    if (left->start == left->stop && is_name(left->start->getType()))
      return ast::Name{text(left->start), span(left->start)};
    sink_.report(Code::named_argument, span(left))
        .suggest("an argument is `value` or `name = value`; equality is `==`");
    return std::nullopt;
  }

  std::vector<ast::Argument> arguments(G::ArgumentsContext* list) {
    std::vector<ast::Argument> out;
    if (!list) return out;
    for (auto* a : list->argument()) {
      if (a->ASSIGN())
        out.push_back({label(a->expression(0)), expression(a->expression(1)), {}});
      else
        out.push_back({std::nullopt, expression(a->expression(0)), {}});
    }
    if (list->generator()) out.back().binders = binders(list->generator()->binders());
    return out;
  }

  std::vector<ast::Index> indices(G::IndicesContext* list) {
    std::vector<ast::Index> out;
    for (auto* i : list->index()) {
      ast::Index index{nullptr, nullptr, false, span(i)};
      if (auto* c = dynamic_cast<G::ElementOrRangeContext*>(i)) {
        index.first = expression(c->expression(0));
        if (c->COLON()) index.last = expression(c->expression(1));
      } else {
        index.is_all = true;
      }
      out.push_back(std::move(index));
    }
    return out;
  }

  std::vector<ast::Binder> binders(G::BindersContext* list) {
    std::vector<ast::Binder> out;
    for (auto* b : list->binder())
      out.push_back({name(b->name()), expression(b->expression(0)),
                     b->COLON() ? expression(b->expression(1)) : nullptr, span(b)});
    return out;
  }

  const Source& source_;
  Sink& sink_;
};

}  // namespace elba
