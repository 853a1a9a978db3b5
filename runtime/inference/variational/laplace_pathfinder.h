// laplace_pathfinder: approximations that need the log density alone, without a guide: Laplace and
// Pathfinder. Both give normal laws in the unconstrained coordinates, which are then drawn from, weighted and
// judged like a fitted guide.
//
//     laplace      mode m of the density with Jacobian, C = (-Hessian)^-1;
//                  log evidence ~ log p(m) + n/2 ln 2 pi + 1/2 log det C
//     pathfinder   along a quasi-Newton path to the mode, the normal law of the place with the largest ELBO;
//                  several paths from random starts make a mixture
//
// Sources: Tierney and Kadane 1986; Zhang, Carpenter, Gelman, Vehtari, "Pathfinder: parallel quasi-Newton
// variational inference", 2022 (the mixture's density stands in the weights of the draws of all paths, where
// the paper weights each path by its own).
#pragma once

#include "runtime/inference/variational/fit.h"
#include "runtime/inference/variational/normal_mixture.h"

namespace elba::runtime {

struct PathfinderOptions {
  int paths = 4, elbo_draws = 10, memory = 6, max_iterations = 1000;
};

// Of the problem only latent_size, log_joint, constrain and quantity_names count.
[[nodiscard]] FitResult fit_pathfinder(const FitProblem& problem, const PathfinderOptions& paths,
                                       const FitOptions& options);
// `hessian_product` of the log density with Jacobian. At most 2000 coordinates.
[[nodiscard]] FitResult fit_laplace(const FitProblem& problem, const HessianProduct& hessian_product,
                                    const std::vector<double>& start, const FitOptions& options);

// ---- shared by what ends in normal laws

// Draws of the mixture, their weights, summaries and a verdict, added to what `result` says of the way there
// (its `stop` above all).
[[nodiscard]] FitResult assess_normal_fit(const FitProblem& problem, const FitOptions& options,
                                          const NormalMixture& mixture, FitResult result);
[[nodiscard]] FitResult no_normal_fit(FitResult result, Stop stop, ReasonCode reason);

}  // namespace elba::runtime
