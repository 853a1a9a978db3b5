// progress: what a fit says of itself while it runs.
#pragma once

#include <cstdint>
#include <string>

namespace elba {

struct Progress {
  std::string phase;                   // "start", "optimise", "check", "sample"
  double fraction = 0;                 // of the phase's budget
  double value = 0;                    // best estimate of the objective so far: of guides, the ELBO
  std::int64_t done = 0, planned = 0;  // of a sampler: transitions, warm-up included, over all chains
};

}  // namespace elba

namespace elba::runtime {
using elba::Progress;
}  // namespace elba::runtime
