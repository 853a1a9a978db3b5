// elbo: the evidence lower bound at one draw of the guide.
//
//     ELBO = E_q [ log p(T(u), y) + log |det T'(u)| ] + H(q),   estimated at one draw of u, H exact where it is known
#include "passes/objective/objective.h"

namespace elba::passes {

using namespace ir;

namespace {

ValueId elbo_value(Assembly& at) {
  ValueId total = sum_terms(at.b, at.terms());
  for (const ValueId entropy : at.entropies())
    total = at.b.add(total, entropy);
  return total;
}

}  // namespace

const Objective& elbo_objective() {
  static const Objective objective{"elbo", &elbo_value};
  return objective;
}

}  // namespace elba::passes
