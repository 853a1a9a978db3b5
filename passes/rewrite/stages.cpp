#include "passes/rewrite/stages.h"

#include <algorithm>

#include "passes/rewrite/rewrite.h"

namespace elba::passes {

using namespace ir;

namespace {

struct StageWalk {
  const Func& func;
  std::vector<Stage> stages;

  Stage latest(std::span<const ValueId> values) const {
    Stage stage = Stage::constant;
    for (ValueId value : values)
      stage = std::max(stage, stages[value.index]);
    return stage;
  }

  void loop(const Op& op) {
    const auto& params = op.regions[0].params;
    const std::size_t carries = carry_count(op);
    for (std::size_t k = 0; k < carries; ++k)
      stages[params[k + 1].index] = stages[op.operands[k].index];
    for (bool changed = true; changed;) {
      region(op.regions[0]);
      changed = false;
      for (std::size_t k = 0; k < carries; ++k) {
        const Stage next = latest(yielded(func, op, k));
        Stage& carry = stages[params[k + 1].index];
        changed = changed || next > carry;
        carry = std::max(carry, next);
      }
    }
    const Stage bounds = is_bounded(op) ? latest(std::span(op.operands).last(2)) : Stage::constant;
    for (std::size_t k = 0; k < op.results.size(); ++k)
      stages[op.results[k].index] = std::max(
          bounds, k < carries ? stages[params[k + 1].index] : latest(yielded(func, op, k)));
  }

  void region(const Region& region) {
    for (const Op& op : region.ops) {
      if (is_loop(op)) {
        loop(op);
        continue;
      }
      const Stage stage = latest(op.operands);
      for (ValueId result : op.results)
        stages[result.index] = stage;
    }
  }
};

}  // namespace

std::vector<Stage> value_stages(const Func& func) {
  StageWalk walk{func, std::vector<Stage>(func.values.size(), Stage::constant)};
  for (const Param& param : func.params)
    walk.stages[param.value.index] = param.role == Role::data || param.role == Role::cache ? Stage::bind
                                                                                           : Stage::step;
  walk.region(func.body);
  return std::move(walk.stages);
}

}  // namespace elba::passes
