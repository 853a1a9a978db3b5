// nuts: the no-U-turn sampler on several chains, as a reference that needs no approximation.
//
//   warm-up    step length by dual averaging to a wanted acceptance; the metric from windows of growing
//              length (75 | 25, 50, .. | 50)
//   sampling   fixed step and metric
//   judge      R-hat, bulk and tail effective size, divergences, trajectories cut at the largest depth,
//              energy fraction (E-BFMI)
//
// Sources: Hoffman and Gelman 2014 (dual averaging, section 3.2); Stan reference manual 2.33, "HMC algorithm
// parameters" (windows); Vehtari et al., "Rank-normalization, folding, and localization: an improved R-hat",
// 2021; Betancourt 2016 (E-BFMI). Chains are independent functions of the seed, so results do not depend on
// how many threads run them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "runtime/inference/checkpoint_log.h"
#include "runtime/inference/diagnostics/verdict.h"
#include "runtime/inference/objective.h"
#include "runtime/inference/quantity.h"

namespace elba::runtime {

struct NutsProblem {
  std::vector<Objective> workers;  // one log density, with Jacobian, for each thread that may run
  std::vector<double> start;       // chains begin around it, within 2 `spread` of each coordinate
  std::vector<double> spread;      // a guess of the posterior's sd, the first metric too; empty: ones
  std::function<bool(const double* u, double* quantities)> constrain;  // called from one thread
  std::vector<std::string> quantity_names;
  bool keeps_positions = false;
  std::vector<bool> is_bounded;  // quantities with two finite ends; empty: none
};

struct NutsOptions {
  std::uint64_t seed = 1;
  int chains = 4, warmup = 1000, draws = 1000;  // of each chain
  double acceptance = 0.8;
  int max_depth = 10;
  bool is_dense = false;
  // Of every trajectory, roughly (nuts_tree.h, hmc_transition): the coordinates have the posterior's shape,
  // and warm-up learns the step only. 0: doubled until it turns back.
  double length = 0;
  std::int64_t most_evaluations = 1'000'000'000'000;  // of each chain, after which it ends
  Record record;                                      // where each chain keeps how far it is
  Budget budget;
};

struct NutsResult : Assessment {
  Stop stop = Stop::diverged;
  std::vector<Quantity> quantities;
  std::vector<double> draws;      // row-major [chains * draws, quantities], chain after chain
  std::vector<double> positions;  // the same rows in the chains' coordinates, when they are kept
  std::vector<double> log_density, acceptance, energy;  // of each draw, in the same order; as are the next
  std::vector<int> depth, steps, chain;
  std::vector<bool> is_divergent;
  std::vector<double> step_length;  // of each chain
  std::size_t draw_count = 0, divergences = 0, cut_short = 0;
  double worst_rhat = 1, least_size = 0, least_energy_fraction = 1;
  double rhat_limit = 1.01;  // what the worst of so many quantities may reach by chance
  double low_size = 0;       // the effective size that 99 of 100 quantities have
  std::int64_t evaluations = 0;
};

// Of one quantity's draws, chain after chain, all of one length.
[[nodiscard]] Quantity summarise_chains(std::string name, std::span<const double> values, std::size_t chains,
                                        bool is_bounded);

[[nodiscard]] NutsResult sample_nuts(const NutsProblem& problem, const NutsOptions& options);

}  // namespace elba::runtime
