// prior: draws of the latents before any data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/elba.hpp"

namespace elba {

struct PriorDraws {
  std::string reason;          // why there are none; empty when there are
  std::vector<double> values;  // draws x columns: the latents as in Posterior::draws
  std::size_t draws = 0, columns = 0;
};
// By forward sampling. Draws outside of declared bounds are rejected as a whole, which leaves exactly the
// density of the model's priors.
[[nodiscard]] PriorDraws prior_draws(const Bound& bound, std::uint64_t seed, std::size_t wanted);

}  // namespace elba
