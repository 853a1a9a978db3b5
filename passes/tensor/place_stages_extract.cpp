// place_stages_extract: bind-stage terms and parts of step-stage loops, into nests of their own (see
// place_stages.cpp).
#include <algorithm>

#include "passes/rewrite/stages.h"
#include "passes/tensor/place_stages.h"
#include "passes/tensor/sum_tree.h"

namespace elba::passes {

using namespace ir;

Budget::Budget(const Func& func) {
  Dim total(0);
  for (const Param& param : func.params)
    if (param.role == Role::data) total = total + func.type(param.value).element_count();
  data_ = total.terms();
}

bool Budget::fits(const Type& type) const {
  const auto terms = type.element_count().terms();
  return std::all_of(terms.begin(), terms.end(), [&](const Dim::Term& term) {
    if (term.coefficient <= 0) return true;
    return std::any_of(data_.begin(), data_.end(), [&](const Dim::Term& of_data) {
      if (!std::includes(of_data.symbols.begin(), of_data.symbols.end(), term.symbols.begin(),
                         term.symbols.end()))
        return false;
      return of_data.symbols != term.symbols || term.coefficient <= 2 * of_data.coefficient;
    });
  });
}

namespace {

using Values = std::vector<ValueId>;

class Extractor {
 public:
  explicit Extractor(Func& func)
      : func_(func),
        stages_(value_stages(func)),
        depth_(definition_depths(func)),
        uses_(use_counts(func)),
        budget_(func) {
    walk(func.body, [&](const Op& op) { definitions_.note(op); });
  }

  void run() {
    std::vector<Op> ops = std::move(func_.body.ops);
    func_.body.ops.clear();
    for (Op& op : ops) {
      same_.apply(op);
      const bool is_step = is_loop(op) &&
                           std::any_of(op.results.begin(), op.results.end(),
                                       [this](ValueId value) { return stages_[value.index] == Stage::step; });
      if (!is_step) {
        for (Region& inner : op.regions)
          same_.apply(inner);
        func_.body.ops.push_back(std::move(op));
        continue;
      }
      same_.apply(op.regions[0]);
      scope_.clear();
      maker_.clear();
      index(op);
      std::vector<Op> after;
      if (op.code == Opcode::nest && !is_bounded(op)) take_terms(op, after);
      loops_ = {&op};
      take_parts(op.regions[0]);
      loops_.clear();
      replace_parts(op.regions[0]);
      func_.body.ops.push_back(std::move(op));
      for (Op& late : after)
        func_.body.ops.push_back(std::move(late));
    }
  }

 private:
  // --- where things are in the loop under work -------------------------------------------------------------
  void index(const Op& loop) {
    for (std::size_t k = 0; k < loop.dims.size(); ++k)
      scope_[loop.regions[0].params[k]] = loop.dims[k];
    if (is_bounded(loop)) bounded_.push_back(loop.regions[0].params[0]);
    for (const Op& op : loop.regions[0].ops) {
      for (ValueId result : op.results)
        maker_[result] = &op;
      if (is_loop(op)) index(op);
    }
  }

  [[nodiscard]] bool is_early(ValueId value) const { return stages_[value.index] <= Stage::bind; }

  // What a bind-stage value inside the loop is made of: ops in order, and the iterators of the loops around
  // it.
  struct Slice {
    std::vector<const Op*> ops;
    Values iterators;
    long cost = 0;
    bool is_closed = true;  // false when it hangs on something else inside the loop (a carry)
  };

  void add_to(Slice& slice, ValueId value, const std::vector<const Op*>& inside) const {
    if (scope_.contains(value)) {
      const bool is_own = std::any_of(inside.begin(), inside.end(), [&](const Op* op) {
        const auto& params = op->regions[0].params;
        return std::find(params.begin(), params.end(), value) != params.end();
      });
      // An array over a bounded loop would be made for iterations that the loop does not run.
      if (!is_own && std::find(bounded_.begin(), bounded_.end(), value) != bounded_.end())
        slice.is_closed = false;
      if (!is_own &&
          std::find(slice.iterators.begin(), slice.iterators.end(), value) == slice.iterators.end())
        slice.iterators.push_back(value);
      return;
    }
    const auto at = maker_.find(value);
    if (at == maker_.end()) {
      const bool is_inner_carry = std::any_of(inside.begin(), inside.end(), [&](const Op* op) {
        const auto& params = op->regions[0].params;
        return std::find(params.begin(), params.end(), value) != params.end();
      });
      if (!func_.constant(value) && depth_[value.index] > 0 && !is_inner_carry) slice.is_closed = false;
      return;
    }
    const Op* op = at->second;
    if (std::find(slice.ops.begin(), slice.ops.end(), op) != slice.ops.end()) return;
    // An op inside a loop that is itself part of the slice comes with that loop.
    for (const Op* loop : inside)
      if (defines(*loop, value)) return;
    for (ValueId operand : op->operands)
      add_to(slice, operand, inside);
    for (const Region& region : op->regions) {
      auto deeper = inside;
      deeper.push_back(op);
      walk(region, [&](const Op& inner) {
        if (is_loop(inner)) deeper.push_back(&inner);
        for (ValueId operand : inner.operands)
          add_to(slice, operand, deeper);
      });
    }
    slice.cost += cost_of(func_, *op);
    slice.ops.push_back(op);
  }

  static bool defines(const Op& loop, ValueId value) {
    bool found = false;
    walk(loop.regions[0], [&](const Op& op) {
      found = found || std::find(op.results.begin(), op.results.end(), value) != op.results.end();
    });
    return found;
  }

  Slice slice_of(ValueId value) const {
    Slice slice;
    add_to(slice, value, {});
    return slice;
  }

  // The slice's value for every index of `its`, combined; at the function's level, before the loop under
  // work.
  ValueId bind_nest(const std::vector<Leaf>& leaves, const Values& its, Combiner combiner, Span origin,
                    bool inverted = false) {
    Op nest;
    nest.code = Opcode::nest;
    nest.origin = origin;
    Region body;
    CopyMap map;
    for (ValueId iterator : its) {
      nest.dims.push_back(scope_.at(iterator));
      body.params.push_back(func_.add_value(Type::integer()));
      map[iterator] = body.params.back();
    }
    std::vector<Leaf> copies;
    for (const Leaf& leaf : leaves) {
      for (const Op* op : slice_of(leaf.value).ops)
        if (!map.contains(op->results[0])) copy_op(func_, *op, map, body.ops);
      const auto copy = map.find(leaf.value);
      copies.push_back({copy == map.end() ? leaf.value : copy->second, leaf.negative});
    }
    Emitter emitter(func_, body.ops, origin);
    ValueId value = add_leaves(
        copies, [&](Opcode code, Values operands) { return emitter.emit(code, std::move(operands)); });
    if (inverted) value = emitter.emit(Opcode::div, {func_.add_constant(1.0), value});
    if (its.empty()) {
      for (Op& op : body.ops)
        func_.body.ops.push_back(std::move(op));
      return note(value);
    }
    Type type = func_.type(value);
    if (combiner == Combiner::stack)
      type.shape.insert(type.shape.begin(), nest.dims.begin(), nest.dims.end());
    const ValueId result = func_.add_value(std::move(type));
    nest.combiners = {combiner};
    nest.results = {result};
    Op end;
    end.code = Opcode::yield;
    end.origin = origin;
    end.operands = {value};
    body.ops.push_back(std::move(end));
    nest.regions.push_back(std::move(body));
    func_.body.ops.push_back(std::move(nest));
    return note(result);
  }

  // New values of the function's level.
  ValueId note(ValueId value) {
    stages_.resize(func_.values.size(), Stage::bind);
    depth_.resize(func_.values.size(), 0);
    uses_.resize(func_.values.size(), 1);
    return value;
  }

  // --- summands --------------------------------------------------------------------------------------------
  void take_terms(Op& op, std::vector<Op>& after) {
    const auto its = iterators(op);
    const Values all(its.begin(), its.end());
    for (std::size_t k = 0; k < op.results.size(); ++k) {
      const ValueId result = op.results[k];
      if (op.combiners[k] != Combiner::sum || !(func_.type(result) == Type::real()) || is_early(result))
        continue;
      const auto at = static_cast<std::size_t>(yielded(func_, op, k).data() -
                                               op.regions[0].ops.back().operands.data());
      const auto is_inner = [this](ValueId value) { return depth_[value.index] == 1; };
      const auto may_open = [&](ValueId value) { return is_inner(value) && uses_[value.index] <= 1; };
      auto leaves = sum_leaves(definitions_, op.regions[0].ops.back().operands[at], may_open);
      const auto late = std::stable_partition(leaves.begin(), leaves.end(), [&](const Leaf& leaf) {
        return is_early(leaf.value) && is_inner(leaf.value);
      });
      if (late == leaves.begin() || late == leaves.end()) continue;
      if (!std::all_of(leaves.begin(), leaves.end(),
                       [&](const Leaf& leaf) { return carries_rounding(func_, definitions_, leaf.value); }))
        continue;
      const std::vector<Leaf> early(leaves.begin(), late);
      if (!std::all_of(early.begin(), early.end(),
                       [&](const Leaf& leaf) { return slice_of(leaf.value).is_closed; }))
        continue;
      leaves.erase(leaves.begin(), late);
      const ValueId constant_part = bind_nest(early, all, Combiner::sum, op.origin);
      Region& body = op.regions[0];
      Op end = std::move(body.ops.back());
      body.ops.pop_back();
      Emitter inside(func_, body.ops, op.origin);
      end.operands[at] = add_leaves(std::move(leaves), [&](Opcode code, Values operands) {
        return inside.emit(code, std::move(operands));
      });
      body.ops.push_back(std::move(end));
      op.results[k] = func_.add_value(Type::real());
      const ValueId total =
          Emitter(func_, after, op.origin).emit(Opcode::add, {op.results[k], constant_part});
      same_.set(result, total);
      note(total);
      stages_[total.index] = stages_[op.results[k].index] = Stage::step;
      refresh(op);
    }
  }

  // The body has changed place in memory and has new ops, of stage step.
  void refresh(const Op& op) {
    scope_.clear();
    maker_.clear();
    index(op);
    walk(op.regions[0], [&](const Op& inner) {
      definitions_.note(inner);
      if (is_loop(inner)) return;
      for (ValueId result : inner.results) {
        Stage latest = Stage::constant;
        for (ValueId operand : inner.operands)
          latest = std::max(latest, stages_[operand.index]);
        if (depth_[result.index] == 0) depth_[result.index] = 1, stages_[result.index] = latest;
      }
    });
  }

  // --- parts -----------------------------------------------------------------------------------------------
  void take_parts(const Region& region) {
    for (const Op& op : region.ops) {
      const bool is_end = op_info(op.code).group == Group::control;
      const bool is_step = std::any_of(op.results.begin(), op.results.end(),
                                       [this](ValueId value) { return !is_early(value); });
      if (!is_end && !is_step) continue;
      consider_divisor(op);
      for (std::size_t k = 0; k < op.operands.size(); ++k)
        if ((!is_end || !is_early_result(k)) &&
            !(k == 1 && op.code == Opcode::div && reciprocals_.contains(op.operands[1])))
          consider(op.operands[k], op.origin);
      if (!is_loop(op)) continue;
      loops_.push_back(&op);
      take_parts(op.regions[0]);
      loops_.pop_back();
    }
  }

  // Whether operand k of the innermost loop's yield makes a bind-stage result, which is looked at as a whole
  // further out.
  bool is_early_result(std::size_t k) const {
    const Op& loop = *loops_.back();
    for (std::size_t r = 0; r < loop.results.size(); ++r) {
      const auto values = yielded(func_, loop, r);
      const auto first = static_cast<std::size_t>(values.data() - loop.regions[0].ops.back().operands.data());
      if (k >= first && k < first + values.size()) return is_early(loop.results[r]);
    }
    return false;
  }

  void consider(ValueId value, Span origin) {
    if (!parts_.contains(value)) make_part(value, origin, worth_caching, parts_);
  }

  // A divisor that is data: its reciprocal is computed once, and the division becomes a product.
  void consider_divisor(const Op& op) {
    if (op.code == Opcode::div && !reciprocals_.contains(op.operands[1]))
      make_part(op.operands[1], op.origin, 0, reciprocals_);
  }

  struct Part {
    ValueId array;
    Values iterators;
  };

  void make_part(ValueId value, Span origin, long least_cost, std::unordered_map<ValueId, Part>& parts) {
    if (!is_early(value) || !maker_.contains(value) || func_.type(value).kind != Kind::tensor) return;
    const Slice slice = slice_of(value);
    if (!slice.is_closed || slice.cost < least_cost) return;
    Values its;
    for (const Op* loop : loops_)
      for (ValueId iterator : iterators(*loop))
        if (std::find(slice.iterators.begin(), slice.iterators.end(), iterator) != slice.iterators.end())
          its.push_back(iterator);
    if (its.size() != slice.iterators.size()) return;
    Type type = func_.type(value);
    for (std::size_t k = its.size(); k-- > 0;)
      type.shape.insert(type.shape.begin(), scope_.at(its[k]));
    if (!budget_.fits(type)) return;
    parts[value] = {bind_nest({{value, false}}, its, Combiner::stack, origin, &parts == &reciprocals_), its};
  }

  ValueId read_part(const Part& part, std::vector<Op>& out, Span origin) {
    return note(Emitter(func_, out, origin).read(part.array, part.iterators));
  }

  void replace_parts(Region& region) {
    std::vector<Op> ops = std::move(region.ops);
    region.ops.clear();
    for (Op& op : ops) {
      const auto divisor = op.code == Opcode::div && !is_early(op.results[0])
                               ? reciprocals_.find(op.operands[1])
                               : reciprocals_.end();
      if (divisor != reciprocals_.end()) {
        op.code = Opcode::mul;
        op.operands[1] = read_part(divisor->second, region.ops, op.origin);
      }
      same_.apply(op);
      for (Region& inner : op.regions)
        replace_parts(inner);
      for (ValueId result : op.results)
        if (const auto part = parts_.find(result); part != parts_.end())
          same_.set(result, read_part(part->second, region.ops, op.origin));
      region.ops.push_back(std::move(op));
    }
  }

  Func& func_;
  std::vector<Stage> stages_;
  std::vector<int> depth_;
  std::vector<std::uint32_t> uses_;
  Budget budget_;
  Definitions definitions_;
  Substitution same_;
  // Iterators of the loop under work and of those inside: their extents.
  std::unordered_map<ValueId, Dim> scope_;
  Values bounded_;                                // iterators of bounded loops
  std::unordered_map<ValueId, const Op*> maker_;  // ops inside it
  std::vector<const Op*> loops_;
  std::unordered_map<ValueId, Part> parts_, reciprocals_;
};

}  // namespace

void extract_bind_terms(Func& func) { Extractor(func).run(); }

}  // namespace elba::passes
