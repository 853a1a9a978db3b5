// fit_check: what is measured at the end of a fit: the ELBO on fresh draws, importance sampling, summaries.
#pragma once

#include "runtime/fit.h"
#include "runtime/verdict.h"

namespace elba::runtime {

// Whether elbo keeps the promise of `has_normal_noise`: the normals of a key, lent, give the value of that key, and others another.
[[nodiscard]] bool noise_can_be_lent(const FitProblem& problem, const std::vector<double>& phi);

// The ELBO at result.phi with its error, on fresh draws: elbo_draws at least, more while the error is above 3e-5 and their number is
// below half of the evaluations of the optimisation.
void estimate_elbo(const FitProblem& problem, const FitOptions& options, FitResult& result, Evidence& evidence);

// Draws, importance weights and summaries.
void sample_guide(const FitProblem& problem, const FitOptions& options, FitResult& result, Evidence& evidence);

}  // namespace elba::runtime
