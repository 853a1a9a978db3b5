#include "passes/guide/writer.h"

#include <algorithm>

#include "passes/guide/table.h"

namespace elba::passes {

using namespace ir;

namespace {

Dim count_of(const std::vector<Dim>& shape) {
  Dim count(1);
  for (const Dim& extent : shape)
    count = count * extent;
  return count;
}

std::vector<Type> types_of_members(const GuideGroup& group) {
  std::vector<Type> types;
  for (const auto& member : group.members)
    types.push_back(Type::real(member.shape));
  return types;
}

// The pieces, made before their whole was known, become the results of `unpack` of it.
Op unpacked(ValueId whole, const std::vector<ValueId>& pieces) {
  Op op;
  op.code = Opcode::unpack;
  op.operands = {whole};
  op.results = pieces;
  return op;
}

}  // namespace

ValueId GuideWriter::parameter(std::string name, ParameterKind kind, std::vector<Dim> shape, Dim first,
                               Dim rows) {
  GuideParameter row{std::move(name), kind,   shape,       std::move(first),
                     std::move(rows), group_, table_.size, count_of(shape)};
  table_.size = table_.size + row.size;
  table_.parameters.push_back(std::move(row));
  pieces_.push_back(b.func().add_value(Type::real(std::move(shape))));
  return pieces_.back();
}

ValueId GuideWriter::parameter(std::string name, ParameterKind kind, std::vector<Dim> shape) {
  return parameter(std::move(name), kind, std::move(shape), Dim(0), group().size);
}

ValueId GuideWriter::noise(const Dim& size) {
  table_.noise_size = table_.noise_size + size;
  noises_.push_back(b.func().add_value(Type::real({size})));
  return noises_.back();
}

void GuideWriter::add(const Site& site, ValueId u,
                      const std::vector<std::pair<std::string, ValueId>>& parts) {
  Op op;
  op.code = Opcode::draw;
  op.operands = {u};
  std::vector<std::string> names;
  for (const auto& [name, value] : parts) {
    if (!value.valid()) continue;
    names.push_back(name);
    op.operands.push_back(value);
  }
  op.set_attr("estimator", std::string("pathwise"));
  if (!names.empty()) op.set_attr("gives", names);
  op.set_attr("site", site.name);
  b.append(std::move(op));
}

void GuideWriter::draw(const Drawn& drawn) {
  const GuideGroup& of = group();
  const auto cut = [&](ValueId flat) {
    return flat.valid() ? b.unpack(flat, types_of_members(of)) : std::vector<ValueId>(of.members.size());
  };
  const auto u = cut(drawn.u), mean = cut(drawn.mean), variance = cut(drawn.variance);
  for (std::size_t k = 0; k < of.members.size(); ++k)
    add(sites_[of.members[k].site], u[k],
        {{"mean", mean[k]},
         {"variance", variance[k]},
         {"entropy", k == 0 ? drawn.entropy : ValueId{}},
         {"log_q", k == 0 ? drawn.log_q : ValueId{}}});
}

void GuideWriter::point(const Site& site, ParameterKind kind) {
  add(site, parameter(site.name, kind, site.free_shape, Dim(0), Dim(0)), {});
}

WrittenGuide write_guide(Module& module) {
  WrittenGuide out;
  const Func* model = module.find("model");
  if (model == nullptr) return out;
  Transforms transforms(module);
  const FactorGraph graph = factor_graph(*model, transforms);
  model = module.find("model");
  GuideTable& table = out.table;
  table.groups = guide_groups(*model, graph);
  out.func.name = "guide";
  Builder b(out.func);
  Builder::ValueMap map;
  copy_data_params(*model, b, map);
  GuideWriter writer(b, table, graph.sites);
  std::vector<Dim> means;
  for (std::size_t g = 0; g < table.groups.size(); ++g) {
    writer.group_ = g;
    means.push_back(table.size);
    table.latent_size = table.latent_size + table.groups[g].size;
    table.groups[g].family->expand(writer);
  }
  for (const bool is_centering : {true, false})
    for (const Site& site : graph.sites)
      if (site.is_param && is_reparameterised(*model, site) == is_centering)
        writer.point(site, is_centering ? ParameterKind::centering : ParameterKind::point);
  b.finish({});

  auto& ops = out.func.body.ops;
  std::vector<Op> head;
  const ValueId phi = b.add_param(free_name(out.func, "phi"), Type::real({table.size}), Role::input);
  if (!writer.pieces_.empty()) head.push_back(unpacked(phi, writer.pieces_));
  if (!writer.noises_.empty()) {
    const std::string name = free_name(out.func, "noise");
    if (writer.noises_.size() == 1) {
      out.func.params.push_back({writer.noises_[0], name, Role::noise, {}, {}});
    } else {
      const ValueId noise = b.add_param(name, Type::real({table.noise_size}), Role::noise);
      head.push_back(unpacked(noise, writer.noises_));
    }
  }
  ops.insert(ops.begin(), std::make_move_iterator(head.begin()), std::make_move_iterator(head.end()));
  table.links = guide_links(*model, graph, table, means);
  return out;
}

}  // namespace elba::passes
