// expectations: terms of the log density whose expectation under a guide has a closed form. They may stand
// for the term wherever an objective is linear.
//
//     E_q log N(u; a, b) = log N(m; a, b) - sum var(u) / (2 b^2)        a, b free of latents, u on the real line
//
// m and var(u): what a draw gives of its distribution. Source: Kucukelbir et al., "Automatic differentiation
// variational inference", 2017.
#pragma once

#include <string>
#include <vector>

#include "ir/builder.h"
#include "passes/density/factor_graph.h"

namespace elba::passes {

// Whether the expectation of a site's log prior is taken exactly, and why.
struct ExpectationDecision {
  bool analytic = false;
  std::string reason;
};
[[nodiscard]] std::vector<ExpectationDecision> expectation_decisions(const ir::Module& module,
                                                                     const ir::Func& model,
                                                                     const FactorGraph& graph);

// `dist`: the prior; `scale`: its second argument; the rest by the draw.
[[nodiscard]] ir::ValueId expected_normal(ir::Builder& b, ir::ValueId dist, ir::ValueId scale,
                                          ir::ValueId mean, ir::ValueId variance, const std::string& site);

}  // namespace elba::passes
