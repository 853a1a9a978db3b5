// verdict: from diagnostics to a verdict with its reasons.
#pragma once

#include <string>

#include "runtime/inference/objective.h"
#include "runtime/inference/reason.h"

namespace elba::runtime {

struct Evidence {
  Stop stop = Stop::converged;
  bool is_fullrank = false;
  bool is_proposal = false;
  double elbo = 0, elbo_se = 0;
  double khat = 0, khat_threshold = 0.7;
  double importance_ess = 0, draws = 0;
  double draws_lost = 0;  // share of draws that were not finite
  // Worst quantity: |weighted - guide mean| / sd, and weighted sd / guide sd.
  double mean_gap = 0, sd_ratio = 1;
  std::string mean_gap_name, sd_ratio_name;
  double frozen_error = 0;  // how far the optimum moves with other draws, in posterior sd
};

[[nodiscard]] Assessment judge(const Evidence& evidence);
// Of the place where the climb of a log density ended; what its rounding hides is told from `value`.
[[nodiscard]] Assessment judge_mode(Stop stop, double gradient_norm, double expected_gain, double value = 0);

}  // namespace elba::runtime
