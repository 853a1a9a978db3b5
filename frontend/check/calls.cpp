// calls: functions of the table and functions of the file.
//
// A function is polymorphic in the dims of its arguments' shapes: they are bound by matching, and the
// result's shape follows.
#include "frontend/check/calls.h"

#include <algorithm>

namespace elba::frontend {

namespace {

std::string count_text(int least, int most) {
  if (most < 0) return "at least " + std::to_string(least) + (least == 1 ? " argument" : " arguments");
  const std::string range = least == most ? std::to_string(least)
                                          : std::to_string(least) + " to " + std::to_string(most);
  return least == 0 && most == 0 ? "no arguments" : range + (most == 1 ? " argument" : " arguments");
}

}  // namespace

std::optional<std::vector<TermId>> Calls::plain_arguments(const ast::CallExpr& call) {
  std::vector<TermId> args;
  bool fine = true;
  for (const auto& argument : call.arguments) {
    if (argument.name) {
      report(Code::named_argument_here, {argument.name->span.begin, argument.value->span.end},
             {argument.name->text, call.callee.text})
          .suggest("write the value alone, in its place: `" + text(argument.value->span) + "`");
      fine = false;
    }
    if (!argument.binders.empty()) {
      report(Code::generator_not_taken, argument.value->span, {call.callee.text})
          .suggest("put the generator in brackets to make an array of it");
      fine = false;
    }
    const Scopes::Guard guard(scopes_);
    if (!argument.binders.empty()) binders_.open_binders(argument.binders);
    args.push_back(inner_.check(*argument.value));
    fine = fine && !type(args.back()).is_error();
  }
  if (!fine) return std::nullopt;
  return args;
}

std::vector<std::string> Calls::argument_texts(const ast::CallExpr& call) const {
  std::vector<std::string> out;
  for (const auto& argument : call.arguments) {
    if (argument.name || !argument.binders.empty()) return {};
    out.push_back(text(argument.value->span));
  }
  return out;
}

TermId Calls::call_builtin(const Function& function, const ast::CallExpr& call, Span span) {
  const bool generator = !call.arguments.empty() && !call.arguments.back().binders.empty();
  if (generator && function.combiner && call.arguments.size() == 1)
    return call_generator(function, call, span);
  if (function.combiner && call.arguments.size() == 1)
    if (const auto reduced = binders_.reduce_slice(function, *call.arguments[0].value, span)) return *reduced;
  auto args = plain_arguments(call);
  const int count = static_cast<int>(call.arguments.size());
  if (count < function.min_args || (function.max_args >= 0 && count > function.max_args)) {
    report(
        Code::argument_count, span,
        {std::string(function.name), count_text(function.min_args, function.max_args), std::to_string(count)})
        .note("it is called as `" + std::string(function.usage) + "`");
    return error_term(span);
  }
  if (!args) return error_term(span);
  Term result;
  result.kind = TermKind::builtin;
  result.function = &function;
  result.span = span;
  if (function.rule == Rule::custom) {
    CallSite site{terms_, function, span, *args};
    result.type = function.check(site);
    if (result.type.is_error()) return error_term(span);
  } else {
    for (TermId arg : *args)
      if (!need_number(arg)) return error_term(span);
    const bool integers = std::all_of(args->begin(), args->end(),
                                      [&](TermId arg) { return type(arg).element == Element::integer; });
    const bool keep = integers && (function.rule == Rule::elementwise_numeric || function.keeps_integers);
    if (!keep)
      for (TermId& arg : *args)
        arg = to_real(arg);
    result.type.element = keep ? Element::integer : Element::real;
    if (function.rule == Rule::reduction && args->size() == 1) {
      if (type(args->front()).is_scalar()) {
        report(Code::type_mismatch, term(args->front()).span, {"an array", type(args->front()).text()})
            .note("it is called as `" + std::string(function.usage) + "`");
        return error_term(span);
      }
    } else {
      if (!terms_.common_shape(*args, span, result.type.shape)) return error_term(span);
      if (function.opcode) {
        const TermId applied = apply(*function.opcode, std::move(*args), std::move(result.type), span);
        if (keep) bound_extremum(applied);
        return applied;
      }
    }
  }
  for (TermId arg : *args) {
    result.known = std::max(result.known, term(arg).known);
    result.levels |= term(arg).levels;
  }
  result.args = std::move(*args);
  if (function.refine) function.refine(terms_, result);
  return add(std::move(result));
}

// The range of max(a, b) and min(a, b) of integers, such as the start of a window, max(1, i - 3).
void Calls::bound_extremum(TermId id) {
  const bool largest = term(id).opcode == ir::Opcode::max;
  if (!largest && term(id).opcode != ir::Opcode::min) return;
  const auto end = [&](TermId arg, bool upper) {
    return term(arg).exact ? extreme(*term(arg).exact, body_.ranges, upper)
           : upper         ? term(arg).upper
                           : term(arg).lower;
  };
  const auto without_constant = [](const Dim& dim) {
    return dim.constant() < 0 ? dim - Dim(dim.constant()) : dim;
  };
  for (bool upper : {false, true}) {
    const auto a = end(term(id).args[0], upper), b = end(term(id).args[1], upper);
    auto& bound = upper ? term(id).upper : term(id).lower;
    if (!a || !b) {
      if (upper != largest) bound = a ? a : b;
      continue;
    }
    // What is beyond both; on the side that the function pulls away from, either serves.
    const auto beyond = [&](const Dim& c, bool may_require) {
      for (const Dim& slack : {upper ? c - *a : *a - c, upper ? c - *b : *b - c}) {
        if (at_least_zero(slack) == Truth::yes) continue;
        if (!may_require || at_least_zero(slack) != Truth::depends || !grows(slack) || slack.constant() < -1)
          return false;
        require(slack, term(id).span, "`" + text(term(id).span) + "` is taken");
      }
      return true;
    };
    if (upper != largest) {
      const bool a_serves = at_least_zero(upper ? *b - *a : *a - *b) == Truth::yes || a->is_constant();
      bound = a_serves && at_least_zero(upper ? *a - *b : *b - *a) != Truth::yes ? a : b;
      continue;
    }
    for (bool may_require : {false, true}) {
      for (const Dim& c :
           {*a, *b, upper ? without_constant(*a) : Dim(1), upper ? without_constant(*b) : Dim(0)})
        if (!bound && beyond(c, may_require)) bound = c;
    }
  }
}

TermId Calls::call_generator(const Function& function, const ast::CallExpr& call, Span span) {
  const Scopes::Guard guard(scopes_);
  auto binders = binders_.open_binders(call.arguments[0].binders);
  TermId element = inner_.check(*call.arguments[0].value);
  if (!binders || !need_number(element)) return error_term(span);
  if (!function.keeps_integers) element = to_real(element);
  if (!type(element).is_scalar() && function.combiner != ir::Combiner::sum) {
    report(Code::type_mismatch, term(element).span, {"a scalar", type(element).text()});
    return error_term(span);
  }
  const TermId count = function.divides ? binders_.count_of(*binders, span) : TermId{};
  const TermId total = binders_.nest(std::move(*binders), element, *function.combiner, span);
  if (!function.divides) return total;
  return apply(ir::Opcode::div, {total, count}, type(total), span);
}

namespace {

// The sizes that a condition is about, as a call has them.
std::string sizes_text(const Dim& value, const std::map<std::string, Dim>& bound) {
  std::string sizes;
  for (const std::string& dim : value.symbols())
    if (const auto at = bound.find(dim); at != bound.end())
      sizes += (sizes.empty() ? "" : ", ") + dim + " = " + user_text(at->second);
  return sizes;
}

}  // namespace

void Calls::argument_count_error(const CheckedFunc& callee, const std::string& shown, std::size_t given,
                                 Span span) {
  std::string names;
  for (SymbolId formal : callee.formals)
    names += (names.empty() ? "" : ", ") + callee.body.symbol(formal).name;
  report(Code::argument_count, span,
         {shown, count_text(static_cast<int>(callee.formals.size()), static_cast<int>(callee.formals.size())),
          std::to_string(given)})
      .note("it is called as `" + shown + "(" + names + ")`");
}

// An argument that is a size: shapes depend on it.
bool Calls::bind_size(const Symbol& formal, const Term& arg, const std::string& shown, Bindings& bound) {
  if (!arg.exact || has_binder(*arg.exact)) {
    auto& diagnostic = report(Code::not_an_extent, arg.span, {text(arg.span)})
                           .note("`" + formal.name + "` of `" + shown + "` is a size: shapes depend on it");
    if (arg.kind == TermKind::symbol && body_.symbol(arg.symbol).kind == Symbol::Kind::data)
      diagnostic.suggest("sizes are dims: write `dim " + text(arg.span) + ";`");
    return false;
  }
  require(*arg.exact, arg.span, "`" + text(arg.span) + "` is a size");
  bound.emplace(formal.name, *arg.exact);
  return true;
}

// Elements and ranks, then the dims of the callee by matching shapes.
bool Calls::bind_arguments(const CheckedFunc& callee, const std::string& shown, std::vector<TermId>& args,
                           Span span, Bindings& stated, Bindings& bound) {
  std::vector<ir::Type> formals, actuals;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Symbol& formal = callee.body.symbol(callee.formals[i]);
    const Term& arg = term(args[i]);
    const bool promotes = formal.type.element == Element::real && arg.type.element == Element::integer;
    if ((formal.type.element != arg.type.element && !promotes) || formal.type.rank() != arg.type.rank()) {
      report(Code::type_mismatch, arg.span,
             {"`" + formal.name + ": " + formal.type.text() + "` of `" + shown + "`", arg.type.text()});
      return false;
    }
    if (promotes) args[i] = to_real(args[i]);
    if (formal.kind == Symbol::Kind::dim) {
      if (!bind_size(formal, term(args[i]), shown, bound)) return false;
      continue;
    }
    formals.push_back(formal.type.ir_type());
    actuals.push_back(type(args[i]).ir_type());
  }
  stated = bound;
  if (ir::match_dims(callee.dims, formals, actuals, bound)) return true;
  std::string wanted, found;
  for (std::size_t i = 0; i < formals.size(); ++i) {
    wanted += (i ? ", " : "") + shape_text(formals[i].shape);
    found += (i ? ", " : "") + shape_text(actuals[i].shape);
  }
  report(Code::call_shapes, span, {shown, found}).note("its arguments have the shapes " + wanted);
  return false;
}

// A bounded integer argument has to be proved, since the body indexes with it.
bool Calls::prove_bounds(const CheckedFunc& callee, const std::string& shown, const std::vector<TermId>& args,
                         const Bindings& bound) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Symbol& formal = callee.body.symbol(callee.formals[i]);
    if (!formal.lower || !formal.upper) continue;
    const Term& arg = term(args[i]);
    const auto low = arg.exact ? extreme(*arg.exact, body_.ranges, false) : arg.lower;
    const auto high = arg.exact ? extreme(*arg.exact, body_.ranges, true) : arg.upper;
    const Dim least = formal.lower->substitute(bound), most = formal.upper->substitute(bound);
    // Shifted so that the range starts at 1, as that of an axis does.
    const Dim shift = Dim(1) - least;
    if (low && high ? proofs_.prove_range(*low + shift, *high + shift, most + shift, text(arg.span), shown,
                                          arg.span, least)
                    : false)
      continue;
    if (!low || !high)
      report(Code::index_not_proved, arg.span,
             {text(arg.span), shown, user_text(least) + ":" + user_text(most)})
          .note("`" + formal.name + "` of `" + shown + "` is declared with these bounds");
    return false;
  }
  return true;
}

// What the callee requires of its dims, of the sizes of this call.
bool Calls::keep_requirements(const CheckedFunc& callee, const std::string& shown, Span span,
                              const Bindings& bound) {
  for (const auto& requirement : callee.requirements) {
    const Dim value = requirement.value.substitute(bound);
    if (at_least_zero(value) == Truth::no) {
      const std::string sizes = sizes_text(requirement.value, bound);
      report(Code::call_shapes, span, {shown, sizes.empty() ? condition_text(value) : sizes})
          .note(requirement.reason);
      return false;
    }
    require(value, span, "in `" + shown + "`, " + requirement.reason);
  }
  return true;
}

TermId Calls::call_function(const CheckedFunc& callee, const std::string& shown, std::vector<TermId> args,
                            Span span) {
  call_depth_ = std::max(call_depth_, callee.depth);
  if (args.size() != callee.formals.size()) {
    argument_count_error(callee, shown, args.size(), span);
    return error_term(span);
  }
  Bindings stated, bound;
  if (!bind_arguments(callee, shown, args, span, stated, bound) ||
      !prove_bounds(callee, shown, args, bound) || !keep_requirements(callee, shown, span, bound))
    return error_term(span);
  if (!callee.data_only.empty())
    for (TermId arg : args)
      if (!terms_.need_data(arg, shown, callee.data_only)) return error_term(span);
  Term result;
  result.kind = TermKind::call;
  result.callee = &callee;
  if (callee.lower) result.lower = callee.lower->substitute(bound);
  if (callee.upper) result.upper = callee.upper->substitute(bound);
  result.type.element = callee.type.element;
  for (const Dim& extent : callee.type.shape)
    result.type.shape.push_back(extent.substitute(bound));
  result.sizes.assign(stated.begin(), stated.end());
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (callee.body.symbol(callee.formals[i]).kind == Symbol::Kind::dim) continue;
    result.known = std::max(result.known, term(args[i]).known);
    result.levels |= term(args[i]).levels;
    result.args.push_back(args[i]);
  }
  result.span = span;
  return add(std::move(result));
}

}  // namespace elba::frontend
