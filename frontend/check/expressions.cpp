// expressions: literals, names, arrays, conditionals, calls; everything else goes to its class.
#include "frontend/check/expressions.h"

#include <algorithm>

#include "ir/library.h"

namespace elba::frontend {

TermId Inner::check(const ast::Expr& expr) const { return expressions_->check(expr); }

std::optional<DistTerm> Inner::check_distribution(const ast::Expr& expr) const {
  return expressions_->check_distribution(expr);
}

TermId Expressions::check(const ast::Expr& expr) {
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
      [&](const ast::Comprehension& node) { return binders_.check_comprehension(node, span); },
      [&](const ast::IndexExpr& node) { return indices_.check_index(node, span); },
      [&](const ast::TransposeExpr& node) { return operators_.transpose(check(*node.operand), span); },
      [&](const ast::UnaryExpr& node) { return operators_.check_unary(node, span); },
      [&](const ast::BinaryExpr& node) { return operators_.check_binary(node, span); },
      [&](const ast::ConditionalExpr& node) { return check_conditional(node, span); },
      [&](const ast::ErrorExpr&) { return error_term(span); });
}

TermId Expressions::check_name(const ast::NameExpr& name, Span span) {
  const SymbolId id = scopes_.lookup(name.name);
  if (!id.valid()) {
    names_.unknown_name(name.name, span);
    return error_term(span);
  }
  const Symbol& symbol = body_.symbol(id);
  if (symbol.type.is_error()) {
    body_.symbols[id.index].used = true;
    return error_term(span);
  }
  if (symbol.kind == Symbol::Kind::let_array && !coverage_.check_array_read(id, {}, span))
    return error_term(span);
  return terms_.symbol_term(id, span);
}

TermId Expressions::check_array(const ast::ArrayLiteral& literal, Span span) {
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

TermId Expressions::check_conditional(const ast::ConditionalExpr& node, Span span) {
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
  if (!terms_.common_shape({condition, yes, no}, span, shape)) return error_term(span);
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

TermId Expressions::check_call(const ast::CallExpr& call, Span span) {
  const std::string& name = call.callee.text;
  FuncEntry* entry = env_.function(file_, name);
  if (!entry)
    if (const auto result = members_.call_member_of(call, span)) return *result;
  const Function* row = entry ? nullptr : find_function(name);
  if (!entry && !row && (file_.is_library || !ir::is_private(name))) entry = env_.library_function(name);
  if (entry) {
    auto args = calls_.plain_arguments(call);
    if (args && entry->file->is_library) {
      FuncEntry* chosen = calls_.choose_overload(*entry, *args);
      if (!chosen) return calls_.call_scalar_overload(*entry, std::move(*args), span);
      entry = chosen;
    }
    if (entry->state == FuncEntry::State::running) {
      report(Code::recursion, call.callee.span, {name})
          .label(entry->file == &file_ ? entry->decl->name.span : call.callee.span,
                 "`" + name + "` is declared here")
          .note("functions do not call themselves")
          .suggest(
              "write a recurrence over an array, `for i in 2:N { f[i] = i * f[i-1]; }`, or a generator such "
              "as `prod(i for i in 1:n)`");
      return error_term(span);
    }
    env_.check(*entry);
    if (!args || !entry->checked.ok) return error_term(span);
    return calls_.call_each(entry->checked, name, std::move(*args), Calls::Spread::scalars, span);
  }
  if (row && name != "transpose") return calls_.call_builtin(*row, call, span);
  if (const auto result = members_.call_member_named(call, span)) return *result;
  if (env_.distribution(file_, name)) {
    members_.distribution_called(call, span);
    return error_term(span);
  }
  calls_.plain_arguments(call);
  unknown_function(call);
  return error_term(span);
}

void Expressions::unknown_function(const ast::CallExpr& call) {
  const ast::Name& name = call.callee;
  auto& diagnostic = report(Code::unknown_function, name.span, {name.text});
  if (members_.suggest_member(call, diagnostic)) return;
  if (const auto advice = foreign_function(name.text); !advice.empty()) {
    diagnostic.suggest(fill_advice(advice, calls_.argument_texts(call)));
    return;
  }
  if (scopes_.lookup(name.text).valid()) {
    diagnostic.label(body_.symbol(scopes_.lookup(name.text)).span, "`" + name.text + "` is declared here")
        .suggest("index with brackets: `" + name.text + "[..]`");
    return;
  }
  const std::string near = nearest_name(name.text, env_.function_names(file_));
  if (!near.empty()) diagnostic.suggest("did you mean `" + near + "`?").fix(name.span, near);
}

std::optional<DistTerm> Expressions::check_distribution(const ast::Expr& whole) {
  const ast::Expr& expr = without_parentheses(whole);
  if (std::get_if<ast::ErrorExpr>(&expr.node)) return std::nullopt;
  const auto* call = std::get_if<ast::CallExpr>(&expr.node);
  if (!call) {
    auto& diagnostic = report(Code::distribution_expected, expr.span, {text(expr.span)});
    const auto* name = std::get_if<ast::NameExpr>(&expr.node);
    if (name && env_.distribution(file_, name->name))
      diagnostic.suggest("write `" + name->name + "(..)`, with its arguments");
    else if (!std::get_if<ast::ConditionalExpr>(&expr.node))
      diagnostic.suggest("a value is the mean of one, or another of its parameters: `normal(" +
                         text(expr.span) + ", sigma)`");
    if (std::get_if<ast::ConditionalExpr>(&expr.node))
      diagnostic.suggest("choose between arguments, `normal(c ? a : b, s)`, or use `if`");
    return std::nullopt;
  }
  if (distributions_.is_combinator(call->callee.text)) return check_combination(*call, expr.span);
  return distributions_.check_declared(*call, expr.span);
}

std::optional<DistTerm> Expressions::check_combination(const ast::CallExpr& call, Span span) {
  const std::string& name = call.callee.text;
  for (const auto& argument : call.arguments) {
    if (argument.binders.empty()) continue;
    report(Code::generator_not_taken, argument.value->span, {name})
        .suggest("list the parts, or give vectors as their arguments");
    return std::nullopt;
  }
  if (name == "mixture") return mixtures_.check_mixture(call, span);
  return name == "truncated" || name == "censored" ? combinators_.check_cut(call, span)
                                                   : combinators_.check_with_zero(call, span);
}

}  // namespace elba::frontend
