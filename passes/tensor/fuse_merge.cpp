// fuse_merge: nests of equal extents in one region become one nest; nests over (N, D) are split where that
// lets them join a nest over N.
//
// The ops of the region are the nodes of a graph, edges the values they take from one another. B may join A
// when every path from A to B is a direct edge, and that edge consists of reads of stacked results of A at
// exactly B's iterators. (No path leads from B to A: nodes join in order, so a group only needs what stands
// before its last member.) The joined node takes A's place; at the end the ops are put in an order that
// respects the edges, as near as possible to the old one.
#include <algorithm>

#include "passes/tensor/fuse.h"

namespace elba::passes {

using namespace ir;

namespace {

// More ops than this in one body spill registers and take long to compile.
constexpr std::size_t max_body = 400;

std::size_t count_ops(const Region& region) {
  std::size_t count = 0;
  walk(region, [&](const Op&) { ++count; });
  return count;
}

// The read takes one whole row (or element) per iteration: its first indices are these iterators.
bool reads_at(const Op& read, std::span<const ValueId> iterators) {
  return read.code == Opcode::read && read.operands.size() > iterators.size() &&
         std::equal(iterators.begin(), iterators.end(), read.operands.begin() + 1);
}

std::size_t result_number(const Op& op, ValueId value) {
  return static_cast<std::size_t>(std::find(op.results.begin(), op.results.end(), value) -
                                  op.results.begin());
}

class Merger {
 public:
  Merger(Func& func, Region& region)
      : func_(func), ops_(region.ops), leader_(ops_.size()), needs_(ops_.size()), mark_(ops_.size(), 0) {}

  bool run() {
    made_by_.assign(func_.values.size(), -1);
    for (std::size_t k = 0; k < ops_.size(); ++k) {
      leader_[k] = static_cast<int>(k);
      for (ValueId result : ops_[k].results)
        made_by_[result.index] = static_cast<int>(k);
    }
    for (std::size_t k = 0; k < ops_.size(); ++k)
      needs_[k] = needs_of(ops_[k]);
    bool changed = false;
    for (std::size_t late = 0; late < ops_.size(); ++late) {
      if (ops_[late].code != Opcode::nest) continue;
      mark_indirect(late);
      for (std::size_t early = 0; early < late; ++early) {
        if (ops_[early].code != Opcode::nest || leader_[early] != static_cast<int>(early) ||
            !may_join(static_cast<int>(early), static_cast<int>(late)))
          continue;
        join(static_cast<int>(early), static_cast<int>(late));
        changed = true;
        break;
      }
    }
    if (changed) order();
    return changed;
  }

 private:
  std::vector<int> needs_of(const Op& op) {
    std::vector<int> needs;
    const auto take = [&](const Op& user) {
      for (ValueId operand : user.operands)
        if (const int maker = made_by_[operand.index]; maker >= 0) needs.push_back(maker);
    };
    take(op);
    for (const Region& region : op.regions)
      walk(region, take);
    std::sort(needs.begin(), needs.end());
    needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
    return needs;
  }

  // With the way to the leader halved, else a later search would walk every node of a large group.
  int find(int node) {
    const auto leader = [this](int of) -> int& { return leader_[static_cast<std::size_t>(of)]; };
    while (leader(node) != node)
      node = leader(node) = leader(leader(node));
    return node;
  }

  // Marks the nodes that what `late` needs needs in turn.
  void mark_indirect(std::size_t late) {
    ++epoch_;
    std::vector<int> open;
    for (int need : needs_[late])
      open.push_back(find(need));
    while (!open.empty()) {
      const auto node = static_cast<std::size_t>(open.back());
      open.pop_back();
      for (int need : needs_[node]) {
        const int next = find(need);
        int& seen = mark_[static_cast<std::size_t>(next)];
        if (seen == epoch_ || next == static_cast<int>(node)) continue;
        seen = epoch_;
        open.push_back(next);
      }
    }
  }

  bool may_join(int early, int late) {
    const Op &a = ops_[static_cast<std::size_t>(early)], &b = ops_[static_cast<std::size_t>(late)];
    // Operands: the bounds, where there are.
    if (a.dims != b.dims || a.attrs != b.attrs || a.operands != b.operands) return false;
    if (mark_[static_cast<std::size_t>(early)] == epoch_) return false;
    const auto& needs = needs_[static_cast<std::size_t>(late)];
    const bool is_direct = std::any_of(needs.begin(), needs.end(),
                                       [&](int need) { return find(need) == early; });
    if (is_direct && !reads_only_rows(a, b)) return false;
    return count_ops(a.regions[0]) + count_ops(b.regions[0]) <= max_body;
  }

  bool reads_only_rows(const Op& a, const Op& b) const {
    bool fine = true;
    walk(b.regions[0], [&](const Op& user) {
      for (std::size_t k = 0; k < user.operands.size(); ++k) {
        const std::size_t number = result_number(a, user.operands[k]);
        if (number == a.results.size()) continue;
        fine = fine && k == 0 && a.combiners[number] == Combiner::stack && reads_at(user, iterators(b));
      }
    });
    return fine;
  }

  // In the body of `b`: reads of a's rows become a's values.
  void take_rows(const Op& a, Region& region, std::span<const ValueId> its, Substitution& same) {
    std::erase_if(region.ops, [&](Op& op) {
      same.apply(op);
      for (Region& inner : op.regions)
        take_rows(a, inner, its, same);
      if (!reads_at(op, its)) return false;
      const std::size_t number = result_number(a, op.operands[0]);
      if (number == a.results.size()) return false;
      const ValueId value = yielded(func_, a, number)[0];
      if (op.operands.size() == its.size() + 1) {
        same.set(op.results[0], value);
        return true;
      }
      op.operands.erase(op.operands.begin(), op.operands.begin() + static_cast<std::ptrdiff_t>(its.size()));
      op.operands[0] = value;
      return false;
    });
  }

  void join(int early, int late) {
    Op &a = ops_[static_cast<std::size_t>(early)], &b = ops_[static_cast<std::size_t>(late)];
    Substitution same;
    take_rows(a, b.regions[0], iterators(b), same);
    for (std::size_t k = 0; k < b.dims.size(); ++k)
      same.set(b.regions[0].params[k], a.regions[0].params[k]);
    same.apply(b.regions[0]);
    Op end = std::move(a.regions[0].ops.back());
    a.regions[0].ops.pop_back();
    Op& late_end = b.regions[0].ops.back();
    end.operands.insert(end.operands.end(), late_end.operands.begin(), late_end.operands.end());
    b.regions[0].ops.pop_back();
    for (Op& op : b.regions[0].ops)
      a.regions[0].ops.push_back(std::move(op));
    a.regions[0].ops.push_back(std::move(end));
    a.results.insert(a.results.end(), b.results.begin(), b.results.end());
    a.combiners.insert(a.combiners.end(), b.combiners.begin(), b.combiners.end());
    auto& needs = needs_[static_cast<std::size_t>(early)];
    for (int need : needs_[static_cast<std::size_t>(late)])
      if (find(need) != early) needs.push_back(need);
    leader_[static_cast<std::size_t>(late)] = early;
    b.regions.clear();
    b.code = Opcode::yield;  // an empty shell, left out by order()
  }

  void place(int node, std::vector<Op>& out) {
    node = find(node);
    int& seen = mark_[static_cast<std::size_t>(node)];
    if (seen == epoch_) return;
    seen = epoch_;
    for (int need : needs_[static_cast<std::size_t>(node)])
      place(need, out);
    out.push_back(std::move(ops_[static_cast<std::size_t>(node)]));
  }

  void order() {
    ++epoch_;
    std::vector<Op> out;
    out.reserve(ops_.size());
    for (std::size_t k = 0; k < ops_.size(); ++k)
      place(static_cast<int>(k), out);
    ops_ = std::move(out);
  }

  Func& func_;
  std::vector<Op>& ops_;
  std::vector<int> leader_;
  std::vector<std::vector<int>> needs_;
  std::vector<int> mark_;
  std::vector<int> made_by_;
  int epoch_ = 0;
};

// The combiners that may be applied first over the inner iterators and then over the outer ones.
bool may_split(const Op& nest) {
  return std::all_of(nest.combiners.begin(), nest.combiners.end(), [](Combiner combiner) {
    return combiner == Combiner::stack || combiner == Combiner::sum || combiner == Combiner::prod ||
           combiner == Combiner::max || combiner == Combiner::min;
  });
}

// nest (i < N, j < D) { body }  ->  nest (i < N) { nest (j < D) { body } }
void split(Func& func, Op& nest, std::size_t outer) {
  Op inner;
  inner.code = Opcode::nest;
  inner.origin = nest.origin;
  inner.combiners = nest.combiners;
  inner.dims.assign(nest.dims.begin() + static_cast<std::ptrdiff_t>(outer), nest.dims.end());
  nest.dims.resize(outer);
  Region body = std::move(nest.regions[0]);
  Region around;
  around.params.assign(body.params.begin(), body.params.begin() + static_cast<std::ptrdiff_t>(outer));
  body.params.erase(body.params.begin(), body.params.begin() + static_cast<std::ptrdiff_t>(outer));
  Op end;
  end.code = Opcode::yield;
  end.origin = nest.origin;
  for (std::size_t k = 0; k < nest.results.size(); ++k) {
    Type type = func.type(nest.results[k]);
    if (nest.combiners[k] == Combiner::stack)
      type.shape.erase(type.shape.begin(), type.shape.begin() + static_cast<std::ptrdiff_t>(outer));
    inner.results.push_back(func.add_value(std::move(type)));
  }
  end.operands = inner.results;
  inner.regions.push_back(std::move(body));
  around.ops.push_back(std::move(inner));
  around.ops.push_back(std::move(end));
  nest.regions[0] = std::move(around);
}

// Whether `user` reads a stacked result of `maker` at the first of its own iterators, as many as there are in
// `count`.
bool reads_rows_of(const Op& user, const Op& maker, std::size_t count) {
  bool found = false;
  walk(user.regions[0], [&](const Op& op) {
    found = found || (reads_at(op, iterators(user).first(count)) &&
                      result_number(maker, op.operands[0]) < maker.results.size());
  });
  return found;
}

}  // namespace

bool split_related_nests(Func& func, Region& region) {
  bool changed = false;
  for (Op& flat : region.ops) {
    if (flat.code != Opcode::nest || flat.dims.size() < 2 || !may_split(flat)) continue;
    for (const Op& other : region.ops) {
      if (other.code != Opcode::nest || other.dims.size() >= flat.dims.size() ||
          !std::equal(other.dims.begin(), other.dims.end(), flat.dims.begin()))
        continue;
      if (!reads_rows_of(other, flat, other.dims.size()) && !reads_rows_of(flat, other, other.dims.size()))
        continue;
      split(func, flat, other.dims.size());
      changed = true;
      break;
    }
  }
  return changed;
}

bool merge_nests(Func& func, Region& region) { return Merger(func, region).run(); }

}  // namespace elba::passes
