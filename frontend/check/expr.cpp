// expr: literals, names, arrays, comprehensions and conditionals.
#include <algorithm>

#include "frontend/check/checker.h"

namespace elba::frontend {

TermId Checker::check(const ast::Expr& expr) {
  const Span span = expr.span;
  return ast::match(
      expr.node, [&](const ast::IntLiteral& literal) { return exact_term(Dim(literal.value), span); },
      [&](const ast::RealLiteral& literal) { return real_literal(literal.value, span); },
      [&](const ast::StringLiteral&) {
        report(Code::type_mismatch, span, {"a number", "the text `" + text(span) + "`"})
            .suggest("there are no texts in a model; number the levels 1, 2, ..");
        return error_term(span);
      },
      [&](const ast::BoolLiteral& literal) {
        Term result;
        result.kind = TermKind::literal;
        result.type.element = Element::boolean;
        result.truth = literal.value;
        result.span = span;
        return add(std::move(result));
      },
      [&](const ast::NameExpr& name) { return check_name(name, span); },
      [&](const ast::CallExpr& call) { return check_call(call, span); },
      [&](const ast::ParenExpr& paren) { return check(*paren.inner); },
      [&](const ast::ArrayLiteral& literal) { return check_array(literal, span); },
      [&](const ast::Comprehension& node) { return check_comprehension(node, span); },
      [&](const ast::IndexExpr& node) { return check_index(node, span); },
      [&](const ast::TransposeExpr& node) { return transpose(check(*node.operand), span); },
      [&](const ast::UnaryExpr& node) { return check_unary(node, span); },
      [&](const ast::BinaryExpr& node) { return check_binary(node, span); },
      [&](const ast::ConditionalExpr& node) { return check_conditional(node, span); },
      [&](const ast::ErrorExpr&) { return error_term(span); });
}

TermId Checker::symbol_term(SymbolId id, Span span) {
  Symbol& symbol = body_.symbols[id.index];
  symbol.used = true;
  chain_ = std::max(chain_, symbol.chain);
  if (symbol.exact) return exact_term(*symbol.exact, span);
  Term result;
  result.kind = TermKind::symbol;
  result.symbol = id;
  result.type = symbol.type;
  result.known = symbol.known;
  result.levels = symbol.levels;
  result.lower = symbol.lower;
  result.upper = symbol.upper;
  result.span = span;
  return add(std::move(result));
}

TermId Checker::check_name(const ast::NameExpr& name, Span span) {
  const SymbolId id = lookup(name.name);
  if (!id.valid()) {
    unknown_name(name.name, span);
    return error_term(span);
  }
  const Symbol& symbol = body_.symbol(id);
  if (symbol.type.is_error()) {
    body_.symbols[id.index].used = true;
    return error_term(span);
  }
  if (symbol.kind == Symbol::Kind::let_array && !check_array_read(id, {}, span)) return error_term(span);
  return symbol_term(id, span);
}

TermId Checker::check_array(const ast::ArrayLiteral& literal, Span span) {
  Term result;
  result.kind = TermKind::stack;
  result.span = span;
  bool fine = true;
  bool all_integer = true, all_boolean = true;
  for (const auto& element : literal.elements) {
    const TermId id = check(*element);
    fine = fine && !type(id).is_error();
    all_integer = all_integer && type(id).element == Element::integer;
    all_boolean = all_boolean && type(id).element == Element::boolean;
    result.args.push_back(id);
  }
  if (!fine) return error_term(span);
  for (TermId& arg : result.args) {
    if (!all_boolean && !need_number(arg)) return error_term(span);
    if (type(arg).shape != type(result.args[0]).shape) {
      report(Code::shape_mismatch, term(arg).span,
             {shape_text(type(result.args[0]).shape), shape_text(type(arg).shape), text(span)})
          .note("the elements of an array have one shape");
      return error_term(span);
    }
    if (!all_integer && !all_boolean) arg = to_real(arg);
  }
  result.type.element = all_boolean ? Element::boolean : all_integer ? Element::integer : Element::real;
  result.type.shape = type(result.args[0]).shape;
  result.type.shape.insert(result.type.shape.begin(), Dim(static_cast<std::int64_t>(result.args.size())));
  bool constant = all_integer;
  std::int64_t low = 0, high = 0;
  for (std::size_t i = 0; i < result.args.size(); ++i) {
    const Term& arg = term(result.args[i]);
    result.known = std::max(result.known, arg.known);
    result.levels |= arg.levels;
    constant = constant && arg.exact && arg.exact->is_constant();
    if (!constant) continue;
    const std::int64_t value = arg.exact->constant();
    low = i == 0 ? value : std::min(low, value);
    high = i == 0 ? value : std::max(high, value);
  }
  if (constant) {
    result.lower = Dim(low);
    result.upper = Dim(high);
  }
  return add(std::move(result));
}

std::optional<std::vector<SymbolId>> Checker::open_binders(const std::vector<ast::Binder>& binders,
                                                           std::size_t from) {
  std::vector<SymbolId> opened;
  for (std::size_t k = from; k < binders.size(); ++k) {
    const ast::Binder& binder = binders[k];
    // That they are too many.
    const bool is_reported = !opened.empty() && !opened.back().valid() && next_level_ >= deepest_level;
    opened.push_back(is_reported ? SymbolId{} : open_binder(binder));
    if (opened.back().valid()) continue;
    // The name is known to be a loop variable all the same: what uses it stays silent.
    Symbol symbol;
    symbol.kind = Symbol::Kind::binder;
    symbol.name = binder.name.text;
    symbol.span = binder.name.span;
    symbol.used = true;
    declare(std::move(symbol));
  }
  for (SymbolId id : opened)
    if (!id.valid()) return std::nullopt;
  return opened;
}

TermId Checker::nest(std::vector<SymbolId> binders, TermId element, ir::Combiner combiner, Span span) {
  Term result;
  result.kind = TermKind::nest;
  result.combiner = combiner;
  result.span = span;
  const Term& body = term(element);
  result.type = body.type;
  result.known = body.known;
  result.levels = body.levels;
  if (combiner == ir::Combiner::stack) {
    std::vector<Dim> shape;
    for (SymbolId binder : binders)
      shape.push_back(body_.symbol(binder).last - body_.symbol(binder).first + Dim(1));
    result.type.shape.insert(result.type.shape.begin(), shape.begin(), shape.end());
    const auto bound = [&](bool largest) -> std::optional<Dim> {
      if (body.type.element != Element::integer) return std::nullopt;
      if (body.exact) return extreme(*body.exact, body_.ranges, largest);
      return largest ? body.upper : body.lower;
    };
    result.lower = bound(false);
    result.upper = bound(true);
  }
  for (SymbolId binder : binders) {
    const Symbol& symbol = body_.symbol(binder);
    if (!is_ragged(binder)) continue;
    result.known = std::max(result.known, Knowledge::data);
    for (const Dim& end : {symbol.low, symbol.high})
      result.levels |= term(exact_term(end, span)).levels;
    if (symbol.where.valid()) result.levels |= term(symbol.where).levels;
  }
  for (SymbolId binder : binders)
    result.levels &= ~body_.symbol(binder).levels;
  result.binders = std::move(binders);
  result.args = {element};
  return add(std::move(result));
}

TermId Checker::check_comprehension(const ast::Comprehension& node, Span span) {
  ScopeGuard guard(*this);
  auto binders = open_binders(node.binders);
  const TermId element = check(*node.element);
  if (!binders || type(element).is_error()) return error_term(span);
  for (std::size_t k = 0; k < binders->size(); ++k) {
    if (!is_ragged((*binders)[k])) continue;
    const Symbol& symbol = body_.symbol((*binders)[k]);
    report(Code::ragged_array, node.binders[k].span, {text(node.binders[k].span)})
        .suggest("write it over `" + symbol.name + " in " + user_text(symbol.first) + ":" +
                 user_text(symbol.last) + "` with `condition ? value : 0`; `sum(.. for " +
                 text(node.binders[k].span) + ")` needs no array");
    return error_term(span);
  }
  return nest(std::move(*binders), element, ir::Combiner::stack, span);
}

TermId Checker::check_conditional(const ast::ConditionalExpr& node, Span span) {
  const TermId condition = check(*node.condition);
  TermId yes = check(*node.then_value), no = check(*node.else_value);
  if (type(condition).is_error() || type(yes).is_error() || type(no).is_error()) return error_term(span);
  if (type(condition).element != Element::boolean) {
    auto& diagnostic = report(Code::type_mismatch, term(condition).span,
                              {"a condition", type(condition).text()});
    if (type(condition).element == Element::integer)
      diagnostic.suggest("compare it: `" + text(term(condition).span) + " == 1`");
    return error_term(span);
  }
  if (type(yes).element != type(no).element) {
    if (!need_number(yes) || !need_number(no)) return error_term(span);
    yes = to_real(yes);
    no = to_real(no);
  }
  std::vector<Dim> shape;
  if (!common_shape({condition, yes, no}, span, shape)) return error_term(span);
  const TermId result = apply(ir::Opcode::select, {condition, yes, no}, {type(yes).element, std::move(shape)},
                              span);
  if (type(yes).element == Element::integer) {
    // The range of either arm.
    const auto low = [&](TermId id) {
      return term(id).exact ? extreme(*term(id).exact, body_.ranges, false) : term(id).lower;
    };
    const auto high = [&](TermId id) {
      return term(id).exact ? extreme(*term(id).exact, body_.ranges, true) : term(id).upper;
    };
    const auto pick = [this](const std::optional<Dim>& a, const std::optional<Dim>& b,
                             bool larger) -> std::optional<Dim> {
      if (!a || !b) return std::nullopt;
      if (at_least_zero(*a - *b) == Truth::yes) return larger ? a : b;
      if (at_least_zero(*b - *a) == Truth::yes) return larger ? b : a;
      return std::nullopt;
    };
    term(result).lower = pick(low(yes), low(no), false);
    term(result).upper = pick(high(yes), high(no), true);
  }
  return result;
}

}  // namespace elba::frontend
