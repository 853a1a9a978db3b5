// quantity: what is reported of one number of a posterior, whichever method drew it.
#pragma once

#include <string>

namespace elba {

struct Quantity {
  std::string name;                                    // 1-based and flattened: "theta[1]"
  double mean = 0, sd = 0, q05 = 0, q50 = 0, q95 = 0;  // with importance weights when those can be trusted
  double mcse = 0;                                     // of the mean
  double guide_mean = 0, guide_sd = 0;                 // without importance weights
  double linear_response_sd = 0;  // what the guide's linear response implies; 0: not known
  // Pareto k of the draws that make the sd: from 0.7 on it hangs on rare ones; 0: on none
  // (runtime/inference/diagnostics/variance_shape.h).
  double sd_khat = 0;
  double rhat = 1, ess_bulk = 0,
         ess_tail = 0;  // of chains, and of unknowns only: nan for what `predict` names
};

}  // namespace elba

namespace elba::runtime {
using elba::Quantity;
}  // namespace elba::runtime
