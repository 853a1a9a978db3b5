#include "frontend/advise/ranges.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "frontend/typed_tree/functions.h"
#include "ir/ops.h"

namespace elba::frontend {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Range anything{-infinity, infinity}, nothing{infinity, -infinity};
constexpr double half_pi = 1.5707963267948966;       // of tan, a pole
constexpr std::size_t most_range_steps = 5'000'000;  // over all questions; a model of people takes thousands
constexpr int deepest_question = 60;                 // of terms, definitions and calls

bool is_empty(const Range& r) { return r.low > r.high; }
Range join(const Range& a, const Range& b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }
bool within(const Range& inner, const Range& outer) {
  return is_empty(inner) || (inner.low >= outer.low && inner.high <= outer.high);
}

// The ends of a range and landmarks inside of it.
std::vector<double> points(const Range& r) {
  std::vector<double> out{r.low, r.high};
  for (const double p : {0.0, 1e-3, -1e-3, 0.5, -0.5, 1.0, -1.0, half_pi, -half_pi, 3.0, -3.0, 1e3, -1e3})
    if (p > r.low && p < r.high) out.push_back(p);
  return out;
}

Range of_bound(const ir::Bound& lower, const ir::Bound& upper) {
  Range out = anything;
  if (const auto* number = std::get_if<double>(&lower)) out.low = *number;
  if (const auto* dim = std::get_if<Dim>(&lower); dim && at_least_zero(*dim) == Truth::yes) out.low = 0;
  if (const auto* number = std::get_if<double>(&upper)) out.high = *number;
  return out;
}

Range of_exact(const Dim& value) {
  if (value.is_constant())
    return {static_cast<double>(value.constant()), static_cast<double>(value.constant())};
  if (at_least_zero(value - Dim(1)) == Truth::yes) return {1, infinity};
  if (at_least_zero(value) == Truth::yes) return {0, infinity};
  return anything;
}

// Whether every element that the indices may name is in the box.
bool holds(const Box& box, const Body& body, const std::vector<IndexTerm>& indices) {
  for (std::size_t axis = 0; axis < box.size(); ++axis) {
    if (axis >= indices.size() || indices[axis].kind != IndexTerm::Kind::element ||
        !body.term(indices[axis].value).exact)
      return false;
    const auto low = extreme(*body.term(indices[axis].value).exact, body.ranges, false),
               high = extreme(*body.term(indices[axis].value).exact, body.ranges, true);
    if (!low || !high || at_least_zero(*low - box[axis].first) != Truth::yes ||
        at_least_zero(box[axis].last - *high) != Truth::yes)
      return false;
  }
  return true;
}

}  // namespace

Ranges::Ranges(const Advice& advice, const Reads& reads) : advice_(advice), reads_(reads) {
  const auto end = [&](TermId id, double otherwise) {
    if (!id.valid()) return otherwise;
    const Range r = of(id);
    return otherwise < 0 ? r.low : r.high;
  };
  const auto support = [&](SymbolId id, Support kind, TermId lower, TermId upper) {
    const std::string_view name = support_name(kind);
    Range r{end(lower, -infinity), end(upper, infinity)};
    if (name == "simplex") r = {0, 1};
    if (name == "positive_ordered") r.low = 0;
    if (name == "cholesky_corr" || name == "corr_matrix" || name == "unit_vector") r = {-1, 1};
    unknowns_[id] = r;
  };
  walk(advice.model.body.statements, [&](const Stmt& stmt) {
    match(
        stmt.node,
        [&](const LatentStmt& latent) {
          if (latent.elements.empty())
            return support(latent.symbol, latent.support, latent.lower, latent.upper);
          Range all = nothing;
          for (const ElementBounds& piece : latent.elements) {
            const Range one{end(piece.lower, -infinity), end(piece.upper, infinity)};
            for (const Box& box : piece.boxes)
              elements_[latent.symbol].emplace_back(box, one);
            all = join(all, one);
          }
          unknowns_[latent.symbol] = all;
        },
        [&](const ParamStmt& param) { support(param.symbol, param.support, param.lower, param.upper); },
        ignore<LetStmt, ArrayStmt, AssignStmt, SiteStmt, PredictStmt, FactorStmt, ForStmt, IfStmt>);
  });
}

Range Ranges::of(TermId id) { return of(advice_.model.body, id, nullptr, 0); }

Range Ranges::of_apply(const Body& body, const Term& term, Formals* formals, int depth) {
  const auto& row = ir::op_info(term.opcode);
  std::vector<Range> args;
  for (const TermId arg : term.args)
    args.push_back(of(body, arg, formals, depth));
  for (const Range& arg : args)
    if (is_empty(arg)) return nothing;
  if (args.size() == 1 && term.type.is_number() && row.signature == ir::Signature::to_real) return args[0];
  if (row.eval == nullptr || args.empty() || args.size() > 3) return anything;
  const auto same = [&](TermId a, TermId b) {
    return body.term(a).kind == TermKind::symbol && body.term(b).kind == TermKind::symbol &&
           body.term(a).symbol == body.term(b).symbol;
  };
  const bool square = args.size() == 2 && same(term.args[0], term.args[1]);  // x * x: both are one value
  std::vector<std::vector<double>> grids;
  for (const Range& arg : args)
    grids.push_back(points(arg));
  if (square) grids[1] = {0};
  Range out = nothing;
  std::vector<std::size_t> at(args.size(), 0);
  for (;;) {
    double x[3] = {};
    for (std::size_t k = 0; k < args.size(); ++k)
      x[k] = grids[k][at[k]];
    if (square) x[1] = x[0];
    const double y = row.eval(std::span<const double>(x, args.size()));
    if (!std::isnan(y)) out = join(out, {y, y});
    std::size_t k = 0;
    while (k < at.size() && ++at[k] == grids[k].size())
      at[k++] = 0;
    if (k == at.size()) break;
  }
  return is_empty(out) ? anything : out;
}

Range Ranges::of_array(SymbolId id, int depth) {
  if (const auto at = known_.find(id); at != known_.end()) return at->second;
  // A recurrence reads itself: start from nothing, widen what grows, and keep only what holds.
  const auto round = [&] {
    Range out = nothing;
    lets_.clear();  // they may read the array
    for (const TermId value : reads_.definitions(id))
      out = join(out, of(advice_.model.body, value, nullptr, depth));
    return out;
  };
  known_[id] = nothing;
  Range now = round();
  for (int step = 0; step < 3; ++step) {
    known_[id] = now;
    const Range next = join(now, round());
    if (within(next, now)) break;
    if (next.low < now.low) now.low = next.low >= 0 ? 0 : -infinity;
    if (next.high > now.high) now.high = next.high <= 1 && step == 0 ? 1 : infinity;
    if (step == 2) now = anything;
  }
  lets_.clear();
  return known_[id] = now;
}

Range Ranges::of_symbol(const Body& body, SymbolId id, Formals* formals, int depth) {
  const Symbol& symbol = body.symbol(id);
  if (formals != nullptr)
    if (const auto at = formals->find(id); at != formals->end()) return at->second;
  if (symbol.kind == Symbol::Kind::let_value && symbol.value.valid()) {
    // Definitions are looked at once, or else a chain of them would take time exponential in its length.
    Formals& seen = formals != nullptr ? *formals : lets_;
    if (const auto at = seen.find(id); at != seen.end()) return at->second;
    const Range value = of(body, symbol.value, formals, depth);
    return seen[id] = value;
  }
  if (&body != &advice_.model.body) return anything;
  if (const auto at = unknowns_.find(id); at != unknowns_.end()) return at->second;
  if (symbol.kind == Symbol::Kind::let_array) return of_array(id, depth);
  if (symbol.kind == Symbol::Kind::binder && symbol.exact) {
    const Range first = of_exact(symbol.first), last = of_exact(symbol.last);
    return {first.low, last.high};
  }
  if (symbol.kind == Symbol::Kind::data)
    for (const auto& field : advice_.signature.data)
      if (field.name == symbol.name) return of_bound(field.lower, field.upper);
  if (symbol.kind == Symbol::Kind::dim) return {0, infinity};
  return anything;
}

namespace {

// Of a row of the function table whose arguments are in `inner`.
Range of_function(const Function* function, const Range& inner) {
  const std::string_view name = function ? function->name : std::string_view();
  for (const std::string_view keeps :
       {"rep", "concat", "mean", "max", "min", "diagonal", "transpose", "reshape", "sort", "rev"})
    if (name == keeps) return inner;
  for (const std::string_view positive : {"sd", "variance", "norm", "size", "relu", "step"})
    if (name == positive) return {0, infinity};
  for (const std::string_view share : {"softmax", "inv_cloglog", "inv_probit"})
    if (name == share) return {0, 1};
  for (const std::string_view grows : {"sum", "prod", "cumsum", "diag", "exp2"})
    if (name == grows && inner.low >= 0) return {0, infinity};
  for (const std::string_view ones : {"zeros", "ones", "eye"})
    if (name == ones) return {0, 1};
  return name == "exp2" ? Range{0, infinity} : anything;
}

}  // namespace

// Sums and products of what is not negative are not negative; extremes and reshapes stay within their
// arguments.
Range Ranges::of_combined(const Body& body, const Term& term, Formals* formals, int depth) {
  Range inner = nothing;
  for (const TermId arg : term.args)
    if (body.term(arg).type.is_number()) inner = join(inner, of(body, arg, formals, depth));
  if (is_empty(inner)) return anything;
  if (term.kind == TermKind::contract) return inner.low >= 0 ? Range{0, infinity} : anything;
  if (term.kind == TermKind::nest) {
    if (term.combiner == ir::Combiner::stack || term.combiner == ir::Combiner::max ||
        term.combiner == ir::Combiner::min)
      return inner;
    return inner.low >= 0 && (term.combiner == ir::Combiner::sum || term.combiner == ir::Combiner::prod)
               ? Range{0, infinity}
               : anything;
  }
  return of_function(term.function, inner);
}

Range Ranges::of_index(const Body& body, const Term& term, Formals* formals, int depth) {
  if (const auto found = term.args.empty() && &body == &advice_.model.body ? elements_.find(term.symbol)
                                                                           : elements_.end();
      found != elements_.end())
    for (const auto& [box, range] : found->second)
      if (holds(box, body, term.indices)) return range;
  return term.args.empty() ? of_symbol(body, term.symbol, formals, depth)
                           : of(body, term.args[0], formals, depth);
}

Range Ranges::of(const Body& body, TermId id, Formals* formals, int depth) {
  if (!id.valid() || depth > deepest_question || ++steps_ > most_range_steps) return anything;
  const Term& term = body.term(id);
  ++depth;
  if (term.exact && term.type.is_scalar()) {
    const auto binder = term.exact->is_constant() ? Range{0, 0} : of_exact(*term.exact);
    if (term.exact->is_constant() || binder.low > -infinity) return of_exact(*term.exact);
  }
  switch (term.kind) {
    case TermKind::literal:
      return {term.number, term.number};
    case TermKind::symbol:
      return of_symbol(body, term.symbol, formals, depth);
    case TermKind::index:
      return of_index(body, term, formals, depth);
    case TermKind::apply:
      return of_apply(body, term, formals, depth);
    case TermKind::stack: {
      Range out = nothing;
      for (const TermId arg : term.args)
        out = join(out, of(body, arg, formals, depth));
      return out;
    }
    case TermKind::nest:
    case TermKind::contract:
    case TermKind::builtin:
      return of_combined(body, term, formals, depth);
    case TermKind::call: {
      const CheckedFunc& callee = *term.callee;
      Formals inner;
      for (std::size_t k = 0; k < callee.formals.size() && k < term.args.size(); ++k)
        inner[callee.formals[k]] = of(body, term.args[k], formals, depth);
      return of(callee.body, callee.result, &inner, depth);
    }
    default:
      return anything;
  }
}

}  // namespace elba::frontend
