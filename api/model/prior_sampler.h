// prior_sampler: draws of the latents before any data, by forward sampling.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/model/handles.h"

namespace elba {

class PriorSampler {
 public:
  // Whether every unknown has a prior of its own that can be drawn from.
  [[nodiscard]] static bool is_possible(const Bound& bound);
  // Borrows the workspace.
  static Result<PriorSampler> make(const Bound& bound, Workspace& workspace);

  // The latents' values one after the other, as in Posterior::draws. False where they lie outside of declared
  // bounds: a caller that draws again has exactly the density of the model's priors.
  bool draw(std::uint64_t key, std::vector<double>& row);
  // Likewise, and where they stand on the real line.
  bool draw(std::uint64_t key, std::vector<double>& row, std::vector<double>& u);

 private:
  const Bound* bound_ = nullptr;
  Workspace* workspace_ = nullptr;
  Call* call_ = nullptr;
};

}  // namespace elba
