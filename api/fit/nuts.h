// nuts: the no-U-turn sampler on a bound program; a worker a thread, each with a workspace of its own.
//
// Chains walk in the coordinates of `reparameterise`, with centering weights held at what a factorised guide
// has learnt: a funnel that the guide has flattened is flat for the sampler too. A start with a factor is
// walked from in its own units, x = mean + L z, so that what the guide knows of correlations need not be
// learnt again (Hoffman et al., "NeuTra-lizing bad geometry", 2019, with an affine map).
#pragma once

#include <memory>

#include "api/model/quantities.h"
#include "runtime/inference/checkpoint_log.h"
#include "runtime/inference/parameters.h"
#include "runtime/inference/variational/sparse_normal.h"

namespace elba {

struct NutsStart : runtime::GuideStart {
  // Their covariance by a sparse precision, instead of `factor` and `spread`; or null.
  std::shared_ptr<const runtime::SparseNormal> law;
};
struct NutsLimits {
  double seconds = 600;
  std::int64_t evaluations = 1'000'000'000'000;  // of each chain
  bool is_shaped = false;  // the start's law is the posterior's shape: trajectories of fixed length, of which
                           // warm-up learns the step only
  runtime::Record record;  // where chains keep how far they are
};
[[nodiscard]] Result<Posterior> fit_nuts(const Bound& bound, const FitOptions& options,
                                         const NutsStart& start, const NutsLimits& limits);

}  // namespace elba
