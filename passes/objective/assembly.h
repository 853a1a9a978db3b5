// assembly: @model at a draw of @guide, as a function under construction: every site's coordinates, the terms
// of the log joint density there, and what the guide says of its own distribution.
//
//     func(data .., phi, noise):   ops of @guide, then of @model with each site's value from its draw
//
// A key is a parameter too where the model itself takes numbers at random.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/builder.h"
#include "ir/module.h"
#include "passes/density/factor_graph.h"
#include "passes/objective/expectations.h"

namespace elba::passes {

// What all functions of an objective share.
struct ModelAndGuide {
  explicit ModelAndGuide(ir::Module& module);  // takes @model and @guide out of it

  ir::Module& module;
  ir::Func model, guide;
  Transforms transforms;
  FactorGraph graph;
  std::vector<ExpectationDecision> decisions;
};

// Whether @guide draws every site of @model once, at its free shape; of other modules there is no objective.
[[nodiscard]] bool has_fitting_guide(const ir::Module& module);

class Assembly {
  ir::Func func_;  // before its builder

 public:
  Assembly(ModelAndGuide& of, std::string name);

  ir::Builder b;
  // log p: the terms of the log joint density and the log Jacobian of the latents. `linear`: a term may be
  // its own expectation.
  void densities(bool is_linear);
  [[nodiscard]] const std::vector<ir::ValueId>& terms() const { return terms_; }
  // Of the groups of the guide that give them.
  [[nodiscard]] const std::vector<ir::ValueId>& entropies() const { return entropies_; }
  [[nodiscard]] const std::vector<ir::ValueId>& log_qs() const { return log_qs_; }
  // u of @log_joint: the values of reparameterised sites, all others as they were drawn; and the latents'
  // coordinates as the guide has them.
  [[nodiscard]] ir::ValueId coordinates();
  [[nodiscard]] ir::ValueId latent_coordinates();

  // Into the module.
  void finish(std::initializer_list<ir::ValueId> results, std::vector<std::string> names = {});

 private:
  void copy_guide();
  [[nodiscard]] ir::ValueId recovered(const Site& site) const;

  ModelAndGuide& of_;
  ir::Builder::ValueMap map_;
  std::vector<ir::ValueId> free_, mean_, variance_;  // per site
  std::vector<ir::ValueId> terms_, entropies_, log_qs_;
};

}  // namespace elba::passes
