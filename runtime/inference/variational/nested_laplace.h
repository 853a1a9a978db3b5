// nested_laplace: where a posterior of many unknowns lies, and how it is shaped there: the mode of the
// hyperparameters' marginal law, and the normal law of the rest given them.
//
//     t hyperparameters (scales, correlations), u everything else
//     u^(t) = argmax_u log p(u, t)          L(t) = log p(u^(t), t) - 1/2 log det H_uu
//     t^ = argmax_t L(t),   M = -d2 L / dt2
//     law: t ~ N(t^, M^-1),   u | t ~ N(u^ - H_uu^-1 H_ut (t - t^), H_uu^-1),
//          H minus the Hessian of log p at (u^, t^)
//
// The joint mode would not do: in a hierarchy it lies where a scale is far too small or too large, since it
// forgets how much room the members have. L is the same in every affine parametrisation of u given t. Its
// gradient is by differences (each costs an inner solve of two or three Newton steps that start at the
// optimum before), which is enough for a geometry that a sampler starts in; without hyperparameters it is
// Laplace's approximation.
//
// H is made of few products. Coordinates of different members of a plate do not meet, so one product measures
// one coordinate of every member; the shared ones are measured one by one. Whether that holds is asked once,
// with a random vector: H v as computed against H v as assembled. Where it does not, every coordinate is
// measured by itself.
//
// Sources: Rue, Martino, Chopin, "Approximate Bayesian inference for latent Gaussian models", 2009; Curtis,
// Powell, Reid, "On the estimation of sparse Jacobian matrices", 1974 (columns measured together). Leaves
// out: chains, whose coordinates are measured one by one; sums over a grid of t.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/inference/optimise/lbfgs.h"
#include "runtime/inference/variational/sparse_normal.h"

namespace elba::runtime {

struct NestedProblem {
  Objective log_density;
  HessianProduct product;
  std::vector<std::size_t> hyper;  // coordinates of t
  static constexpr std::size_t shared = ~std::size_t{0};
  std::vector<std::size_t> member;  // of each coordinate: of which member of the plate it is, or `shared`
  std::vector<std::size_t> slot;    // which coordinate of its member: 0, 1, ..
};

struct NestedOptions {
  std::uint64_t seed = 1;
  std::int64_t most_evaluations = 20'000;  // a Hessian product counts as 2.5
  std::size_t most_hyper = 15;
  bool measures_tails = false;
  Budget budget;
};

// By how much L falls for each unit of one hyperparameter far out, 12 to 18 units from the mode: below and
// above. 0: not at all, and the posterior is improper. nan: not known.
struct HyperTail {
  std::size_t coordinate = 0;
  double below = 0, above = 0;
};

struct NestedResult {
  std::shared_ptr<const SparseNormal> law;  // of all coordinates; null: none was found
  Stop stop = Stop::diverged;
  bool has_plate = false;               // members do not meet
  std::vector<double> u;                // (u^, t^)
  std::vector<double> curvature;        // the diagonal of H at u
  std::vector<double> hyper_precision;  // M, [P, P]
  std::vector<HyperTail> tails;         // when they were asked for
  std::int64_t evaluations = 0;
};

[[nodiscard]] NestedResult fit_nested_laplace(const NestedProblem& problem, std::vector<double> start,
                                              const NestedOptions& options);

// The law given t = those of `start`, with a known M: after the parametrisation of u has changed.
[[nodiscard]] NestedResult condition_nested_laplace(const NestedProblem& problem, std::vector<double> start,
                                                    const std::vector<double>& hyper_precision,
                                                    const NestedOptions& options);

}  // namespace elba::runtime
