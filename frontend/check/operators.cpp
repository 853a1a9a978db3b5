// operators: arithmetic, products and comparisons.
//
// Shapes are equal or one side is a scalar; there is no other broadcasting. Division gives a real. Integers
// over dims stay exact.
#include "frontend/check/operators.h"

namespace elba::frontend {

namespace {

bool is_zero(std::string_view text) { return text == "0" || text == "0.0" || text == "0."; }

using ast::BinaryOp;
using ir::Opcode;

std::string_view operator_text(BinaryOp op) {
  constexpr std::string_view words[] = {"+",  "-", "*",  "/", "@",  ".*", "./", "%",  "^",
                                        ".^", "<", "<=", ">", ">=", "==", "!=", "&&", "||"};
  return words[static_cast<std::size_t>(op)];
}

std::optional<Opcode> comparison(BinaryOp op) {
  switch (op) {
    case BinaryOp::less:
      return Opcode::lt;
    case BinaryOp::less_equal:
      return Opcode::le;
    case BinaryOp::greater:
      return Opcode::gt;
    case BinaryOp::greater_equal:
      return Opcode::ge;
    case BinaryOp::equal:
      return Opcode::eq;
    case BinaryOp::not_equal:
      return Opcode::ne;
    default:
      return std::nullopt;
  }
}

bool is_comparison(const ast::Expr& expr) {
  const auto* binary = std::get_if<ast::BinaryExpr>(&without_parentheses(expr).node);
  return binary && comparison(binary->op);
}

}  // namespace

TermId Operators::check_unary(const ast::UnaryExpr& node, Span span) {
  const TermId operand = inner_.check(*node.operand);
  const ValueType found = type(operand);
  if (found.is_error()) return error_term(span);
  if (node.op == ast::UnaryOp::logical_not) {
    if (found.element == Element::boolean) return apply(Opcode::logical_not, {operand}, found, span);
    report(Code::type_mismatch, term(operand).span, {"a condition", found.text()});
    return error_term(span);
  }
  if (!need_number(operand)) return error_term(span);
  if (node.op == ast::UnaryOp::plus) return operand;
  if (term(operand).exact) return exact_term(Dim(0) - *term(operand).exact, span);
  if (term(operand).kind == TermKind::literal) return real_literal(-term(operand).number, span);
  return apply(Opcode::neg, {operand}, found, span);
}

TermId Operators::check_binary(const ast::BinaryExpr& node, Span span) {
  const TermId left = inner_.check(*node.left), right = inner_.check(*node.right);
  if (type(left).is_error() || type(right).is_error()) return error_term(span);
  if (node.op == BinaryOp::matmul) return matmul(node, left, right, span);
  if (node.op == BinaryOp::logical_and || node.op == BinaryOp::logical_or) {
    for (TermId side : {left, right}) {
      if (type(side).element == Element::boolean) continue;
      report(Code::type_mismatch, term(side).span, {"a condition", type(side).text()})
          .suggest("compare it: `" + text(term(side).span) + " == 1`");
      return error_term(span);
    }
    std::vector<Dim> shape;
    if (!terms_.common_shape({left, right}, span, shape)) return error_term(span);
    return apply(node.op == BinaryOp::logical_and ? Opcode::logical_and : Opcode::logical_or, {left, right},
                 {Element::boolean, std::move(shape)}, span);
  }
  if (const auto opcode = comparison(node.op)) {
    if (is_comparison(*node.left) || is_comparison(*node.right)) {
      const auto& chained = std::get<ast::BinaryExpr>(
          without_parentheses(is_comparison(*node.left) ? *node.left : *node.right).node);
      const std::string middle = is_comparison(*node.left) ? text(chained.right->span)
                                                           : text(chained.left->span);
      const std::string op(operator_text(node.op)), inner(operator_text(chained.op));
      const std::string help = is_comparison(*node.left)
                                   ? text(chained.left->span) + " " + inner + " " + middle + " && " + middle +
                                         " " + op + " " + text(node.right->span)
                                   : text(node.left->span) + " " + op + " " + middle + " && " + middle + " " +
                                         inner + " " + text(chained.right->span);
      report(Code::chained_comparison, span, {text(span)}).suggest("write `" + help + "`");
      return error_term(span);
    }
    if (!need_number(left) || !need_number(right)) return error_term(span);
    const bool integers = type(left).element == Element::integer && type(right).element == Element::integer;
    std::vector<TermId> sides = integers ? std::vector{left, right}
                                         : std::vector{to_real(left), to_real(right)};
    std::vector<Dim> shape;
    if (!type(left).is_scalar() && !type(right).is_scalar() && type(left).shape != type(right).shape) {
      terms_.shape_error(left, right, span, node.op);
      return error_term(span);
    }
    shape = type(left).is_scalar() ? type(right).shape : type(left).shape;
    const bool unknown = std::max(term(left).known, term(right).known) >= Knowledge::unknown;
    if ((node.op == BinaryOp::equal || node.op == BinaryOp::not_equal) && !integers && file_.is_model &&
        context_.kind == BodyKind::model && (unknown || env_.pedantic()))
      report(Code::real_equality, span, {text(span)})
          .note(unknown ? "an unknown is never equal to a given number, but for rounding"
                        : "a number read from a file may differ in its last digit")
          .suggest("compare with a margin: `abs(" + text(node.left->span) +
                   (is_zero(text(node.right->span)) ? "" : " - " + text(node.right->span)) +
                   ") < 1e-9`, or use an `int`");
    return apply(*opcode, std::move(sides), {Element::boolean, std::move(shape)}, span);
  }
  if (!need_number(left) || !need_number(right)) return error_term(span);
  return arithmetic(node, left, right, span);
}

// Two matrices, where it is not said whether by element.
void Operators::ambiguous_product(const ast::BinaryExpr& node, TermId left, TermId right) {
  const std::string op(operator_text(node.op)), a = text(term(left).span), b = text(term(right).span);
  auto& diagnostic = report(Code::ambiguous_product, node.op_span, {op});
  diagnostic.label(term(left).span, shape_text(type(left).shape))
      .label(term(right).span, shape_text(type(right).shape));
  std::string help = "write `" + a + " ." + op + " " + b + "` for elementwise";
  if (node.op == BinaryOp::multiply) help += ", `" + a + " @ " + b + "` for the matrix product";
  diagnostic.suggest(help);
}

// + - * of integers that are polynomials over dims and loop variables.
std::optional<Dim> Operators::exact_value(Opcode opcode, TermId left, TermId right, bool scalar) {
  if (opcode != Opcode::mul && scalar && (term(left).exact || term(right).exact)) {
    const auto x = terms_.as_exact(left), y = terms_.as_exact(right);
    if (x && y && is_tame(*x) && is_tame(*y) && (has_binder(*x) || has_binder(*y))) {
      const Dim value = opcode == Opcode::add ? *x + *y : *x - *y;
      if (is_tame(value)) return value;
    }
  }
  const Term &a = term(left), &b = term(right);
  if (a.exact && b.exact && is_tame(*a.exact) && is_tame(*b.exact)) {
    const Dim value = opcode == Opcode::add   ? *a.exact + *b.exact
                      : opcode == Opcode::sub ? *a.exact - *b.exact
                                              : *a.exact * *b.exact;
    if (is_tame(value)) return value;
  }
  return std::nullopt;
}

TermId Operators::integer_arithmetic(Opcode opcode, TermId left, TermId right, std::vector<Dim> shape,
                                     Span span) {
  if (const auto value = exact_value(opcode, left, right, shape.empty())) return exact_term(*value, span);
  const TermId result = apply(opcode, {left, right}, {Element::integer, std::move(shape)}, span);
  if (opcode == Opcode::mul) return result;
  // A shifted index keeps its range: `month + 1`, `12 - month`.
  const Term &a = term(left), &b = term(right);
  const auto low = [&](const Term& t) { return t.exact ? extreme(*t.exact, body_.ranges, false) : t.lower; };
  const auto high = [&](const Term& t) { return t.exact ? extreme(*t.exact, body_.ranges, true) : t.upper; };
  const auto shifted = [&](const std::optional<Dim>& x, const std::optional<Dim>& y) -> std::optional<Dim> {
    if (!x || !y) return std::nullopt;
    return opcode == Opcode::add ? *x + *y : *x - *y;
  };
  term(result).lower = shifted(low(a), opcode == Opcode::add ? low(b) : high(b));
  term(result).upper = shifted(high(a), opcode == Opcode::add ? high(b) : low(b));
  return result;
}

TermId Operators::arithmetic(const ast::BinaryExpr& node, TermId left, TermId right, Span span) {
  const bool scalars = type(left).is_scalar() || type(right).is_scalar();
  const bool plain = node.op == BinaryOp::multiply || node.op == BinaryOp::divide ||
                     node.op == BinaryOp::power;
  if (plain && is_matrix(left) && is_matrix(right)) {
    ambiguous_product(node, left, right);
    return error_term(span);
  }
  if (!scalars && type(left).shape != type(right).shape) {
    terms_.shape_error(left, right, span, node.op);
    return error_term(span);
  }
  std::vector<Dim> shape = type(left).is_scalar() ? type(right).shape : type(left).shape;
  const bool integers = type(left).element == Element::integer && type(right).element == Element::integer;
  if (node.op == BinaryOp::power || node.op == BinaryOp::elementwise_power) return power(left, right, span);
  if (node.op == BinaryOp::divide || node.op == BinaryOp::elementwise_divide)
    return apply(Opcode::div, {to_real(left), to_real(right)}, {Element::real, std::move(shape)}, span);
  if (node.op == BinaryOp::modulo) {
    if (!need_number(left, true) || !need_number(right, true)) return error_term(span);
    return apply(Opcode::imod, {left, right}, {Element::integer, std::move(shape)}, span);
  }
  const Opcode opcode = node.op == BinaryOp::add        ? Opcode::add
                        : node.op == BinaryOp::subtract ? Opcode::sub
                                                        : Opcode::mul;
  if (!integers)
    return apply(opcode, {to_real(left), to_real(right)}, {Element::real, std::move(shape)}, span);
  return integer_arithmetic(opcode, left, right, std::move(shape), span);
}

TermId Operators::power(TermId left, TermId right, Span span) {
  const Term &base = term(left), &exponent = term(right);
  std::vector<Dim> shape = base.type.is_scalar() ? exponent.type.shape : base.type.shape;
  const bool whole = exponent.exact && exponent.exact->is_constant() && exponent.type.is_scalar();
  if (base.exact && whole && exponent.exact->constant() >= 0 && exponent.exact->constant() <= 8) {
    Dim value(1);
    for (std::int64_t k = 0; k < exponent.exact->constant() && is_tame(value); ++k)
      value = value * *base.exact;
    if (is_tame(value)) return exact_term(value, span);
  }
  if (whole && exponent.exact->constant() == 2)
    return apply(Opcode::square, {to_real(left)}, {Element::real, std::move(shape)}, span);
  return apply(Opcode::pow, {to_real(left), to_real(right)}, {Element::real, std::move(shape)}, span);
}

TermId Operators::transpose(TermId operand, Span span) {
  const ValueType found = type(operand);
  if (found.is_error()) return error_term(span);
  if (found.rank() != 2) {
    auto& diagnostic = report(Code::type_mismatch, term(operand).span,
                              {"a matrix to transpose", found.text()});
    if (found.rank() == 1)
      diagnostic.suggest(
          "vectors have no orientation: `a @ b` is their dot product, `outer(a, b)` their outer product");
    return error_term(span);
  }
  Term result;
  result.kind = TermKind::builtin;
  result.function = find_function("transpose");
  result.type = {found.element, {found.shape[1], found.shape[0]}};
  result.args = {operand};
  result.known = term(operand).known;
  result.levels = term(operand).levels;
  result.lower = term(operand).lower;
  result.upper = term(operand).upper;
  result.span = span;
  return add(std::move(result));
}

TermId Operators::matmul(const ast::BinaryExpr& node, TermId left, TermId right, Span span) {
  if (!need_number(left) || !need_number(right)) return error_term(span);
  const ValueType a = type(left), b = type(right);
  if (a.is_scalar() || b.is_scalar()) {
    report(Code::type_mismatch, a.is_scalar() ? term(left).span : term(right).span,
           {"a vector or matrix on both sides of `@`", a.is_scalar() ? a.text() : b.text()})
        .suggest("write `*` to scale");
    return error_term(span);
  }
  if (a.rank() > 2 || b.rank() > 2 || !(a.shape.back() == b.shape.front())) {
    auto& diagnostic = report(Code::shape_mismatch, span,
                              {shape_text(a.shape), shape_text(b.shape), text(span)});
    diagnostic.label(term(left).span, "has shape " + shape_text(a.shape))
        .label(term(right).span, "has shape " + shape_text(b.shape));
    const std::string l = text(term(left).span), r = text(term(right).span);
    if (a.rank() == 2 && b.rank() <= 2 && a.shape[0] == b.shape[0])
      diagnostic.suggest("did you mean `" + l + "' @ " + r + "`?");
    else if (a.rank() <= 2 && b.rank() == 2 && a.shape.back() == b.shape[1])
      diagnostic.suggest("did you mean `" + l + " @ " + r + "'`?");
    else if (a.rank() == 1 && b.rank() == 2 && a.shape[0] == b.shape[1])
      diagnostic.suggest("did you mean `" + r + " @ " + l + "`?");
    else
      diagnostic.note("the last dim on the left must equal the first on the right");
    static_cast<void>(node);
    return error_term(span);
  }
  Term result;
  result.kind = TermKind::contract;
  result.span = span;
  // A transpose is read through the maps instead of being made.
  const auto side = [&](TermId id, std::string& map) {
    if (term(id).kind == TermKind::builtin && term(id).function == find_function("transpose")) {
      std::swap(map[0], map[1]);
      id = term(id).args[0];
    }
    result.known = std::max(result.known, term(id).known);
    result.levels |= term(id).levels;
    return to_real(id);
  };
  std::string left_map = a.rank() == 2 ? "ij" : "j", right_map = b.rank() == 2 ? "jk" : "j";
  const std::string out = (a.rank() == 2 ? "i" : "") + std::string(b.rank() == 2 ? "k" : "");
  const TermId l = side(left, left_map), r = side(right, right_map);
  result.args = {l, r};
  result.maps = left_map + "," + right_map + "->" + out;
  result.type.element = Element::real;
  if (a.rank() == 2) result.type.shape.push_back(a.shape[0]);
  if (b.rank() == 2) result.type.shape.push_back(b.shape[1]);
  return add(std::move(result));
}

}  // namespace elba::frontend
