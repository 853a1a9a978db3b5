// place_polls: loops that run long, at the sizes that the dims state, get an attribute that says after how
// many iterations they check whether they are to stop.
//
//     loop (%i < N) { a operations }      with `dim N size 1000000`, a = 20
//   ->
//     loop (%i < N) {poll = 32768} { a operations }
//
// One check for each 2^20 operations or so, a millisecond and ten thousand times what the check costs: a loop
// whose run takes fewer has none, nor has anything in it. The axis that checks is the innermost one that runs
// long enough; where a single iteration of it runs longer still, the loops inside check too. Bounds that are
// known only when a loop runs count in full, since one of them may be all; so that the short rows of many
// groups do not pay for that, a loop around such loops checks no more often than each sixteenth time. Dims
// without a stated size count as 0. Leaves out: kernels, which have checks of their own
// (runtime/control/interruption.h), and filling memory.
#include <algorithm>
#include <cmath>

#include "passes/loop/operation_count.h"
#include "passes/passes.h"
#include "support/elementary.h"

namespace elba::passes {

using namespace ir;

namespace {

constexpr double interval = 1 << 20;  // operations between two checks
constexpr std::int64_t seldom = 16;   // iterations around loops of unknown length

class Placer {
 public:
  Placer(Func& func, const Sizes& sizes) : func_(func), sizes_(sizes) {}

  void run() { (void)visit(func_.body, true); }

 private:
  struct Count {
    double operations = 0;
    bool is_bounded = false;  // holds a loop whose length is not known
  };

  [[nodiscard]] double extent(const Dim& dim) const {
    return static_cast<double>(std::max<std::int64_t>(dim.evaluate(sizes_).value_or(0), 0));
  }

  // `needs_check`: nothing around it checks often enough.
  Count visit(Region& region, bool needs_check) {
    Count total;
    for (Op& op : region.ops) {
      const Count one = op.regions.empty() ? Count{operation_cost(op, func_, sizes_), false}
                                           : visit_loop(op, needs_check);
      total.operations += one.operations;
      total.is_bounded = total.is_bounded || one.is_bounded;
    }
    return total;
  }

  Count visit_loop(Op& op, bool needs_check) {
    Count inside;
    for (Region& region : op.regions) {
      const Count one = visit(region, false);
      inside.operations += one.operations;
      inside.is_bounded = inside.is_bounded || one.is_bounded;
    }
    // Of one iteration of the axis before.
    std::vector<double> run(op.dims.size() + 1, inside.operations + 1);
    for (std::size_t axis = op.dims.size(); axis-- > 0;)
      run[axis] = run[axis + 1] * extent(op.dims[axis]);
    const bool is_limited = ir::is_bounded(op) || op.attr_int("lower") != 0;
    if (needs_check && run[0] >= interval) {
      std::size_t axis = op.dims.size() - 1;
      while (axis > 0 && run[axis] < interval)
        --axis;
      const double every = math::exp2(std::floor(math::log2(std::max(1.0, interval / run[axis + 1]))));
      const bool has_unknown = inside.is_bounded || (op.attr_int("lower") != 0 && axis == 0);
      op.set_attr("poll", std::max(static_cast<std::int64_t>(every), has_unknown ? seldom : 1));
      if (axis > 0) op.set_attr("poll_axis", static_cast<std::int64_t>(axis));
      if (inside.operations >= interval)
        for (Region& region : op.regions)
          (void)visit(region, true);
    }
    return {run[0], is_limited || inside.is_bounded};
  }

  Func& func_;
  const Sizes& sizes_;
};

}  // namespace

Module place_polls(Module module) {
  Sizes sizes = stated_sizes(module);
  complete_sizes(module, sizes);
  for (Func& func : module.funcs)
    Placer(func, sizes).run();
  return module;
}

namespace {

void clear_polls(Region& region) {
  for (Op& op : region.ops) {
    std::erase_if(op.attrs,
                  [](const auto& attr) { return attr.first == "poll" || attr.first == "poll_axis"; });
    for (Region& inner : op.regions)
      clear_polls(inner);
  }
}

bool equal_polls(const Region& one, const Region& other) {
  for (std::size_t k = 0; k < one.ops.size(); ++k) {
    const Op &a = one.ops[k], &b = other.ops[k];
    if (a.attr_int("poll") != b.attr_int("poll") || a.attr_int("poll_axis") != b.attr_int("poll_axis"))
      return false;
    for (std::size_t r = 0; r < a.regions.size(); ++r)
      if (!equal_polls(a.regions[r], b.regions[r])) return false;
  }
  return true;
}

}  // namespace

bool has_same_polls(const Module& module, const std::map<std::string, std::int64_t>& sizes) {
  Module again = with_sizes(module, sizes);
  for (Func& func : again.funcs)
    clear_polls(func.body);
  again = place_polls(std::move(again));
  for (std::size_t k = 0; k < module.funcs.size(); ++k)
    if (!equal_polls(module.funcs[k].body, again.funcs[k].body)) return false;
  return true;
}

}  // namespace elba::passes
