// supports: the support of an unknown, from its declared type or else from its distribution, and its
// line in the signature.
//
// A declared support inside of the distribution's restricts the density without renormalising it; that is
// fine while the lost normaliser is a constant, and a warning where it depends on an unknown. A declared
// support that reaches outside is an error; where the ends are arguments, as of `uniform(a, b)`, the density
// is 0 there.
#include "frontend/check/supports.h"

#include <algorithm>

namespace elba::frontend {

namespace {

bool is_set(const ir::Bound& bound) { return !std::holds_alternative<std::monostate>(bound); }

}  // namespace

// Distributions that no latent can have.
bool Supports::refuse_prior(const TypeInfo* declared, const DistTerm& dist, const std::string& name,
                            Span name_span) {
  const CheckedDist& law = *dist.dist;
  if (law.mixed) {
    report(Code::mixed_latent, dist.span, {law.name, name})
        .label(name_span, "`" + name + "` is declared here")
        .note("it can be observed and predicted");
    return true;
  }
  if (!declared && law.open_ended) {
    report(
        Code::mixture_supports, dist.span,
        {"the text does not say where `" + text(dist.span) + "` ends, which the latent `" + name + "` needs"})
        .label(name_span, "`" + name + "` is declared here")
        .suggest("declare its bounds: `latent " + name + ": real<lower=.., upper=..> ~ ..`");
    return true;
  }
  return false;
}

bool Supports::support_mismatch(const Fit& fit, const std::string& help) {
  const CheckedDist& law = *fit.dist.dist;
  const bool vector_declared = event_rank(fit.declared.support) > 0;
  report(Code::support_mismatch, fit.dist.span,
         {law.name, fit.law_type, fit.name,
          bounds_.bounds_text(fit.declared.type.element, fit.declared.support, fit.declared.lower,
                              fit.declared.upper)})
      .label(fit.declared.span == Span{} ? fit.name_span : fit.declared.span,
             fit.declared.has_bounds || vector_declared ? "declared here" : "declared here without a bound")
      .suggest(help);
  return false;
}

void Supports::warn_lost(const Fit& fit) {
  report(Code::lost_normaliser, fit.dist.span, {fit.name, fit.dist.dist->name})
      .label(fit.declared.span == Span{} ? fit.name_span : fit.declared.span, "restricted here")
      .note("the density is cut off, not rescaled, so the prior of what it depends on changes too");
}

bool Supports::has_unknown_arguments(const DistTerm& dist) const {
  return std::any_of(dist.args.begin(), dist.args.end(),
                     [this](TermId arg) { return term(arg).known >= Knowledge::unknown; });
}

// Vectors and matrices: one support, or one that restricts the other.
bool Supports::fit_vector(const Fit& fit) {
  const CheckedDist& law = *fit.dist.dist;
  const bool vector_law = event_rank(law.support) > 0;
  const bool same = fit.declared.support == law.support;
  const auto laws = ir::support_info(fit.declared.support).laws;
  const auto law_low = number_of(law.lower);
  const bool over_reals = law.support == Support::real,
             from_zero = law.support == Support::lower && law_low && *law_low <= 0;
  const bool cut = (laws != ir::Laws::none_but_flat && over_reals) ||
                   (laws == ir::Laws::nonnegatives && from_zero);
  const bool restricts = law.is_flat() || (law.event.empty() && cut) ||
                         (law.event.size() == 1 && over_reals && laws == ir::Laws::reals);
  if (!same && !restricts)
    return support_mismatch(
        fit, vector_law ? "leave the type out, or declare `" + fit.name + ": " + fit.law_type + "`"
                        : "use a distribution over `" + std::string(support_name(fit.declared.support)) +
                              "`, or `flat()`");
  // A hyperplane or a sphere takes dimensions away, and with them factors of the normaliser; an order only
  // divides by K!.
  const bool loses = !same && laws != ir::Laws::none_but_flat && fit.declared.support != Support::ordered &&
                     fit.declared.support != Support::positive_ordered;
  if (loses && !law.is_flat() && has_unknown_arguments(fit.dist)) warn_lost(fit);
  return true;
}

std::optional<double> Supports::end_of_law(const ir::Bound& bound, const DistTerm& dist) {
  return std::holds_alternative<std::string>(bound)
             ? number_of(bounds_.bound_of(bounds_.support_bound(bound, dist)))
             : number_of(bound);
}

// Intervals: the declared one within the distribution's.
bool Supports::fit_interval(const Fit& fit) {
  const CheckedDist& law = *fit.dist.dist;
  const ir::Bound low = bounds_.bound_of(fit.lower), high = bounds_.bound_of(fit.upper);
  const auto a = number_of(low), b = number_of(high), law_a = number_of(law.lower),
             law_b = number_of(law.upper);
  const std::string fix = "declare `" + fit.name + ": " + fit.law_type.substr(0, fit.law_type.find('[')) +
                          (fit.declared.type.is_scalar() ? "" : shape_text(fit.declared.type.shape)) +
                          "`, or leave the type out";
  const bool larger = (is_set(law.lower) && (!fit.lower.valid() || (a && law_a && *a < *law_a))) ||
                      (is_set(law.upper) && (!fit.upper.valid() || (b && law_b && *b > *law_b)));
  const auto end_a = end_of_law(law.lower, fit.dist), end_b = end_of_law(law.upper, fit.dist);
  const bool disjoint = (a && end_b && *a >= *end_b) || (b && end_a && *b <= *end_a);
  if (larger || disjoint) return support_mismatch(fit, fix);
  if ((a && end_a && *a < *end_a) || (b && end_b && *b > *end_b))
    report(Code::wider_than_support, fit.dist.span,
           {fit.name,
            bounds_.bounds_text(fit.declared.type.element, fit.declared.support, fit.declared.lower,
                                fit.declared.upper),
            fit.law_type})
        .label(fit.declared.span == Span{} ? fit.name_span : fit.declared.span, "declared here")
        .note("beyond the support the density is 0; inference on the real line sees a step there")
        .suggest(fix);
  // What restricts: a bound that is not the distribution's own.
  const bool cuts_low = fit.lower.valid() && !(a && law_a && *a == *law_a),
             cuts_high = fit.upper.valid() && !(b && law_b && *b == *law_b);
  if ((!cuts_low && !cuts_high) || law.is_flat()) return true;
  const bool unknown = has_unknown_arguments(fit.dist) ||
                       (fit.lower.valid() && term(fit.lower).known >= Knowledge::unknown) ||
                       (fit.upper.valid() && term(fit.upper).known >= Knowledge::unknown);
  // Half of a symmetric law, cut at its location, has the normaliser 2 whatever its scale.
  const auto centre = law.location_scale && !fit.dist.args.empty()
                          ? number_of(bounds_.bound_of(fit.dist.args[0]))
                          : std::nullopt;
  const bool half = centre &&
                    ((cuts_low && !cuts_high && a == centre) || (cuts_high && !cuts_low && b == centre));
  if (unknown && !half) warn_lost(fit);
  return true;
}

bool Supports::fit_support(const TypeInfo* declared, const DistTerm& dist, const std::string& name,
                           Span name_span, Support& support, TermId& lower, TermId& upper) {
  const CheckedDist& law = *dist.dist;
  if (refuse_prior(declared, dist, name, name_span)) return false;
  if (law.jumps)
    report(Code::mixture_jumps, dist.span, {name})
        .note("beyond the end of a part its density is 0; inference on the real line sees a step there");
  if (!declared) {
    support = law.support;
    lower = bounds_.support_bound(law.lower, dist);
    upper = bounds_.support_bound(law.upper, dist);
    return true;
  }
  support = declared->support;
  lower = declared->lower.valid() ? to_real(declared->lower) : TermId{};
  upper = declared->upper.valid() ? to_real(declared->upper) : TermId{};
  // As the user would write it: with the arguments that the ends are.
  const std::string law_type = law.event.empty() ? bounds_.bounds_text(law.element, law.support,
                                                                       bounds_.support_bound(law.lower, dist),
                                                                       bounds_.support_bound(law.upper, dist))
                                                 : law.support_text();
  const Fit fit{*declared, dist, name, name_span, law_type, lower, upper};
  return event_rank(declared->support) > 0 || event_rank(law.support) > 0 ? fit_vector(fit)
                                                                          : fit_interval(fit);
}

void Supports::add_unknown(const Symbol& symbol, Support support, TermId lower, TermId upper, bool is_param) {
  if (!context_.signature) return;
  Signature::Unknown unknown;
  unknown.name = symbol.name;
  unknown.span = symbol.span;
  unknown.is_param = is_param;
  ValueType whole = symbol.type;
  const auto extents = scopes_.loop_extents();
  whole.shape.insert(whole.shape.begin(), extents.begin(), extents.end());
  unknown.type = whole.ir_type();
  unknown.event_rank = event_rank(support);
  unknown.support = std::string(support_name(support));
  unknown.support_text = bounds_.bounds_text(symbol.type.element, support, lower, upper);
  unknown.unconstrained_shape = whole.shape;
  if (const int rank = event_rank(support); rank > 0) {
    const auto split = whole.shape.end() - rank;
    const auto count = ir::free_count(ir::support_info(support), std::vector<Dim>(split, whole.shape.end()));
    unknown.unconstrained_shape.assign(whole.shape.begin(), split);
    unknown.unconstrained_shape.push_back(count.polynomial);
    unknown.pairs_of = count.pairs_of;
  }
  context_.signature->unknowns.push_back(std::move(unknown));
}

}  // namespace elba::frontend
