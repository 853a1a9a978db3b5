// sites: the unknowns of a model in declaration order, their coordinates on the real line, and the transforms
// between the two.
//
// A site is a `latent` or `param` op at the top level of @model. Its unconstrained coordinates are its shape
// for elementwise supports; for a vector support the event's dims become those of the transform's argument
// (simplex[K] has K - 1). All sites together make the vector u of @log_joint. The transforms themselves are
// IR text (ir/library/transforms), inlined where a pass needs them.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ir/builder.h"
#include "ir/module.h"

namespace elba::passes {

struct Site {
  std::size_t op = 0;  // its place in the body of @model
  std::string name;
  std::string support;
  bool is_param = false;
  ir::ValueId value;
  ir::Type type;
  std::vector<ir::Dim> free_shape;  // of its unconstrained coordinates
  ir::Dim offset;                   // of the first one in u
  ir::Dim size;
  std::vector<ir::ValueId> bounds;  // of its support, values of @model
  ir::ValueId prior;                // the distribution; invalid when stated apart or absent
  ir::ValueId init;                 // a param's start; invalid when it has none
};

// Written by the pass reparameterise: the site is centred, non-centred or in between by its attribute.
[[nodiscard]] inline bool is_reparameterised(const ir::Func& model, const Site& site) {
  return !model.body.ops[site.op].attr_string("via").empty();
}

// The support transforms of one module, parsed on first use. Declares in the module the derived dims
// that they need.
class Transforms {
 public:
  explicit Transforms(ir::Module& module) : module_(module) {}

  [[nodiscard]] std::size_t bound_count(const std::string& support);
  [[nodiscard]] std::vector<ir::Dim> free_shape(const std::string& support, const ir::Type& type);

  // `bounds` are values of the function under construction, scalars or of the site's shape.
  ir::ValueId forward(ir::Builder& b, const Site& site, ir::ValueId u, std::span<const ir::ValueId> bounds);
  ir::ValueId inverse(ir::Builder& b, const Site& site, ir::ValueId x, std::span<const ir::ValueId> bounds);
  // Summed over the site; an invalid id where it is zero everywhere.
  ir::ValueId log_jacobian(ir::Builder& b, const Site& site, ir::ValueId u,
                           std::span<const ir::ValueId> bounds);

 private:
  const ir::Module& library(const std::string& support);
  std::map<std::string, ir::Dim> event_dims(const std::string& support, const ir::Type& type);
  ir::Func instance(const Site& site, const char* member);

  ir::Module& module_;
  std::map<std::string, ir::Module> libraries_;
};

[[nodiscard]] std::vector<Site> find_sites(const ir::Func& model, Transforms& transforms);
[[nodiscard]] ir::Dim total_size(const std::vector<Site>& sites);

// ---- what the passes that rebuild @model share

// The ops of the body that the given values and the kept ops depend on. A param does not depend on its start,
// which may be drawn: a caller that needs it names it among the roots.
[[nodiscard]] std::vector<bool> needed_ops(const ir::Func& func, std::span<const ir::ValueId> roots,
                                           const std::vector<bool>& kept = {});

// The data parameters, with their bounds; the key parameter.
void copy_data_params(const ir::Func& model, ir::Builder& b, ir::Builder::ValueMap& map);
// One that no parameter of `func` has.
[[nodiscard]] std::string free_name(const ir::Func& func, std::string name);
void copy_key_param(const ir::Func& model, ir::Builder& b, ir::Builder::ValueMap& map);

// Copies the needed ops of @model. `unknown` gives the value of a site (an index into `sites`); `density` is
// called for each observe and factor, which are not copied.
struct ModelCopy {
  std::function<ir::ValueId(std::size_t site)> unknown;
  std::function<void(const ir::Op&)> density;
};
void copy_model(const ir::Func& model, const std::vector<Site>& sites, const std::vector<bool>& needed,
                ir::Builder& b, ir::Builder::ValueMap& map, const ModelCopy& copy);

[[nodiscard]] std::vector<ir::ValueId> mapped_values(const ir::Func& from,
                                                     std::span<const ir::ValueId> values, ir::Builder& b,
                                                     ir::Builder::ValueMap& map);

// The log density of a value, with the site's name for messages.
ir::ValueId emit_logpdf(ir::Builder& b, const std::vector<ir::ValueId>& operands, const std::string& site);
ir::ValueId sum_elements(ir::Builder& b, ir::ValueId tensor);
ir::ValueId sum_terms(ir::Builder& b, std::span<const ir::ValueId> terms);  // 0.0 when there are none
// One after the other, as f64[size].
ir::ValueId pack_all(ir::Builder& b, std::span<const ir::ValueId> parts, const ir::Dim& size);
ir::ValueId filled(ir::Builder& b, const std::vector<ir::Dim>& shape, ir::ValueId scalar);

}  // namespace elba::passes
