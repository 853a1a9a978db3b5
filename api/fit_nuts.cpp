#include "api/fit_nuts.h"

#include <algorithm>
#include <thread>

#include "runtime/nuts.h"

namespace elba {

Result<Posterior> fit_nuts(const Bound& bound, const FitOptions& options, std::vector<double> start, Quantities& quantities, double seconds_left) {
  const PhaseTimes times = bound.times();
  runtime::NutsOptions nuts;
  nuts.seed = options.seed;
  nuts.chains = options.chains;
  nuts.warmup = options.warmup;
  nuts.draws = std::max(1, options.draws / options.chains);
  nuts.is_dense = options.dense_metric;
  nuts.budget = runtime_options(options, seconds_left).budget;

  runtime::NutsProblem problem;
  std::vector<std::unique_ptr<Workspace>> workspaces;
  const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1U, static_cast<unsigned>(nuts.chains));
  for (unsigned worker = 0; worker < threads; ++worker) {
    auto workspace = bound.workspace();
    if (!workspace) return workspace.diagnostics();
    workspaces.push_back(std::move(*workspace));
    problem.workers.push_back({bound.dimension(), log_joint_of(workspaces.back()->impl(), bound.dimension(), 1.0)});
  }
  problem.start = std::move(start);
  problem.constrain = [&](const double* u, double* values) { return quantities.evaluate(u, values); };
  problem.quantity_names = quantities.names();

  const auto begin = std::chrono::steady_clock::now();
  auto found = runtime::sample_nuts(problem, nuts);
  Posterior posterior;
  posterior.model = bound.impl->program->signature.model;
  posterior.method = "nuts";
  posterior.verdict = public_verdict(found.verdict);
  posterior.reasons = std::move(found.reasons);
  posterior.converged = found.stop == runtime::Stop::converged && found.verdict == runtime::Verdict::trust;
  posterior.interrupted = found.stop == runtime::Stop::cancelled;
  posterior.ess = found.least_size;
  posterior.iterations = found.evaluations;
  posterior.rhat = found.worst_rhat;
  posterior.divergences = static_cast<std::int64_t>(found.divergences);
  posterior.infer_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  posterior.compile_seconds = (times.parse + times.check + times.passes + times.llvm + times.link) / 1e3;
  for (const auto& quantity : found.quantities) {
    Quantity shown = public_quantity(quantity.summary);
    shown.rhat = quantity.rhat;
    shown.ess_bulk = quantity.bulk_size;
    shown.ess_tail = quantity.tail_size;
    posterior.quantities.push_back(std::move(shown));
  }
  posterior.draw_names = problem.quantity_names;
  posterior.draw_count = found.draw_count;
  posterior.draws = std::move(found.draws);
  return posterior;
}

}  // namespace elba
