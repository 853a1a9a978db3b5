#include "api/fit/latent_sites.h"

#include <algorithm>

#include "passes/density/reparameterise.h"
#include "passes/density/sites.h"
#include "passes/passes.h"

namespace elba {

namespace {

constexpr std::size_t least_members = 8, most_slots = 8;

// The dim with the most coordinates, of few for each member.
std::string plate_of(const LatentSites& latents) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> found;  // coordinates, slots
  for (const auto& site : latents.sites)
    if (!site.leading.empty())
      found[site.leading].first += site.size, found[site.leading].second += site.size / site.members;
  std::string best;
  std::size_t most = 0;
  for (const auto& [leading, counts] : found)
    if (counts.second <= most_slots && counts.first > most) most = counts.first, best = leading;
  return best;
}

}  // namespace

const LatentSite& LatentSites::of(std::size_t coordinate) const {
  return *std::find_if(sites.begin(), sites.end(),
                       [&](const LatentSite& site) { return coordinate < site.first + site.size; });
}

LatentSites latent_sites(const Bound& bound) {
  ir::Module module = passes::reparameterise(
      passes::inline_calls(without_predictions(bound.impl->program->density)));
  passes::Transforms transforms(module);
  const auto sites = passes::find_sites(*module.find("model"), transforms);
  Sizes sizes = bound.impl->data->sizes;
  ir::complete_sizes(module, sizes);
  LatentSites out;
  for (const auto& site : sites) {
    const auto size = static_cast<std::size_t>(site.size.evaluate(sizes).value_or(0));
    if (site.is_param) {
      out.held[site.name] = size;
      continue;
    }
    LatentSite one{site.name, {}, out.size, size, 0, site.support == "real", site.support == "interval"};
    if (!site.type.shape.empty() && !site.free_shape.empty()) {
      const auto members = static_cast<std::size_t>(site.free_shape.front().evaluate(sizes).value_or(0));
      const bool is_by_member = site.type.shape.front().evaluate(sizes) ==
                                    site.free_shape.front().evaluate(sizes) &&
                                members > 0 && size % members == 0;
      if (members >= least_members && is_by_member)
        one.leading = site.free_shape.front().text(), one.members = members;
    }
    out.sites.push_back(one);
    out.size += size;
  }
  return out;
}

runtime::NestedProblem nested_problem(const LatentSites& latents) {
  runtime::NestedProblem problem;
  problem.member.assign(latents.size, runtime::NestedProblem::shared);
  problem.slot.assign(latents.size, 0);
  const std::string plate = plate_of(latents);
  std::size_t slots = 0;
  for (const auto& site : latents.sites) {
    const bool is_local = !plate.empty() && site.leading == plate;
    const std::size_t each = is_local ? site.size / site.members : 0;
    for (std::size_t k = 0; k < site.size; ++k) {
      if (is_local)
        problem.member[site.first + k] = k / each, problem.slot[site.first + k] = slots + k % each;
      if (!is_local && !site.is_real && site.leading.empty()) problem.hyper.push_back(site.first + k);
    }
    slots += each;
  }
  return problem;
}

}  // namespace elba
