#include "ir/module.h"

#include <algorithm>

namespace elba::ir {

const AttrValue* Op::attr(std::string_view name) const {
  for (const auto& [key, value] : attrs)
    if (key == name) return &value;
  return nullptr;
}

std::string Op::attr_string(std::string_view name) const {
  const AttrValue* value = attr(name);
  const auto* text = value ? std::get_if<std::string>(value) : nullptr;
  return text ? *text : std::string();
}

std::int64_t Op::attr_int(std::string_view name, std::int64_t absent) const {
  const AttrValue* value = attr(name);
  const auto* number = value ? std::get_if<std::int64_t>(value) : nullptr;
  return number ? *number : absent;
}

void Op::set_attr(std::string name, AttrValue value) {
  const auto at = std::lower_bound(
      attrs.begin(), attrs.end(), name,
      [](const auto& entry, const std::string& key) { return entry.first < key; });
  if (at != attrs.end() && at->first == name)
    at->second = std::move(value);
  else
    attrs.insert(at, {std::move(name), std::move(value)});
}

std::vector<Type> Func::result_types() const {
  std::vector<Type> types;
  if (!body.ops.empty())
    for (ValueId value : body.ops.back().operands)
      types.push_back(type(value));
  return types;
}

ValueId Func::add_value(Type type) {
  values.push_back({std::move(type), std::nullopt, std::nullopt, false});
  return {static_cast<std::uint32_t>(values.size() - 1)};
}

ValueId Func::add_constant(Constant constant) {
  const Type type = std::holds_alternative<double>(constant)         ? Type::real()
                    : std::holds_alternative<std::int64_t>(constant) ? Type::integer()
                                                                     : Type::boolean();
  values.push_back({type, constant, std::nullopt, false});
  return {static_cast<std::uint32_t>(values.size() - 1)};
}

const Param* Func::find_param(std::string_view param) const {
  for (const Param& candidate : params)
    if (candidate.name == param) return &candidate;
  return nullptr;
}

const Func* Module::find(std::string_view func) const {
  for (const Func& candidate : funcs)
    if (candidate.name == func) return &candidate;
  return nullptr;
}

Func* Module::find(std::string_view func) { return const_cast<Func*>(std::as_const(*this).find(func)); }

const DistDecl* Module::find_dist(std::string_view dist) const {
  for (const DistDecl& candidate : dists)
    if (candidate.name == dist) return &candidate;
  return nullptr;
}

Module with_sizes(Module module, const std::map<std::string, std::int64_t>& sizes) {
  for (DimDecl& dim : module.dims) {
    const auto found = sizes.find(dim.name);
    dim.size = found == sizes.end() ? std::nullopt : std::optional(found->second);
  }
  return module;
}

std::map<std::string, std::int64_t> stated_sizes(const Module& module) {
  std::map<std::string, std::int64_t> sizes;
  for (const DimDecl& dim : module.dims)
    if (dim.size) sizes[dim.name] = *dim.size;
  return sizes;
}

void complete_sizes(const Module& module, std::map<std::string, std::int64_t>& sizes) {
  for (const DimDecl& dim : module.dims) {
    if (!dim.pairs_of) continue;
    if (const auto n = dim.pairs_of->evaluate(sizes)) sizes[dim.name] = *n * (*n - 1) / 2;
  }
}

std::span<const GaussianFormInfo> gaussian_forms() {
  static constexpr GaussianFormInfo rows[] = {
      {"elementwise", GaussianForm::elementwise, 2, 0},
      {"covariance", GaussianForm::covariance, 2, 1},
      {"cholesky", GaussianForm::cholesky, 2, 1},
      {"random_walk", GaussianForm::random_walk, 2, 1},
      {"autoregression", GaussianForm::autoregression, 3, 1},
  };
  return rows;
}

const GaussianFormInfo* find_gaussian_form(std::string_view name) {
  for (const GaussianFormInfo& row : gaussian_forms())
    if (row.name == name) return &row;
  return nullptr;
}

const GaussianFormInfo& gaussian_form_info(GaussianForm form) {
  return gaussian_forms()[static_cast<std::size_t>(form) - 1];
}

std::string_view combiner_name(Combiner combiner) {
  constexpr std::string_view names[] = {"stack", "sum", "prod", "max", "min", "lse", "argmax", "scatter"};
  return names[static_cast<std::size_t>(combiner)];
}

std::string_view stage_name(Stage stage) {
  constexpr std::string_view names[] = {"constant", "bind", "batch", "step", "particle"};
  return names[static_cast<std::size_t>(stage)];
}

std::string_view level_name(Level level) {
  constexpr std::string_view names[] = {"density", "tensor", "loop"};
  return names[static_cast<std::size_t>(level)];
}

ValueId draw_part(const Op& draw, std::string_view name) {
  const AttrValue* value = draw.attr("gives");
  const auto* names = value ? std::get_if<std::vector<std::string>>(value) : nullptr;
  for (std::size_t k = 0; names && k < names->size() && k + 1 < draw.operands.size(); ++k)
    if ((*names)[k] == name) return draw.operands[k + 1];
  return {};
}

bool is_bounded(const Op& op) {
  return !op.attrs.empty() && op.attr_int("bounded") == 1 && op.operands.size() >= 2;
}

std::size_t carries_of(const Op& op) {
  return op.code == Opcode::scan ? op.operands.size() - (is_bounded(op) ? 2 : 0) : 0;
}

std::size_t yields_of(Combiner combiner, const Type& result) {
  return combiner == Combiner::scatter ? result.shape.size() + 1 : 1;
}

}  // namespace elba::ir
