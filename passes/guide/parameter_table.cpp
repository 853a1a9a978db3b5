// parameter_table: which latents go together under which family, and where the parameters of each stand in
// phi.
#include <algorithm>
#include <cmath>

#include "ir/guide_families.h"
#include "passes/guide/guide.h"
#include "passes/rewrite/defect.h"
#include "support/elementary.h"

namespace elba::passes {

using namespace ir;

namespace {

bool is_gaussian_block(BlockKind kind) { return kind != BlockKind::centering && kind != BlockKind::point; }

// In the order of their first latents.
std::vector<GuideGroup> groups_of(const Func& model, const FactorGraph& graph) {
  std::vector<GuideGroup> groups;
  std::vector<std::pair<std::string, std::int64_t>> keys;
  for (std::size_t i = 0; i < graph.sites.size(); ++i) {
    const Site& site = graph.sites[i];
    if (site.is_param) continue;
    const Op& op = model.body.ops[site.op];
    const std::pair<std::string, std::int64_t> key{
        op.attr("guide") != nullptr ? op.attr_string("guide") : "meanfield", op.attr_int("guide_group")};
    const auto at = static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin());
    if (at == keys.size()) {
      const auto choice = parse_guide_choice(key.first);
      if (!choice) pass_defect("`" + key.first + "` is no family of guides");
      keys.push_back(key);
      groups.push_back({find_family(choice->family), choice->argument, {}, {}});
    }
    GuideGroup::Member member{i, site.free_shape, site.size, is_reparameterised(model, site)};
    for (const Factor& factor : graph.factors)
      for (const std::size_t parent : factor.parents)
        member.has_parents = member.has_parents ||
                             ((factor.role == FactorRole::prior || factor.role == FactorRole::latent) &&
                              factor.site == site.name && parent != i && !graph.sites[parent].is_param);
    groups[at].members.push_back(std::move(member));
    groups[at].size = groups[at].size + site.size;
  }
  for (GuideGroup& group : groups)
    if (group.family->arrange != nullptr) group.family->arrange(group);
  return groups;
}

double softplus_inverse(double sd) { return sd > 30 ? sd : sd + math::log(-math::expm1(-sd)); }

struct Numbers {
  const std::map<std::string, std::int64_t>& sizes;
  std::size_t operator()(const Dim& dim) const {
    return static_cast<std::size_t>(dim.evaluate(sizes).value_or(0));
  }
};

}  // namespace

const GuideFamily* find_family(std::string_view name) {
  for (const GuideFamily* family : {&meanfield_family(), &fullrank_family(), &lowrank_family(),
                                    &banded_family(), &block_family(), &flow_family(), &delta_family()})
    if (family->name == name) return family;
  return nullptr;
}

void arrange_shared_first(GuideGroup& group, bool (*is_shared)(const GuideGroup::Member&)) {
  std::stable_partition(group.members.begin(), group.members.end(), is_shared);
}

Dim shared_size(const GuideGroup& group, bool (*is_shared)(const GuideGroup::Member&)) {
  Dim size(0);
  for (const auto& member : group.members)
    if (is_shared(member)) size = size + member.size;
  return size;
}

Module assign_guide(Module module, const std::string& choice) {
  if (Func* model = module.find("model"))
    for (Op& op : model->body.ops) {
      if (op.code != Opcode::latent) continue;
      op.set_attr("guide", choice);
      op.set_attr("guide_group", std::int64_t{0});
    }
  return module;
}

GuideLayout layout_of(const Func& model, const FactorGraph& graph) {
  GuideLayout layout;
  layout.groups = groups_of(model, graph);
  const auto place = [&](GuideBlock block) {
    block.size = Dim(1);
    for (const Dim& extent : block.shape)
      block.size = block.size * extent;
    block.offset = layout.size;
    layout.size = layout.size + block.size;
    layout.blocks.push_back(std::move(block));
  };
  // Of a latent: its group, its first coordinate there.
  std::map<std::size_t, std::pair<std::size_t, Dim>> member_of;
  std::vector<Dim> means;
  for (std::size_t g = 0; g < layout.groups.size(); ++g) {
    const GuideGroup& group = layout.groups[g];
    means.push_back(layout.size);
    for (GuideBlock& block : group.family->blocks(group)) {
      block.group = g;
      place(std::move(block));
    }
    layout.latent_size = layout.latent_size + group.size;
    layout.noise_size = layout.noise_size + group.family->noise(group);
    Dim first(0);
    for (const auto& member : group.members) {
      member_of[member.site] = {g, first};
      first = first + member.size;
    }
  }
  for (const bool is_centering : {true, false})
    for (const Site& site : graph.sites)
      if (site.is_param && is_reparameterised(model, site) == is_centering)
        place({site.name, is_centering ? BlockKind::centering : BlockKind::point, site.free_shape, Dim(0),
               Dim(0)});

  Dim u_offset(0);
  for (std::size_t i = 0; i < graph.sites.size(); ++i) {
    const Site& site = graph.sites[i];
    if (site.is_param && is_reparameterised(model, site)) continue;
    if (!site.is_param) {
      const auto& [group, first] = member_of.at(i);
      layout.links.push_back({site.name, means[group] + first, u_offset, site.size,
                              is_reparameterised(model, site), false, group, first});
    } else {
      const auto block = std::find_if(
          layout.blocks.begin(), layout.blocks.end(), [&](const GuideBlock& candidate) {
            return candidate.kind == BlockKind::point && candidate.name == site.name;
          });
      layout.links.push_back({site.name, block->offset, u_offset, site.size, false, true, 0, {}});
    }
    u_offset = u_offset + site.size;
  }
  return layout;
}

GuideLayout guide_layout(const Module& module) {
  const Func* model = module.find("model");
  if (!model) return {};
  Module scratch = module;
  Transforms transforms(scratch);
  return layout_of(*model, factor_graph(*model, transforms));
}

std::vector<std::vector<std::size_t>> group_coordinates(const GuideLayout& layout,
                                                        const std::map<std::string, std::int64_t>& sizes) {
  const Numbers number{sizes};
  std::vector<std::vector<std::size_t>> places;
  for (const GuideGroup& group : layout.groups)
    places.emplace_back(number(group.size));
  std::size_t at = 0;
  for (const GuideLink& link : layout.links)
    for (std::size_t k = 0; k < number(link.size) && !link.is_param; ++k)
      places[link.group][number(link.first) + k] = at++;
  return places;
}

std::vector<double> initial_phi(const GuideLayout& layout, const std::map<std::string, std::int64_t>& sizes,
                                std::span<const double> u0, double sd0) {
  const Numbers number{sizes};
  std::vector<double> phi(number(layout.size), 0.0);
  const double w0 = softplus_inverse(sd0);
  for (const GuideBlock& block : layout.blocks) {
    const std::size_t at = number(block.offset), size = number(block.size), n = number(block.rows);
    if (block.kind == BlockKind::scale) std::fill_n(phi.begin() + static_cast<std::ptrdiff_t>(at), size, w0);
    if (block.kind == BlockKind::factor)
      for (std::size_t i = 0; i < n; ++i)
        phi[at + i * n + i] = w0;
    // At zero the gradient by loadings and by weights is zero, by symmetry; an irregular pattern leaves no
    // direction out.
    const double small = block.kind == BlockKind::slope    ? 0.1 * sd0
                         : block.kind == BlockKind::weight ? 0.1
                                                           : 0;
    for (std::size_t i = 0; i < size && small > 0; ++i)
      phi[at + i] = small * math::sin(12.9898 * static_cast<double>(i + 1));
  }
  for (const GuideLink& link : layout.links)
    for (std::size_t i = 0; i < number(link.size); ++i)
      if (number(link.u_offset) + i < u0.size())
        phi[number(link.phi_offset) + i] = u0[number(link.u_offset) + i];
  return phi;
}

std::vector<double> guide_units(const GuideLayout& layout, const std::map<std::string, std::int64_t>& sizes,
                                std::span<const double> sd) {
  const Numbers number{sizes};
  const auto places = group_coordinates(layout, sizes);
  std::vector<double> units(number(layout.size), 1.0);
  for (const GuideBlock& block : layout.blocks) {
    const std::size_t at = number(block.offset), rows = number(block.rows);
    // Networks of that size bend visibly.
    if (block.kind == BlockKind::weight || block.kind == BlockKind::readout)
      std::fill_n(units.begin() + static_cast<std::ptrdiff_t>(at), number(block.size),
                  block.kind == BlockKind::weight ? 0.3 : 0.1);
    if (!is_gaussian_block(block.kind) || block.kind == BlockKind::lag) continue;
    const std::size_t each = rows == 0 ? 0 : number(block.size) / rows;
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t place = places[block.group][number(block.first) + i];
      const double s = place < sd.size() ? sd[place] : 1;
      const double width = s / -math::expm1(-s);  // s over the slope of softplus where it is s
      for (std::size_t j = 0; j < each; ++j)
        units[at + i * each + j] =
            block.kind == BlockKind::scale || (block.kind == BlockKind::factor && i == j) ? width : s;
    }
  }
  return units;
}

}  // namespace elba::passes
