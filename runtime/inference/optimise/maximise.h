// maximise: from a start to a maximum: a climb, a look at the curvature of the place where it ended
// (optimality.h), and on from there as long as that is no maximum.
//
// A climb is quasi-Newton steps as long as they get along well, Newton's when they do not, and once more
// where they seem to have arrived, since curvature knows of flat directions that quasi-Newton steps never
// saw. Where Newton's steps find no rest the function has kinks, and the long way round them is taken
// (nonsmooth.cpp). Beyond 1e20, and where the density exceeds e^1e15, nothing is looked for.
#pragma once

#include <limits>

#include "runtime/inference/optimise/optimality.h"

namespace elba::runtime {

struct AscentOptions {
  // Kinks are possible: the long way is taken where the short one ends without arriving.
  bool has_kinks = true;
  Look look = Look::whole;  // at each end; none: the first end is the end
  // Whether a climb that did not arrive has left for where there is nothing to arrive at: no more is spent on
  // it. Empty: never.
  std::function<bool(const std::vector<double>& x, const std::vector<double>& gradient)> is_lost;
  double most_work =
      std::numeric_limits<double>::infinity();  // evaluations, of which a Hessian product counts
                                                // product_cost; then it ends as if out of iterations
  Budget budget;
};
inline constexpr double product_cost = 4;

struct Ascent {
  OptimiseResult end;  // `expected_gain` by the curvature, where that is known
  Terrain terrain;     // of the end; not known where it was not surveyed
  std::int64_t iterations = 0, evaluations = 0, products = 0;
  int escapes = 0;  // times that it went on from a place that was no maximum
  [[nodiscard]] bool is_cut() const { return end.stop == Stop::cancelled || end.stop == Stop::seconds; }
};

[[nodiscard]] Ascent ascend(const Objective& objective, const HessianProduct& product,
                            std::vector<double> start, const AscentOptions& options);

}  // namespace elba::runtime
