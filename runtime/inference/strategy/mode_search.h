// mode_search: is there a part of the posterior that the draws of a fit never saw?
//
// From some draws and from scattered starts the density is climbed. An end is a mode when its gradient
// vanishes in units of the curvature, -H is positive definite there, and the straight way to every other mode
// dips. Each mode has a normal law (Laplace), and the laws divide the space: a place belongs to the mode
// whose law, times its mass, is the largest there. Of each region two numbers are compared:
//
//     mass     P(R_k), by importance sampling from the law of mode k: mean of p(x) / q_k(x) over its draws
//              that lie in R_k, over the sum of all regions
//     drawn    the share of the fit's draws that lie in R_k
//
// A mode whose region holds less than half of the draws that it should is not seen, however near some draw
// came: a tail draw in a thousand is no sample of a mode with a third of the mass. It matters by what it
// would do to the fit's means and spreads, so that a far mode with little mass counts and a near one may not.
//
// A density that stays the same when some coordinates change sign (loadings and scores of a factor model) has
// an image of whatever the draws saw. That is tried first, since it needs no climb and holds in any number of
// dimensions.
//
// Stated limits: narrow modes far from all starts are missed, and so is what is no mode (a plateau, a
// collapsed scale).
#pragma once

#include <utility>
#include <vector>

#include "runtime/inference/optimise/lbfgs.h"
#include "runtime/inference/variational/normal_mixture.h"

namespace elba::runtime {

struct ModeOptions {
  std::uint64_t seed = 1;
  // From scattered starts; low: in up to ten dimensions, where they may cover the space.
  int searches = 15, low_searches = 36;
  int probes = 500;                 // looked at before, in as few dimensions
  int jumps = 18, more_jumps = 36;  // from the draws' mean moved along one coordinate, at most six for each;
                                    // more: once another mode is known
  int max_iterations = 60;          // of a climb
  std::int64_t most_evaluations = 1'000'000;  // of the density, after which the search ends
  // Coordinates that belong together and may change sign: first, count. Every choice among the first six is
  // tried as a mirror of the density.
  std::vector<std::pair<std::size_t, std::size_t>> signed_blocks;
  double valley = 0.3;  // nats below the lower of two tops, from which on they are two
  Budget budget;
};

struct Mode {
  std::vector<double> u;
  double log_density = 0;
  double log_mass = 0;                // of its region; -infinity when it has no normal law
  double drawn = 0;                   // share of the draws that lie in its region
  double distance = 0;                // from the mean of the draws, in their sd: the largest coordinate
  int found = 1;                      // searches that ended here
  std::vector<std::size_t> mirrored;  // the signed blocks by which it is the image of the draws, which holds
                                      // as much as they; empty: none
  NormalPart law;
};

struct ModeSearch {
  std::vector<Mode> modes;                        // not seen by the draws, or too rarely
  std::vector<Mode> seen;                         // the others
  std::vector<std::vector<std::size_t>> mirrors;  // signed blocks that may change sign together without the
                                                  // density noticing, whether the draws saw both sides or not
  // Of the regions of the modes that are seen: at least what the fit holds; -infinity: not known.
  double seen_log_mass = 0;
  double drawn_log_mass = 0;  // of what the draws cover, at most: mean log density + entropy of the normal
                              // law of their moments; -infinity: too few draws
  int searches = 0;
  std::int64_t evaluations = 0;
};

// `places` are draws of the fit, row by row; none: every mode counts. Cancelled or out of time: what was
// found so far.
[[nodiscard]] ModeSearch find_modes(const Objective& log_density, const HessianProduct& product,
                                    const std::vector<double>& places, const ModeOptions& options);

// Mean and covariance of the places as a normal law; false when there are too few for their covariance.
[[nodiscard]] bool law_of_places(const std::vector<double>& places, std::size_t n, NormalPart& law);
// The same law with `scale` times its standard deviations.
[[nodiscard]] NormalPart widened(const NormalPart& law, double scale);

}  // namespace elba::runtime
