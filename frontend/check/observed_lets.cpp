// observed_lets: `~` on a `let` is an observation where data alone decide its value.
//
//     let le = log(earn);   le ~ normal(mu, s);
//         the density of le; as in a `~` on data there is no Jacobian, for le is what is observed
//
// A name whose value depends on an unknown has a density of its own only up to a Jacobian, so that a `~` on
// it is refused.
#include "frontend/check/sites.h"

#include <set>

#include "frontend/typed_tree/reads.h"

namespace elba::frontend {

bool Sites::is_observable(const Symbol& symbol) const {
  const bool is_let = symbol.kind == Symbol::Kind::let_value || symbol.kind == Symbol::Kind::let_array;
  return symbol.kind == Symbol::Kind::data || (is_let && symbol.known <= Knowledge::data);
}

void Sites::refuse_site(const Symbol& symbol, Span span) {
  auto& diagnostic = report(Code::not_a_site, span, {symbol.name});
  diagnostic.label(symbol.span, "`" + symbol.name + "` is declared here");
  if (symbol.kind == Symbol::Kind::let_value || symbol.kind == Symbol::Kind::let_array)
    diagnostic.note("it depends on an unknown, and a `~` on such a value would need its Jacobian")
        .suggest("add the term itself: `factor ..;`");
  else if (symbol.kind == Symbol::Kind::param)
    diagnostic.suggest("declare it `latent` to give it a prior");
}

// An element of an array may be stated before another one that it reads by way of other arrays of the loop,
// so that what they all depend on is known at the end only.
void Sites::check_observed_lets(const CheckedModel& model) {
  if (observed_lets_.empty()) return;
  const Reads reads(model);
  for (const auto& [symbol, span] : observed_lets_) {
    std::set<SymbolId> unknowns;
    for (const TermId value : reads.definitions(symbol))
      unknowns.merge(reads.unknowns(value));
    if (!unknowns.empty()) refuse_site(body_.symbol(symbol), span);
  }
}

}  // namespace elba::frontend
