#include "passes/rewrite/rewrite.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include "support/defect.h"

namespace elba::passes {

using namespace ir;

std::span<const ValueId> yielded(const Func& func, const Op& loop, std::size_t result) {
  const auto& ends = loop.regions[0].ops.back().operands;
  const std::size_t carries = carry_count(loop);
  if (result < carries) return std::span(ends).subspan(result, 1);
  std::size_t at = carries;
  for (std::size_t k = carries; k < result; ++k)
    at += yields_of(loop.combiners[k - carries], func.type(loop.results[k]));
  return std::span(ends).subspan(
      at, yields_of(loop.combiners[result - carries], func.type(loop.results[result])));
}

void Substitution::set(ValueId from, ValueId to) {
  if (from == to) return;
  if (to_.size() <= from.index) to_.resize(from.index + 1);
  to_[from.index] = to;
}

ValueId Substitution::operator()(ValueId value) const {
  while (value.index < to_.size() && to_[value.index].valid())
    value = to_[value.index];
  return value;
}

void Substitution::apply(Op& op) const {
  for (ValueId& operand : op.operands)
    operand = (*this)(operand);
}

void Substitution::apply(Region& region) const {
  if (empty()) return;
  walk(region, [this](Op& op) { apply(op); });
}

namespace {

void note_depths(const Region& region, int depth, std::vector<int>& depths) {
  for (ValueId param : region.params)
    depths[param.index] = depth;
  for (const Op& op : region.ops) {
    for (ValueId result : op.results)
      depths[result.index] = depth;
    for (const Region& inner : op.regions)
      note_depths(inner, depth + 1, depths);
  }
}

}  // namespace

std::vector<int> definition_depths(const Func& func) {
  std::vector<int> depths(func.values.size(), 0);
  note_depths(func.body, 0, depths);
  return depths;
}

std::vector<std::uint32_t> use_counts(const Func& func) {
  std::vector<std::uint32_t> counts(func.values.size(), 0);
  walk(func.body, [&](const Op& op) {
    for (ValueId operand : op.operands)
      ++counts[operand.index];
  });
  return counts;
}

long cost_of(const Func& func, const Op& op) {
  constexpr long unknown_trips = 16, linear_algebra = 1000, random = 30;
  if (is_loop(op)) {
    long body = 1;
    for (const Op& inner : op.regions[0].ops)
      body += cost_of(func, inner);
    for (const Dim& dim : op.dims)
      body *= dim.is_constant() ? std::clamp<long>(dim.constant(), 1, 1024) : unknown_trips;
    return std::min(body, 1L << 40);
  }
  if (op.code == Opcode::contract) return linear_algebra;
  const OpInfo& info = op_info(op.code);
  switch (info.group) {
    case Group::scalar:
      return info.cost;
    case Group::linalg:
      return linear_algebra;
    case Group::random:
      return random;
    default:
      return 0;
  }
}

bool is_commutative(Opcode code) {
  static const std::vector<bool> table = [] {
    std::vector<bool> commutes(all_ops().size(), false);
    for (const char* name : {"add", "mul", "eq", "ne", "logical_and", "logical_or"})
      commutes[static_cast<std::size_t>(find_op(name)->code)] = true;
    return commutes;
  }();
  return table[static_cast<std::size_t>(code)];
}

namespace {

ValueId renamed(const CopyMap& map, ValueId value) {
  const auto at = map.find(value);
  return at == map.end() ? value : at->second;
}

}  // namespace

void copy_op(Func& func, const Op& op, CopyMap& map, std::vector<Op>& out) {
  Op copy = op;
  for (ValueId& operand : copy.operands)
    operand = renamed(map, operand);
  for (std::size_t r = 0; r < op.regions.size(); ++r) {
    Region& region = copy.regions[r];
    for (ValueId& param : region.params) {
      const ValueId fresh = func.add_value(Type(func.type(param)));
      map[param] = fresh;
      param = fresh;
    }
    region.ops.clear();
    for (const Op& inner : op.regions[r].ops)
      copy_op(func, inner, map, region.ops);
  }
  for (ValueId& result : copy.results) {
    const ValueId fresh = func.add_value(Type(func.type(result)));
    map[result] = fresh;
    result = fresh;
  }
  out.push_back(std::move(copy));
}

ValueId Emitter::emit(Opcode code, std::vector<ValueId> operands, std::vector<Dim> dims) {
  Op op;
  op.code = code;
  op.operands = std::move(operands);
  op.dims = std::move(dims);
  op.origin = origin_;
  auto inferred = infer_types(func_, op);
  if (inferred.types.size() != 1)
    throw Defect{"while rewriting @" + func_.name + ": " + std::string(op_info(code).name) + ": " +
                 inferred.error};
  op.results = {func_.add_value(std::move(inferred.types[0]))};
  out_.push_back(std::move(op));
  return out_.back().results[0];
}

ValueId Emitter::read(ValueId tensor, std::span<const ValueId> indices) {
  if (indices.empty()) return tensor;
  std::vector<ValueId> operands{tensor};
  operands.insert(operands.end(), indices.begin(), indices.end());
  return emit(Opcode::read, std::move(operands));
}

ValueId Emitter::real_dim(const Dim& dim) {
  if (dim.is_constant()) return func_.add_constant(static_cast<double>(dim.constant()));
  return emit(Opcode::to_real, {emit(Opcode::dim, {}, {dim})});
}

namespace {

// Constants by kind and bits, so that 0.0 and -0.0, and 1 and 1.0 and true, stay apart.
using ConstantKey = std::array<std::uint64_t, 2>;

ConstantKey key_of(const Constant& constant) {
  const auto bits = std::visit(
      [](auto value) -> std::uint64_t {
        if constexpr (std::is_same_v<decltype(value), double>)
          return std::bit_cast<std::uint64_t>(value);
        else
          return static_cast<std::uint64_t>(value);
      },
      constant);
  return {constant.index(), bits};
}

struct Compactor {
  Func& func;
  std::vector<ValueInfo> values;
  std::vector<ValueId> renamed;
  std::map<ConstantKey, ValueId> constants;

  void define(ValueId& value) {
    const ValueId fresh{static_cast<std::uint32_t>(values.size())};
    values.push_back(std::move(func.values[value.index]));
    renamed[value.index] = fresh;
    value = fresh;
  }

  void use(ValueId& value) {
    ValueId& known = renamed[value.index];
    if (!known.valid()) {
      // Only a constant may be met before its definition.
      const auto [at, fresh] = constants.try_emplace(key_of(*func.values[value.index].constant),
                                                     ValueId{static_cast<std::uint32_t>(values.size())});
      if (fresh) values.push_back(func.values[value.index]);
      known = at->second;
    }
    value = known;
  }

  void region(Region& region) {
    for (ValueId& param : region.params)
      define(param);
    for (Op& op : region.ops) {
      for (ValueId& operand : op.operands)
        use(operand);
      for (Region& inner : op.regions)
        this->region(inner);
      for (ValueId& result : op.results)
        define(result);
    }
  }
};

}  // namespace

void compact(Func& func) {
  Compactor compactor{func, {}, std::vector<ValueId>(func.values.size()), {}};
  compactor.values.reserve(func.values.size());
  for (Param& param : func.params)
    compactor.define(param.value);
  compactor.region(func.body);
  func.values = std::move(compactor.values);
}

}  // namespace elba::passes
