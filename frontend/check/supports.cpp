// supports: the support of an unknown, from its declared type or else from its distribution, and its
// line in the signature.
//
// A declared support inside of the distribution's restricts the density without renormalising it; that is
// fine while the lost normaliser is a constant, and a warning where it depends on an unknown. A declared
// support that reaches outside is an error; where the ends are arguments, as of `uniform(a, b)`, the density
// is 0 there.
#include "frontend/check/supports.h"

namespace elba::frontend {

namespace {

bool is_set(const ir::Bound& bound) { return !std::holds_alternative<std::monostate>(bound); }

}  // namespace

bool Supports::fit_support(const TypeInfo* declared, const DistTerm& dist, const std::string& name,
                           Span name_span, Support& support, TermId& lower, TermId& upper) {
  const CheckedDist& law = *dist.dist;
  if (law.mixed) {
    report(Code::mixed_latent, dist.span, {law.name, name})
        .label(name_span, "`" + name + "` is declared here")
        .note("it can be observed and predicted");
    return false;
  }
  if (!declared && law.open_ended) {
    report(
        Code::mixture_supports, dist.span,
        {"the text does not say where `" + text(dist.span) + "` ends, which the latent `" + name + "` needs"})
        .label(name_span, "`" + name + "` is declared here")
        .suggest("declare its bounds: `latent " + name + ": real<lower=.., upper=..> ~ ..`");
    return false;
  }
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
  const bool vector_declared = event_rank(declared->support) > 0, vector_law = event_rank(law.support) > 0;
  const auto mismatch = [&](const std::string& help) {
    report(Code::support_mismatch, dist.span,
           {law.name, law_type, name,
            bounds_.bounds_text(declared->type.element, support, declared->lower, declared->upper)})
        .label(declared->span == Span{} ? name_span : declared->span,
               declared->has_bounds || vector_declared ? "declared here" : "declared here without a bound")
        .suggest(help);
    return false;
  };
  bool unknown_arguments = false;
  for (TermId arg : dist.args)
    unknown_arguments = unknown_arguments || term(arg).known >= Knowledge::unknown;
  const auto warn_lost = [&] {
    report(Code::lost_normaliser, dist.span, {name, law.name})
        .label(declared->span == Span{} ? name_span : declared->span, "restricted here")
        .note("the density is cut off, not rescaled, so the prior of what it depends on changes too");
  };
  if (vector_declared || vector_law) {
    const bool same = declared->support == law.support;
    const auto laws = ir::support_info(declared->support).laws;
    const auto law_low = number_of(law.lower);
    const bool over_reals = law.support == Support::real,
               from_zero = law.support == Support::lower && law_low && *law_low <= 0;
    const bool cut = (laws != ir::Laws::none_but_flat && over_reals) ||
                     (laws == ir::Laws::nonnegatives && from_zero);
    const bool restricts = law.is_flat() || (law.event.empty() && cut) ||
                           (law.event.size() == 1 && over_reals && laws == ir::Laws::reals);
    if (!same && !restricts)
      return mismatch(vector_law ? "leave the type out, or declare `" + name + ": " + law_type + "`"
                                 : "use a distribution over `" + std::string(support_name(support)) +
                                       "`, or `flat()`");
    // A hyperplane or a sphere takes dimensions away, and with them factors of the normaliser; an order only
    // divides by K!.
    const bool loses = !same && laws != ir::Laws::none_but_flat && declared->support != Support::ordered &&
                       declared->support != Support::positive_ordered;
    if (loses && !law.is_flat() && unknown_arguments) warn_lost();
    return true;
  }
  const auto number_of_end = [&](const ir::Bound& bound) {
    return std::holds_alternative<std::string>(bound)
               ? number_of(bounds_.bound_of(bounds_.support_bound(bound, dist)))
               : number_of(bound);
  };
  const ir::Bound low = bounds_.bound_of(lower), high = bounds_.bound_of(upper);
  const auto a = number_of(low), b = number_of(high), law_a = number_of(law.lower),
             law_b = number_of(law.upper);
  const std::string fix = "declare `" + name + ": " + law_type.substr(0, law_type.find('[')) +
                          (declared->type.is_scalar() ? "" : shape_text(declared->type.shape)) +
                          "`, or leave the type out";
  if (!vector_declared) {
    const bool larger = (is_set(law.lower) && (!lower.valid() || (a && law_a && *a < *law_a))) ||
                        (is_set(law.upper) && (!upper.valid() || (b && law_b && *b > *law_b)));
    const auto end_a = number_of_end(law.lower), end_b = number_of_end(law.upper);
    const bool disjoint = (a && end_b && *a >= *end_b) || (b && end_a && *b <= *end_a);
    if (larger || disjoint) return mismatch(fix);
    if ((a && end_a && *a < *end_a) || (b && end_b && *b > *end_b))
      report(Code::wider_than_support, dist.span,
             {name, bounds_.bounds_text(declared->type.element, support, declared->lower, declared->upper),
              law_type})
          .label(declared->span == Span{} ? name_span : declared->span, "declared here")
          .note("beyond the support the density is 0; inference on the real line sees a step there")
          .suggest(fix);
  }
  // What restricts: a bound that is not the distribution's own.
  const bool cuts_low = lower.valid() && !(a && law_a && *a == *law_a),
             cuts_high = upper.valid() && !(b && law_b && *b == *law_b);
  if ((!cuts_low && !cuts_high) || law.is_flat()) return true;
  const bool unknown = unknown_arguments || (lower.valid() && term(lower).known >= Knowledge::unknown) ||
                       (upper.valid() && term(upper).known >= Knowledge::unknown);
  // Half of a symmetric law, cut at its location, has the normaliser 2 whatever its scale.
  const auto centre = law.location_scale && !dist.args.empty() ? number_of(bounds_.bound_of(dist.args[0]))
                                                               : std::nullopt;
  const bool half = centre &&
                    ((cuts_low && !cuts_high && a == centre) || (cuts_high && !cuts_low && b == centre));
  if (unknown && !half) warn_lost();
  return true;
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
