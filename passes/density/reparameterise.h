// reparameterise: what is decided for each latent, and why; shared by the pass and `explain`.
#pragma once

#include <string>
#include <vector>

#include "passes/density/markov_chain.h"
#include "passes/density/multivariate_normal.h"

namespace elba::passes {

enum class Centering { centered, noncentered, vip };

struct CenteringDecision {
  Centering kind = Centering::centered;
  std::string reason;                           // in the words of a user
  std::optional<ChainDistribution> chain = {};  // of a site whose elements have distributions of each other
  std::optional<ir::GaussianForm> joint = {};   // of one whose elements have one distribution together
};

// One per site of the graph.
[[nodiscard]] std::vector<CenteringDecision> centering_decisions(const ir::Module& module,
                                                                 const ir::Func& model,
                                                                 const FactorGraph& graph);
[[nodiscard]] std::string_view centering_name(Centering kind);

}  // namespace elba::passes
