// nuts_check: runs the sampler beside a fit, to compare them (runtime/inference/strategy/sampler_check.h).
#include "runtime/inference/strategy/sampler_check.h"

#include <algorithm>

#include "api/fit/fitter.h"

namespace elba {

void Fitter::check_by_nuts(Posterior& posterior) {
  if (posterior.guide() == nullptr) return;
  const auto unchecked = [&](const std::string& why) {
    posterior.add(Verdict::caution, ReasonCode::check_not_possible, {why});
  };
  if (posterior.guide()->is_mixture) return unchecked("chains stay in the mode where they start");
  FitOptions sampling = options_;
  sampling.draws = std::max(options_.draws, 4000);
  const auto begin = Clock::now();
  const auto chains = sampled(sampling, "check nuts");
  if (!chains) return unchecked(chains.diagnostics().front().message);
  posterior.infer_seconds += seconds_since(begin);
  posterior.interrupted = chains->interrupted;
  runtime::compare_with_chains(posterior, *chains);
}

}  // namespace elba
