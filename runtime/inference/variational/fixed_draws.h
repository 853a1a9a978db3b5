// fixed_draws: variational inference as a deterministic maximisation: the expectation over the guide's noise
// is a fixed weighted sum (quadrature.h), so that second-order methods apply and converge to many digits.
//
//     F(phi) = sum_k w_k ELBO(phi; e_k)
//
// For the Gaussian families the same evaluations give, without a single Hessian-vector product, the expected
// curvature in the guide's own units, by Stein's identity:
//
//     S = -L' E[hessian] L = -L' sum_k w_k g_k e_k',      g_k the gradient by the means at e_k, u = m + L e
//
// (plus what priors contribute whose expectation is exact: add_exact_parts in fixed_draws.cpp). The optimum
// has S = I (full rank) or diag S = 1 (mean field) and zero mean gradient. Optimisation goes by jumps
//     m += L S^-1 L' g,   L = chol(L S^-1 L')   or   s_i = s_i / sqrt(S_ii)
// (exact in one jump when the posterior is Gaussian), damped until F rises, then by L-BFGS on all of phi,
// preconditioned by the same S.
//
// Where a burst of L-BFGS only creeps, the profile over the coordinates that are not Gaussian is maximised
// instead for a while.
//
// A structured guide is climbed by L-BFGS alone, in the given units.
//
// The error of the frozen sum is measured with another design: how far the next jump would move the means, in
// posterior sd; for a structured guide, how far its optimum under that design is, or how much less its ELBO
// is worth there.
//
// Sources: Giordano, Ingram, Broderick, "Black box variational inference with a deterministic objective"
// (DADVI), 2024; Opper and Archambeau 2009 (the fixed point); Price 1958, Stein 1981 (the identity).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "runtime/inference/objective.h"
#include "runtime/inference/variational/fit.h"
#include "runtime/inference/variational/gaussian_parameters.h"
#include "runtime/inference/variational/quadrature.h"

namespace elba::runtime {

struct FrozenProblem {
  NormalForm form = NormalForm::none;  // ParameterTable::form
  std::size_t guide_size = 0, noise_size = 0;
  ElboAt elbo;
  std::vector<std::size_t> means;  // coordinates of phi, of a guide without a form
  std::vector<double> units;       // as in FitProblem
};

struct FrozenOptions {
  std::uint64_t key = 0;
  double tolerance = 1e-9;    // of the ELBO
  double error_limit = 0.05;  // grow the design until its error is below this
  std::size_t most_points = 4096;
  int max_iterations = 1000;              // of L-BFGS, in all
  std::int64_t max_sums = 1'000'000'000;  // evaluations of F, after which it ends as if out of iterations
  int most_walks = 2;                     // along ridges of centering weights; 0: none
  Budget budget;
};

struct FrozenResult {
  std::vector<double> phi;
  double value = 0;
  double error = 0;  // of the means, in posterior sd; 0 where means are not known
  std::size_t points = 0;
  int iterations = 0;
  std::int64_t evaluations = 0;  // of the ELBO
  Stop stop = Stop::diverged;
};

[[nodiscard]] FrozenResult maximise_frozen(const FrozenProblem& problem, std::vector<double> start,
                                           const FrozenOptions& options);

// F at phi under one design; -inf where it is not finite.
[[nodiscard]] double frozen_value(const FrozenProblem& problem, const Design& design,
                                  const std::vector<double>& phi);

// F, its gradient and the slopes at phi under one design. False where it is not finite.
[[nodiscard]] bool frozen_slopes(const FrozenProblem& problem, const Design& design,
                                 const std::vector<double>& phi, double& value, std::vector<double>& gradient,
                                 Slopes& slopes);

}  // namespace elba::runtime
