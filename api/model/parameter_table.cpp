#include "api/model/parameter_table.h"

#include "ir/guide_families.h"
#include "passes/guide/writer.h"
#include "passes/passes.h"

namespace elba {

namespace {

runtime::NormalForm form_of(ir::NormalForm form) {
  switch (form) {
    case ir::NormalForm::diagonal:
      return runtime::NormalForm::diagonal;
    case ir::NormalForm::full:
      return runtime::NormalForm::full;
    case ir::NormalForm::none:
      break;
  }
  return runtime::NormalForm::none;
}

runtime::ParameterKind kind_of(passes::ParameterKind kind) {
  using enum passes::ParameterKind;
  switch (kind) {
    case mean:
      return runtime::ParameterKind::mean;
    case scale:
      return runtime::ParameterKind::scale;
    case factor:
      return runtime::ParameterKind::factor;
    case slope:
      return runtime::ParameterKind::slope;
    case lag:
      return runtime::ParameterKind::lag;
    case weight:
      return runtime::ParameterKind::weight;
    case readout:
      return runtime::ParameterKind::readout;
    case centering:
      return runtime::ParameterKind::centering;
    case point:
      break;
  }
  return runtime::ParameterKind::point;
}

}  // namespace

runtime::ParameterTable evaluated(const passes::GuideTable& table, const Sizes& sizes) {
  const auto number = [&](const ir::Dim& dim) {
    return static_cast<std::size_t>(dim.evaluate(sizes).value_or(0));
  };
  runtime::ParameterTable out;
  out.size = number(table.size);
  out.latent_size = number(table.latent_size);
  out.noise_size = number(table.noise_size);
  for (const passes::GuideGroup& group : table.groups) {
    const ir::GuideFamilyName& row = *ir::find_guide_family(group.family->name);
    out.groups.push_back({form_of(row.form), row.is_normal, row.is_point, row.takes_fixed_draws,
                          std::string(row.starts_from), std::vector<std::size_t>(number(group.size))});
  }
  for (const passes::GuideParameter& row : table.parameters)
    out.blocks.push_back({row.name, kind_of(row.kind), row.group, number(row.offset), number(row.size),
                          number(row.first), number(row.rows)});
  std::size_t latent = 0;
  for (const passes::GuideLink& link : table.links) {
    out.shared.push_back({link.site, link.group, number(link.phi_offset), number(link.u_offset),
                          number(link.size), link.is_param});
    for (std::size_t k = 0; k < number(link.size) && !link.is_param; ++k)
      out.groups[link.group].places[number(link.first) + k] = latent++;
  }
  return out;
}

bool is_guide_family(const std::string& name) { return name == "declared" || ir::parse_guide_choice(name); }

Result<std::shared_ptr<const runtime::ParameterTable>> parameter_table(const Bound::Impl& bound,
                                                                       const std::string& family) {
  if (!is_guide_family(family))
    return make_diagnostic(Code::method_not_applicable, {}, {family, "there is no such guide family"})
        .suggest("the families are " + ir::list_guide_families());
  ir::Module model = passes::reparameterise(
      passes::inline_calls(without_predictions(bound.program->density)));
  if (family != "declared") model = passes::assign_guide(std::move(model), family);
  const passes::GuideTable table = passes::write_guide(model).table;  // declares the derived dims of phi
  Sizes sizes = bound.data->sizes;
  ir::complete_sizes(model, sizes);
  return std::make_shared<const runtime::ParameterTable>(evaluated(table, sizes));
}

}  // namespace elba
