// objective: @model and @guide become the objective of a fit, and draws.
//
//     @model, @guide  ->  @elbo(data .., phi, noise) -> value,   @draw(data .., phi, noise) -> u, log_p, log_q, z
//
// An objective is a function of the log weights log p - log q of draws of the guide; where it is linear in
// them, a term may be replaced by its own expectation (expectations.h). Both functions take their standard
// normals as %noise. Where these stay, the objective is a smooth deterministic function of phi; where they
// are drawn anew, its gradient is unbiased. @draw gives the draw that the noise makes with log p and log q in
// the guide's coordinates, for diagnostics and importance sampling. A module whose @guide does not draw every
// site of @model stays as it is. Sources: Kucukelbir et al., "Automatic differentiation variational
// inference", 2017; Giordano et al. (DADVI), 2024. Not there: objectives of several draws; estimators other
// than pathwise.
#include "passes/objective/objective.h"

#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

namespace {

void add_objective(ModelAndGuide& parts, const Objective& objective) {
  Assembly body(parts, std::string(objective.name));
  body.densities(find_objective(objective.name)->form == ObjectiveForm::linear);
  body.finish({objective.value(body)});
}

void add_draw(ModelAndGuide& parts) {
  Assembly body(parts, "draw");
  body.densities(false);
  const ValueId u = body.coordinates(), z = body.latent_coordinates();
  body.finish({u, sum_terms(body.b, body.terms()), sum_terms(body.b, body.log_qs()), z},
              {"u", "log_p", "log_q", "z"});
}

}  // namespace

Module objective(Module module) {
  if (!has_fitting_guide(module)) return module;
  ModelAndGuide parts(module);
  add_objective(parts, elbo_objective());
  add_draw(parts);
  return module;
}

}  // namespace elba::passes
