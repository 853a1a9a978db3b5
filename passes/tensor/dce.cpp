// dce: ops without a used result go, and of a nest or scan the results (with what only they need) that
// are not used.
//
//     %s, %t = nest (%i < N) -> (sum f64, stack f64[N]) { ... yield %a, %b }        only %s is used
//  -> %s = nest (%i < N) -> (sum f64) { ... yield %a }                              and what %b alone needed
//  is gone
//
// Why legal: every op is pure. Liveness is one backward walk; the carries of a scan are the least fixpoint (a
// carry that only feeds itself is dead). Parameters of functions stay: they are the signature.
#include <algorithm>

#include "passes/passes.h"
#include "passes/rewrite/rewrite.h"

namespace elba::passes {

using namespace ir;

namespace {

struct Liveness {
  const Func& func;
  std::vector<bool> live;

  [[nodiscard]] bool any(const std::vector<ValueId>& values) const {
    return std::any_of(values.begin(), values.end(), [this](ValueId value) { return live[value.index]; });
  }
  void mark(std::span<const ValueId> values) {
    for (ValueId value : values)
      live[value.index] = true;
  }

  // An op without results is there for its effect (density level); so are the sites of a model.
  [[nodiscard]] bool is_root(const Op& op) const {
    return op.results.empty() || op.code == Opcode::latent || op.code == Opcode::param;
  }

  void walk_loop(const Op& op) {
    const std::size_t carries = carry_count(op);
    for (std::size_t k = carries; k < op.results.size(); ++k)
      if (live[op.results[k].index]) mark(yielded(func, op, k));
    const Region& body = op.regions[0];
    // Bodies only ever make more values live, so the walk is repeated until no further carry is.
    for (std::size_t had = carries + 1, now = 0; had != now;) {
      had = now;
      for (std::size_t k = 0; k < carries; ++k) {
        const ValueId param = body.params[k + 1];
        if (live[op.results[k].index]) live[param.index] = true;
        if (!live[param.index]) continue;
        mark(yielded(func, op, k));
        mark(std::span(op.operands).subspan(k, 1));
      }
      walk(body);
      now = 0;
      for (std::size_t k = 0; k < carries; ++k)
        now += live[body.params[k + 1].index];
    }
  }

  void walk(const Region& region) {
    for (auto op = region.ops.rbegin(); op != region.ops.rend(); ++op) {
      const bool is_end = op_info(op->code).group == Group::control;
      if (is_end) continue;  // what it yields is marked by the owner of the region
      if (!is_root(*op) && !any(op->results)) continue;
      if (is_bounded(*op)) mark(std::span(op->operands).last(2));
      if (is_loop(*op) && !is_root(*op))
        walk_loop(*op);
      else {
        mark(op->operands);
        for (const Region& inner : op->regions) {
          mark(inner.ops.back().operands);
          walk(inner);
        }
      }
    }
  }
};

struct Sweep {
  const Func& func;
  const std::vector<bool>& live;

  // Drops dead carries and combined results; a carry lives by its parameter too.
  void trim(Op& op) const {
    const std::size_t carries = carry_count(op);
    Region& body = op.regions[0];
    std::vector<ValueId> ends, results, operands,
        params(body.params.begin(), body.params.begin() + static_cast<std::ptrdiff_t>(op.dims.size()));
    std::vector<Combiner> combiners;
    for (std::size_t k = 0; k < op.results.size(); ++k) {
      const bool is_carry = k < carries;
      if (!live[op.results[k].index] && !(is_carry && live[body.params[k + 1].index])) continue;
      const auto values = yielded(func, op, k);
      ends.insert(ends.end(), values.begin(), values.end());
      results.push_back(op.results[k]);
      if (is_carry) {
        operands.push_back(op.operands[k]);
        params.push_back(body.params[k + 1]);
      } else {
        combiners.push_back(op.combiners[k - carries]);
      }
    }
    if (results.size() == op.results.size()) return;
    body.ops.back().operands = std::move(ends);
    body.params = std::move(params);
    op.results = std::move(results);
    op.combiners = std::move(combiners);
    if (op.code != Opcode::scan) return;
    if (is_bounded(op)) operands.insert(operands.end(), op.operands.end() - 2, op.operands.end());
    op.operands = std::move(operands);
  }

  void region(Region& region) const {
    std::erase_if(region.ops, [this](const Op& op) {
      if (op_info(op.code).group == Group::control || op.results.empty() || op.code == Opcode::latent ||
          op.code == Opcode::param)
        return false;
      return std::none_of(op.results.begin(), op.results.end(),
                          [this](ValueId value) { return live[value.index]; });
    });
    for (Op& op : region.ops) {
      if (is_loop(op) && !op.results.empty()) trim(op);
      for (Region& inner : op.regions)
        this->region(inner);
    }
  }
};

}  // namespace

void remove_dead(Func& func) {
  if (func.body.ops.empty()) return;
  Liveness liveness{func, std::vector<bool>(func.values.size(), false)};
  liveness.mark(func.body.ops.back().operands);
  liveness.walk(func.body);
  Sweep{func, liveness.live}.region(func.body);
  compact(func);
}

Module dce(Module module) {
  for (Func& func : module.funcs)
    remove_dead(func);
  return module;
}

}  // namespace elba::passes
