// each: what is declared for one element, applied to arrays: `f(x, y)` is `[f(x[i], y) for i in 1:N]`.
//
// The rule is that of operators: a scalar goes with anything, arrays have equal shapes. Functions spread over
// their scalar parameters; an array that they take stays whole. Members of distributions spread as `~` does:
// the axes in front of what one value, or one parameter, has.
#include "frontend/check/calls.h"

#include <algorithm>

namespace elba::frontend {

std::size_t Calls::axes_in_front(const CheckedFunc& callee, std::size_t index, TermId arg,
                                 Spread spread) const {
  const Symbol& formal = callee.body.symbol(callee.formals[index]);
  if (formal.kind == Symbol::Kind::dim || (spread == Spread::scalars && !formal.type.is_scalar())) return 0;
  return static_cast<std::size_t>(std::max(0, type(arg).rank() - formal.type.rank()));
}

TermId Calls::call_each(const CheckedFunc& callee, const std::string& shown, std::vector<TermId> args,
                        Spread spread, Span span, std::optional<Member> member) {
  const auto call_one = [&](std::vector<TermId> given) {
    return member ? call_anywhere(member->law, member->name, callee, shown, std::move(given), span)
                  : call_function(callee, shown, std::move(given), span);
  };
  std::vector<Dim> shape;
  TermId first;
  for (std::size_t i = 0; i < args.size() && args.size() == callee.formals.size(); ++i) {
    const auto& whole = type(args[i]).shape;
    const std::vector<Dim> front(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(axes_in_front(
                                                                    callee, i, args[i], spread)));
    if (front.empty()) continue;
    if (first.valid() && front != shape) {
      terms_.shape_error(first, args[i], span, ast::BinaryOp::add);
      return error_term(span);
    }
    first = args[i];
    shape = front;
  }
  if (!first.valid()) return call_one(std::move(args));
  const Scopes::Guard guard(scopes_);
  std::vector<SymbolId> binders;
  std::vector<IndexTerm> at;
  for (const Dim& extent : shape) {
    const ast::Binder hidden{
        {"each." + std::to_string(terms_.binders_so_far() + 1), span}, nullptr, nullptr, span};
    auto made = binders_.make_binder(hidden, Dim(1), extent, span);
    if (!made) return error_term(span);
    const SymbolId binder = scopes_.declare(std::move(*made));
    binders.push_back(binder);
    at.push_back({IndexTerm::Kind::element, exact_term(*body_.symbol(binder).exact, span), Dim(1), Dim(1)});
  }
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (axes_in_front(callee, i, args[i], spread) == 0) continue;
    // A name for the array, so that it is computed outside of the loop.
    const Term& found = term(args[i]);
    Symbol whole;
    whole.kind = Symbol::Kind::let_value;
    whole.span = found.span;
    whole.type = found.type;
    whole.known = found.known;
    whole.levels = found.levels;
    whole.lower = found.lower;
    whole.upper = found.upper;
    whole.value = args[i];
    whole.used = true;
    body_.symbols.push_back(std::move(whole));
    args[i] = indices_.index_term({static_cast<std::uint32_t>(body_.symbols.size() - 1)}, {}, at,
                                  term(args[i]).span);
  }
  const TermId element = call_one(std::move(args));
  if (type(element).is_error()) return error_term(span);
  return binders_.nest(std::move(binders), element, ir::Combiner::stack, span);
}

}  // namespace elba::frontend
