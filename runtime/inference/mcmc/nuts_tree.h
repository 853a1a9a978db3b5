// nuts_tree: one transition of the no-U-turn sampler: a trajectory doubled to a random side until it turns
// back, and a state drawn from it.
//
// States are drawn multinomially by their weight exp(-energy); the later half of a doubling is favoured
// (biased progressive sampling). A trajectory turns back when the summed momentum points against the velocity
// at one of its ends, over the whole and across the seam of its two halves. Sources: Hoffman and Gelman, "The
// no-U-turn sampler", 2014; Betancourt, "A conceptual introduction to HMC", 2017, appendix A.
#pragma once

#include <vector>

#include "runtime/inference/mcmc/metric.h"
#include "runtime/inference/objective.h"

namespace elba::runtime {

struct NutsState {
  std::vector<double> x, p, gradient;
  double log_density = 0;
};

struct Transition {
  double acceptance = 0;  // mean Metropolis probability over the trajectory
  double energy = 0;
  int depth = 0, steps = 0;
  bool is_divergent = false;
};

// Moves `state` (x, gradient and log_density are set; p is drawn). All randomness is a function of `key`.
Transition nuts_transition(const Objective& objective, const Metric& metric, double step, int max_depth,
                           std::uint64_t key, NutsState& state);

// One transition of Hamiltonian Monte Carlo of about `length` (of time), which differs from one to the next
// by up to 40 %, accepted or not at its end. Where the coordinates have the posterior's shape a quarter of a
// period, pi / 2, makes states nearly independent at a third of the steps that a doubled trajectory takes.
// Source: Neal, "MCMC using Hamiltonian dynamics", 2011, sections 3.2 and 5.4.2.
Transition hmc_transition(const Objective& objective, const Metric& metric, double step, double length,
                          std::uint64_t key, NutsState& state);

// A step length at which one leapfrog step is accepted about as often as not; from `guess`.
[[nodiscard]] double reasonable_step(const Objective& objective, const Metric& metric, double guess,
                                     std::uint64_t key, const NutsState& state);

}  // namespace elba::runtime
