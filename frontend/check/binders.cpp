// binders: loop variables and what is known about them.
//
//     i in 1:N              from dims alone: a rectangle
//     j in 1:i              from an outer loop
//     t in 2:len[i]         from data, whose bounds say how far it can reach
//     i in rows             the values of an int array
//     i in rows_of(g, j)    the i with g[i] == j
//     sum(x[a:b])           a slice whose length follows from these feeds a reduction: sum(x[i] for i in a:b)
//
// Where the length of a range changes from one outer iteration to the next, `first` and `last` hold its hull,
// a range of dims that contains them all, and `low` and `high` the range itself. An integer of the data takes
// part in polynomials under a symbol of its own, so that t - lag[i] in `t in lag[i] + 1:T` is seen to be at
// least 1.
#include "frontend/check/binders.h"

#include <algorithm>

namespace elba::frontend {

// A loop variable that is not declared yet; nothing after a report.
std::optional<Symbol> Binders::make_binder(const ast::Binder& binder, Dim low, Dim high, Span range) {
  Symbol symbol;
  symbol.kind = Symbol::Kind::binder;
  symbol.name = binder.name.text;
  symbol.span = binder.name.span;
  symbol.type.element = Element::integer;
  symbol.first = symbol.low = low;
  symbol.last = symbol.high = high;
  if (has_binder(high - low)) {
    const auto first = extreme(low, body_.ranges, false), last = extreme(high, body_.ranges, true);
    if (!first || !last) {
      report(Code::range_not_bounded, range, {text(range)})
          .note("its ends must be sums of loop variables, sizes and bounded data");
      return std::nullopt;
    }
    symbol.bounded = true;
    symbol.first = *first;
    symbol.last = *last;
  }
  const Dim extent = symbol.last - symbol.first + Dim(1);
  if (at_least_zero(extent) == Truth::no) {
    report(Code::empty_range, range, {text(range)})
        .suggest("a range runs upwards: write the smaller end first");
    return std::nullopt;
  }
  require(extent, binder.span, "`" + text(binder.span) + "` is a range");
  if (scopes_.is_too_deep()) {
    report(Code::nesting_too_deep, binder.span, {std::to_string(deepest_level)});
    return std::nullopt;
  }
  symbol.levels = scopes_.next_level();
  symbol.exact = Dim::symbol(terms_.new_binder(symbol.name, symbol.levels));
  symbol.used = true;
  body_.ranges[*symbol.exact->as_symbol()] = {low, high};
  return symbol;
}

SymbolId Binders::open_binder(const ast::Binder& binder) {
  if (!binder.last) return open_values(binder);
  TermId first, last;
  {
    const Names::SizeWanted wanted(names_);
    first = inner_.check(*binder.first);
    last = inner_.check(*binder.last);
  }
  std::optional<Dim> ends[2];
  for (int k = 0; k < 2; ++k) {
    const Term found = term(k == 0 ? first : last);
    if (found.type.is_error()) return {};
    if (found.type.element != Element::integer || !found.type.is_scalar()) {
      auto& diagnostic = report(Code::type_mismatch, found.span,
                                {"an integer end of a range", found.type.text()});
      const SymbolId named = scopes_.lookup(text(found.span));
      if (named.valid())
        diagnostic.label(body_.symbol(named).span, "`" + text(found.span) + "` is declared here");
      if (named.valid() && body_.symbol(named).kind == Symbol::Kind::data)
        diagnostic.suggest("declare it as a size: `dim " + text(found.span) + ";`");
      return {};
    }
    if (found.known > Knowledge::data) {
      report(Code::stage_too_late, found.span,
             {"the end of a range", text(found.span),
              found.known == Knowledge::unknown ? "an unknown" : "a prediction"})
          .suggest("loop over the whole range and write `condition ? value : 0` inside");
      return {};
    }
    ends[k] = terms_.as_exact(k == 0 ? first : last);
    if (ends[k]) continue;
    auto& diagnostic = report(Code::range_not_bounded, found.span, {text(found.span)});
    if (found.symbol.valid()) {
      const Symbol& symbol = body_.symbol(found.symbol);
      diagnostic.label(symbol.span, "`" + symbol.name + "` is declared here, without " +
                                        (found.lower   ? "an upper bound"
                                         : found.upper ? "a lower bound"
                                                       : "bounds"));
      diagnostic.suggest("declare `" + symbol.name + ": int<1, N>" +
                         (symbol.type.is_scalar() ? "" : shape_text(symbol.type.shape)) +
                         "` with the size of what the loop runs over");
    } else {
      diagnostic.suggest("give the data in it bounds, `int<1, N>`");
    }
    return {};
  }
  auto symbol = make_binder(binder, *ends[0], *ends[1], {binder.first->span.begin, binder.last->span.end});
  return symbol ? scopes_.declare(std::move(*symbol)) : SymbolId{};
}

TermId Binders::position(const Symbol& binder, Span span) { return exact_term(*binder.exact, span); }

// A hidden loop over positions, and the variable as a name for the value there.
SymbolId Binders::open_values(const ast::Binder& binder) {
  if (const auto* call = std::get_if<ast::CallExpr>(&binder.first->node);
      call && call->callee.text == "rows_of")
    return open_rows_of(binder, *call);
  const TermId values = inner_.check(*binder.first);
  const Term found = term(values);
  if (found.type.is_error()) return {};
  if (found.type.element != Element::integer || found.type.rank() != 1) {
    auto& diagnostic = report(Code::type_mismatch, found.span,
                              {"a range or an array of int to loop over", found.type.text()});
    if (found.type.is_scalar())
      diagnostic.suggest("write `" + binder.name.text + " in 1:" + text(found.span) + "`");
    if (found.type.rank() >= 1)
      diagnostic.suggest("loop over positions: `" + binder.name.text +
                         " in 1:" + user_text(found.type.shape[0]) + "`");
    return {};
  }
  auto hidden = make_binder(binder, Dim(1), found.type.shape[0], binder.first->span);
  if (!hidden) return {};
  IndexTerm at;
  at.kind = IndexTerm::Kind::element;
  at.value = position(*hidden, binder.first->span);
  const TermId value = indices_.index_term({}, values, {std::move(at)}, binder.first->span);
  body_.symbols.push_back(std::move(*hidden));
  const SymbolId id{static_cast<std::uint32_t>(body_.symbols.size() - 1)};
  Symbol name;
  name.kind = Symbol::Kind::let_value;
  name.name = binder.name.text;
  name.span = binder.name.span;
  name.type.element = Element::integer;
  name.value = value;
  name.known = term(value).known;
  name.levels = term(value).levels;
  name.loops = scopes_.loops();
  name.loops.push_back(id);
  name.exact = terms_.as_exact(value);
  if (!name.exact) {
    name.lower = term(value).lower;
    name.upper = term(value).upper;
  }
  name.chain = 1;
  name.used = true;
  scopes_.declare(std::move(name));
  return id;
}

SymbolId Binders::open_rows_of(const ast::Binder& binder, const ast::CallExpr& call) {
  std::vector<TermId> args;
  for (const auto& argument : call.arguments)
    args.push_back(inner_.check(*argument.value));
  const Span span = binder.first->span;
  if (args.size() != 2) {
    report(Code::argument_count, span, {"rows_of", "2 arguments", std::to_string(args.size())})
        .note("it is called as `rows_of(g, j)`");
    return {};
  }
  for (std::size_t k = 0; k < 2; ++k) {
    const Term& found = term(args[k]);
    if (found.type.is_error()) return {};
    if (found.type.element != Element::integer || found.type.rank() != (k == 0 ? 1 : 0)) {
      report(
          Code::type_mismatch, found.span,
          {k == 0 ? "a vector of int, the group of each row" : "an integer, the group", found.type.text()});
      return {};
    }
    if (found.known <= Knowledge::data) continue;
    report(Code::stage_too_late, found.span,
           {"a group", text(found.span), found.known == Knowledge::unknown ? "an unknown" : "a prediction"});
    return {};
  }
  auto symbol = make_binder(binder, Dim(1), type(args[0]).shape[0], span);
  if (!symbol) return {};
  IndexTerm at;
  at.kind = IndexTerm::Kind::element;
  at.value = position(*symbol, span);
  const TermId own = indices_.index_term({}, args[0], {std::move(at)}, span);
  symbol->where = apply(ir::Opcode::eq, {own, args[1]}, {Element::boolean, {}}, span);
  symbol->group = args[0];
  symbol->group_value = args[1];
  return scopes_.declare(std::move(*symbol));
}

std::optional<std::vector<SymbolId>> Binders::open_binders(const std::vector<ast::Binder>& binders,
                                                           std::size_t from) {
  std::vector<SymbolId> opened;
  for (std::size_t k = from; k < binders.size(); ++k) {
    const ast::Binder& binder = binders[k];
    // That they are too many.
    const bool is_reported = !opened.empty() && !opened.back().valid() && scopes_.is_too_deep();
    opened.push_back(is_reported ? SymbolId{} : open_binder(binder));
    if (opened.back().valid()) continue;
    // The name is known to be a loop variable all the same: what uses it stays silent.
    Symbol symbol;
    symbol.kind = Symbol::Kind::binder;
    symbol.name = binder.name.text;
    symbol.span = binder.name.span;
    symbol.used = true;
    scopes_.declare(std::move(symbol));
  }
  for (SymbolId id : opened)
    if (!id.valid()) return std::nullopt;
  return opened;
}

}  // namespace elba::frontend
