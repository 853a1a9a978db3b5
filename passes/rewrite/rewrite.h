// rewrite: what the tensor-level passes share: walking a function, renaming values in place, copying ops,
// renumbering.
//
// A pass moves ops between the vectors of its regions and names what stands for what in a Substitution;
// `compact` at its end drops the values without a mention, so that value ids stay small however many passes
// run.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "ir/module.h"
#include "ir/ops.h"

namespace elba::passes {

// Calls `visit` on every op of the region and of the regions inside, outer before inner.
template <class Visit>
void walk(const ir::Region& region, Visit&& visit) {
  for (const ir::Op& op : region.ops) {
    visit(op);
    for (const ir::Region& inner : op.regions)
      walk(inner, visit);
  }
}
template <class Visit>
void walk(ir::Region& region, Visit&& visit) {
  for (ir::Op& op : region.ops) {
    visit(op);
    for (ir::Region& inner : op.regions)
      walk(inner, visit);
  }
}

[[nodiscard]] inline bool is_loop(const ir::Op& op) {
  return op.code == ir::Opcode::nest || op.code == ir::Opcode::scan;
}
[[nodiscard]] inline std::size_t carry_count(const ir::Op& op) { return ir::carries_of(op); }
[[nodiscard]] inline std::span<const ir::ValueId> iterators(const ir::Op& loop) {
  return std::span(loop.regions[0].params).first(loop.dims.size());
}
// The operands of the yield that belong to result number `result` (carries first).
[[nodiscard]] std::span<const ir::ValueId> yielded(const ir::Func& func, const ir::Op& loop,
                                                   std::size_t result);

// Which value stands for which.
class Substitution {
 public:
  void set(ir::ValueId from, ir::ValueId to);
  [[nodiscard]] ir::ValueId operator()(ir::ValueId value) const;
  void apply(ir::Op& op) const;          // operands of the op alone
  void apply(ir::Region& region) const;  // of every op inside
  [[nodiscard]] bool empty() const { return to_.empty(); }

 private:
  std::vector<ir::ValueId> to_;
};

// How deep each value is defined: 0 for constants, parameters and the function's own ops, 1 inside a loop of
// the function, ...
[[nodiscard]] std::vector<int> definition_depths(const ir::Func& func);
[[nodiscard]] std::vector<std::uint32_t> use_counts(const ir::Func& func);

// Rough cost in additions of evaluating the ops once; loops count their trips where these are known, else 16.
[[nodiscard]] long cost_of(const ir::Func& func, const ir::Op& op);

[[nodiscard]] bool is_commutative(ir::Opcode code);

// Copies ops with fresh results into `out`, renaming operands by `map`, which takes the results up.
using CopyMap = std::unordered_map<ir::ValueId, ir::ValueId>;
void copy_op(ir::Func& func, const ir::Op& op, CopyMap& map, std::vector<ir::Op>& out);

// Ops appended to a vector, typed by the op table.
class Emitter {
 public:
  Emitter(ir::Func& func, std::vector<ir::Op>& out, Span origin = {})
      : func_(func), out_(out), origin_(origin) {}
  ir::ValueId emit(ir::Opcode code, std::vector<ir::ValueId> operands, std::vector<ir::Dim> dims = {});
  ir::ValueId read(ir::ValueId tensor, std::span<const ir::ValueId> indices);
  // The value of a polynomial as f64.
  ir::ValueId real_dim(const ir::Dim& dim);

 private:
  ir::Func& func_;
  std::vector<ir::Op>& out_;
  Span origin_;
};

// Renumbers values in order of appearance; equal constants become one value.
void compact(ir::Func& func);

// dce, cse and hoist on one function, for passes that clean up after themselves.
void remove_dead(ir::Func& func);
void merge_equal(ir::Func& func);
void move_invariants(ir::Func& func);

}  // namespace elba::passes
