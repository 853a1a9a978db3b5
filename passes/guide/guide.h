// guide: what the Gaussian guide passes share: the parameter vector phi, and the assembly of @elbo and @draw
// from a family's draw.
//
//     phi = blocks of each group (means, scales, ..), then the centering weights of reparameterised sites,
//           then the point params
//
// U' are the latents' unconstrained coordinates in order, after reparameterise: a site that went through it
// counts in its standard coordinate z. Point params stand in their unconstrained coordinates and carry no
// Jacobian.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "passes/density/factor_graph.h"

namespace elba::passes {

// mean: one per coordinate. scale: the standard deviation is softplus of it. factor: rows x rows, of which
// the lower triangle is used: the diagonal through softplus, below it as it is. slope: of a coordinate by
// noise that another one has too. lag: of a coordinate by those before it. weight: of a small network, no
// coordinate's own; readout: of its last layer, so that at 0 the network does nothing. centering: c = sigmoid
// of it. point: a param's unconstrained coordinates.
enum class BlockKind { mean, scale, factor, slope, lag, weight, readout, centering, point };

struct GuideBlock {
  std::string name;  // "m", "w", "L", .., or the site's name
  BlockKind kind = BlockKind::mean;
  std::vector<ir::Dim> shape;
  ir::Dim first, rows;  // the coordinates of its group that it is about: first .. first + rows - 1
  std::size_t group = 0;
  ir::Dim offset, size;  // in phi; by the layout
};

// Latents that one law covers together. Its coordinates are theirs, one site after the other.
struct GuideFamily;
struct GuideGroup {
  const GuideFamily* family = nullptr;
  std::int64_t argument = 0;  // of the family: rank, bandwidth
  struct Member {
    std::size_t site = 0;        // its place among all sites
    std::vector<ir::Dim> shape;  // free
    ir::Dim size;
    bool has_parents = false;  // its prior depends on other latents
  };
  std::vector<Member> members;
  ir::Dim size;
};

// A run of coordinates that phi (a mean or a point param) shares with u of @log_joint. Of a reparameterised
// site it is z, not its value.
struct GuideLink {
  std::string site;
  ir::Dim phi_offset;
  ir::Dim u_offset;
  ir::Dim size;
  bool is_standard = false;  // reparameterised
  bool is_param = false;
  std::size_t group = 0;  // of a latent
  ir::Dim first;          // its first coordinate in the group
};

struct GuideLayout {
  std::vector<GuideGroup> groups;
  std::vector<GuideBlock> blocks;
  std::vector<GuideLink> links;
  ir::Dim size;         // P
  ir::Dim latent_size;  // U'
  ir::Dim noise_size;   // standard normals of a draw
};

// One draw of a family: coordinates u, and under it the marginal means and variances, all f64[size of the
// group].
struct GuideDraw {
  ir::ValueId u, mean, variance;  // variance: may be invalid, when it is not at hand
  ir::ValueId entropy;            // exact, constants included; invalid: 0
  ir::ValueId log_q;              // log density at u; invalid: 0
};

struct GuideFamily {
  std::string_view name;
  void (*arrange)(GuideGroup& group);                          // the order of the members; null: as declared
  std::vector<GuideBlock> (*blocks)(const GuideGroup& group);  // the first holds the means
  ir::Dim (*noise)(const GuideGroup& group);
  GuideDraw (*draw)(ir::Builder& b, const GuideGroup& group, std::span<const ir::ValueId> blocks,
                    ir::ValueId eps);
};
[[nodiscard]] const GuideFamily& meanfield_family();
[[nodiscard]] const GuideFamily& fullrank_family();
[[nodiscard]] const GuideFamily& lowrank_family();
[[nodiscard]] const GuideFamily& banded_family();
[[nodiscard]] const GuideFamily& block_family();
[[nodiscard]] const GuideFamily& flow_family();
[[nodiscard]] const GuideFamily& delta_family();
[[nodiscard]] const GuideFamily* find_family(std::string_view name);

// Every latent of @model under one family (ir/guide_families.h), whatever it had.
[[nodiscard]] ir::Module assign_guide(ir::Module module, const std::string& choice);

// Of @model as it is after reparameterise: by the `guide` attribute of each latent, `guide_group` telling
// groups of one family apart.
[[nodiscard]] GuideLayout guide_layout(const ir::Module& module);
[[nodiscard]] GuideLayout layout_of(const ir::Func& model, const FactorGraph& graph);

// A start: means and point params at u0 (coordinates of @log_joint), standard deviations sd0, centering
// weights 1/2. For a standard coordinate u0 is a rough start only: it takes z where it has the value.
[[nodiscard]] std::vector<double> initial_phi(const GuideLayout& layout,
                                              const std::map<std::string, std::int64_t>& sizes,
                                              std::span<const double> u0, double sd0);

// The size of one posterior unit of every coordinate of phi, when the coordinates of the latents (U', in
// declaration order) have the given standard deviations; 1 where that says nothing.
[[nodiscard]] std::vector<double> guide_units(const GuideLayout& layout,
                                              const std::map<std::string, std::int64_t>& sizes,
                                              std::span<const double> sd);
// For each coordinate of each group, one group after the other: its place in U'.
[[nodiscard]] std::vector<std::vector<std::size_t>> group_coordinates(
    const GuideLayout& layout, const std::map<std::string, std::int64_t>& sizes);

// ---- what the families share

// The lower-triangular families: u = m + L eps, so that ln det L is the sum of the logs of its diagonal.
[[nodiscard]] GuideDraw triangular_draw(ir::Builder& b, const ir::Dim& size, ir::ValueId eps,
                                        ir::ValueId log_diagonal, GuideDraw draw);
struct FullPart {
  ir::ValueId u, variance;  // f64[n]; u without the mean
  ir::ValueId log_diagonal;
};
// L eps of a square factor, stored row by row, its diagonal through softplus.
[[nodiscard]] FullPart full_part(ir::Builder& b, const ir::Dim& size, ir::ValueId factor, ir::ValueId eps);
// Members that are shared by others come first; the number of their coordinates.
void arrange_shared_first(GuideGroup& group, bool (*is_shared)(const GuideGroup::Member&));
[[nodiscard]] ir::Dim shared_size(const GuideGroup& group, bool (*is_shared)(const GuideGroup::Member&));

// Whether the expectation of a site's log prior under a Gaussian guide is taken exactly, and why.
struct ExpectationDecision {
  bool analytic = false;
  std::string reason;
};
[[nodiscard]] std::vector<ExpectationDecision> expectation_decisions(const ir::Module& module,
                                                                     const ir::Func& model,
                                                                     const FactorGraph& graph);

ir::ValueId real_of(ir::Builder& b, const ir::Dim& dim);

}  // namespace elba::passes
