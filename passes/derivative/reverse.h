// reverse: the state of one reverse accumulation, shared by differentiate.cpp (straight-line ops) and
// differentiate_loops.cpp (nests and scans). Not for other passes.
#pragma once

#include <unordered_map>
#include <vector>

#include "ir/builder.h"
#include "passes/derivative/activity.h"
#include "passes/derivative/adjoints.h"
#include "passes/derivative/rules.h"

namespace elba::passes {

class Reverse {
 public:
  Reverse(const ir::Func& source, ir::Func& target);
  void run();

 private:
  using ValueId = ir::ValueId;
  using Op = ir::Op;
  using Region = ir::Region;
  using Adjoints = std::unordered_map<ValueId, std::vector<Contribution>>;

  // Per combined result, what its adjoint needs that only a loop of its own can give.
  struct Extremum {
    ValueId position;     // max, min: flat index of the first extreme element
    OtherFactors others;  // prod
  };

  // A contribution that leaves a region: where it goes in the enclosing region once the nest has combined it.
  struct Leaving {
    ValueId target;
    std::vector<ValueId> indices;  // from outside the region
    ir::YieldSpec spec;
    Guards guards;  // likewise
  };

  ValueId mapped(ValueId value) { return b_.mapped(source_, value, map_); }
  bool varied(ValueId value) const { return varied_[value.index]; }

  // Copies an op; a varied scan also stacks the carries it starts each iteration from.
  void forward(const Op& op);
  std::vector<ir::YieldSpec> yield_specs(const Op& op, const std::vector<ValueId>& ends,
                                         std::size_t carries) const;

  // A contribution under the guards of the op being reversed and then `inner`.
  void seed(Adjoints& adjoints, ValueId value, ValueId adjoint, std::vector<ValueId> indices = {},
            const Guards& inner = {});
  // Of all contributions, in the region being built; invalid when there are none.
  AdjointSum sum(const Adjoints& adjoints, ValueId value);
  ValueId total(const Adjoints& adjoints, ValueId value);  // the same, with zeros where a guard does not hold
  void reverse_region(const Region& region, Adjoints& adjoints);
  void reverse_op(const Op& op, Adjoints& adjoints);
  // Of one without a region.
  void reverse_plain(const Op& op, const std::vector<ValueId>& seeds, Adjoints& adjoints);
  void reverse_pack(const Op& op, ValueId adjoint, Adjoints& adjoints);

  // `seeds`: the adjoints of the results of a nest or scan, each under guards of its own.
  void bound(const Op& op);  // the loop opened last runs where this one did
  std::vector<ValueId> open_nest(const Op& op);
  std::vector<Extremum> extrema(const Op& op, const std::vector<AdjointSum>& seeds, std::size_t carries);
  void bind_iteration(const Op& op, const std::vector<ValueId>& it);
  void run_body(const Region& body);
  // Adjoints of what the body yields, from the adjoints of the combined results.
  void seed_yields(const Op& op, const std::vector<AdjointSum>& seeds, const std::vector<ValueId>& it,
                   const std::vector<Extremum>& found, Adjoints& inner);
  std::vector<Leaving> leaving(const Op& op, const std::vector<ValueId>& it, Adjoints& inner,
                               std::size_t values_before);
  bool is_inside(ValueId value, const Region& body) const;
  Leaving combine(const Op& op, const std::vector<ValueId>& it, ValueId target, const ir::Type& type,
                  const Contribution& part);
  void reverse_nest(const Op& op, const std::vector<AdjointSum>& seeds, Adjoints& adjoints);
  void reverse_scan(const Op& op, const std::vector<AdjointSum>& seeds, Adjoints& adjoints);

  const ir::Func& source_;
  ir::Builder b_;
  ir::Builder::ValueMap map_;  // source value -> its copy in the scope being built
  std::vector<bool> varied_;
  std::vector<const Region*> regions_;
  Guards guards_;  // that the results of the op being reversed share
  std::unordered_map<const Op*, std::vector<ValueId>> saved_carries_;
  std::unordered_map<const Op*, ValueId> jitters_;  // of factorisations
};

}  // namespace elba::passes
