// termination: what every maximisation says of the place where it stopped. Internal to runtime/.
#pragma once

#include <limits>
#include <utility>

#include "runtime/inference/optimise/lbfgs.h"
#include "runtime/inference/optimise/line_search.h"
#include "runtime/inference/vectors.h"

namespace elba::runtime {

// Without a finite start there is no value: -inf.
inline OptimiseResult ended(OptimiseResult result, Place here, const Walker& walker, bool is_defined) {
  if (is_stopped()) (void)walker.is_out_of_time(result.stop);  // and not where nothing rises
  result.gradient_norm = largest(here.gradient);
  result.value = is_defined ? here.value : -std::numeric_limits<double>::infinity();
  result.evaluations = walker.evaluations();
  result.x = std::move(here.x);
  return result;
}

}  // namespace elba::runtime
