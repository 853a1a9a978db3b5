// hoister: the state of hoist (hoist.cpp, where the rules are stated); what it does to sums is in
// hoist_sums.cpp. Internal to passes/tensor.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "passes/rewrite/rewrite.h"
#include "passes/tensor/sum_tree.h"

namespace elba::passes {

class Hoister {
  using Values = std::vector<ir::ValueId>;

 public:
  explicit Hoister(ir::Func& func)
      : func_(func),
        depth_(definition_depths(func)),
        uses_(use_counts(func)),
        keeps_bounds_(!func.name.ends_with(".grad") && !func.name.ends_with(".hvp")) {}
  void run();

 private:
  [[nodiscard]] int here() const { return static_cast<int>(levels_.size()) - 1; }
  [[nodiscard]] bool invariant(ir::ValueId value) const { return depth_[value.index] < here(); }
  void place(ir::Op op);
  void use_reciprocal(ir::Op& op);
  void place_loop(ir::Op op);

  // Sums (hoist_sums.cpp)
  struct Term {
    bool negative = false;
    Values factors;  // invariant; at least one when it stands for itself
  };
  // result = (product of rest.factors) * (the nest's sum) + count * sum of addends
  struct Linear {
    // `inside`: what the nest now sums under a fresh name; invalid when nothing varies.
    ir::ValueId result, inside;
    Term rest;
    std::vector<Term> addends;
  };
  struct Peeled {
    ir::ValueId core;
    Values factors;
    bool negative = false;
  };
  // value = (-1)^negative * (product of the invariant factors) * core, through products, squares and signs.
  // Without `emit`, only the factors are found; with it, the core is made in the body under construction, of
  // as many ops as it replaces or fewer. What a value multiplied with itself again and again is made of grows
  // exponentially with the number of times, so no more than some factors are looked for.
  static constexpr std::size_t most_factors = 100;
  Peeled peel(ir::ValueId value, bool emit);
  Peeled peel(ir::ValueId value, bool emit, std::size_t& visits);
  ir::ValueId emit_inside(ir::Opcode code, Values operands);
  Linear decompose(ir::ValueId result, ir::ValueId value);
  std::vector<Linear> take_out_of_sums(ir::Op& op);
  ir::ValueId emit_free(ir::Opcode code, Values operands, Span origin);
  ir::ValueId product(const Term& term, ir::ValueId start, Span origin);
  void rebuild(const Linear& sum, const ir::Dim& count, Span origin);

  // Where an op can go
  int target(const ir::Op& op) const;
  void needs(const ir::Op& op, int at, int& deepest) const;
  bool safe_outside(const ir::Op& op, int depth) const;
  bool stays_finite(const ir::Op& op) const;
  bool reads_safely(const ir::Op& op, const std::vector<std::string>& symbols) const;

  void grow();
  void push(ir::Op op, int depth);
  ir::ValueId emit_at(int depth, ir::Opcode code, Values operands, Span origin,
                      std::vector<ir::Dim> dims = {});

  ir::Func& func_;
  std::vector<int> depth_;
  Definitions definitions_;
  std::unordered_map<ir::ValueId, ir::ValueId> reciprocals_;  // divisor -> 1 / divisor
  std::vector<std::uint32_t> uses_;
  Substitution same_;
  std::vector<std::vector<ir::Op>*> levels_;
  struct Loop {
    std::vector<ir::Dim> extents;
    bool bounded;
  };
  std::vector<Loop> loops_;
  bool keeps_bounds_;
  std::unordered_map<ir::ValueId, ir::Dim> extent_of_;
};

}  // namespace elba::passes
