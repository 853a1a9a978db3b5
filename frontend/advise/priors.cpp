// priors: priors that are hardly meant: scales beyond 1e4 or below 1e-4, `uniform` as a guess,
// `inv_gamma(0.001, 0.001)`.
//
// Advice, so only on request. Why they hurt: A. Gelman, "Prior distributions for variance parameters in
// hierarchical models", Bayesian Analysis 1 (2006), sections 2.2 and 4.3.
#include <cmath>
#include <optional>

#include "frontend/advise/advise.h"

namespace elba::frontend {

namespace {

constexpr double widest_scale = 1e4, tightest_scale = 1e-4, widest_interval = 1e3, vague_shape = 0.01;

class Priors {
 public:
  explicit Priors(const Advice& advice) : advice_(advice) {}

  void check(const DistTerm& dist, const std::string& name) const {
    const auto& law = *dist.dist;
    const std::string shown = advice_.text(dist.span);
    const auto say = [&](const std::string& how) -> Diagnostic& {
      return advice_.sink.report(Code::extreme_prior, dist.span, {shown, how, name});
    };
    for (std::size_t k = 0; k < law.params.size() && k < dist.args.size(); ++k) {
      const auto value = number(dist.args[k]);
      const std::string& param = law.params[k].name;
      const bool scale = param == "sigma" || param == "s" || param == "scale" || param == "b" ||
                         param == "tau";
      const auto* lower = std::get_if<double>(&law.params[k].lower);
      if (!value || !scale || !lower || *lower < 0 || law.density_form != DensityForm::other) continue;
      if (*value > widest_scale)
        say("wide")
            .note("a scale of " + number_text(*value) + " says that values in the thousands are likely")
            .suggest("state what is plausible, such as `" + law.name +
                     "` with a scale of 10, or write `flat()` for none");
      if (*value > 0 && *value < tightest_scale)
        say("tight")
            .note("a scale of " + number_text(*value) + " nearly fixes `" + name + "`")
            .suggest("use a number, or a wider prior");
    }
    if (dist.args.size() < 2 || !number(dist.args[0]) || !number(dist.args[1])) return;
    const double a = *number(dist.args[0]), b = *number(dist.args[1]);
    if (law.density_form == DensityForm::gamma && a <= vague_shape && b <= vague_shape)
      say("wide")
          .note("it has a spike at 0 or a tail without end, and is not vague about either")
          .suggest("for a scale, write `half_normal(1)` or `half_cauchy(1)` in the units of the data");
    if (law.density_form == DensityForm::constant) {
      const bool natural = (a == 0 || a == -1) && b == 1;
      if (b - a >= widest_interval)
        say("wide")
            .note("it is nearly flat up to a bound that is far away")
            .suggest("write `half_normal` or `normal` with a plausible scale");
      else if (!natural)
        advice_.sink.report(Code::hard_bounds, dist.span, {shown, name})
            .note("the posterior cannot leave them, whatever the data say")
            .suggest("keep them only when they follow from what `" + name +
                     "` is; otherwise write a soft prior, such as `normal`");
    }
  }

 private:
  std::optional<double> number(TermId id) const {
    const Term* term = &advice_.term(id);
    while (term->kind == TermKind::apply && term->args.size() == 1 &&
           advice_.term(term->args[0]).type.element == Element::integer)
      term = &advice_.term(term->args[0]);
    if (term->kind == TermKind::literal) return term->number;
    if (term->exact && term->exact->is_constant()) return static_cast<double>(term->exact->constant());
    // -1 is an operation on 1
    if (term->kind == TermKind::apply && term->args.size() == 1)
      if (const auto inner = number(term->args[0]); inner && advice_.source.text(term->span).starts_with("-"))
        return -*inner;
    return std::nullopt;
  }

  const Advice& advice_;
};

}  // namespace

void advise_on_priors(const Advice& advice) {
  const Priors priors(advice);
  walk(advice.model.body.statements, [&](const Stmt& stmt) {
    match(
        stmt.node,
        [&](const LatentStmt& latent) {
          if (latent.dist) priors.check(*latent.dist, advice.symbol(latent.symbol).name);
        },
        [&](const SiteStmt& site) {
          if (advice.symbol(site.symbol).kind == Symbol::Kind::latent)
            priors.check(site.dist, advice.symbol(site.symbol).name);
        },
        ignore<LetStmt, ArrayStmt, AssignStmt, ParamStmt, PredictStmt, FactorStmt, ForStmt, IfStmt>);
  });
}

}  // namespace elba::frontend
