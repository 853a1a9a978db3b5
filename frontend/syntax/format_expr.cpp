// format_expr: how expressions look. Parentheses are those of the user: they are nodes of the tree and none
// is added.
#include "frontend/syntax/format_expr.h"

namespace elba {

using namespace layout;
using ast::BinaryOp;

namespace {

std::string spelling(BinaryOp op) {
  switch (op) {
    case BinaryOp::add:
      return "+";
    case BinaryOp::subtract:
      return "-";
    case BinaryOp::multiply:
      return "*";
    case BinaryOp::divide:
      return "/";
    case BinaryOp::matmul:
      return "@";
    case BinaryOp::elementwise_multiply:
      return ".*";
    case BinaryOp::elementwise_divide:
      return "./";
    case BinaryOp::modulo:
      return "%";
    case BinaryOp::power:
      return "^";
    case BinaryOp::elementwise_power:
      return ".^";
    case BinaryOp::less:
      return "<";
    case BinaryOp::less_equal:
      return "<=";
    case BinaryOp::greater:
      return ">";
    case BinaryOp::greater_equal:
      return ">=";
    case BinaryOp::equal:
      return "==";
    case BinaryOp::not_equal:
      return "!=";
    case BinaryOp::logical_and:
      return "&&";
    case BinaryOp::logical_or:
      return "||";
  }
  return "?";
}

// Operators of one level stand in one chain, so that a long sum breaks before each of its terms.
int level(BinaryOp op) {
  if (op == BinaryOp::add || op == BinaryOp::subtract) return 1;
  if (op <= BinaryOp::modulo) return 2;
  if (op == BinaryOp::power || op == BinaryOp::elementwise_power) return 3;
  if (op <= BinaryOp::not_equal) return 4;
  return op == BinaryOp::logical_and ? 5 : 6;
}

bool is_atom(const ast::Expr& e) {
  return std::holds_alternative<ast::NameExpr>(e.node) || std::holds_alternative<ast::IntLiteral>(e.node);
}

// `+ - *` over names and whole numbers; real literals are left out, since `1.*x` would be read as another
// operator.
bool can_be_compact(const ast::Expr& e) {
  if (is_atom(e)) return true;
  const auto* b = std::get_if<ast::BinaryExpr>(&e.node);
  if (!b) return false;
  const bool op = b->op == BinaryOp::add || b->op == BinaryOp::subtract || b->op == BinaryOp::multiply;
  return op && can_be_compact(*b->left) && can_be_compact(*b->right);
}

std::string compact_text(const ast::Expr& e) {
  if (const auto* n = std::get_if<ast::NameExpr>(&e.node)) return n->name;
  if (const auto* i = std::get_if<ast::IntLiteral>(&e.node)) return i->text;
  const auto& b = std::get<ast::BinaryExpr>(e.node);
  return compact_text(*b.left) + spelling(b.op) + compact_text(*b.right);
}

Doc comma_list(const std::string& open, std::vector<Doc> items, const std::string& close) {
  if (items.empty()) return text(open + close);
  std::vector<Doc> parts{softline()};
  for (std::size_t i = 0; i < items.size(); ++i) {
    parts.push_back(items[i]);
    if (i + 1 < items.size()) {
      parts.push_back(text(","));
      parts.push_back(line());
    }
  }
  return group(concat({text(open), nest(concat(std::move(parts))), softline(), text(close)}));
}

Doc joined(const std::vector<Doc>& items, const std::string& separator) {
  std::vector<Doc> parts;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) parts.push_back(text(separator));
    parts.push_back(items[i]);
  }
  return concat(std::move(parts));
}

}  // namespace

Doc FormatExpr::compact(const ast::Expr& e) const {
  return can_be_compact(e) ? text(compact_text(e)) : expr(e);
}

Doc FormatExpr::binary(const ast::BinaryExpr& e) const {
  if (e.op == BinaryOp::power) return concat({expr(*e.left), text("^"), expr(*e.right)});
  if (e.op == BinaryOp::elementwise_power) return concat({expr(*e.left), text(" .^ "), expr(*e.right)});
  // From the last operator down the left spine to the first operand.
  std::vector<const ast::BinaryExpr*> spine{&e};
  for (const auto* left = std::get_if<ast::BinaryExpr>(&e.left->node); left && level(left->op) == level(e.op);
       left = std::get_if<ast::BinaryExpr>(&left->left->node))
    spine.push_back(left);
  std::vector<Doc> parts{expr(*spine.back()->left)}, rest;
  for (auto it = spine.rbegin(); it != spine.rend(); ++it) {
    rest.push_back(line());
    rest.push_back(text(spelling((*it)->op) + " "));
    rest.push_back(expr(*(*it)->right));
  }
  parts.push_back(nest(concat(std::move(rest))));
  return group(concat(std::move(parts)));
}

Doc FormatExpr::expr(const ast::Expr& e) const {
  return ast::match(
      e.node, [](const ast::IntLiteral& n) { return text(n.text); },
      [](const ast::RealLiteral& n) { return text(n.text); },
      [](const ast::StringLiteral& n) { return text("\"" + n.value + "\""); },
      [](const ast::BoolLiteral& n) { return text(n.value ? "true" : "false"); },
      [](const ast::NameExpr& n) { return text(n.name); },
      [&](const ast::CallExpr& n) { return concat({text(n.callee.text), arguments(n.arguments)}); },
      [&](const ast::ParenExpr& n) {
        return group(concat({text("("), nest(concat({softline(), expr(*n.inner)})), softline(), text(")")}));
      },
      [&](const ast::ArrayLiteral& n) {
        std::vector<Doc> items;
        for (std::size_t i = 0; i < n.elements.size(); ++i)
          items.push_back(concat({expr(*n.elements[i]), text(i + 1 < n.elements.size() ? "," : "")}));
        return group(
            concat({text("["), nest(concat({softline(), fill(std::move(items))})), softline(), text("]")}));
      },
      [&](const ast::Comprehension& n) {
        return group(
            concat({text("["),
                    nest(concat({softline(), expr(*n.element), line(), text("for "), binders(n.binders)})),
                    softline(), text("]")}));
      },
      [&](const ast::IndexExpr& n) { return concat({expr(*n.base), indices(n.indices)}); },
      [&](const ast::TransposeExpr& n) { return concat({expr(*n.operand), text("'")}); },
      [&](const ast::UnaryExpr& n) {
        const char* op = n.op == ast::UnaryOp::negate ? "-" : n.op == ast::UnaryOp::plus ? "+" : "!";
        return concat({text(op), expr(*n.operand)});
      },
      [&](const ast::BinaryExpr& n) { return binary(n); },
      [&](const ast::ConditionalExpr& n) {
        return group(concat({expr(*n.condition), nest(concat({line(), text("? "), expr(*n.then_value), line(),
                                                              text(": "), expr(*n.else_value)}))}));
      },
      [&](const ast::ErrorExpr&) { return text(std::string(source_.text(e.span))); });
}

Doc FormatExpr::range(const ast::Expr& first, const ast::Expr* last) const {
  return last ? concat({compact(first), text(":"), compact(*last)}) : compact(first);
}

Doc FormatExpr::indices(const std::vector<ast::Index>& list) const {
  std::vector<Doc> items;
  for (const auto& i : list)
    items.push_back(i.is_all ? text(":") : range(*i.first, i.last.get()));
  return items.empty() ? text("") : comma_list("[", std::move(items), "]");
}

Doc FormatExpr::binders(const std::vector<ast::Binder>& list) const {
  std::vector<Doc> items;
  for (const auto& b : list)
    items.push_back(concat({text(b.name.text + " in "), range(*b.first, b.last.get())}));
  return joined(items, ", ");
}

Doc FormatExpr::arguments(const std::vector<ast::Argument>& list) const {
  std::vector<Doc> items;
  for (const auto& a : list) {
    std::vector<Doc> parts;
    if (a.name) parts.push_back(text(a.name->text + "="));
    parts.push_back(expr(*a.value));
    if (!a.binders.empty()) parts.insert(parts.end(), {line(), text("for "), binders(a.binders)});
    items.push_back(a.binders.empty() ? concat(std::move(parts)) : group(concat(std::move(parts))));
  }
  return comma_list("(", std::move(items), ")");
}

Doc FormatExpr::shape(const std::vector<ast::ExprPtr>& dims) const {
  std::vector<Doc> items;
  for (const auto& d : dims)
    items.push_back(compact(*d));
  return items.empty() ? text("") : comma_list("[", std::move(items), "]");
}

Doc FormatExpr::type(const ast::TypeExpr& t) const {
  std::vector<Doc> bounds;
  for (const auto& b : t.bounds)
    bounds.push_back(concat({text(b.name ? b.name->text + "=" : ""), compact(*b.value)}));
  return concat({text(t.base.text),
                 bounds.empty() ? text("") : concat({text("<"), joined(bounds, ", "), text(">")}),
                 text(t.optional ? "?" : ""), shape(t.shape)});
}

Doc FormatExpr::formals(const std::vector<ast::Formal>& list) const {
  std::vector<Doc> items;
  for (const auto& f : list)
    items.push_back(f.type.base.text.empty() ? text(f.name.text)
                                             : concat({text(f.name.text + ": "), type(f.type)}));
  return comma_list("(", std::move(items), ")");
}

}  // namespace elba
