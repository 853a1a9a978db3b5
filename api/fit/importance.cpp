// importance: importance sampling from the prior: the evidence is the mean likelihood of its draws.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "api/fit/fitter.h"
#include "api/model/prior_sampler.h"
#include "api/model/unguarded.h"
#include "runtime/inference/variational/importance.h"
#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba {

namespace {

constexpr std::uint64_t most_attempts = 20;  // for a draw of the prior inside of declared bounds
constexpr double no_weight = -1e300;         // the log of a weight of 0 that still counts as a draw

// `target += ..` weighs the density by what is no distribution of the data.
bool has_bare_factor(const ir::Module& density) {
  const ir::Func* model = density.find("model");
  return model != nullptr &&
         std::any_of(model->body.ops.begin(), model->body.ops.end(), [](const ir::Op& op) {
           return op.code == ir::Opcode::factor && op.attr_string("site").starts_with("factor.");
         });
}

}  // namespace

Result<Posterior> Fitter::run_importance() {
  if (has_bare_factor(bound_.impl->program->density))
    return make_diagnostic(Code::method_not_applicable, {},
                           {"importance", "its density has a factor that is no distribution of data"});
  if (!PriorSampler::is_possible(bound_))
    return make_diagnostic(Code::method_not_applicable, {},
                           {"importance", "not every unknown has a prior of its own that can be drawn from"});
  auto sampler = PriorSampler::make(bound_, *workspace_);
  if (!sampler) return sampler.diagnostics();
  const auto begin = Clock::now();
  runtime::FitProblem problem = density_problem();
  problem.is_proposal = true;
  double attempts = 0, inside = 0;
  std::vector<double> row, at, likelihoods;
  problem.draw = [&](const double*, std::uint64_t key, double* u, double& log_p, double& log_q) {
    log_q = 0;
    for (std::uint64_t attempt = 0; attempt < most_attempts && !runtime::is_stopped(); ++attempt) {
      ++attempts;
      if (!sampler->draw(runtime::fold_key(key, attempt), row, at)) continue;
      ++inside;
      if (!unguarded::log_likelihood(*workspace_, at, likelihoods)) return false;
      log_p = std::accumulate(likelihoods.begin(), likelihoods.end(), 0.0);
      if (std::isnan(log_p)) return false;
      log_p = std::max(log_p, no_weight);
      std::copy(at.begin(), at.end(), u);
      return true;
    }
    return false;
  };
  auto settings = runtime_options(options_, seconds_left());
  settings.profile = &profile_;
  const runtime::ProfileScope scope(&profile_, "draws of the prior");
  runtime::FitResult found = runtime::fit_importance(problem, settings);
  // Declared bounds cut the priors off without rescaling them, as everywhere in the model's density.
  if (inside > 0) found.log_evidence += math::log(inside / attempts);
  return reported(choice_of(runtime::MethodId::importance), std::move(found), problem, seconds_since(begin));
}

}  // namespace elba
