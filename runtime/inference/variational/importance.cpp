#include "runtime/inference/variational/importance.h"

#include <chrono>
#include <limits>

#include "runtime/inference/variational/assess.h"

namespace elba::runtime {

FitResult fit_importance(const FitProblem& problem, const FitOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  const Deadline deadline(options.budget);
  FitResult result;
  result.stop = Stop::converged;
  Evidence evidence;
  evidence.is_proposal = true;
  sample_guide(problem, options, deadline, result, evidence);
  evidence.stop = result.stop;
  Assessment assessment = judge(evidence);
  result.elbo = result.elbo_se = std::numeric_limits<double>::quiet_NaN();
  result.verdict = assessment.verdict;
  result.reasons = std::move(assessment.reasons);
  result.converged = result.stop == Stop::converged;
  result.evaluations = static_cast<std::int64_t>(evidence.draws);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace elba::runtime
