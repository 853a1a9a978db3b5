// guide: what the Gaussian guide passes share: the parameter vector phi, and the assembly of @elbo and @draw from a family's draw.
//
//     phi = family's blocks (means, scales), then the centering weights of reparameterised sites, then the point params
//
// U' are the latents' unconstrained coordinates in order, after reparameterise: a site that went through it counts in its standard
// coordinate z. Point params stand in their unconstrained coordinates and carry no Jacobian.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "passes/factor_graph.h"

namespace elba::passes {

// mean: one per coordinate. scale: the standard deviation is softplus of it. factor: U' x U' row by row, of which the lower triangle is
// used: the diagonal through softplus, below it as it is. centering: c = sigmoid of it. point: a param's unconstrained coordinates.
enum class BlockKind { mean, scale, factor, centering, point };

struct GuideBlock {
  std::string name;  // "m", "w", "L", or the site's name
  BlockKind kind = BlockKind::mean;
  ir::Dim offset;    // in phi
  ir::Dim size;
};

// A run of coordinates that phi (a mean or a point param) shares with u of @log_joint. Of a reparameterised site it is z, not its value.
struct GuideLink {
  std::string site;
  ir::Dim phi_offset;
  ir::Dim u_offset;
  ir::Dim size;
  bool is_standard = false;  // reparameterised
};

struct GuideLayout {
  std::vector<GuideBlock> blocks;
  std::vector<GuideLink> links;
  ir::Dim size;         // P
  ir::Dim latent_size;  // U'
};

// One draw of a family: coordinates u, and under it the marginal means and variances, all f64[U'].
struct GuideDraw {
  ir::ValueId u, mean, variance;
  ir::ValueId entropy;  // exact, constants included
  ir::ValueId log_q;    // log density at u
};

struct GuideFamily {
  std::string_view name;
  std::vector<GuideBlock> (*blocks)(const ir::Dim& size);  // offsets are filled in by the layout
  GuideDraw (*draw)(ir::Builder& b, const ir::Dim& size, std::span<const ir::ValueId> blocks, ir::ValueId eps);
};
[[nodiscard]] const GuideFamily& meanfield_family();
[[nodiscard]] const GuideFamily& fullrank_family();

// Of @model as it is after reparameterise.
[[nodiscard]] GuideLayout guide_layout(const ir::Module& module, const GuideFamily& family);

// A start: means and point params at u0 (coordinates of @log_joint), standard deviations sd0, centering weights 1/2. For a standard
// coordinate u0 is a rough start only: it takes z where it has the value.
[[nodiscard]] std::vector<double> initial_phi(const GuideLayout& layout, const std::map<std::string, std::int64_t>& sizes, std::span<const double> u0, double sd0);

// @model -> @elbo and @draw.
[[nodiscard]] ir::Module build_guide(ir::Module module, const GuideFamily& family);

// Whether the expectation of a site's log prior under a Gaussian guide is taken exactly, and why.
struct ExpectationDecision {
  bool analytic = false;
  std::string reason;
};
[[nodiscard]] std::vector<ExpectationDecision> expectation_decisions(const ir::Module& module, const ir::Func& model, const FactorGraph& graph);

ir::ValueId real_of(ir::Builder& b, const ir::Dim& dim);

}  // namespace elba::passes
