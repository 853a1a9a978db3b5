// table: which latents one distribution covers together, and where their means stand in phi and in u.
#include <algorithm>

#include "ir/guide_families.h"
#include "passes/guide/table.h"
#include "passes/rewrite/defect.h"

namespace elba::passes {

using namespace ir;

const GuideFamily* find_family(std::string_view name) {
#define FAMILY(family, argument, standard, form, properties, starts_from, sentence, good_for) \
  if (name == #family) return &family##_family();
#include "ir/guide_families.def"
#undef FAMILY
  return nullptr;
}

// In the order of their first latents.
std::vector<GuideGroup> guide_groups(const Func& model, const FactorGraph& graph) {
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
    if (group.family->order != nullptr) group.family->order(group);
  return groups;
}

void order_shared_first(GuideGroup& group, bool (*is_shared)(const GuideGroup::Member&)) {
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

std::vector<GuideLink> guide_links(const Func& model, const FactorGraph& graph, const GuideTable& table,
                                   const std::vector<Dim>& means) {
  // Of a latent: its group, its first coordinate there.
  std::map<std::size_t, std::pair<std::size_t, Dim>> member_of;
  for (std::size_t g = 0; g < table.groups.size(); ++g) {
    Dim first(0);
    for (const auto& member : table.groups[g].members) {
      member_of[member.site] = {g, first};
      first = first + member.size;
    }
  }
  std::vector<GuideLink> links;
  Dim u_offset(0);
  for (std::size_t i = 0; i < graph.sites.size(); ++i) {
    const Site& site = graph.sites[i];
    if (site.is_param && is_reparameterised(model, site)) continue;
    if (!site.is_param) {
      const auto& [group, first] = member_of.at(i);
      links.push_back({site.name, means[group] + first, u_offset, site.size, is_reparameterised(model, site),
                       false, group, first});
    } else {
      const auto point = std::find_if(table.parameters.begin(), table.parameters.end(), [&](const auto& row) {
        return row.kind == ParameterKind::point && row.name == site.name;
      });
      links.push_back({site.name, point->offset, u_offset, site.size, false, true, 0, {}});
    }
    u_offset = u_offset + site.size;
  }
  return links;
}

}  // namespace elba::passes
