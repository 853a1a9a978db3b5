#include "passes/density/factor_graph.h"

namespace elba::passes {

using namespace ir;

namespace {

// All values that the op reads, those inside its regions too.
void collect_operands(const Op& op, std::vector<ValueId>& values) {
  values.insert(values.end(), op.operands.begin(), op.operands.end());
  for (const Region& region : op.regions)
    for (const Op& inner : region.ops)
      collect_operands(inner, values);
}

std::vector<Dim> batch_dims(const Type& value, const Type& dist) {
  return {value.shape.begin(), value.shape.end() - dist.event_rank};
}

}  // namespace

const Op* defining_op(const Func& func, ValueId value) {
  for (const Op& op : func.body.ops)
    for (ValueId result : op.results)
      if (result == value) return &op;
  return nullptr;
}

FactorGraph factor_graph(const Func& model, Transforms& transforms) {
  FactorGraph graph;
  graph.sites = find_sites(model, transforms);
  graph.depends.resize(model.values.size());
  const auto dist_name = [&](ValueId dist) {
    const Op* op = defining_op(model, dist);
    return op ? op->attr_string("name") : std::string();
  };
  std::size_t site = 0;
  for (std::size_t i = 0; i < model.body.ops.size(); ++i) {
    const Op& op = model.body.ops[i];
    std::vector<ValueId> operands;
    collect_operands(op, operands);
    std::set<std::size_t> parents;
    for (ValueId value : operands)
      parents.insert(graph.depends[value.index].begin(), graph.depends[value.index].end());
    if (op.code == Opcode::latent || op.code == Opcode::param) {
      const Site& declared = graph.sites[site];
      if (declared.prior.valid()) {
        const auto& of_prior = graph.depends[declared.prior.index];
        graph.factors.push_back({i, FactorRole::prior, declared.name, dist_name(declared.prior), of_prior,
                                 batch_dims(declared.type, model.type(declared.prior))});
      }
      graph.depends[declared.value.index] = {site++};
      continue;
    }
    for (ValueId value : op.results)
      graph.depends[value.index] = parents;
    if (op.code == Opcode::observe) {
      const FactorRole role = op.attr_string("role") == "latent" ? FactorRole::latent
                                                                 : FactorRole::likelihood;
      graph.factors.push_back({i, role, op.attr_string("site"), dist_name(op.operands[0]), parents,
                               batch_dims(model.type(op.operands[1]), model.type(op.operands[0]))});
    } else if (op.code == Opcode::factor) {
      graph.factors.push_back(
          {i, FactorRole::factor, op.attr_string("site"), "", parents, model.type(op.operands[0]).shape});
    }
  }
  return graph;
}

Prior prior_of(const Func& model, const Site& site) {
  if (site.is_param) return {};
  if (site.prior.valid()) return {site.prior, site.op};
  Prior found;
  for (std::size_t i = site.op + 1; i < model.body.ops.size(); ++i) {
    const Op& op = model.body.ops[i];
    if (op.code != Opcode::observe || !(op.operands[1] == site.value)) continue;
    if (found.dist.valid() || op.operands.size() > 2) return {};
    found = {op.operands[0], i};
  }
  return found;
}

std::string_view role_name(FactorRole role) {
  constexpr std::string_view names[] = {"prior", "likelihood", "prior", "factor"};
  return names[static_cast<std::size_t>(role)];
}

}  // namespace elba::passes
