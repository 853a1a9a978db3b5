// calibration: does a method of inference find the posterior of this model? Simulation-based calibration:
// parameters from the prior, data from the parameters, a fit of the data, and the rank of each parameter
// among L draws of its posterior. Over replications such ranks are uniform on 0 .. L when, and nearly only
// when, the draws are from the posterior.
//
// Fits that their own verdict calls unusable are left out and counted: the verdict is a function of data and
// of the method's own chance, so that the others stay uniform (Modrak et al., section 2). The log density of
// the draws is a quantity too: it sees correlations. Sources: Talts, Betancourt, Simpson, Vehtari, Gelman,
// "Validating Bayesian inference algorithms with simulation-based calibration", 2018; Modrak et al.,
// "Simulation-based calibration checking for Bayesian computation: the choice of test quantities shapes
// sensitivity", 2023.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "api/elba.hpp"

namespace elba {

struct CalibrationOptions {
  FitOptions fit;  // method, draws, chains, ..; its seed is that of the whole
  int replications = 200;
  int ranks = 99;       // L: draws of each posterior, thinned to be nearly independent
  double level = 0.01;  // chance that a right method fails, over all quantities (Bonferroni)
  std::function<void(int done)> progress;
  const std::atomic<bool>* cancel = nullptr;  // set to stop: judged by what there is
};

struct CalibratedQuantity {
  std::string name;        // "theta[1]"; "log density" last
  std::vector<int> ranks;  // of the replications that count
  double p = 1;            // of uniformity (runtime/inference/diagnostics/uniformity.h)
  double mean_rank = 0.5;  // as a part of L; 0.5 when the draws lie right
  double spread = 1;       // variance of the ranks over that of uniform ones
  std::string finding;     // in words; empty when p is not small
};

struct Calibration {
  std::string model, method;
  // Done; of these left out for their verdict, or without an answer.
  int replications = 0, distrusted = 0, failed = 0;
  bool passes = false, interrupted = false;
  double limit = 0;  // p below this fails
  std::vector<std::string> reasons;
  std::vector<CalibratedQuantity> quantities;
};

// `fitted` is the same model, unless a test wants to know whether a wrong one is found out: its latents are
// those of `simulated`.
[[nodiscard]] Result<Calibration> calibrate(const Program& simulated, const Program& fitted,
                                            const Data& given, const CalibrationOptions& options,
                                            const JitOptions& jit = {});

}  // namespace elba
