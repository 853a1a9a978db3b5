// lbfgs: maximisation of smooth and of kinked functions by quasi-Newton steps, and of smooth ones by
// Newton steps.
//
// Sources: Nocedal and Wright, Numerical Optimization, 2006 (L-BFGS 7.2, trust-region Newton-CG 7.1); Lewis
// and Overton, "Nonsmooth optimization via quasi-Newton methods", 2013 (weak Wolfe search; BFGS on kinked
// functions).
#pragma once

#include <functional>
#include <vector>

#include "runtime/inference/objective.h"

namespace elba::runtime {

struct OptimiseOptions {
  int max_iterations = 2000;
  int memory = 0;  // pairs kept; 0: as many as coordinates, between 12 and 100
  // Stop when the quadratic model promises a smaller gain than this (in units of the value).
  double tolerance = 1e-10;
  std::uint64_t key = 0;  // handed to the objective
  // out = an approximate inverse of minus the Hessian, times g; empty: a multiple of the identity.
  std::function<void(const double* g, double* out)> precondition;
  // Told of the start and of every place that is stepped to (maximise only).
  std::function<void(const std::vector<double>& x, double value, const std::vector<double>& gradient)> visit;
  Budget budget;
};

struct OptimiseResult {
  std::vector<double> x;
  double value = 0;
  double gradient_norm = 0;  // largest entry
  double expected_gain = 0;  // of one more step, by the quadratic model
  int iterations = 0, evaluations = 0;
  Stop stop = Stop::diverged;
};

// L-BFGS. Points where the objective is not finite are stepped back from.
[[nodiscard]] OptimiseResult maximise(const Objective& objective, std::vector<double> start,
                                      const OptimiseOptions& options);

// out = Hessian of the value at x, times v.
using HessianProduct = std::function<bool(const double* x, const double* v, double* out)>;

// Trust-region Newton with conjugate gradients (Steihaug); for smooth functions, quadratic near the maximum.
[[nodiscard]] OptimiseResult maximise_newton(const Objective& objective, const HessianProduct& product,
                                             std::vector<double> start, const OptimiseOptions& options);

// L-BFGS; when that stalls before the gradient vanishes, BFGS with its full matrix, which finds its way along
// kinks, and then a polish: coordinates that sit on a kink of their own are set on it and held while the rest
// is maximised.
[[nodiscard]] OptimiseResult maximise_kinked(const Objective& objective, std::vector<double> start,
                                             const OptimiseOptions& options);

}  // namespace elba::runtime
