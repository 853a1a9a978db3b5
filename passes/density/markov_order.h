// markov_order: latents whose elements have distributions of each other: random walks, autoregressions,
// state-space models.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ir/module.h"

namespace elba::passes {

// How far back the distribution of an element of such a latent reaches, in coordinates of its array row by
// row: 1 for h[t] ~ normal(h[t-1], s), 2 K for rows of K that read two rows back. The largest of all latents;
// 0 where none has a distribution of itself.
[[nodiscard]] std::int64_t chain_order(const ir::Module& module,
                                       const std::map<std::string, std::int64_t>& sizes);

}  // namespace elba::passes
