#include "passes/objective/assembly.h"

#include <algorithm>

#include "passes/rewrite/defect.h"
#include "passes/rewrite/rewrite.h"

namespace elba::passes {

using namespace ir;

namespace {

Func taken(Module& module, std::string_view name) {
  Func found = *module.find(name);
  std::erase_if(module.funcs, [&](const Func& func) { return func.name == name; });
  return found;
}

}  // namespace

ModelAndGuide::ModelAndGuide(Module& of)
    : module(of),
      model(taken(of, "model")),
      guide(taken(of, "guide")),
      transforms(of),
      graph(factor_graph(model, transforms)),
      decisions(expectation_decisions(of, model, graph)) {}

bool has_fitting_guide(const Module& module) {
  const Func *model = module.find("model"), *guide = module.find("guide");
  if (model == nullptr || guide == nullptr) return false;
  Module scratch = module;
  Transforms transforms(scratch);
  std::map<std::string, std::vector<Dim>> undrawn;
  for (const Site& site : find_sites(*model, transforms))
    undrawn[site.name] = site.free_shape;
  for (const Op& op : guide->body.ops) {
    if (op.code != Opcode::draw) continue;
    const auto site = undrawn.find(op.attr_string("site"));
    if (site == undrawn.end()) return false;
    for (const ValueId value : {op.operands[0], draw_part(op, "mean"), draw_part(op, "variance")})
      if (value.valid() && guide->type(value).shape != site->second) return false;
    for (const ValueId value : {draw_part(op, "entropy"), draw_part(op, "log_q")})
      if (value.valid() && guide->type(value).rank() != 0) return false;
    undrawn.erase(site);
  }
  const auto inputs = [](const Func& func) {
    return std::count_if(func.params.begin(), func.params.end(),
                         [](const Param& param) { return param.role == Role::input; });
  };
  const bool has_data = std::all_of(guide->params.begin(), guide->params.end(), [&](const Param& param) {
    const Param* own = param.role == Role::data ? model->find_param(param.name) : nullptr;
    return param.role == Role::input || param.role == Role::noise ||
           (own != nullptr && own->role == Role::data && model->type(own->value) == guide->type(param.value));
  });
  return undrawn.empty() && has_data && inputs(*guide) == 1;
}

Assembly::Assembly(ModelAndGuide& of, std::string name) : b(func_), of_(of) {
  func_.name = std::move(name);
  const std::size_t count = of.graph.sites.size();
  for (auto* values : {&free_, &mean_, &variance_})
    values->resize(count);
  copy_data_params(of.model, b, map_);
  copy_guide();
}

void Assembly::copy_guide() {
  Builder::ValueMap map;
  for (const Param& param : of_.guide.params)
    map[param.value] = param.role == Role::data ? func_.find_param(param.name)->value
                                                : b.add_param(free_name(func_, param.name),
                                                              of_.guide.type(param.value), param.role);
  copy_key_param(of_.model, b, map_);
  for (const Op& op : of_.guide.body.ops) {
    if (op.code == Opcode::return_values) continue;
    if (op.code != Opcode::draw) {
      b.clone_op(of_.guide, op, map);
      continue;
    }
    const auto& sites = of_.graph.sites;
    const auto site = std::find_if(sites.begin(), sites.end(), [&](const Site& candidate) {
      return candidate.name == op.attr_string("site");
    });
    const auto at = static_cast<std::size_t>(site - sites.begin());
    const auto part = [&](std::string_view name) {
      const ValueId value = draw_part(op, name);
      return value.valid() ? b.mapped(of_.guide, value, map) : value;
    };
    free_[at] = b.mapped(of_.guide, op.operands[0], map);
    mean_[at] = part("mean");
    variance_[at] = part("variance");
    if (const ValueId entropy = part("entropy"); entropy.valid()) entropies_.push_back(entropy);
    if (const ValueId log_q = part("log_q"); log_q.valid()) log_qs_.push_back(log_q);
  }
}

void Assembly::densities(bool is_linear) {
  const Func& model = of_.model;
  const auto& sites = of_.graph.sites;
  std::map<std::size_t, std::size_t> analytic;  // op of a prior whose expectation is exact -> its site
  for (std::size_t i = 0; i < sites.size() && is_linear; ++i)
    if (of_.decisions[i].analytic && variance_[i].valid()) analytic[prior_of(model, sites[i]).place] = i;
  const auto expected = [&](ValueId dist, ValueId source, std::size_t i) {
    const ValueId scale = b.mapped(model, defining_op(model, source)->operands.at(1), map_);
    return expected_normal(b, dist, scale, mean_[i], variance_[i], sites[i].name);
  };
  std::vector<bool> kept;
  for (const Op& op : model.body.ops)
    kept.push_back(op.code == Opcode::latent || op.code == Opcode::param || op.code == Opcode::observe ||
                   op.code == Opcode::factor || op.attr("recovers") != nullptr);
  const auto needed = needed_ops(model, {}, kept);
  ModelCopy copy;
  copy.unknown = [&](std::size_t i) {
    const Site& site = sites[i];
    const auto bounds = mapped_values(model, site.bounds, b, map_);
    const ValueId x = of_.transforms.forward(b, site, free_[i], bounds);
    if (site.is_param) return x;
    if (analytic.contains(site.op))
      terms_.push_back(expected(b.mapped(model, site.prior, map_), site.prior, i));
    else if (site.prior.valid())
      terms_.push_back(emit_logpdf(b, {b.mapped(model, site.prior, map_), x}, site.name));
    if (const ValueId log_jacobian = of_.transforms.log_jacobian(b, site, free_[i], bounds);
        log_jacobian.valid())
      terms_.push_back(log_jacobian);
    return x;
  };
  copy.density = [&](const Op& op) {
    const auto operands = mapped_values(model, op.operands, b, map_);
    const auto place = static_cast<std::size_t>(&op - model.body.ops.data());
    if (const auto it = analytic.find(place); it != analytic.end())
      terms_.push_back(expected(operands[0], op.operands[0], it->second));
    else
      terms_.push_back(op.code == Opcode::factor ? sum_elements(b, operands[0])
                                                 : emit_logpdf(b, operands, op.attr_string("site")));
  };
  copy_model(model, sites, needed, b, map_, copy);
}

ValueId Assembly::coordinates() {
  std::vector<ValueId> parts;
  Dim size(0);
  for (std::size_t i = 0; i < of_.graph.sites.size(); ++i) {
    const Site& site = of_.graph.sites[i];
    const bool is_standard = is_reparameterised(of_.model, site);
    if (site.is_param && is_standard) continue;
    parts.push_back(is_standard ? b.mapped(of_.model, recovered(site), map_) : free_[i]);
    size = size + site.size;
  }
  return pack_all(b, parts, size);
}

ValueId Assembly::latent_coordinates() {
  std::vector<ValueId> parts;
  Dim size(0);
  for (std::size_t i = 0; i < of_.graph.sites.size(); ++i) {
    if (of_.graph.sites[i].is_param) continue;
    parts.push_back(free_[i]);
    size = size + of_.graph.sites[i].size;
  }
  return pack_all(b, parts, size);
}

ValueId Assembly::recovered(const Site& site) const {
  for (const Op& op : of_.model.body.ops)
    if (op.attr_string("recovers") == site.name) return op.results.at(0);
  pass_defect("no op recovers the value of the site `" + site.name + "`");
}

void Assembly::finish(std::initializer_list<ValueId> results, std::vector<std::string> names) {
  b.finish(results, std::move(names));
  const auto uses = use_counts(func_);
  std::erase_if(func_.params,
                [&](const Param& param) { return param.role == Role::key && uses[param.value.index] == 0; });
  of_.module.funcs.push_back(std::move(func_));
}

}  // namespace elba::passes
