// map: the mode on the user's scale: hands the density, its curvature and what belongs to whom to
// runtime/inference/map/fit.h.
#include "runtime/inference/map/fit.h"

#include "api/fit/fitter.h"

namespace elba {

Result<Posterior> Fitter::run_map() {
  const std::size_t n = bound_.dimension();
  runtime::MapProblem problem;
  problem.log_density = runtime::objective_of(*target_, 0.0);
  problem.hessian_product = runtime::hessian_product_of(*target_, 0.0);
  problem.constrain = constrain_function();
  problem.quantity_names = target_->quantities().names();
  problem.unknowns = [this, n](const double* u, std::vector<double>& values) {
    return static_cast<bool>(bound_.constrain(*workspace_, {u, n}, values));
  };
  for (const Site& site : sites())
    problem.blocks.push_back({site.first, site.size, site.is_real()});
  problem.seconds_per_evaluation = evaluation_seconds();
  const runtime::ProfileScope scope(&profile_, "map");
  const auto begin = Clock::now();
  auto found = runtime::fit_map(problem, target_->start(), runtime_options(options_, seconds_left()),
                                options_.starts);
  Posterior posterior = named(choice_of(runtime::MethodId::map));
  posterior.verdict = found.verdict;
  posterior.reasons = std::move(found.reasons);
  posterior.converged = found.converged;
  posterior.interrupted = found.stop == runtime::Stop::cancelled;
  posterior.diagnostics = ModeDiagnostics{found.log_density, found.starts, found.reached};
  posterior.iterations = found.iterations;
  posterior.infer_seconds = seconds_since(begin);
  posterior.compile_seconds = compile_seconds();
  posterior.quantities = std::move(found.quantities);
  if (has_predictions()) posterior.places = std::make_shared<const Places>(Places{"", n, found.u, {}, {}});
  check_jitter(posterior, found.u);
  check_eigenvectors(posterior, found.u);
  return posterior;
}

}  // namespace elba
