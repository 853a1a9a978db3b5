// prior: @model -> @prior: a draw of every latent before any data, each from its own prior given those before
// it.
//
//     %tau = latent %d, 0.0 {prior=1, site="tau"}   ->   %tau = sample %d, (key_fold %key, 0)
//                                                        -> (tau: f64, ..)
//
// There is no function where a latent has no prior of its own (stated apart, or by `factor` only), where a
// prior has no sampler, and where the model has a param. A prior that declared bounds cut off is drawn whole:
// the caller rejects what lies outside, which is exact.
#include <algorithm>

#include "passes/density/sites.h"
#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

namespace {

bool can_draw(const Module& module, const Func& model, const std::vector<Site>& sites) {
  for (const Op& op : model.body.ops)
    if (op.code == Opcode::observe && op.attr_string("role") == "latent") return false;
  return std::all_of(sites.begin(), sites.end(), [&](const Site& site) {
    if (!site.prior.valid()) return false;
    for (const Op& op : model.body.ops) {
      if (op.results.empty() || op.results[0] != site.prior) continue;
      const DistDecl* decl = module.find_dist(op.attr_string("name"));
      return decl != nullptr && decl->scalar == Scalar::f64 &&
             std::find(decl->members.begin(), decl->members.end(), "sample") != decl->members.end();
    }
    return false;
  });
}

}  // namespace

Module prior(Module module) {
  const Func* found = module.find("model");
  if (!found) return module;
  const Func model = *found;
  Transforms transforms(module);
  const auto sites = find_sites(model, transforms);
  std::erase_if(module.funcs, [](const Func& func) { return func.name == "model"; });
  if (sites.empty() || !can_draw(module, model, sites)) return module;
  Func func;
  func.name = "prior";
  Builder b(func);
  Builder::ValueMap map;
  copy_data_params(model, b, map);
  const ValueId key = b.add_param(free_name(func, "key"), Type::key(), Role::key);
  for (const Param& param : model.params)
    if (param.role == Role::key) map[param.value] = key;
  std::vector<ValueId> roots, draws;
  std::vector<std::string> names;
  for (const Site& site : sites) {
    roots.push_back(site.value);
    names.push_back(site.name);
  }
  copy_model(
      model, sites, needed_ops(model, roots), b, map,
      {[&](std::size_t i) {
         const Site& site = sites[i];
         Op draw;
         draw.code = Opcode::sample;
         draw.operands = {b.mapped(model, site.prior, map),
                          b.emit(Opcode::key_fold, {key, b.constant_int(static_cast<std::int64_t>(i))})};
         const auto own = model.type(site.prior).shape.size();
         draw.dims.assign(site.type.shape.begin(), site.type.shape.end() - static_cast<std::ptrdiff_t>(own));
         draws.push_back(b.append(std::move(draw))[0]);
         return draws.back();
       },
       nullptr});
  b.finish(draws, names);
  module.funcs.push_back(std::move(func));
  return module;
}

}  // namespace elba::passes
