// guide: beside @model stands a function that draws its unknowns.
//
//     @model  ->  @model, @guide(data .., phi, noise)
//
// By the `guide` attribute of each latent: independent groups of them, each of one family. What @guide
// computes it says by `draw` ops: the unconstrained coordinates of a site, and what is known of their
// distribution. The pass `objective` brings the two functions together. Not there: guides that read data.
#include "passes/guide/writer.h"
#include "passes/passes.h"

namespace elba::passes {

Module guide(Module module) {
  if (module.find("model") == nullptr || module.find("guide") != nullptr) return module;
  WrittenGuide written = write_guide(module);
  module.funcs.push_back(std::move(written.func));
  return module;
}

}  // namespace elba::passes
