// explain: runs the analyses of the passes, not copies of them, so that what is printed is what is done.
#include "passes/explain.h"

#include "passes/density/reparameterise.h"
#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

namespace {

std::string coordinate_pattern(const Site& site) {
  std::string text = site.name;
  for (std::size_t axis = 0; axis < site.free_shape.size(); ++axis)
    text += (axis == 0 ? "[1.." : ", 1..") + site.free_shape[axis].text();
  return text + (site.free_shape.empty() ? "" : "]");
}

}  // namespace

Explanation explain(const Module& module) {
  Explanation out;
  out.model = module.name;
  const Func* model = module.find("model");
  if (!model) return out;
  Module scratch = module;
  Transforms transforms(scratch);
  const FactorGraph graph = factor_graph(*model, transforms);
  const auto centering = centering_decisions(module, *model, graph);

  // Expectations are decided on the model that the guide is made for.
  Module rewritten = reparameterise(module);
  const Func after = *rewritten.find("model");
  Transforms transforms_after(rewritten);
  const FactorGraph graph_after = factor_graph(after, transforms_after);
  const auto expectations = expectation_decisions(rewritten, after, graph_after);

  out.unconstrained_size = total_size(graph.sites).text();
  for (std::size_t i = 0; i < graph.sites.size(); ++i) {
    const Site& site = graph.sites[i];
    SiteExplanation told;
    told.name = site.name;
    told.role = site.is_param ? "param" : "latent";
    told.type = site.type.text();
    told.support = site.support;
    if (const Prior prior = prior_of(*model, site); prior.dist.valid())
      if (const Op* dist = defining_op(*model, prior.dist)) told.dist = dist->attr_string("name");
    told.offset = site.offset.text();
    told.size = site.size.text();
    told.coordinates = {coordinate_pattern(site)};
    told.centering = centering_name(centering[i].kind);
    told.centering_reason = centering[i].reason;
    for (std::size_t k = 0; k < graph_after.sites.size(); ++k) {
      if (graph_after.sites[k].name != site.name) continue;
      told.analytic = expectations[k].analytic;
      told.analytic_reason = expectations[k].reason;
    }
    out.sites.push_back(std::move(told));
  }
  for (const Factor& factor : graph.factors) {
    FactorExplanation told{factor.site, std::string(role_name(factor.role)), factor.dist, {}, {}};
    for (std::size_t parent : factor.parents)
      if (graph.sites[parent].name != factor.site || factor.role == FactorRole::likelihood ||
          factor.role == FactorRole::factor)
        told.parents.push_back(graph.sites[parent].name);
    for (const Dim& plate : factor.plates)
      told.plates.push_back(plate.text());
    out.factors.push_back(std::move(told));
  }
  return out;
}

}  // namespace elba::passes
