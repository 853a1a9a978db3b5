// outside: a member of a distribution at a value that may lie outside of its support:
// `exponential_logpdf(y - t, rate)`.
//
//     d_logpdf(x, ..)  ->  x < lower || x > upper ? -inf() : d_logpdf(z, ..)
//         cdf: 0 below and 1 above; log_cdf, log_ccdf: their logarithms
//
// where z is x within the support and some value of the support elsewhere, so that derivatives are finite
// too. The formula of a density or a cdf means nothing beyond the support; under `~` no value comes there,
// since unknowns keep to the support and data are looked at when they are bound. Left out are the library's
// own calls, laws over vectors, and angles, whose density is periodic.
#include "frontend/check/calls.h"

#include <algorithm>
#include <limits>

namespace elba::frontend {

namespace {

struct Outside {
  std::string_view member;
  double below, above;
};
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Outside members[] = {
    {"logpdf", -infinity, -infinity}, {"cdf", 0, 1}, {"log_cdf", -infinity, 0}, {"log_ccdf", 0, -infinity}};

}  // namespace

TermId Calls::call_anywhere(const CheckedDist& law, std::string_view member, const CheckedFunc& callee,
                            const std::string& shown, std::vector<TermId> args, Span span) {
  const auto* row = std::find_if(std::begin(members), std::end(members),
                                 [&](const Outside& known) { return known.member == member; });
  const bool has_ends = row != std::end(members) && law.event.empty() &&
                        args.size() == callee.formals.size() && !(law.periodic && member == "logpdf");
  if (file_.is_library || !has_ends || type(args[0]).is_error() || !type(args[0]).is_scalar() ||
      type(args[0]).element == Element::boolean)
    return call_function(callee, shown, std::move(args), span);
  const auto end = [&](const ir::Bound& bound) -> TermId {
    if (const auto* number = std::get_if<double>(&bound))
      return law.element == Element::integer ? exact_term(Dim(static_cast<std::int64_t>(*number)), span)
                                             : real_literal(*number, span);
    const auto* name = std::get_if<std::string>(&bound);
    for (std::size_t i = 0; name != nullptr && i < law.params.size(); ++i)
      if (law.params[i].name == *name && type(args[i + 1]).is_scalar()) return args[i + 1];
    return {};  // a size, which the values are proven to keep to
  };
  const TermId low = end(law.lower), high = end(law.upper);
  if (!low.valid() && !high.valid()) return call_function(callee, shown, std::move(args), span);
  const ValueType truth{Element::boolean, {}};
  const bool whole = law.element == Element::integer && type(args[0]).element == Element::integer;
  const ValueType value{whole ? Element::integer : Element::real, {}};
  const auto as_value = [&](TermId id) { return whole ? id : to_real(id); };
  const TermId x = as_value(args[0]);
  const auto compare = [&](ir::Opcode opcode, TermId bound) {
    return apply(opcode, {x, as_value(bound)}, truth, span);
  };
  const TermId below = low.valid() ? compare(ir::Opcode::lt, low) : TermId{},
               above = high.valid() ? compare(ir::Opcode::gt, high) : TermId{};
  const TermId one = whole ? exact_term(Dim(1), span) : real_literal(1, span);
  // In the middle of two ends, or a step from the one.
  TermId inside = low.valid() ? as_value(low) : apply(ir::Opcode::sub, {as_value(high), one}, value, span);
  if (low.valid() && !whole)
    inside = high.valid() ? apply(ir::Opcode::mul,
                                  {real_literal(0.5, span),
                                   apply(ir::Opcode::add, {inside, as_value(high)}, value, span)},
                                  value, span)
                          : apply(ir::Opcode::add, {inside, one}, value, span);
  TermId z = x;
  for (const TermId beyond : {below, above})
    if (beyond.valid()) z = apply(ir::Opcode::select, {beyond, inside, z}, value, span);
  // Whole numbers that are proven to lie in a range still do.
  term(z).lower = term(x).exact ? term(x).exact : term(x).lower;
  term(z).upper = term(x).exact ? term(x).exact : term(x).upper;
  args[0] = z;
  TermId result = call_function(callee, shown, std::move(args), span);
  if (type(result).is_error()) return result;
  if (above.valid())
    result = apply(ir::Opcode::select, {above, real_literal(row->above, span), result}, {Element::real, {}},
                   span);
  if (below.valid())
    result = apply(ir::Opcode::select, {below, real_literal(row->below, span), result}, {Element::real, {}},
                   span);
  return result;
}

}  // namespace elba::frontend
