// nests: terms over loop variables: comprehensions, sums over slices, how many iterations there are.
#include "frontend/check/binders.h"

#include <algorithm>

namespace elba::frontend {

TermId Binders::nest(std::vector<SymbolId> binders, TermId element, ir::Combiner combiner, Span span) {
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
    if (!scopes_.is_ragged(binder)) continue;
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

TermId Binders::check_comprehension(const ast::Comprehension& node, Span span) {
  const Scopes::Guard guard(scopes_);
  auto binders = open_binders(node.binders);
  const TermId element = inner_.check(*node.element);
  if (!binders || type(element).is_error()) return error_term(span);
  for (std::size_t k = 0; k < binders->size(); ++k) {
    if (!scopes_.is_ragged((*binders)[k])) continue;
    const Symbol& symbol = body_.symbol((*binders)[k]);
    report(Code::ragged_array, node.binders[k].span, {text(node.binders[k].span)})
        .suggest("write it over `" + symbol.name + " in " + user_text(symbol.first) + ":" +
                 user_text(symbol.last) + "` with `condition ? value : 0`; `sum(.. for " +
                 text(node.binders[k].span) + ")` needs no array");
    return error_term(span);
  }
  return nest(std::move(*binders), element, ir::Combiner::stack, span);
}

// sum(x[a:b]), where the length of the slice follows from data or an outer loop, is sum(x[i] for i in a:b).
// Nothing for other arguments.
std::optional<TermId> Binders::reduce_slice(const Function& function, const ast::Expr& argument, Span span) {
  const ast::Expr& inner = without_parentheses(argument);
  const auto* indexed = std::get_if<ast::IndexExpr>(&inner.node);
  const auto* root = indexed ? std::get_if<ast::NameExpr>(&indexed->base->node) : nullptr;
  const SymbolId symbol = root ? scopes_.lookup(root->name) : SymbolId{};
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
  std::optional<Dim> low, high;
  {
    const Terms::Muted muted(terms_);
    low = terms_.as_exact(inner_.check(*slice.first));
    high = terms_.as_exact(inner_.check(*slice.last));
  }
  if (!low || !high || !has_binder(*high - *low)) return std::nullopt;

  const Scopes::Guard guard(scopes_);
  const ast::Binder name{{"i", slice.span}, nullptr, nullptr, slice.span};
  auto binder = make_binder(name, *low, *high, slice.span);
  if (!binder) return error_term(span);
  const std::string shown = text(indexed->base->span);
  IndexTerm at;
  at.kind = IndexTerm::Kind::element;
  at.value = position(*binder, slice.span);
  if (!proofs_.prove_range(*binder->exact, *binder->exact, whole.shape[axis], text(slice.span), shown,
                           slice.span))
    return error_term(span);
  ValueType rest = whole;
  rest.shape.erase(rest.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  auto indices = indices_.check_indices(rest, shown, others, inner.span);
  if (!indices) return error_term(span);
  for (const IndexTerm& index : *indices)
    if (index.kind != IndexTerm::Kind::element) return std::nullopt;
  indices->insert(indices->begin() + static_cast<std::ptrdiff_t>(axis), std::move(at));
  body_.symbols.push_back(std::move(*binder));
  const std::vector<SymbolId> binders{{static_cast<std::uint32_t>(body_.symbols.size() - 1)}};
  body_.symbols[symbol.index].used = true;
  TermId element = indices_.index_term(symbol, {}, std::move(*indices), inner.span);
  if (!need_number(element)) return error_term(span);
  if (!function.keeps_integers) element = to_real(element);
  const TermId count = function.divides ? count_of(binders, span) : TermId{};
  const TermId total = nest(binders, element, *function.combiner, span);
  return function.divides ? apply(ir::Opcode::div, {total, count}, type(total), span) : total;
}

// How many iterations there are, as a real.
TermId Binders::count_of(const std::vector<SymbolId>& binders, Span span) {
  if (std::any_of(binders.begin(), binders.end(), [this](SymbolId id) { return scopes_.is_ragged(id); }))
    return nest(binders, real_literal(1, span), ir::Combiner::sum, span);
  Dim count(1);
  for (SymbolId binder : binders)
    count = count * (body_.symbol(binder).last - body_.symbol(binder).first + Dim(1));
  return to_real(exact_term(count, span));
}

}  // namespace elba::frontend
