// writer: writes @guide, group by group, and its parameter table.
//
//     phi = parameters of each group, in the order in which its family names them; then the centering weights of
//           reparameterised sites; then the point params
//
// U' are the latents' unconstrained coordinates in order, after reparameterise: a site that went through it
// counts in its standard coordinate z. Point params stand in their unconstrained coordinates and carry no
// Jacobian.
#pragma once

#include <string>
#include <vector>

#include "ir/builder.h"
#include "ir/module.h"
#include "passes/density/factor_graph.h"
#include "passes/guide/family.h"

namespace elba::passes {

struct GuideParameter {
  std::string name;  // "m", "w", "L", .., or the site's name
  ParameterKind kind = ParameterKind::mean;
  std::vector<ir::Dim> shape;
  ir::Dim first, rows;  // the coordinates of its group that it is about: first .. first + rows - 1
  std::size_t group = 0;
  ir::Dim offset, size;  // in phi
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

// All that is known of phi before there are data; runtime/inference/parameters.h has it for given sizes.
struct GuideTable {
  std::vector<GuideGroup> groups;
  std::vector<GuideParameter> parameters;
  std::vector<GuideLink> links;
  ir::Dim size;         // P
  ir::Dim latent_size;  // U'
  ir::Dim noise_size;   // standard normals of a draw
};

struct WrittenGuide;

// What a family writes with: the body of @guide, for one group.
class GuideWriter {
 public:
  GuideWriter(ir::Builder& builder, GuideTable& table, const std::vector<Site>& sites)
      : b(builder), table_(table), sites_(sites) {}

  ir::Builder& b;
  [[nodiscard]] const GuideGroup& group() const { return table_.groups[group_]; }

  // The next piece of phi. `first` and `rows`: the coordinates of the group that it is about; none: 0, 0.
  ir::ValueId parameter(std::string name, ParameterKind kind, std::vector<ir::Dim> shape, ir::Dim first,
                        ir::Dim rows);
  // Of all coordinates of the group.
  ir::ValueId parameter(std::string name, ParameterKind kind, std::vector<ir::Dim> shape);
  // The next standard normals.
  ir::ValueId noise(const ir::Dim& size);
  // The coordinates of every member, one `draw` a site; what is of the whole group goes with the first.
  void draw(const Drawn& drawn);
  // A param's own coordinates, or a centering weight: no distribution.
  void point(const Site& site, ParameterKind kind);

 private:
  friend WrittenGuide write_guide(ir::Module& module);
  void add(const Site& site, ir::ValueId u, const std::vector<std::pair<std::string, ir::ValueId>>& parts);

  GuideTable& table_;
  const std::vector<Site>& sites_;
  std::size_t group_ = 0;
  std::vector<ir::ValueId> pieces_, noises_;  // of phi, of the noise, in order
};

struct WrittenGuide {
  ir::Func func;  // @guide(data .., phi, noise): ends in no results
  GuideTable table;
};
// Of @model as it is after reparameterise: by the `guide` attribute of each latent, `guide_group` telling
// groups of one family apart; without attributes a single group, `meanfield`. Declares the derived dims that
// phi needs.
[[nodiscard]] WrittenGuide write_guide(ir::Module& module);

// Every latent of @model under one family (ir/guide_families.h), whatever it had.
[[nodiscard]] ir::Module assign_guide(ir::Module module, const std::string& choice);

}  // namespace elba::passes
