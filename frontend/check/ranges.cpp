// ranges: loop variables and what is known about them.
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
#include <algorithm>

#include "frontend/check/checker.h"

namespace elba::frontend {

std::optional<Dim> Checker::as_exact(TermId id) {
  const Term found = term(id);
  if (found.exact) return found.exact;
  if (!found.type.is_scalar() || found.type.element != Element::integer || found.known > Knowledge::data ||
      !found.lower || !found.upper)
    return std::nullopt;
  std::string key;
  if (found.symbol.valid()) {
    key = std::to_string(found.symbol.index);
    for (const IndexTerm& index : found.indices) {
      if (index.kind == IndexTerm::Kind::element && term(index.value).exact)
        key += "," + term(index.value).exact->text();
      else
        key += ",?" + std::to_string(index.value.index);
    }
    if (const auto at = interned_.find(key); at != interned_.end()) return at->second;
  }
  const std::string unique = binder_symbol(text(found.span), ++next_binder_);
  body_.ranges[unique] = {*found.lower, *found.upper};
  body_.unnamed[unique] = id;
  binder_levels_[unique] = found.levels;
  const Dim exact = Dim::symbol(unique);
  if (!key.empty()) interned_[key] = exact;
  return exact;
}

bool Checker::in_ragged_loop() const {
  return std::any_of(loops_.begin(), loops_.end(), [this](SymbolId loop) { return is_ragged(loop); });
}

// A loop variable that is not declared yet; nothing after a report.
std::optional<Symbol> Checker::make_binder(const ast::Binder& binder, Dim low, Dim high, Span range) {
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
  if (next_level_ >= deepest_level) {
    report(Code::nesting_too_deep, binder.span, {std::to_string(deepest_level)});
    return std::nullopt;
  }
  const std::string unique = binder_symbol(symbol.name, ++next_binder_);
  symbol.exact = Dim::symbol(unique);
  symbol.levels = std::uint64_t{1} << next_level_++;
  symbol.used = true;
  binder_levels_[unique] = symbol.levels;
  body_.ranges[unique] = {low, high};
  return symbol;
}

SymbolId Checker::open_binder(const ast::Binder& binder) {
  if (!binder.last) return open_values(binder);
  ++sizes_wanted_;
  const TermId first = check(*binder.first), last = check(*binder.last);
  --sizes_wanted_;
  std::optional<Dim> ends[2];
  for (int k = 0; k < 2; ++k) {
    const Term found = term(k == 0 ? first : last);
    if (found.type.is_error()) return {};
    if (found.type.element != Element::integer || !found.type.is_scalar()) {
      auto& diagnostic = report(Code::type_mismatch, found.span,
                                {"an integer end of a range", found.type.text()});
      const SymbolId named = lookup(text(found.span));
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
    ends[k] = as_exact(k == 0 ? first : last);
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
  return symbol ? declare(std::move(*symbol)) : SymbolId{};
}

TermId Checker::position(const Symbol& binder, Span span) { return exact_term(*binder.exact, span); }

// A hidden loop over positions, and the variable as a name for the value there.
SymbolId Checker::open_values(const ast::Binder& binder) {
  if (const auto* call = std::get_if<ast::CallExpr>(&binder.first->node);
      call && call->callee.text == "rows_of")
    return open_rows_of(binder, *call);
  const TermId values = check(*binder.first);
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
  const TermId value = index_term({}, values, {std::move(at)}, binder.first->span);
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
  name.loops = loops_;
  name.loops.push_back(id);
  name.exact = as_exact(value);
  if (!name.exact) {
    name.lower = term(value).lower;
    name.upper = term(value).upper;
  }
  name.chain = 1;
  name.used = true;
  declare(std::move(name));
  return id;
}

SymbolId Checker::open_rows_of(const ast::Binder& binder, const ast::CallExpr& call) {
  std::vector<TermId> args;
  for (const auto& argument : call.arguments)
    args.push_back(check(*argument.value));
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
  const TermId own = index_term({}, args[0], {std::move(at)}, span);
  symbol->where = apply(ir::Opcode::eq, {own, args[1]}, {Element::boolean, {}}, span);
  symbol->group = args[0];
  symbol->group_value = args[1];
  return declare(std::move(*symbol));
}

// sum(x[a:b]), where the length of the slice follows from data or an outer loop, is sum(x[i] for i in a:b).
// Nothing for other arguments.
std::optional<TermId> Checker::reduce_slice(const Function& function, const ast::Expr& argument, Span span) {
  const ast::Expr& inner = without_parentheses(argument);
  const auto* indexed = std::get_if<ast::IndexExpr>(&inner.node);
  const auto* root = indexed ? std::get_if<ast::NameExpr>(&indexed->base->node) : nullptr;
  const SymbolId symbol = root ? lookup(root->name) : SymbolId{};
  if (!symbol.valid()) return std::nullopt;
  std::size_t axis = indexed->indices.size();
  std::vector<const ast::Index*> others;
  for (std::size_t k = 0; k < indexed->indices.size(); ++k) {
    const ast::Index& index = indexed->indices[k];
    if (index.is_all || (index.last && axis < indexed->indices.size())) return std::nullopt;
    if (index.last)
      axis = k;
    else
      others.push_back(&index);
  }
  const ValueType& whole = body_.symbol(symbol).type;
  if (axis == indexed->indices.size() || whole.is_error() ||
      static_cast<std::size_t>(whole.rank()) != indexed->indices.size())
    return std::nullopt;
  const ast::Index& slice = indexed->indices[axis];
  ++muted_;
  const auto low = as_exact(check(*slice.first)), high = as_exact(check(*slice.last));
  --muted_;
  if (!low || !high || !has_binder(*high - *low)) return std::nullopt;

  ScopeGuard guard(*this);
  const ast::Binder name{{"i", slice.span}, nullptr, nullptr, slice.span};
  auto binder = make_binder(name, *low, *high, slice.span);
  if (!binder) return error_term(span);
  const std::string shown = text(indexed->base->span);
  IndexTerm at;
  at.kind = IndexTerm::Kind::element;
  at.value = position(*binder, slice.span);
  if (!prove_range(*binder->exact, *binder->exact, whole.shape[axis], text(slice.span), shown, slice.span))
    return error_term(span);
  ValueType rest = whole;
  rest.shape.erase(rest.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  auto indices = check_indices(rest, shown, others, inner.span);
  if (!indices) return error_term(span);
  for (const IndexTerm& index : *indices)
    if (index.kind != IndexTerm::Kind::element) return std::nullopt;
  indices->insert(indices->begin() + static_cast<std::ptrdiff_t>(axis), std::move(at));
  body_.symbols.push_back(std::move(*binder));
  const std::vector<SymbolId> binders{{static_cast<std::uint32_t>(body_.symbols.size() - 1)}};
  body_.symbols[symbol.index].used = true;
  TermId element = index_term(symbol, {}, std::move(*indices), inner.span);
  if (!need_number(element)) return error_term(span);
  if (!function.keeps_integers) element = to_real(element);
  const TermId count = function.divides ? count_of(binders, span) : TermId{};
  const TermId total = nest(binders, element, *function.combiner, span);
  return function.divides ? apply(ir::Opcode::div, {total, count}, type(total), span) : total;
}

// How many iterations there are, as a real.
TermId Checker::count_of(const std::vector<SymbolId>& binders, Span span) {
  if (std::any_of(binders.begin(), binders.end(), [this](SymbolId id) { return is_ragged(id); }))
    return nest(binders, real_literal(1, span), ir::Combiner::sum, span);
  Dim count(1);
  for (SymbolId binder : binders)
    count = count * (body_.symbol(binder).last - body_.symbol(binder).first + Dim(1));
  return to_real(exact_term(count, span));
}

}  // namespace elba::frontend
