// arguments: arguments of distributions that may leave their range (a scale that may be negative, a
// probability above 1), and data that nothing keeps within the support of their distribution.
//
// An unknown whose own support leaves the range is certain to be tried outside of it: said always. What only
// an interval over sums and products suggests, or what the data decide, is said on request.
#include <cmath>
#include <limits>

#include "frontend/advise/ranges.h"

namespace elba::frontend {

namespace {

std::string rule_text(const double* lower, const double* upper) {
  if (lower && upper) return "between " + number_text(*lower) + " and " + number_text(*upper);
  return lower ? "at least " + number_text(*lower) : "at most " + number_text(*upper);
}

class Arguments {
 public:
  Arguments(const Advice& advice, const Reads& reads) : advice_(advice), ranges_(advice, reads) {}

  void check(const DistTerm& dist) {
    for (std::size_t k = 0; k < dist.args.size() && k < dist.dist->params.size(); ++k) {
      const auto& param = dist.dist->params[k];
      const auto *lower = std::get_if<double>(&param.lower), *upper = std::get_if<double>(&param.upper);
      if (!lower && !upper) continue;
      const Range r = ranges_.of(dist.args[k]);
      const bool below = lower && r.low < *lower, above = upper && r.high > *upper;
      if (!below && !above) continue;
      const Term& arg = advice_.term(dist.args[k]);
      const std::string shown = advice_.text(arg.span), rule = rule_text(lower, upper);
      const SymbolId named = arg.kind == TermKind::symbol || (arg.kind == TermKind::index && arg.args.empty())
                                 ? arg.symbol
                                 : SymbolId{};
      const bool unknown = named.valid() && (advice_.symbol(named).kind == Symbol::Kind::latent ||
                                             advice_.symbol(named).kind == Symbol::Kind::param);
      const std::string may = below && above ? "outside of that"
                              : below        ? (*lower == 0 ? "negative" : "below " + number_text(*lower))
                                             : "above " + number_text(*upper);
      const std::string bounds = std::string("real<") + (lower ? "lower=" + number_text(*lower) : "") +
                                 (lower && upper ? ", " : "") +
                                 (upper ? "upper=" + number_text(*upper) : "") + ">";
      if (unknown) {
        const Symbol& symbol = advice_.symbol(named);
        const std::string shape = symbol.type.is_scalar() ? "" : shape_text(symbol.type.shape);
        advice_.sink
            .report(Code::argument_may_leave, arg.span, {shown, may, param.name, dist.dist->name, rule})
            .label(symbol.span, "`" + symbol.name + "` is declared here")
            .suggest("declare `" + symbol.name + ": " + bounds + shape + "`" +
                     (lower && *lower == 0 && !upper ? ", or give it a prior such as `half_normal(1)`" : ""));
      } else if (advice_.pedantic) {
        auto& report = advice_.sink.report(Code::argument_unbounded, arg.span,
                                           {shown, rule, param.name, dist.dist->name});
        if (named.valid())
          report.label(advice_.symbol(named).span, "`" + advice_.symbol(named).name + "` is declared here");
        if (named.valid() && advice_.symbol(named).kind == Symbol::Kind::data)
          report.suggest(
              "declare `" + advice_.symbol(named).name + ": " + bounds +
              (advice_.symbol(named).type.is_scalar() ? "" : shape_text(advice_.symbol(named).type.shape)) +
              "`, so that the data are checked");
        else if (lower && upper && *lower == 0 && *upper == 1)
          report.suggest("map it there: `inv_logit(..)`");
        else if (lower)
          report.suggest("map it there: `exp(..)` or `softplus(..)`");
      }
    }
  }

  // Data without bounds, observed with a distribution that has them.
  void check_target(const SiteStmt& site) {
    const Symbol& symbol = advice_.symbol(site.symbol);
    const CheckedDist& law = *site.dist.dist;
    const auto *lower = std::get_if<double>(&law.lower), *upper = std::get_if<double>(&law.upper);
    if (!advice_.pedantic || symbol.kind != Symbol::Kind::data || event_rank(law.support) > 0 ||
        (!lower && !upper))
      return;
    Range r{-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
    for (const auto& field : advice_.signature.data) {
      if (field.name != symbol.name) continue;
      if (const auto* number = std::get_if<double>(&field.lower)) r.low = *number;
      if (const auto* number = std::get_if<double>(&field.upper)) r.high = *number;
      if (!std::holds_alternative<std::monostate>(field.upper) &&
          !std::holds_alternative<double>(field.upper))
        return;
      if (!std::holds_alternative<std::monostate>(field.lower) &&
          !std::holds_alternative<double>(field.lower))
        return;
    }
    if (!((lower && r.low < *lower) || (upper && r.high > *upper))) return;
    // Declared bounds that reach outside have been told of with or without `--pedantic`: W0004.
    if (symbol.type.element == Element::integer && ((lower && std::isfinite(r.low) && r.low < *lower) ||
                                                    (upper && std::isfinite(r.high) && r.high > *upper)))
      return;
    const std::string type = law.support_text();
    advice_.sink
        .report(Code::data_support_open, advice_.term(site.target).span, {symbol.name, type, law.name})
        .label(symbol.span, "`" + symbol.name + "` is declared here")
        .suggest("declare `" + symbol.name + ": " + type.substr(0, type.find('[')) +
                 (symbol.type.is_scalar() ? "" : shape_text(symbol.type.shape)) +
                 "`, so that the data are checked");
  }

 private:
  const Advice& advice_;
  Ranges ranges_;
};

}  // namespace

void advise_on_arguments(const Advice& advice, const Reads& reads) {
  Arguments arguments(advice, reads);
  walk(advice.model.body.statements, [&](const Stmt& stmt) {
    match(
        stmt.node,
        [&](const SiteStmt& site) {
          arguments.check(site.dist);
          arguments.check_target(site);
        },
        [&](const LatentStmt& latent) {
          if (latent.dist) arguments.check(*latent.dist);
        },
        [&](const PredictStmt& predict) {
          if (predict.dist) arguments.check(*predict.dist);
        },
        ignore<LetStmt, ArrayStmt, AssignStmt, ParamStmt, FactorStmt, ForStmt, IfStmt>);
  });
}

}  // namespace elba::frontend
