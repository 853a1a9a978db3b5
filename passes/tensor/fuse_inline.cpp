// fuse_inline: the body of a nest that stacks scalars goes to the readers of its elements, and the stacked
// array is gone.
//
//     %p = nest (%i < T) -> (stack f64[T]) { ... yield %v }
//     %s = nest (%t < T - 1) -> (sum f64) { %k = add %t, 1;  %x = read %p, %k ... }
//   ->
//     ... the body at %i = %k, %x = %v ...
//
// Only when every use of the array is such a read in a loop of the region, and the work stays about the same:
//   once      one read, evaluated at most once per element: each loop around it gives one index, alone or
//             plus a constant
//   cheap     a few such reads of a body without loops and of small cost
//   free      any reads, gathers too, of a body that only moves data (reads, index arithmetic, conversions)
// A body that computes is not inlined into a gather or into a loop that revisits its elements:
// theta[county[n]] = mu + tau z[j] is better made once per county, and its adjoint then is one scatter per
// observation instead of three sums.
#include <algorithm>
#include <unordered_set>

#include "passes/tensor/fuse.h"

namespace elba::passes {

using namespace ir;

namespace {

using Values = std::vector<ValueId>;

constexpr long cheap_cost = 8;
constexpr int cheap_reads = 3;

struct Use {
  std::vector<const Op*> loops;  // around the read, outermost first
  const Op* read;
};

struct Producer {
  const Op* nest = nullptr;
  std::size_t result = 0;
  bool may = true;  // all uses so far are reads in loops
  std::vector<Use> uses;
};

class InlineProducers {
 public:
  InlineProducers(Func& func, Region& region) : func_(func), region_(region) {}

  bool run() {
    for (const Op& op : region_.ops) {
      if (op.code != Opcode::nest || is_bounded(op)) continue;  // outside of its bounds a stacked array is 0
      for (std::size_t k = 0; k < op.results.size(); ++k) {
        const bool is_scalar_stack = op.combiners[k] == Combiner::stack &&
                                     func_.type(op.results[k]).rank() == static_cast<int>(op.dims.size());
        if (is_scalar_stack) producers_[op.results[k]] = {&op, k, true, {}};
      }
    }
    if (producers_.empty()) return false;
    for (const Op& op : region_.ops)
      note_uses(op);
    for (const Op& op : region_.ops)
      for (ValueId result : op.results)
        if (const auto at = producers_.find(result); at != producers_.end() && worthwhile(at->second))
          planned_.emplace(result, at->second);
    drop_chains();
    if (planned_.empty()) return false;
    for (Op& op : region_.ops)
      for (Region& inner : op.regions)
        rewrite(inner);
    same_.apply(region_);
    remove_emptied();
    return true;
  }

 private:
  void note_uses(const Op& op) {
    for (std::size_t k = 0; k < op.operands.size(); ++k) {
      const auto at = producers_.find(op.operands[k]);
      if (at == producers_.end()) continue;
      const bool is_element = op.code == Opcode::read && k == 0 &&
                              op.operands.size() == 1 + at->second.nest->dims.size();
      if (is_element && !loops_.empty())
        at->second.uses.push_back({loops_, &op});
      else
        at->second.may = false;
    }
    if (op.code == Opcode::add || op.code == Opcode::sub) shifted_[op.results[0]] = &op;
    if (op.regions.empty()) return;
    if (is_loop(op)) loops_.push_back(&op);
    for (const Region& region : op.regions)
      for (const Op& inner : region.ops)
        note_uses(inner);
    if (is_loop(op)) loops_.pop_back();
  }

  // The iterator that an index is, alone or shifted by a constant.
  ValueId base_of(ValueId index) const {
    const auto at = shifted_.find(index);
    if (at == shifted_.end()) return index;
    const auto& operands = at->second->operands;
    if (func_.constant(operands[1])) return operands[0];
    if (func_.constant(operands[0]) && at->second->code == Opcode::add) return operands[1];
    return index;
  }

  // Every iterator around the read gives an index of its own, so no element is evaluated twice.
  bool at_most_once(const Use& use) const {
    Values bases;
    for (std::size_t k = 1; k < use.read->operands.size(); ++k)
      bases.push_back(base_of(use.read->operands[k]));
    for (const Op* loop : use.loops)
      for (ValueId iterator : iterators(*loop))
        if (std::find(bases.begin(), bases.end(), iterator) == bases.end()) return false;
    return true;
  }

  // The ops of the producer's body that its yielded value needs, in order.
  std::vector<const Op*> slice(const Producer& producer) const {
    const Region& body = producer.nest->regions[0];
    std::vector<bool> wanted(func_.values.size(), false);
    wanted[yielded(func_, *producer.nest, producer.result)[0].index] = true;
    std::vector<const Op*> out;
    for (auto op = body.ops.rbegin() + 1; op != body.ops.rend(); ++op) {
      if (std::none_of(op->results.begin(), op->results.end(),
                       [&](ValueId value) { return wanted[value.index]; }))
        continue;
      out.push_back(&*op);
      const auto want = [&](const Op& user) {
        for (ValueId operand : user.operands)
          wanted[operand.index] = true;
      };
      want(*op);
      for (const Region& inner : op->regions)
        walk(inner, want);
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

  bool worthwhile(const Producer& producer) const {
    if (!producer.may || producer.uses.empty()) return false;
    long cost = 0, moves = 0;
    bool has_loops = false;
    for (const Op* op : slice(producer)) {
      cost += cost_of(func_, *op);
      const Type& type = func_.type(op->results[0]);
      const bool is_move = op->code == Opcode::read || op->code == Opcode::dim ||
                           op->code == Opcode::to_real ||
                           (type.scalar != Scalar::f64 && cost_of(func_, *op) <= 1);
      moves += is_move ? 0 : 1;
      has_loops = has_loops || is_loop(*op);
    }
    if (moves == 0) return true;
    const bool each_once = std::all_of(producer.uses.begin(), producer.uses.end(),
                                       [this](const Use& use) { return at_most_once(use); });
    if (!each_once) return false;
    const bool in_scan = std::any_of(producer.uses.begin(), producer.uses.end(), [](const Use& use) {
      return std::any_of(use.loops.begin(), use.loops.end(),
                         [](const Op* loop) { return loop->code == Opcode::scan; });
    });
    const bool is_cheap = !has_loops && cost <= cheap_cost;
    // Work inside a scan is not vectorised, so only little of it goes there.
    if (producer.uses.size() == 1 && producer.nest->results.size() == 1) return !in_scan || is_cheap;
    return is_cheap && producer.uses.size() <= cheap_reads;
  }

  // A producer that another planned producer reads waits, because its reads are about to be copied: of a
  // chain one link goes per round, and of many producers every second link, so that chains of thousands end
  // in a dozen rounds.
  void drop_chains() {
    const bool is_many = planned_.size() > 16;
    std::unordered_set<const Op*> consumers;
    if (!is_many)
      for (const auto& [result, producer] : planned_)
        consumers.insert(producer.nest);
    for (auto op = region_.ops.rbegin(); op != region_.ops.rend(); ++op) {
      bool stays = false;
      for (ValueId result : op->results) {
        const auto at = planned_.find(result);
        if (at == planned_.end()) continue;
        const auto& uses = at->second.uses;
        if (std::any_of(uses.begin(), uses.end(), [&](const Use& use) {
              return use.loops[0] != &*op && consumers.contains(use.loops[0]);
            }))
          planned_.erase(at);
        else
          stays = true;
      }
      if (is_many && stays) consumers.insert(&*op);
    }
  }

  void rewrite(Region& region) {
    std::vector<Op> ops = std::move(region.ops);
    region.ops.clear();
    for (Op& op : ops) {
      for (Region& inner : op.regions)
        rewrite(inner);
      const auto at = op.code == Opcode::read ? planned_.find(op.operands[0]) : planned_.end();
      if (at == planned_.end()) {
        region.ops.push_back(std::move(op));
        continue;
      }
      const Producer& producer = at->second;
      CopyMap map;
      const auto its = iterators(*producer.nest);
      for (std::size_t k = 0; k < its.size(); ++k)
        map[its[k]] = op.operands[k + 1];
      for (const Op* source : slice(producer))
        copy_op(func_, *source, map, region.ops);
      const ValueId value = yielded(func_, *producer.nest, producer.result)[0];
      const auto copy = map.find(value);
      same_.set(op.results[0], copy == map.end() ? value : copy->second);
    }
  }

  // Nests all of whose results were inlined; their bodies would keep other arrays alive.
  void remove_emptied() {
    std::vector<bool> used(func_.values.size(), false);
    walk(region_, [&](const Op& op) {
      for (ValueId operand : op.operands)
        used[operand.index] = true;
    });
    std::erase_if(region_.ops, [&](const Op& op) {
      const bool was_planned = std::any_of(op.results.begin(), op.results.end(),
                                           [this](ValueId result) { return planned_.contains(result); });
      return was_planned && std::none_of(op.results.begin(), op.results.end(),
                                         [&](ValueId result) { return used[result.index]; });
    });
  }

  Func& func_;
  Region& region_;
  std::unordered_map<ValueId, Producer> producers_, planned_;
  std::unordered_map<ValueId, const Op*> shifted_;
  std::vector<const Op*> loops_;
  Substitution same_;
};

}  // namespace

bool inline_producers(Func& func, Region& region) { return InlineProducers(func, region).run(); }

}  // namespace elba::passes
