#include "passes/derivative/activity.h"

#include "ir/ops.h"

namespace elba::passes {

using namespace ir;

namespace {

struct ActivityWalk {
  const Func& func;
  std::vector<bool> varied;

  bool any(const std::vector<ValueId>& values) const {
    for (ValueId value : values)
      if (varied[value.index]) return true;
    return false;
  }

  void set(ValueId value, bool is_varied) {
    const Type& type = func.type(value);
    varied[value.index] = is_varied && type.kind == Kind::tensor && type.scalar == Scalar::f64;
  }

  // Results of a nest or scan from what its body yields; true when a carry became varied and the body must be
  // walked again.
  bool walk_loop(const Op& op) {
    const Region& body = op.regions[0];
    const std::size_t carries = carries_of(op);
    for (std::size_t k = 0; k < carries; ++k)
      if (varied[op.operands[k].index]) set(body.params[k + 1], true);
    walk(body);
    const auto& ends = body.ops.back().operands;
    bool grew = false;
    for (std::size_t k = 0; k < carries; ++k) {
      const bool next = varied[ends[k].index];
      if (next && !varied[body.params[k + 1].index]) {
        set(body.params[k + 1], true);
        grew = true;
      }
      set(op.results[k], next || varied[op.operands[k].index]);
    }
    std::size_t at = carries;
    for (std::size_t k = 0; k < op.combiners.size(); ++k) {
      const ValueId result = op.results[carries + k];
      const std::size_t count = yields_of(op.combiners[k], func.type(result));
      set(result, op.combiners[k] != Combiner::argmax && varied[ends[at + count - 1].index]);
      at += count;
    }
    return grew;
  }

  void walk(const Region& region) {
    for (const Op& op : region.ops) {
      if (op.code == Opcode::nest || op.code == Opcode::scan) {
        while (walk_loop(op)) {}
        continue;
      }
      const OpInfo& info = op_info(op.code);
      const bool differentiable = info.group != Group::scalar || info.pullback != nullptr;
      const bool is_varied = differentiable && info.group != Group::random && any(op.operands);
      for (ValueId result : op.results)
        set(result, is_varied);
    }
  }
};

void collect(const Region& region, std::vector<const Region*>& regions) {
  for (ValueId param : region.params)
    regions[param.index] = &region;
  for (const Op& op : region.ops) {
    for (ValueId result : op.results)
      regions[result.index] = &region;
    for (const Region& inner : op.regions)
      collect(inner, regions);
  }
}

}  // namespace

std::vector<bool> varied_values(const Func& func) {
  ActivityWalk walk{func, std::vector<bool>(func.values.size(), false)};
  for (const Param& param : func.params)
    if (param.role == Role::input) walk.set(param.value, true);
  walk.walk(func.body);
  return std::move(walk.varied);
}

std::vector<const Region*> defining_regions(const Func& func) {
  std::vector<const Region*> regions(func.values.size(), nullptr);
  collect(func.body, regions);
  return regions;
}

}  // namespace elba::passes
