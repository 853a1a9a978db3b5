// bufferise_slots: arena allocations to numbered slots.
//
//     two allocations of one element type and element count,
//     the last use of the first before the first use of the second
//   ->
//     one slot
//
// Time is counted in operations of the function's body; what happens inside one loop happens at once, so two
// buffers of one loop never share. Why greedy by first use: intervals on a line are coloured optimally that
// way. Leaves out: sharing between sizes that differ.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "passes/loop/bufferise_writer.h"

namespace elba::passes::loops {

namespace {

struct Lifetime {
  Op* alloc = nullptr;
  std::size_t first = 0, last = 0;
  bool used = false;
};

class Lifetimes {
 public:
  explicit Lifetimes(ir::Func& func) {
    for (Op& op : func.body.ops) {
      if (op.code != Opcode::alloc || op.attr_string("place") != "arena") continue;
      index_[op.results[0]] = all.size();
      all.push_back({&op, 0, 0, false});
    }
    for (std::size_t time = 0; time < func.body.ops.size(); ++time)
      visit(func.body.ops[time], time);
  }

  std::vector<Lifetime> all;

 private:
  void visit(const Op& op, std::size_t time) {
    for (ValueId operand : op.operands) {
      const auto it = index_.find(operand);
      if (it == index_.end()) continue;
      Lifetime& lifetime = all[it->second];
      if (!lifetime.used) lifetime.first = time;
      lifetime.used = true;
      lifetime.last = time;
      if (op.code == Opcode::view) index_[op.results[0]] = it->second;
    }
    for (const ir::Region& region : op.regions)
      for (const Op& inner : region.ops)
        visit(inner, time);
  }

  std::unordered_map<ValueId, std::size_t> index_;  // a buffer or a view of it -> its allocation
};

}  // namespace

void assign_slots(ir::Func& func) {
  Lifetimes lifetimes(func);
  std::stable_sort(lifetimes.all.begin(), lifetimes.all.end(),
                   [](const Lifetime& a, const Lifetime& b) { return a.first < b.first; });
  struct Slot {
    std::int64_t number;
    std::size_t busy_until;
  };
  std::map<std::string, std::vector<Slot>> by_size;
  std::int64_t count = 0;
  for (const Lifetime& lifetime : lifetimes.all) {
    const Type& type = func.type(lifetime.alloc->results[0]);
    std::vector<Slot>& slots =
        by_size[std::string(ir::scalar_name(type.scalar)) + " " + type.element_count().text()];
    const auto free = std::find_if(slots.begin(), slots.end(),
                                   [&](const Slot& slot) { return slot.busy_until < lifetime.first; });
    Slot& slot = free != slots.end() ? *free : slots.emplace_back(Slot{count++, 0});
    slot.busy_until = lifetime.last;
    lifetime.alloc->set_attr("slot", slot.number);
  }
}

}  // namespace elba::passes::loops
