// sum_tree: what makes each scalar, and the leaves of a tree of additions: shared by the passes that take
// sums over loops apart.
#pragma once

#include <functional>
#include <vector>

#include "passes/rewrite/rewrite.h"

namespace elba::passes {

// The op that makes each value, for scalar ops and loops.
class Definitions {
 public:
  struct Entry {
    ir::Opcode code{};
    std::vector<ir::ValueId> operands;
    bool known = false;
  };
  void note(const ir::Op& op);
  [[nodiscard]] const Entry* find(ir::ValueId value) const {
    return value.index < entries_.size() && entries_[value.index].known ? &entries_[value.index] : nullptr;
  }

 private:
  std::vector<Entry> entries_;
};

struct Leaf {
  ir::ValueId value;
  bool negative = false;
};

// value = sum of the leaves with their signs, through add, sub and neg. The root is always opened, others
// where `may_open` allows.
[[nodiscard]] std::vector<Leaf> sum_leaves(const Definitions& definitions, ir::ValueId value,
                                           const std::function<bool(ir::ValueId)>& may_open);

// Whether a value carries a rounding error of its own. Data and counters do not: a sum of differences of such
// may be small where the sums of their parts are large, so these must not be summed apart.
[[nodiscard]] bool carries_rounding(const ir::Func& func, const Definitions& definitions, ir::ValueId value);

// The signed sum of the leaves (at least one), positive ones first.
[[nodiscard]] ir::ValueId add_leaves(
    std::vector<Leaf> leaves, const std::function<ir::ValueId(ir::Opcode, std::vector<ir::ValueId>)>& emit);

}  // namespace elba::passes
