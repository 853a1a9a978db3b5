// assess: what is measured at the end of a fit: the ELBO on fresh draws, importance sampling, summaries.
#pragma once

#include "runtime/inference/deadline.h"
#include "runtime/inference/diagnostics/verdict.h"
#include "runtime/inference/variational/fit.h"

namespace elba::runtime {

// The ELBO at result.phi with its error and its gradients, on fresh draws: elbo_draws at least, more while
// the error is above 3e-5 and their number is below half of the evaluations of the optimisation. Ends early
// at the deadline, which becomes result.stop.
void estimate_elbo(const FitProblem& problem, const FitOptions& options, const Deadline& deadline,
                   FitResult& result, Evidence& evidence);

// Draws, importance weights and summaries. Ends early likewise, with the draws that there are.
void sample_guide(const FitProblem& problem, const FitOptions& options, const Deadline& deadline,
                  FitResult& result, Evidence& evidence);

}  // namespace elba::runtime
