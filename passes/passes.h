// passes: one declaration and one sentence per pass. A pass is a pure function Module -> Module in a file of
// its own name; it reads no file, no clock and no global state. passes.def registers them for the pipeline
// and `elba opt`.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ir/module.h"
#include "support/result.h"

namespace elba::passes {

using ir::Module;

// density level

// Calls of user functions -> their bodies.
Module inline_calls(Module module);
// Latents that reach no observation, factor or prediction -> gone from the density.
Module drop_barren(Module module);
// @model -> @log_joint, @constrain, @unconstrain, @predict on unconstrained coordinates.
Module constrain(Module module);
// @model -> @log_likelihood: the log density of each observation, per `~` statement on data.
Module log_likelihood(Module module);
// @model -> @prior: a draw of every latent before any data, where all priors can be drawn from.
Module prior(Module module);
// @model -> @simulate: latents and data from their distributions, where all can be drawn from.
Module simulate(Module module);
// Location-scale sites with latent location or scale -> learnt partial non-centring.
Module reparameterise(Module module);
// @model -> @model, @guide: draws of the unknowns by the guide that the latents' attributes state.
Module guide(Module module);
// @model, @guide -> @elbo, @draw.
Module objective(Module module);
// Density ops, elementwise tensor ops, contract, lse -> scalar nests; gives tensor level.
Module expand(Module module);

// tensor level
Module simplify(Module module);  // algebra by directional rules
Module cse(Module module);       // equal pure ops -> one
Module dce(Module module);       // ops without uses -> gone
Module hoist(Module module);     // loop-invariant ops -> out of their nests; sums of invariants -> products
Module fuse(Module module);      // producers into consumers, then nests of equal domain into one
Module differentiate(Module module);  // f with an `input` parameter -> also f.grad, by reverse accumulation
Module forward(Module module);        // f.grad -> also f.hvp, by forward accumulation
Module place_stages(Module module);   // f -> f.bind and f: what depends on data only is computed once
// Nests over a matrix of which only the lower triangle counts -> over that triangle.
Module triangle(Module module);
// Small inner dims whose size is stated (ir::with_sizes) -> constants.
Module specialise(Module module);
// The dims on whose size `specialise` depends, and whether two sizes of one of them give the same.
[[nodiscard]] std::set<std::string> inner_dims(const Module& module);
[[nodiscard]] bool is_specialised_alike(std::int64_t one, std::int64_t other);

// loop level
Module bufferise(Module module);  // values -> arena slots and explicit loops
// Loops that run long at the sizes that are stated check now and then whether they are to stop.
Module place_polls(Module module);
// Whether `place_polls` would place the same ones at these sizes; `module` has those of others.
[[nodiscard]] bool has_same_polls(const Module& module, const std::map<std::string, std::int64_t>& sizes);

struct PassInfo {
  std::string_view name;  // as the function
  Module (*run)(Module);
  ir::Level needs;
  ir::Level gives;
  std::string_view doc;
};
[[nodiscard]] const std::vector<PassInfo>& all_passes();
[[nodiscard]] const PassInfo* find_pass(std::string_view name);

}  // namespace elba::passes
