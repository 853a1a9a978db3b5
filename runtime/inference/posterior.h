// posterior: what is reported of one quantity of a posterior, whichever method drew it.
#pragma once

#include <string>

namespace elba::runtime {

struct QuantitySummary {
  std::string name;
  double mean = 0, sd = 0, q05 = 0, q50 = 0, q95 = 0;  // with importance weights when those can be trusted
  double mcse = 0;                                     // of the mean
  double guide_mean = 0, guide_sd = 0;                 // without weights
  double sd_khat = 0;  // of the terms that make the sd (runtime/inference/diagnostics/variance_shape.h)
};

}  // namespace elba::runtime
