// drop_barren: a latent that reaches no observation and no factor leaves the density; a draw takes its place
// where one is needed.
//
//     %x = latent %d {site="x", prior=1}        (nothing but other barren latents reads %x)
//   ->
//     %k = key_fold %key, n;  %x = sample %d, %k        returned under the name "x"
//
// Why legal: the posterior of everything else is the joint density with x integrated out, and p(x | its
// parents) integrates to 1; given the rest, x has its prior as its posterior. So the guide need not
// approximate it:
// @predict draws it exactly. Kept as they are: latents whose prior is stated apart (chains), restricted to a
// part of their distribution's support, or of a distribution without sampler; those that a prediction reads;
// and everything where a model has no observation and no factor at all, because then the prior itself is
// requested.
#include <algorithm>

#include "passes/density/factor_graph.h"
#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

namespace {

bool has_sampler(const Module& module, const Func& model, const Site& site) {
  const Op* dist = defining_op(model, site.prior);
  const DistDecl* decl = dist ? module.find_dist(dist->attr_string("name")) : nullptr;
  return decl && decl->support == site.support &&
         std::find(decl->members.begin(), decl->members.end(), "sample") != decl->members.end();
}

// The sites that some factor other than their own prior, or a returned value, reads; children of a kept site
// count as factors.
std::vector<bool> barren_sites(const Module& module, const Func& model, const FactorGraph& graph) {
  std::vector<bool> barren(graph.sites.size());
  for (std::size_t i = 0; i < barren.size(); ++i)
    barren[i] = !graph.sites[i].is_param && graph.sites[i].prior.valid() &&
                has_sampler(module, model, graph.sites[i]);
  const auto keep = [&](const std::set<std::size_t>& sites) {
    bool changed = false;
    for (std::size_t site : sites) {
      changed = changed || barren[site];
      barren[site] = false;
    }
    return changed;
  };
  for (const Factor& factor : graph.factors)
    if (factor.role != FactorRole::prior) keep(factor.parents);
  for (ValueId value : model.body.ops.back().operands)
    keep(graph.depends[value.index]);
  for (const Site& site : graph.sites)
    for (ValueId bound : site.bounds)
      keep(graph.depends[bound.index]);
  bool changed = true;
  while (changed) {
    changed = false;
    std::size_t site = 0;
    for (const Factor& factor : graph.factors) {
      if (factor.role != FactorRole::prior) continue;
      while (graph.sites[site].op != factor.op)
        ++site;
      if (!barren[site]) changed = keep(factor.parents) || changed;
    }
  }
  return barren;
}

}  // namespace

Module drop_barren(Module module) {
  Func* found = module.find("model");
  if (!found) return module;
  const Func model = *found;
  Transforms transforms(module);
  const FactorGraph graph = factor_graph(model, transforms);
  const bool is_prior_only = std::all_of(
      graph.factors.begin(), graph.factors.end(), [](const Factor& factor) {
        return factor.role == FactorRole::prior || factor.role == FactorRole::latent;
      });
  if (is_prior_only) return module;
  const std::vector<bool> barren = barren_sites(module, model, graph);
  if (std::find(barren.begin(), barren.end(), true) == barren.end()) return module;

  Func func;
  func.name = model.name;
  Builder b(func);
  Builder::ValueMap map;
  copy_data_params(model, b, map);
  copy_key_param(model, b, map);
  const ValueId key = func.params.back().value;
  std::vector<ValueId> drawn;
  std::vector<std::string> names;
  std::size_t site = 0;
  for (std::size_t i = 0; i + 1 < model.body.ops.size(); ++i) {
    const Op& op = model.body.ops[i];
    const bool is_site = site < graph.sites.size() && graph.sites[site].op == i;
    if (!is_site || !barren[site]) {
      b.clone_op(model, op, map);
    } else {
      b.set_origin(op.origin);
      const Site& dropped = graph.sites[site];
      const Type dist = model.type(dropped.prior);
      Op sample;
      sample.code = Opcode::sample;
      // The site's own stream: negative numbers are not among those the front end folds in.
      sample.operands = {
          b.mapped(model, dropped.prior, map),
          b.emit(Opcode::key_fold, {key, b.constant_int(-1 - static_cast<std::int64_t>(site))})};
      sample.dims.assign(dropped.type.shape.begin(), dropped.type.shape.end() - dist.rank());
      map[dropped.value] = b.append(std::move(sample)).at(0);
      drawn.push_back(map[dropped.value]);
      names.push_back(dropped.name);
    }
    if (is_site) ++site;
  }
  b.set_origin({});
  auto results = mapped_values(model, model.body.ops.back().operands, b, map);
  auto result_names = model.result_names;
  results.insert(results.end(), drawn.begin(), drawn.end());
  result_names.insert(result_names.end(), names.begin(), names.end());
  b.finish(results, result_names);
  *module.find("model") = std::move(func);
  return module;
}

}  // namespace elba::passes
