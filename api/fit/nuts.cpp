#include "api/fit/fitter.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <thread>

#include "api/fit/reparameterised.h"
#include "runtime/inference/mcmc/nuts.h"

namespace elba {

namespace {

// Of the time that is given; the rest is for what is made of the draws.
constexpr double sampled_share = 0.95;
constexpr double quarter_period = std::numbers::pi / 2;  // of a standard normal law
constexpr std::size_t cheap_factor = 40;  // coordinates: up to here a full covariance costs a sampler nothing

}  // namespace

Result<Posterior> fit_nuts(const Bound& bound, const FitOptions& options, const NutsStart& start,
                           const NutsLimits& limits) {
  const ReparameterisedCoordinates coordinates = coordinates_of(bound, start);
  const PhaseTimes times = bound.times();
  runtime::NutsOptions nuts;
  nuts.seed = options.seed;
  nuts.chains = options.chains;
  nuts.warmup = options.warmup;
  nuts.draws = std::max(1, options.draws / options.chains);
  nuts.is_dense = options.dense_metric;
  nuts.acceptance = options.acceptance;
  nuts.length = limits.is_shaped ? quarter_period : 0;
  nuts.most_evaluations = limits.evaluations;
  nuts.record = limits.record;
  nuts.budget = runtime_options(options, sampled_share * limits.seconds).budget;

  runtime::NutsProblem problem;
  std::vector<std::unique_ptr<Workspace>> workspaces;
  const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1U,
                                      static_cast<unsigned>(nuts.chains));
  for (unsigned worker = 0; worker < threads; ++worker) {
    auto workspace = bound.workspace();
    if (!workspace) return workspace.diagnostics();
    workspaces.push_back(std::move(*workspace));
    auto objective = reparameterised_objective(workspaces.back()->impl(), coordinates);
    if (!objective) return objective.diagnostics();
    problem.workers.push_back(std::move(*objective));
  }
  auto quantities = Quantities::make(bound, workspaces.front()->impl(), reparameterised_family);
  if (!quantities) return quantities.diagnostics();
  const std::size_t n = coordinates.latents.size();
  problem.start = start.mean;
  problem.spread = start.spread;
  if (coordinates.is_mapped()) {
    problem.start.assign(n, 0.0);
    problem.spread.assign(n, 1.0);
  }
  const bool has_predictions = !bound.impl->program->signature.predictions.empty();
  problem.keeps_positions = has_predictions;
  problem.constrain = [&, u = coordinates.whole](const double* x, double* values) mutable {
    coordinates.place(x, u);
    return quantities->evaluate(u.data(), values);
  };
  problem.quantity_names = quantities->names();
  problem.is_bounded = quantities->is_bounded();

  const auto begin = std::chrono::steady_clock::now();
  auto found = runtime::sample_nuts(problem, nuts);
  Posterior posterior;
  posterior.model = bound.impl->program->signature.model;
  posterior.method = limits.is_shaped ? "hmc" : "nuts";
  posterior.statistics.is_static = limits.is_shaped;
  posterior.verdict = found.verdict;
  posterior.reasons = std::move(found.reasons);
  posterior.converged = found.stop == runtime::Stop::converged && found.verdict == Verdict::trust;
  posterior.interrupted = found.stop == runtime::Stop::cancelled;
  posterior.diagnostics = SamplerDiagnostics{
      .rhat = found.worst_rhat,
      .rhat_limit = found.rhat_limit,
      .ess = found.least_size,
      .low_ess = found.low_size,
      .divergences = static_cast<std::int64_t>(found.divergences),
      .out_of_budget = found.stop == runtime::Stop::seconds || found.stop == runtime::Stop::iterations};
  posterior.iterations = found.evaluations;
  posterior.infer_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  posterior.compile_seconds = (times.parse + times.check + times.passes + times.llvm + times.link) / 1e3;
  posterior.quantities = std::move(found.quantities);
  posterior.draw_names = problem.quantity_names;
  posterior.draw_count = found.draw_count;
  posterior.draws = std::move(found.draws);
  if (has_predictions) {
    Places places{reparameterised_family, coordinates.whole.size(), {}, {}, {}};
    std::vector<double> u = coordinates.whole;
    places.u.reserve(found.draw_count * u.size());
    for (std::size_t k = 0; k < found.draw_count; ++k) {
      coordinates.place(found.positions.data() + k * n, u);
      places.u.insert(places.u.end(), u.begin(), u.end());
    }
    posterior.places = std::make_shared<const Places>(std::move(places));
  }
  posterior.chain_count = static_cast<std::size_t>(nuts.chains);
  for (const int chain : found.chain)
    posterior.statistics.step_length.push_back(found.step_length[static_cast<std::size_t>(chain) - 1]);
  posterior.statistics.warmup = nuts.warmup;
  posterior.statistics.most_depth = nuts.max_depth;
  posterior.statistics.acceptance = std::move(found.acceptance);
  posterior.statistics.energy = std::move(found.energy);
  posterior.statistics.depth = std::move(found.depth);
  posterior.statistics.steps = std::move(found.steps);
  posterior.statistics.is_divergent = std::move(found.is_divergent);
  return posterior;
}

Result<Posterior> Fitter::sampled(const FitOptions& options, const std::string& what) {
  const runtime::ProfileScope scope(&profile_, "nuts");
  const auto run = [&](const NutsStart& start) {
    return fit_nuts(bound_, options, start, {.seconds = seconds_left(), .record = record(what)});
  };
  auto plain = pilot("meanfield");
  if (!plain) return plain.diagnostics();
  if (bound_.dimension() > cheap_factor || bound_.dimension() < 2) return run(*plain);
  auto full = pilot("fullrank", &*plain);
  if (!full) return full.diagnostics();
  auto first = run(*full);
  if (!first || first->verdict == Verdict::trust || first->interrupted || first->sampler()->out_of_budget)
    return first;
  auto second = run(*plain);
  if (!second) return first;
  const bool is_better = second->verdict != first->verdict ? second->verdict < first->verdict
                                                           : second->ess() > first->ess();
  Posterior& best = is_better ? *second : *first;
  best.iterations = first->iterations + second->iterations;
  return std::move(best);
}

}  // namespace elba
