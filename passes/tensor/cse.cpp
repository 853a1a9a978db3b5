// cse: equal pure ops become one, also whole nests, and a value of an enclosing region serves the regions
// inside.
//
//     %1 = exp %x                          %1 = exp %x
//     %2 = nest (%i < N) { %3 = exp %x  -> %2 = nest (%i < N) {
//       %4 = mul %3, %3 ... }                %4 = mul %1, %1 ... }
//
// Hash-consing: an op's key is its code, operands (in any order where the op commutes), attributes, dims,
// combiners, result types and bodies, the latter up to the names of what they define. Draws are pure in their
// key, so they qualify. Two results of one nest made by the same combiner of the same value are one as well.
// Not here: algebraic equality (simplify); a value of one nest for a sibling nest (fuse them first).
#include <algorithm>

#include "passes/passes.h"
#include "passes/rewrite/rewrite.h"

namespace elba::passes {

using namespace ir;

namespace {

class Consing {
 public:
  explicit Consing(Func& func) : func_(func), local_(func.values.size(), 0) {}

  void run(Region& region) {
    const std::size_t entered = trail_.size();
    std::vector<bool> drop(region.ops.size(), false);
    for (std::size_t i = 0; i < region.ops.size(); ++i) {
      Op& op = region.ops[i];
      same_.apply(op);
      for (Region& inner : op.regions)
        run(inner);
      if (op.results.empty() || op.code == Opcode::latent || op.code == Opcode::param) continue;
      if (is_loop(op)) merge_results(op);
      const std::uint64_t hash = hash_of(op);
      auto& bucket = seen_[hash];
      const auto known = std::find_if(bucket.begin(), bucket.end(),
                                      [&](const Op* other) { return equal(*other, op); });
      if (known != bucket.end()) {
        for (std::size_t k = 0; k < op.results.size(); ++k)
          same_.set(op.results[k], (*known)->results[k]);
        drop[i] = true;
      } else {
        bucket.push_back(&op);
        trail_.push_back(hash);
      }
    }
    // What this region defines is out of scope outside it.
    for (; trail_.size() > entered; trail_.pop_back())
      seen_[trail_.back()].pop_back();
    std::size_t at = 0;
    for (std::size_t i = 0; i < drop.size(); ++i) {
      if (drop[i]) continue;
      if (at != i) region.ops[at] = std::move(region.ops[i]);
      ++at;
    }
    region.ops.resize(at);
  }

 private:
  static void mix(std::uint64_t& hash, std::uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u ^ (hash >> 29);
  }

  // For sums of marks: those of neighbouring values would add up to the same too often (the finaliser of
  // SplitMix64).
  static std::uint64_t scramble(std::uint64_t mark) {
    mark = (mark ^ (mark >> 30)) * 0xbf58476d1ce4e5b9u;
    mark = (mark ^ (mark >> 27)) * 0x94d049bb133111ebu;
    return mark ^ (mark >> 31);
  }

  // Values defined inside the op being hashed count by their order of definition, others by their id.
  [[nodiscard]] std::uint64_t mark_of(ValueId value) const {
    return local_[value.index] ? local_[value.index] : (std::uint64_t{1} << 32 | value.index);
  }

  void number(const Region& region, std::uint32_t& next) {
    for (ValueId param : region.params)
      local_[param.index] = ++next;
    for (const Op& op : region.ops) {
      for (const Region& inner : op.regions)
        number(inner, next);
      for (ValueId result : op.results)
        local_[result.index] = ++next;
    }
  }
  void forget(const Region& region) {
    for (ValueId param : region.params)
      local_[param.index] = 0;
    for (const Op& op : region.ops) {
      for (const Region& inner : op.regions)
        forget(inner);
      for (ValueId result : op.results)
        local_[result.index] = 0;
    }
  }

  void mix_op(std::uint64_t& hash, const Op& op) const {
    mix(hash, static_cast<std::uint64_t>(op.code));
    if (is_commutative(op.code)) {
      std::uint64_t sum = 0;
      for (ValueId operand : op.operands)
        sum += scramble(mark_of(operand));
      mix(hash, sum);
    } else {
      for (ValueId operand : op.operands)
        mix(hash, mark_of(operand));
    }
    for (Combiner combiner : op.combiners)
      mix(hash, static_cast<std::uint64_t>(combiner));
    for (const Dim& dim : op.dims)
      mix(hash, static_cast<std::uint64_t>(dim.constant()));
    for (const Region& region : op.regions)
      for (const Op& inner : region.ops)
        mix_op(hash, inner);
  }

  std::uint64_t hash_of(const Op& op) {
    std::uint64_t hash = 0;
    if (op.regions.empty()) {
      mix_op(hash, op);
      return hash;
    }
    std::uint32_t next = 0;
    for (const Region& region : op.regions)
      number(region, next);
    mix_op(hash, op);
    for (const Region& region : op.regions)
      forget(region);
    return hash;
  }

  // What the right op calls a value that the left one defines.
  using Pairs = std::unordered_map<ValueId, ValueId>;

  static bool same_values(const std::vector<ValueId>& a, const std::vector<ValueId>& b, const Pairs& pairs,
                          bool commutes) {
    if (a.size() != b.size()) return false;
    const auto same = [&](ValueId x, ValueId y) {
      const auto at = pairs.find(x);
      return at == pairs.end() ? x == y : at->second == y;
    };
    if (commutes && same(a[0], b[1]) && same(a[1], b[0])) return true;
    return std::equal(a.begin(), a.end(), b.begin(), same);
  }

  bool equal_ops(const Op& a, const Op& b, Pairs& pairs) const {
    if (a.code != b.code || a.results.size() != b.results.size() || a.combiners != b.combiners ||
        a.regions.size() != b.regions.size())
      return false;
    if (!same_values(a.operands, b.operands, pairs, is_commutative(a.code)) || a.attrs != b.attrs ||
        a.dims != b.dims)
      return false;
    for (std::size_t r = 0; r < a.regions.size(); ++r) {
      const Region &left = a.regions[r], &right = b.regions[r];
      if (left.params.size() != right.params.size() || left.ops.size() != right.ops.size()) return false;
      for (std::size_t k = 0; k < left.params.size(); ++k)
        pairs[left.params[k]] = right.params[k];
      for (std::size_t k = 0; k < left.ops.size(); ++k)
        if (!equal_ops(left.ops[k], right.ops[k], pairs)) return false;
    }
    for (std::size_t k = 0; k < a.results.size(); ++k) {
      if (!(func_.type(a.results[k]) == func_.type(b.results[k]))) return false;
      pairs[a.results[k]] = b.results[k];
    }
    return true;
  }

  bool equal(const Op& a, const Op& b) const {
    Pairs pairs;
    return equal_ops(a, b, pairs);
  }

  void merge_results(Op& op) {
    const std::size_t carries = carry_count(op);
    for (std::size_t k = carries + 1; k < op.results.size(); ++k) {
      const auto mine = yielded(func_, op, k);
      for (std::size_t j = carries; j < k; ++j) {
        const auto others = yielded(func_, op, j);
        if (op.combiners[j - carries] != op.combiners[k - carries] ||
            !(func_.type(op.results[j]) == func_.type(op.results[k])))
          continue;
        if (!std::equal(mine.begin(), mine.end(), others.begin(), others.end())) continue;
        same_.set(op.results[k], op.results[j]);  // dce drops result k
        break;
      }
    }
  }

  Func& func_;
  Substitution same_;
  std::vector<std::uint32_t> local_;
  std::unordered_map<std::uint64_t, std::vector<const Op*>> seen_;
  std::vector<std::uint64_t> trail_;
};

}  // namespace

void merge_equal(Func& func) {
  compact(func);  // one value per constant
  Consing(func).run(func.body);
  compact(func);
}

Module cse(Module module) {
  for (Func& func : module.funcs)
    merge_equal(func);
  return module;
}

}  // namespace elba::passes
