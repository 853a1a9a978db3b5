// place_stages: what depends on data only is computed once, when the data is bound.
//
//     func @f(%y: f64[N] data, %u: f64[U] input)      func @f.bind(%y data) -> (cache0: f64)
//       %s = nest (%i < N) -> (sum f64) {               nest (%i < N) -> (sum f64) { yield lgamma(y[i] + 1) }
//         ... yield a - lgamma(y[i] + 1) }         ->  func @f(%y data, %u input, %cache0: f64 cache)
//                                                       %t = nest (%i < N) -> (sum f64) { ... yield a };
//                                                       %s = sub %t, %cache0
//
// What moves out of a step-stage nest (the first three make new nests beside it, which depend on data only):
//   terms   summands of a `sum` whose stage is bind
//   parts   bind-stage scalars inside whose cost is that of a transcendental or more: a stacked array, read
//           in their place
//   divisors  bind-stage scalars that something divides by: an array of reciprocals
//   values  ops of the function's own level, and results of its nests, whose stage is bind
// Memory (compiler.md 2.4): an array moves if it has at most twice the elements of the data; otherwise it is
// recomputed in place. Cheap values are recomputed too: a cached scalar is a load as well. Summands are taken
// apart only where every one carries a rounding of its own (sum_tree.h). Parameters of role cache stand at
// the end of the signature, in the order and by the names of the results of @f.bind. Data that only the bind
// function reads stays in the signature. A function from which nothing moves has no @f.bind; one that has
// cache parameters is left alone.
#include <algorithm>
#include <set>
#include <string>

#include "passes/passes.h"
#include "passes/rewrite/stages.h"
#include "passes/tensor/fuse.h"
#include "passes/tensor/place_stages.h"

namespace elba::passes {

using namespace ir;

namespace {

using Values = std::vector<ValueId>;

// The ops of the function's level that can be cached, and the op that makes each value.
class Splitter {
 public:
  explicit Splitter(Func& func) : func_(func), stages_(value_stages(func)), budget_(func) {
    made_by_.assign(func.values.size(), -1);
    for (std::size_t k = 0; k < func.body.ops.size(); ++k)
      for (ValueId result : func.body.ops[k].results)
        made_by_[result.index] = static_cast<int>(k);
    weight_.assign(func.body.ops.size(), -1);
    needed_.assign(func.body.ops.size(), false);
    is_cached_.assign(func.values.size(), false);
  }

  // Cuts the function in two; nothing when there is nothing to move.
  std::optional<Func> run() {
    need_all(func_.body.ops.back());
    if (cached_.empty()) return std::nullopt;
    Func bind = bind_function();
    Substitution same;
    for (std::size_t k = 0; k < cached_.size(); ++k) {
      Param param;
      param.value = func_.add_value(Type(func_.type(cached_[k])));
      param.name = bind.result_names[k];
      param.role = Role::cache;
      same.set(cached_[k], param.value);
      func_.params.push_back(std::move(param));
    }
    same.apply(func_.body);
    remove_dead(func_);
    return bind;
  }

 private:
  // What evaluating the op costs from the parameters, with all that it needs.
  long weight(int node) {
    long& known = weight_[static_cast<std::size_t>(node)];
    if (known >= 0) return known;
    const Op& op = func_.body.ops[static_cast<std::size_t>(node)];
    known = cost_of(func_, op);
    long total = known;
    const auto take = [&](const Op& user) {
      for (ValueId operand : user.operands)
        if (const int maker = made_by_[operand.index]; maker >= 0 && maker != node)
          total = std::min(total + weight(maker), 1L << 40);
    };
    take(op);
    for (const Region& region : op.regions)
      walk(region, take);
    return weight_[static_cast<std::size_t>(node)] = total;
  }

  bool may_cache(ValueId value) {
    const int maker = made_by_[value.index];
    return stages_[value.index] <= Stage::bind && func_.type(value).kind == Kind::tensor &&
           budget_.fits(func_.type(value)) && weight(maker) >= worth_caching;
  }

  void need_all(const Op& op) {
    const auto take = [&](const Op& user) {
      for (ValueId operand : user.operands)
        need(operand);
    };
    take(op);
    for (const Region& region : op.regions)
      walk(region, take);
  }

  void need(ValueId value) {
    if (value.index >= made_by_.size() || made_by_[value.index] < 0) return;
    if (may_cache(value)) {
      if (!is_cached_[value.index]) cached_.push_back(value);
      is_cached_[value.index] = true;
      return;
    }
    const auto maker = static_cast<std::size_t>(made_by_[value.index]);
    if (needed_[maker]) return;
    needed_[maker] = true;
    need_all(func_.body.ops[maker]);
  }

  Func bind_function() {
    Func bind = func_;
    bind.name += ".bind";
    // Only data remains a parameter; what is cached needs no other.
    std::erase_if(bind.params, [](const Param& param) { return param.role != Role::data; });
    bind.body.ops.back().operands = cached_;
    bind.result_names.clear();
    std::set<std::string> names;  // of parameters
    for (const Param& param : func_.params)
      names.insert(param.name);
    for (std::size_t k = 0; k < cached_.size(); ++k) {
      std::string name = "cache" + std::to_string(k);
      while (!names.insert(name).second)
        name += "_";
      bind.result_names.push_back(std::move(name));
    }
    // Ops that need what is not a parameter any more are dead: liveness, then renumbering, in this order.
    remove_dead(bind);
    merge_nests(bind, bind.body);
    merge_equal(bind);
    remove_dead(bind);
    return bind;
  }

  Func& func_;
  std::vector<Stage> stages_;
  Budget budget_;
  std::vector<int> made_by_;
  std::vector<long> weight_;
  std::vector<bool> needed_, is_cached_;
  Values cached_;
};

// A nest that makes both bind-stage and step-stage results becomes two.
void separate_stages(Func& func) {
  const auto stages = value_stages(func);
  std::vector<Op> out;
  for (Op& op : func.body.ops) {
    const auto is_early = [&](ValueId value) { return stages[value.index] <= Stage::bind; };
    const auto early = std::count_if(op.results.begin(), op.results.end(), is_early);
    const bool is_mixed = op.code == Opcode::nest && early > 0 &&
                          early < static_cast<std::ptrdiff_t>(op.results.size());
    if (is_mixed) {
      // The copy makes the early results under their names; each op keeps all bodies, and dce trims what
      // neither needs.
      CopyMap map;
      copy_op(func, op, map, out);
      for (std::size_t k = 0; k < op.results.size(); ++k)
        if (is_early(op.results[k])) std::swap(op.results[k], out.back().results[k]);
    }
    out.push_back(std::move(op));
  }
  func.body.ops = std::move(out);
}

void note_stages(Func& func) {
  const auto stages = value_stages(func);
  for (std::size_t k = 0; k < func.values.size(); ++k)
    if (!func.values[k].constant) func.values[k].stage = stages[k];
}

}  // namespace

Module place_stages(Module module) {
  std::vector<Func> out;
  for (Func& func : module.funcs) {
    const auto has_role = [&](Role role) {
      return std::any_of(func.params.begin(), func.params.end(),
                         [&](const Param& param) { return param.role == role; });
    };
    if (has_role(Role::data) && !has_role(Role::cache) && !func.name.ends_with(".bind")) {
      Func split = func;
      extract_bind_terms(split);
      // What stays of a sum may have become a product with an invariant, and the sum of the rest one of data
      // only.
      move_invariants(split);
      separate_stages(split);
      remove_dead(split);
      if (auto bind = Splitter(split).run()) {
        func = std::move(split);
        merge_equal(func);
        remove_dead(func);
        note_stages(*bind);
        out.push_back(std::move(*bind));
      }
    }
    note_stages(func);
    out.push_back(std::move(func));
  }
  module.funcs = std::move(out);
  return module;
}

}  // namespace elba::passes
