#include "passes/derivative/adjoints.h"

#include <algorithm>

namespace elba::passes {

using namespace ir;

Guards common(const Guards& a, const Guards& b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return {a.begin(), end};
}

ValueId guarded(Builder& b, ValueId adjoint, const Guards& guards, std::size_t first) {
  if (!adjoint.valid() || first >= guards.size()) return adjoint;
  const std::vector<Dim> shape = b.type(adjoint).shape;
  const auto element = [&](ValueId value) {
    const ValueId zero = b.constant(0.0);
    for (std::size_t k = guards.size(); k-- > first;)
      value = guards[k].holds ? b.select(guards[k].condition, value, zero)
                              : b.select(guards[k].condition, zero, value);
    return value;
  };
  if (shape.empty()) return element(adjoint);
  const auto it = b.open_nest(shape);
  return b.close_nest({{Combiner::stack, {element(b.read(adjoint, it))}}})[0];
}

namespace {

ValueId truth(Builder& b, const Guard& guard) {
  return guard.holds ? guard.condition : b.emit(Opcode::logical_not, {guard.condition});
}

// That all guards of one of the parts hold, without the first `shared`: where none does the sum is zero,
// whatever its derivative is there. Nothing where that is no condition: a part has no more guards, or two
// parts are the arms of one conditional.
Guards any_of(Builder& b, std::span<const Contribution> parts, std::size_t shared) {
  std::vector<Guards> ways;
  for (const Contribution& part : parts) {
    Guards rest(part.guards.begin() + static_cast<std::ptrdiff_t>(shared), part.guards.end());
    if (rest.empty()) return {};
    if (rest.size() == 1 &&
        std::find(ways.begin(), ways.end(), Guards{{rest[0].condition, !rest[0].holds}}) != ways.end())
      return {};
    if (std::find(ways.begin(), ways.end(), rest) == ways.end()) ways.push_back(std::move(rest));
  }
  ValueId any;
  for (const Guards& way : ways) {
    ValueId all = truth(b, way[0]);
    for (std::size_t k = 1; k < way.size(); ++k)
      all = b.emit(Opcode::logical_and, {all, truth(b, way[k])});
    any = any.valid() ? b.emit(Opcode::logical_or, {any, all}) : all;
  }
  return {{any, true}};
}

}  // namespace

AdjointSum sum_of(Builder& b, const Type& type, std::span<const Contribution> parts,
                  const std::function<ValueId(ValueId)>& mapped) {
  if (parts.empty()) return {};
  Guards shared = parts[0].guards;
  for (const Contribution& part : parts.subspan(1))
    shared = common(shared, part.guards);
  if (parts.size() == 1 && parts[0].indices.empty()) return {parts[0].adjoint, shared};
  std::vector<ValueId> values;
  for (const Contribution& part : parts)
    values.push_back(guarded(b, part.adjoint, part.guards, shared.size()));
  const Guards any = any_of(b, parts, shared.size());
  shared.insert(shared.end(), any.begin(), any.end());
  if (type.shape.empty()) {
    ValueId sum = values[0];
    for (std::size_t k = 1; k < parts.size(); ++k)
      sum = b.add(sum, values[k]);
    return {sum, shared};
  }
  const auto it = b.open_nest(type.shape);
  ValueId sum;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const std::size_t depth = parts[k].indices.size();
    ValueId element = b.read(values[k], std::span(it).subspan(depth));
    for (std::size_t axis = 0; axis < depth; ++axis)
      element = b.select(b.emit(Opcode::eq, {it[axis], mapped(parts[k].indices[axis])}), element,
                         b.constant(0.0));
    sum = sum.valid() ? b.add(sum, element) : element;
  }
  return {b.close_nest({{Combiner::stack, {sum}}})[0], shared};
}

AdjointSum without_select(const Builder& b, ValueId part, std::size_t mark) {
  const Op* op = part.valid() ? b.find(part, mark) : nullptr;
  if (!op || op->code != Opcode::select) return {part, {}};
  const auto is_zero = [&](ValueId value) {
    const auto& constant = b.func().constant(value);
    return constant && std::holds_alternative<double>(*constant) && std::get<double>(*constant) == 0;
  };
  if (is_zero(op->operands[2])) return {op->operands[1], {{op->operands[0], true}}};
  if (is_zero(op->operands[1])) return {op->operands[2], {{op->operands[0], false}}};
  return {part, {}};
}

}  // namespace elba::passes
