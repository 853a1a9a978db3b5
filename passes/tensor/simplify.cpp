// simplify: constant folding, the algebraic rules of simplify_rules.def, and reads of what is known.
//
//     add 2.0, 3.0                                  -> 5.0           folded by the op table where finite
//                                                                    (or a limit of infinite operands)
//     log (exp %x)                                  -> %x            rules
//     read (read %x, %i), %j                        -> read %x, %i, %j
//     read (nest (%i < N) stack { yield %c }), %k   -> %c            %c a constant, made outside of the nest,
//                                                                    or an iterator
//     nest (%i < N) stack { yield x[%i] }           -> x
//     pack (unpack %u)                              -> %u            and unpack (pack ...), part by part
//     nest (...) sum { yield 0.0 }                  -> 0.0
//
// One walk forwards: operands are simplified before the op is looked at, and what a rule makes is looked at
// again at once. The floating-point contract stands at the head of simplify_rules.def. Not here: equal ops
// (cse), ops without uses (dce), invariants of loops (hoist).
#include <algorithm>
#include <cmath>
#include <memory>

#include "passes/passes.h"
#include "passes/rewrite/rewrite.h"
#include "passes/tensor/rules.h"

namespace elba::passes {

using namespace ir;

namespace {

using Values = std::vector<ValueId>;

// A depth at which no chain of rules should be; it only stops two rules that would undo each other.
constexpr int max_chain = 24;

std::optional<double> number_of(const std::optional<Constant>& constant) {
  if (!constant) return std::nullopt;
  return std::visit([](auto value) { return static_cast<double>(value); }, *constant);
}

class Simplifier {
 public:
  explicit Simplifier(Func& func)
      : func_(func), made_by_(func.values.size()), depth_(definition_depths(func)) {}

  void run(Region& region, int depth = 0) {
    std::vector<Op> ops = std::move(region.ops);
    region.ops.clear();
    region.ops.reserve(ops.size());
    for (Op& op : ops) {
      here_ = {&region.ops, depth, op.origin};
      same_.apply(op);
      if (op_info(op.code).group == Group::scalar && func_.type(op.results[0]).rank() == 0) {
        if (const ValueId better = reduce(op.code, op.operands, func_.type(op.results[0]), 0);
            better.valid()) {
          same_.set(op.results[0], better);
          continue;
        }
      } else if (is_loop(op)) {
        run(op.regions[0], depth + 1);
        here_ = {&region.ops, depth, op.origin};
        loop(op);
      } else {
        for (Region& inner : op.regions)
          run(inner, depth + 1);
        here_ = {&region.ops, depth, op.origin};
        if (array_op(op)) continue;
      }
      keep(std::move(op));
    }
  }

 private:
  struct Maker {
    Opcode code{};
    Values operands;                                 // of scalar ops, reads, pack, unpack
    std::shared_ptr<const std::vector<Type>> types;  // unpack: of all parts, which share it
    std::size_t result = 0;
    bool known = false;
  };
  // What is known of a stack result: its element, in terms of the nest's iterators.
  struct Stacked {
    Values iterators;
    ValueId element;
  };

  const Maker* maker(ValueId value) const {
    return value.index < made_by_.size() && made_by_[value.index].known ? &made_by_[value.index] : nullptr;
  }

  void keep(Op op) {
    const Group group = op_info(op.code).group;
    const bool interesting = group == Group::scalar || op.code == Opcode::read || op.code == Opcode::pack ||
                             op.code == Opcode::unpack;
    made_by_.resize(func_.values.size());
    depth_.resize(func_.values.size(), 0);
    std::shared_ptr<std::vector<Type>> types;
    if (op.code == Opcode::unpack) {
      types = std::make_shared<std::vector<Type>>();
      for (ValueId part : op.results)
        types->push_back(func_.type(part));
    }
    for (std::size_t k = 0; k < op.results.size(); ++k) {
      depth_[op.results[k].index] = here_.depth;
      if (interesting) made_by_[op.results[k].index] = {op.code, op.operands, types, k, true};
    }
    here_.out->push_back(std::move(op));
  }

  // --- scalar ops ------------------------------------------------------------------------------------------
  ValueId fold(Opcode code, const Values& operands, const Type& type) {
    const OpInfo& info = op_info(code);
    double reals[Domain::most];
    std::int64_t ints[Domain::most];
    bool all_int = true, any_infinite = false;
    if (operands.size() > Domain::most) return {};
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const auto& constant = func_.constant(operands[k]);
      if (!constant) return {};
      reals[k] = *number_of(constant);
      if (const auto* exact = std::get_if<std::int64_t>(&*constant))
        ints[k] = *exact;
      else if (const auto* truth = std::get_if<bool>(&*constant))
        ints[k] = *truth;
      else
        all_int = false;
      any_infinite = any_infinite || std::isinf(reals[k]);
    }
    if (all_int && info.eval_int && type.scalar != Scalar::f64) {
      const std::int64_t value = info.eval_int(std::span(ints).first(operands.size()));
      return type.scalar == Scalar::i1 ? func_.add_constant(value != 0) : func_.add_constant(value);
    }
    if (!info.eval) return {};
    const double value = info.eval(std::span(reals).first(operands.size()));
    if (type.scalar == Scalar::i1) return func_.add_constant(value != 0);
    if (type.scalar == Scalar::i64)
      return std::fabs(value) < 0x1p53 ? func_.add_constant(static_cast<std::int64_t>(value)) : ValueId{};
    if (std::isnan(value) || (std::isinf(value) && !any_infinite)) return {};
    return func_.add_constant(value);
  }

  using Bindings = std::array<ValueId, max_rule_names>;

  bool same_value(ValueId a, ValueId b) const {
    if (a == b) return true;
    const auto &left = func_.constant(a), &right = func_.constant(b);
    return left && right && func_.type(a) == func_.type(b) && *left == *right;
  }

  bool match(const Pattern& pattern, ValueId value, Bindings& bound) const {
    switch (pattern.kind) {
      case Pattern::Kind::variable: {
        ValueId& slot = bound[static_cast<std::size_t>(pattern.variable)];
        if (slot.valid()) return same_value(slot, value);
        slot = value;
        return true;
      }
      case Pattern::Kind::number:
        return number_of(func_.constant(value)) == pattern.number;
      case Pattern::Kind::op:
        break;
    }
    const Maker* made = maker(value);
    return made != nullptr && made->code == pattern.code && func_.type(value).rank() == 0 &&
           match_all(pattern, made->operands, bound);
  }
  bool match_all(const Pattern& pattern, const Values& operands, Bindings& bound) const {
    for (std::size_t k = 0; k < operands.size(); ++k)
      if (!match(pattern.arguments[k], operands[k], bound)) return false;
    return true;
  }

  // Never negative, for every input (nan aside).
  bool nonneg(ValueId value, int depth = 0) const {
    if (const auto number = number_of(func_.constant(value))) return *number >= 0;
    const Maker* made = maker(value);
    if (made == nullptr || depth > 4) return false;
    if (is_nonneg(made->code)) return true;
    return keeps_nonneg(made->code) &&
           std::all_of(made->operands.begin(), made->operands.end(),
                       [&](ValueId operand) { return nonneg(operand, depth + 1); });
  }

  bool holds(const Condition& condition, const Bindings& bound) const {
    const ValueId value = bound[static_cast<std::size_t>(condition.variable)];
    const auto number = number_of(func_.constant(value));
    switch (condition.property) {
      case Property::constant:
        return number.has_value();
      case Property::varies:
        return !number;
      case Property::negative:
        return number && *number < 0;
      case Property::invertible:
        return number && std::isnormal(*number) && std::isnormal(1 / *number);
      case Property::integer:
        return func_.type(value).scalar == Scalar::i64;
      case Property::real:
        return func_.type(value).scalar == Scalar::f64;
      case Property::finite:
        if (number) return std::isfinite(*number);
        return func_.type(value).scalar != Scalar::f64 ||
               (maker(value) != nullptr && maker(value)->code == Opcode::to_real);
      case Property::nonneg:
        return nonneg(value);
    }
    return false;
  }

  ValueId number(double value, Scalar scalar) {
    if (scalar == Scalar::i64) return func_.add_constant(static_cast<std::int64_t>(value));
    if (scalar == Scalar::i1) return func_.add_constant(value != 0);
    return func_.add_constant(value);
  }

  // The replacement; a number takes the scalar type of its sibling operands, or of the whole.
  ValueId build(const Pattern& pattern, const Bindings& bound, Scalar scalar, int chain) {
    if (pattern.kind == Pattern::Kind::variable) return bound[static_cast<std::size_t>(pattern.variable)];
    if (pattern.kind == Pattern::Kind::number) return number(pattern.number, scalar);
    Values operands(pattern.arguments.size());
    for (const bool numbers : {false, true}) {
      for (std::size_t k = 0; k < operands.size(); ++k) {
        const Pattern& argument = pattern.arguments[k];
        if ((argument.kind == Pattern::Kind::number) != numbers) continue;
        operands[k] = build(argument, bound, scalar, chain);
        if (!numbers) scalar = func_.type(operands[k]).scalar;
      }
    }
    return make(pattern.code, std::move(operands), chain);
  }

  // A scalar op, reduced or new.
  ValueId make(Opcode code, Values operands, int chain) {
    Op op;
    op.code = code;
    op.operands = std::move(operands);
    op.origin = here_.origin;
    Type type = infer_types(func_, op).types.at(0);
    if (const ValueId better = reduce(code, op.operands, type, chain); better.valid()) return better;
    const ValueId result = func_.add_value(std::move(type));
    op.results = {result};
    keep(std::move(op));
    return result;
  }

  // Something simpler of the same value; invalid when there is nothing.
  ValueId reduce(Opcode code, const Values& operands, const Type& type, int chain) {
    if (const ValueId folded = fold(code, operands, type); folded.valid()) return folded;
    if (chain > max_chain) return {};
    for (const Rule* rule : rules_of(code)) {
      Bindings bound{};
      if (!match_all(rule->left, operands, bound)) continue;
      if (!std::all_of(rule->conditions.begin(), rule->conditions.end(),
                       [&](const Condition& c) { return holds(c, bound); }))
        continue;
      return build(rule->right, bound, type.scalar, chain + 1);
    }
    return {};
  }

  // --- arrays ----------------------------------------------------------------------------------------------
  ValueId read(ValueId tensor, Values indices) {
    for (;;) {
      if (indices.empty()) return tensor;
      if (const Maker* made = maker(tensor); made != nullptr && made->code == Opcode::read) {
        indices.insert(indices.begin(), made->operands.begin() + 1, made->operands.end());
        tensor = made->operands[0];
        continue;
      }
      const auto known = stacked_.find(tensor);
      if (known == stacked_.end() || indices.size() < known->second.iterators.size()) return {};
      const auto& [iterators, element] = known->second;
      const auto at = std::find(iterators.begin(), iterators.end(), element);
      tensor = at == iterators.end() ? element : indices[static_cast<std::size_t>(at - iterators.begin())];
      indices.erase(indices.begin(), indices.begin() + static_cast<std::ptrdiff_t>(iterators.size()));
      if (indices.empty()) return tensor;
      Op op = reading(tensor, indices);
      if (const ValueId better = read(tensor, indices); better.valid()) return better;
      const ValueId result = op.results[0];
      keep(std::move(op));
      return result;
    }
  }

  Op reading(ValueId tensor, const Values& indices) {
    Op op;
    op.code = Opcode::read;
    op.origin = here_.origin;
    op.operands = {tensor};
    op.operands.insert(op.operands.end(), indices.begin(), indices.end());
    op.results = {func_.add_value(infer_types(func_, op).types.at(0))};
    return op;
  }

  // True when the op is replaced.
  bool array_op(Op& op) {
    switch (op.code) {
      case Opcode::dim:
        if (!op.dims[0].is_constant()) return false;
        same_.set(op.results[0], func_.add_constant(op.dims[0].constant()));
        return true;
      case Opcode::read: {
        const Maker* made = maker(op.operands[0]);
        if (made != nullptr && made->code == Opcode::read) {
          Values all = made->operands;
          all.insert(all.end(), op.operands.begin() + 1, op.operands.end());
          op.operands = std::move(all);
        }
        const ValueId better = read(op.operands[0], Values(op.operands.begin() + 1, op.operands.end()));
        if (better.valid()) same_.set(op.results[0], better);
        return better.valid();
      }
      case Opcode::pack: {
        const Maker* made = op.operands.empty() ? nullptr : maker(op.operands[0]);
        if (op.operands.size() == 1 && func_.type(op.operands[0]) == func_.type(op.results[0])) {
          same_.set(op.results[0], op.operands[0]);
          return true;
        }
        if (made == nullptr || made->code != Opcode::unpack || made->types->size() != op.operands.size())
          return false;
        for (std::size_t k = 0; k < op.operands.size(); ++k) {
          const Maker* part = maker(op.operands[k]);
          if (part == nullptr || part->code != Opcode::unpack || part->result != k ||
              part->operands != made->operands)
            return false;
        }
        if (!(func_.type(made->operands[0]) == func_.type(op.results[0]))) return false;
        same_.set(op.results[0], made->operands[0]);
        return true;
      }
      case Opcode::unpack: {
        if (op.results.size() == 1 && func_.type(op.operands[0]) == func_.type(op.results[0])) {
          same_.set(op.results[0], op.operands[0]);
          return true;
        }
        const Maker* made = maker(op.operands[0]);
        if (made == nullptr || made->code != Opcode::pack || made->operands.size() != op.results.size())
          return false;
        for (std::size_t k = 0; k < op.results.size(); ++k)
          if (!(func_.type(made->operands[k]) == func_.type(op.results[k]))) return false;
        for (std::size_t k = 0; k < op.results.size(); ++k)
          same_.set(op.results[k], made->operands[k]);
        return true;
      }
      default:
        return false;
    }
  }

  // What the results of a nest or scan are known to be.
  void loop(const Op& op) {
    const auto its = iterators(op);
    for (std::size_t k = carry_count(op); k < op.results.size(); ++k) {
      const Combiner combiner = op.combiners[k - carry_count(op)];
      const ValueId value = same_(yielded(func_, op, k)[0]);
      const auto& constant = func_.constant(value);
      if (combiner == Combiner::sum && constant && number_of(constant) == 0.0 &&
          func_.type(op.results[k]).rank() == 0)
        same_.set(op.results[k], value);
      if (combiner != Combiner::stack || is_bounded(op)) continue;  // outside of the bounds it is 0
      const bool from_outside = value.index >= depth_.size() || depth_[value.index] <= here_.depth;
      if (constant || from_outside || std::find(its.begin(), its.end(), value) != its.end())
        stacked_[op.results[k]] = {Values(its.begin(), its.end()), value};
      const Maker* made = maker(value);
      if (made == nullptr || made->code != Opcode::read || made->operands.size() != its.size() + 1) continue;
      const ValueId source = made->operands[0];
      const bool is_copy = std::equal(its.begin(), its.end(), made->operands.begin() + 1) &&
                           func_.type(source) == func_.type(op.results[k]);
      if (is_copy && depth_[source.index] <= here_.depth) same_.set(op.results[k], source);
    }
  }

  struct Place {
    std::vector<Op>* out = nullptr;
    int depth = 0;
    Span origin;
  };

  Func& func_;
  Substitution same_;
  std::vector<Maker> made_by_;
  std::vector<int> depth_;
  std::unordered_map<ValueId, Stacked> stacked_;
  Place here_;
};

}  // namespace

Module simplify(Module module) {
  for (Func& func : module.funcs) {
    compact(func);
    Simplifier(func).run(func.body);
    compact(func);
  }
  return module;
}

}  // namespace elba::passes
