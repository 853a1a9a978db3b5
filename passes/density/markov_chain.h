// markov_chain: the distribution of a latent whose elements are stated one after the other, each given those
// before it.
//
//     h[1] ~ D(mu, s0);   h[t] ~ D(f(h[t-1], ..), s)    read off the `observe`s of pieces of h
//
// With it the chain can be walked: h_t from its own noise and the elements before it, which is what a
// non-centred chain is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "passes/density/factor_graph.h"

namespace elba::passes {

// A run of elements with one distribution: `count` of them from number `first` on.
struct ChainPiece {
  std::size_t place = 0;  // of its observe
  std::int64_t first = 0;
  ir::Dim count;
  ir::ValueId dist, value;  // what is observed: a read of one element, or a nest over consecutive ones
};

struct ChainDistribution {
  std::vector<ChainPiece> pieces;  // all but the last are of constant length
  std::int64_t order = 0;          // how many elements back the last piece reads
  std::size_t first_use = 0;       // the first op that reads the chain
  // Ops that its distribution needs and that stand behind first_use; none of them reads the chain.
  std::vector<std::size_t> early;
};

// Nothing where the site is no chain, or one that cannot be walked; `why` then says which, when it reads back
// at itself.
[[nodiscard]] std::optional<ChainDistribution> chain_distribution(const ir::Module& module,
                                                                  const ir::Func& model,
                                                                  const FactorGraph& graph, const Site& site,
                                                                  std::string& why);

// The chain from z: h_t = next(location, scale, z_t) in order, as f64[T]. Every value that the distribution
// needs is in `map`.
using ChainStep = std::function<ir::ValueId(ir::ValueId location, ir::ValueId scale, ir::ValueId z)>;
[[nodiscard]] std::vector<ir::ValueId> walk_chain(const ir::Func& model, const FactorGraph& graph,
                                                  const Site& site, const ChainDistribution& chain,
                                                  ir::Builder& b, const ir::Builder::ValueMap& map,
                                                  ir::ValueId z, const ChainStep& next);

}  // namespace elba::passes
