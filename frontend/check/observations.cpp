// observations: `~` statements, and what is observed twice or outside of a distribution's support.
#include "frontend/check/sites.h"

#include <algorithm>

namespace elba::frontend {

void Sites::check_site(const ast::SampleStmt& stmt, const ast::Stmt& whole, std::vector<Stmt>& out) {
  auto dist = inner_.check_distribution(*stmt.distribution);
  const std::string& name = stmt.target.name.text;
  const SymbolId id = scopes_.lookup(name);
  if (!id.valid()) {
    names_.unknown_name(name, stmt.target.name.span);
    return;
  }
  body_.symbols[id.index].used = true;
  const Symbol& symbol = body_.symbol(id);
  if (symbol.type.is_error()) {
    coverage_.forget(id);
    return;
  }
  const bool is_latent = symbol.kind == Symbol::Kind::latent;
  if (!is_latent && !is_observable(symbol)) return refuse_site(symbol, whole.span);
  if (is_latent && priors_.count(id)) {
    report(Code::element_covered_twice, whole.span, {name, "`~`"})
        .label(priors_[id], "the first is in its declaration")
        .suggest("keep one of them");
    return;
  }
  std::vector<const ast::Index*> indices;
  for (const auto& index : stmt.target.indices)
    indices.push_back(&index);
  auto target = indices_.check_indices(symbol.type, name, indices, stmt.target.span);
  if (!target) {
    if (is_latent) coverage_.forget(id);
    return;
  }
  if (target->empty() && symbol.kind == Symbol::Kind::let_array &&
      !coverage_.check_array_read(id, {}, stmt.target.span))
    return;
  if (!is_latent && symbol.kind != Symbol::Kind::data) observed_lets_.emplace_back(id, whole.span);
  if (is_latent)
    coverage_.cover(id, *target, whole.span);
  else if (dist)
    check_observation(id, *target, *dist, stmt.target.span);
  if (!dist) return;
  for (TermId arg : dist->args)
    if (term(arg).known == Knowledge::drawn)
      report(Code::prediction_in_model, term(arg).span, {text(term(arg).span)});
  SiteStmt site;
  site.symbol = id;
  site.target = target->empty() ? terms_.symbol_term(id, stmt.target.span)
                                : indices_.index_term(id, {}, std::move(*target), stmt.target.span);
  if (!distributions_.fit_value(*dist, type(site.target), text(stmt.target.span), stmt.target.span,
                                symbol.span))
    return;
  if (is_latent && !symbol.is_discrete && !supports_.fit_elements(id, body_.term(site.target).indices, *dist))
    return;
  if (dist->element == Element::real) site.target = to_real(site.target);
  site.dist = std::move(*dist);
  Stmt checked;
  checked.order = scopes_.next_order();
  if (is_latent) checked.assigns = {id};
  checked.node = std::move(site);
  out.push_back(std::move(checked));
}

// An end of the support as a size; dims of the distribution by the argument that holds them.
std::optional<Dim> Sites::law_bound(const ir::Bound& bound, const DistTerm& dist) const {
  const CheckedDist& law = *dist.dist;
  if (const auto* number = std::get_if<double>(&bound)) return Dim(static_cast<std::int64_t>(*number));
  if (const auto* dim = std::get_if<Dim>(&bound)) {
    // The dims of the distribution, by the argument that holds them.
    std::vector<ir::Type> formals, actuals;
    for (std::size_t i = 0; i < dist.args.size(); ++i) {
      formals.push_back(law.params[i].type.ir_type());
      const auto& shape = type(dist.args[i]).shape;
      actuals.push_back(ValueType{
          law.params[i].type.element,
          {shape.end() - law.params[i].type.rank(),
           shape.end()}}.ir_type());
    }
    std::map<std::string, Dim> bound_dims;
    if (ir::match_dims(law.dims, formals, actuals, bound_dims)) return dim->substitute(bound_dims);
  }
  return std::nullopt;
}

// Whether the integers that are observed lie within the support, as far as their bounds say.
void Sites::check_observed_range(const Symbol& symbol, const DistTerm& dist, Span span) {
  const CheckedDist& law = *dist.dist;
  const auto low = law_bound(law.lower, dist), high = law_bound(law.upper, dist);
  const bool indexes = std::holds_alternative<Dim>(law.upper);
  const auto least = symbol.exact ? symbol.exact : symbol.lower,
             most = symbol.exact ? symbol.exact : symbol.upper;
  const bool low_fits = !low || (least && at_least_zero(*least - *low) == Truth::yes);
  const bool high_fits = !high || (most && at_least_zero(*high - *most) == Truth::yes);
  const bool is_data = symbol.kind == Symbol::Kind::data;
  const std::string range = (low ? user_text(*low) : "") + ":" + (high ? user_text(*high) : "");
  if (indexes && low && high && (!low_fits || !high_fits)) {
    report(Code::value_not_proved, span, {text(span), range, law.name})
        .label(symbol.span, "`" + symbol.name + "` is declared here")
        .suggest(
            "declare `" + std::string(is_data ? "data " : "let ") + symbol.name + ": int<" + user_text(*low) +
            ", " + user_text(*high) + ">" + (symbol.type.is_scalar() ? "" : shape_text(symbol.type.shape)) +
            (is_data ? "`" : ";` and assign its elements, from data whose bounds show that they lie there"));
  } else if (!indexes) {
    const bool below = low && least && at_least_zero(*low - *least - Dim(1)) == Truth::yes;
    const bool above = high && most && at_least_zero(*most - *high - Dim(1)) == Truth::yes;
    if (below || above) {
      auto& diagnostic = report(
                             Code::data_outside_support, span,
                             {symbol.name, user_text(below ? *least : *most), law.name, law.support_text()})
                             .label(symbol.span, "`" + symbol.name + "` is declared here");
      if (is_data)
        diagnostic.suggest("declare `" + symbol.name + ": " + law.support_text() +
                           (symbol.type.is_scalar() ? "" : shape_text(symbol.type.shape)) +
                           "`, so that the data are checked");
    }
  }
}

void Sites::check_observation(SymbolId id, const std::vector<IndexTerm>& target, const DistTerm& dist,
                              Span span) {
  const Symbol& symbol = body_.symbol(id);
  if (dist.dist->element == Element::integer && symbol.type.element == Element::integer)
    check_observed_range(symbol, dist, span);
  if (scopes_.conditions() > 0 || scopes_.in_ragged_loop()) return;
  Box box;
  for (const auto& index : coverage_.known_index(target, symbol.type.shape)) {
    const auto first = index ? extreme(index->first, body_.ranges, false) : std::nullopt,
               last = index ? extreme(index->last, body_.ranges, true) : std::nullopt;
    if (!first || !last) return;
    box.push_back({*first, *last, false});
  }
  for (const Observed& earlier : observed_) {
    if (!(earlier.symbol == id) || !overlap(earlier.box, box, body_.ranges.facts)) continue;
    report(Code::observed_twice, span, {symbol.name})
        .label(earlier.span, "the first is here")
        .suggest("leave one of the two out, unless the data shall count twice");
    break;
  }
  observed_.push_back({id, std::move(box), span});
}

}  // namespace elba::frontend
