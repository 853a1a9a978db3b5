// linear_response: the covariance that a factorised guide implies when it is asked how its means answer to a
// push, and the normal law with that covariance as an approximation of its own.
//
//     push the log density by t'u; the optimum moves:   Cov(u) = d m*/ d t' = [ (-H)^-1 ]_mm,
//                                                       H the Hessian of the ELBO by (m, w)
//     draw  x ~ N(m, Cov), importance weights p(x) / N(x; m, Cov) as of any guide
//
// A factorised guide understates variances where coordinates correlate; this gives them back, exactly in a
// Gaussian posterior. H is taken of the ELBO over a design (quadrature.h), by central differences of its
// gradient, one pass over the design for each of the 2 n coordinates. Coordinates behind the Gaussian ones
// (centering weights) stay as they are: they only choose where u is looked at. Source: Giordano, Broderick,
// Jordan, "Covariances, robustness, and variational Bayes", 2018. Not there: conjugate gradients for one
// quantity at a time, when n is too large for all.
#pragma once

#include <cstddef>
#include <vector>

#include "runtime/inference/variational/fit.h"

namespace elba::runtime {

// How many evaluations of the ELBO it takes.
[[nodiscard]] std::size_t linear_response_cost(const FitProblem& problem);

// Row-major [n, n]; empty where -H is not positive definite: phi is no maximum.
[[nodiscard]] std::vector<double> linear_response_covariance(const FitProblem& problem,
                                                             const std::vector<double>& phi,
                                                             const FitOptions& options,
                                                             std::int64_t& evaluations);

// L of a positive definite [n, n], row-major; false when it is not.
[[nodiscard]] bool lower_factor(const std::vector<double>& covariance, std::size_t n,
                                std::vector<double>& factor);

// `problem` is one of a factorised guide, phi its optimum. The result's `phi` is that phi.
struct LinearResponse : FitResult {
  std::vector<double> covariance;  // [n, n]
};
[[nodiscard]] LinearResponse fit_linear_response(const FitProblem& problem, const std::vector<double>& phi,
                                                 const FitOptions& options);

}  // namespace elba::runtime
