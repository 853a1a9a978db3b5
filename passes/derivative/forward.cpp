// forward: f.grad -> also f.hvp, by forward accumulation: the directional derivative of the gradient, H v.
//
//     func @f.grad(.., %u: f64[U] input) -> (f64, f64[U])   ->   func @f.hvp(.., %u, .., %tangent: f64[U]) -> (f64[U])
//
// Purely local: every op is copied, followed by its tangent; a nest becomes a nest with doubled results, a
// scan carries tangents beside its carries. A tangent that is zero everywhere is never made. Since f.grad is
// one fused nest, so is f.hvp (compiler.md 3.5). Leaves out: tangents of random draws other than through
// their noise.
#include <algorithm>
#include <functional>

#include "ir/builder.h"
#include "ir/dense.h"
#include "passes/derivative/activity.h"
#include "passes/derivative/dense_rules.h"
#include "passes/derivative/rules.h"
#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

namespace {

class Forward {
 public:
  Forward(const Func& source, Func& target)
      : source_(source), b_(target), varied_(varied_values(source)), tangents_(source.values.size()) {}

  void run() {
    ValueId input;
    for (const Param& param : source_.params) {
      map_[param.value] = b_.add_param(param.name, source_.type(param.value), param.role);
      b_.func().params.back().lower = param.lower;
      b_.func().params.back().upper = param.upper;
      if (param.role == Role::input) input = param.value;
    }
    tangents_[input.index] = b_.add_param("tangent", source_.type(input));
    region(source_.body);
    std::vector<ValueId> results;
    const auto& ends = source_.body.ops.back().operands;
    for (std::size_t k = 1; k < ends.size(); ++k)
      results.push_back(tangent_or_zeros(ends[k]));
    b_.finish(results, {"product"});
  }

 private:
  ValueId mapped(ValueId value) { return b_.mapped(source_, value, map_); }
  ValueId tangent(ValueId value) const { return tangents_[value.index]; }
  ValueId tangent_or_zeros(ValueId value) {
    return tangent(value).valid() ? tangent(value) : zeros(b_, source_.type(value));
  }
  void set_tangent(ValueId value, ValueId tan) {
    if (varied_[value.index]) tangents_[value.index] = tan;
  }

  void region(const Region& body) {
    for (std::size_t i = 0; i + 1 < body.ops.size(); ++i)
      op(body.ops[i]);
  }

  void op(const Op& op) {
    b_.set_origin(op.origin);
    bool any = false;
    for (ValueId result : op.results)
      any = any || varied_[result.index];
    if (any && (op.code == Opcode::nest || op.code == Opcode::scan)) {
      loop(op);
      return;
    }
    b_.clone_op(source_, op, map_);
    if (!any) return;
    const OpInfo& info = op_info(op.code);
    std::vector<ValueId> x, x_tan;
    bool moves = false;
    for (ValueId operand : op.operands) {
      x.push_back(mapped(operand));
      x_tan.push_back(tangent(operand));
      moves = moves || x_tan.back().valid();
    }
    if (!moves) return;
    if (info.group == Group::scalar) {
      set_tangent(op.results[0], info.tangent({b_, x, mapped(op.results[0]), x_tan}));
    } else if (op.code == Opcode::read) {
      set_tangent(op.results[0], b_.read(x_tan[0], std::span(x).subspan(1)));
    } else if (op.code == Opcode::pack) {
      std::vector<ValueId> parts;
      for (ValueId operand : op.operands)
        parts.push_back(tangent_or_zeros(operand));
      set_tangent(op.results[0], b_.pack(parts, source_.type(op.results[0]).shape));
    } else if (op.code == Opcode::unpack) {
      std::vector<Type> types;
      for (ValueId result : op.results)
        types.push_back(source_.type(result));
      const auto parts = b_.unpack(x_tan[0], types);
      for (std::size_t k = 0; k < parts.size(); ++k)
        set_tangent(op.results[k], parts[k]);
    } else if (op.code == Opcode::chol) {
      set_tangent(op.results[0], chol_tangent(b_, mapped(op.results[0]), x_tan[0],
                                              b_.emit(Opcode::chol_jitter, {x[0], mapped(op.results[0])})));
    } else if (op.code == Opcode::chol_adjoint) {
      set_tangent(op.results[0],
                  chol_adjoint_tangent(b_, x[0], x[1], mapped(op.results[0]), x_tan[0], x_tan[1]));
    } else if (op.code == Opcode::contract) {
      set_tangent(op.results[0], product_tangent(b_, op, x, x_tan));
    } else if (op.code == Opcode::trisolve) {
      set_tangent(op.results[0], trisolve_tangent(b_, x[0], mapped(op.results[0]), x_tan[0], x_tan[1],
                                                  op.attr_int("trans") != 0));
    } else if (op.code == Opcode::eigh_gap) {
      return;  // a limit, constant but for jumps
    } else if (dense::is_dense(op.code) && source_.type(op.results[0]).scalar == Scalar::f64) {
      set_tangent(op.results[0], dense_tangent(b_, op, x, mapped(op.results[0]), x_tan));
    }
  }

  // The yields of combined result k: [first, first + count) of the region's end; the last of them is the
  // value.
  struct Yields {
    std::size_t first, count;
  };
  std::vector<Yields> yields_of_results(const Op& op, std::size_t carries) const {
    std::vector<Yields> all;
    std::size_t at = carries;
    for (std::size_t k = 0; k < op.combiners.size(); ++k) {
      all.push_back({at, yields_of(op.combiners[k], source_.type(op.results[carries + k]))});
      at += all.back().count;
    }
    return all;
  }

  // Combined results whose tangent comes out of the same loop; what they yield is appended to `specs`.
  std::vector<std::size_t> add_tangent_yields(const Op& op, std::size_t carries,
                                              const std::vector<Yields>& yields,
                                              std::vector<YieldSpec>& specs) {
    const auto& ends = op.regions[0].ops.back().operands;
    std::vector<std::size_t> doubled;
    for (std::size_t k = 0; k < op.combiners.size(); ++k) {
      const ValueId value_tan = tangent(ends[yields[k].first + yields[k].count - 1]);
      if (!value_tan.valid() || needs_result(op.combiners[k]) || op.combiners[k] == Combiner::argmax)
        continue;
      YieldSpec spec = primal_yield(op, carries, yields[k], k);
      spec.values.back() = value_tan;
      specs.push_back(std::move(spec));
      doubled.push_back(k);
    }
    return doubled;
  }

  void loop(const Op& op) {
    const Region& body = op.regions[0];
    const std::size_t carries = carries_of(op);
    const auto& ends = body.ops.back().operands;
    const auto yields = yields_of_results(op, carries);

    // Which combined results need a further loop once their value is known, and so the carries of every
    // iteration.
    std::vector<std::size_t> later;
    for (std::size_t k = 0; k < op.combiners.size(); ++k)
      if (varied_[op.results[carries + k].index] && needs_result(op.combiners[k])) later.push_back(k);

    std::vector<std::size_t> moving;  // carries with a tangent
    std::vector<ValueId> inits;
    for (std::size_t k = 0; k < carries; ++k)
      inits.push_back(mapped(op.operands[k]));
    for (std::size_t k = 0; k < carries; ++k) {
      if (!varied_[body.params[k + 1].index]) continue;
      moving.push_back(k);
      inits.push_back(tangent_or_zeros(op.operands[k]));
    }
    open(op, inits, carries, moving);
    region(body);
    std::vector<ValueId> nexts;
    for (std::size_t k = 0; k < carries; ++k)
      nexts.push_back(mapped(ends[k]));
    for (std::size_t k : moving)
      nexts.push_back(tangent_or_zeros(ends[k]));

    std::vector<YieldSpec> specs;
    for (std::size_t k = 0; k < op.combiners.size(); ++k)
      specs.push_back(primal_yield(op, carries, yields[k], k));
    const std::vector<std::size_t> doubled = add_tangent_yields(op, carries, yields, specs);
    const std::size_t saved_at = specs.size();
    if (!later.empty() && carries > 0) {
      for (std::size_t k = 0; k < carries; ++k)
        specs.push_back({Combiner::stack, {mapped(body.params[k + 1])}});
      for (std::size_t k : moving)
        specs.push_back({Combiner::stack, {tangent(body.params[k + 1])}});
    }
    const auto results = carries > 0 || op.code == Opcode::scan ? b_.close_scan(nexts, specs)
                                                                : b_.close_nest(specs);

    const std::size_t base = nexts.size();
    for (std::size_t k = 0; k < carries; ++k)
      map_[op.results[k]] = results[k];
    for (std::size_t k = 0; k < moving.size(); ++k)
      set_tangent(op.results[moving[k]], results[carries + k]);
    for (std::size_t k = 0; k < op.combiners.size(); ++k)
      map_[op.results[carries + k]] = results[base + k];
    for (std::size_t k = 0; k < doubled.size(); ++k)
      set_tangent(op.results[carries + doubled[k]], results[base + op.combiners.size() + k]);
    std::vector<ValueId> saved(results.begin() + static_cast<std::ptrdiff_t>(base + saved_at), results.end());
    for (std::size_t k : later)
      second_loop(op, carries, moving, saved, yields[k], k);
  }

  static bool needs_result(Combiner combiner) {
    return combiner == Combiner::prod || combiner == Combiner::max || combiner == Combiner::min ||
           combiner == Combiner::lse;
  }

  void open(const Op& op, const std::vector<ValueId>& inits, std::size_t carries,
            const std::vector<std::size_t>& moving) {
    const Region& body = op.regions[0];
    if (op.code == Opcode::nest) {
      const auto it = open_nest(op);
      for (std::size_t k = 0; k < it.size(); ++k)
        map_[body.params[k]] = it[k];
      return;
    }
    const auto head = b_.open_scan(op.dims[0], inits, op.attr_int("reverse") != 0);
    if (is_bounded(op)) b_.bound_loop(mapped(op.operands[carries]), mapped(op.operands[carries + 1]));
    map_[body.params[0]] = head.iterator;
    for (std::size_t k = 0; k < carries; ++k)
      map_[body.params[k + 1]] = head.carries[k];
    for (std::size_t k = 0; k < moving.size(); ++k)
      set_tangent(body.params[moving[k] + 1], head.carries[carries + k]);
  }

  // Over the domain of a nest or scan.
  std::vector<ValueId> open_nest(const Op& op) {
    auto it = b_.open_nest(op.dims);
    if (is_bounded(op)) b_.bound_loop(mapped(op.operands.end()[-2]), mapped(op.operands.back()));
    return it;
  }

  YieldSpec primal_yield(const Op& op, std::size_t carries, const Yields& yields, std::size_t k) {
    YieldSpec spec{op.combiners[k], {}, source_.type(op.results[carries + k])};
    const auto& ends = op.regions[0].ops.back().operands;
    for (std::size_t i = 0; i < yields.count; ++i)
      spec.values.push_back(mapped(ends[yields.first + i]));
    return spec;
  }

  // prod, max, min, lse: the tangent is a weighted sum of the yielded tangents, with weights that need the
  // result.
  void second_loop(const Op& op, std::size_t carries, const std::vector<std::size_t>& moving,
                   const std::vector<ValueId>& saved, const Yields& yields, std::size_t k) {
    const ValueId source_result = op.results[carries + k];
    const ValueId yielded = op.regions[0].ops.back().operands[yields.first];
    const ValueId result = mapped(source_result);
    const Combiner combiner = op.combiners[k];
    const Region& body = op.regions[0];
    const auto bind = [&](const std::vector<ValueId>& it) {
      for (std::size_t i = 0; i < it.size(); ++i)
        map_[body.params[i]] = it[i];
      for (std::size_t i = 0; i < carries; ++i)
        map_[body.params[i + 1]] = b_.read(saved[i], it);
      for (std::size_t i = 0; i < moving.size(); ++i)
        set_tangent(body.params[moving[i] + 1], b_.read(saved[carries + i], it));
      region(body);
    };
    const auto again = [&](const std::function<ValueId(ValueId v, const std::vector<ValueId>& it)>& element,
                           Combiner how) {
      const auto it = open_nest(op);
      bind(it);
      const ValueId value = element(mapped(yielded), it);
      return b_.close_nest({{how, {value}}})[0];
    };
    if (!tangent(yielded).valid()) return;
    ValueId total;
    if (combiner == Combiner::prod) {
      const auto others = other_factors(b_, op.dims, [&](const std::vector<ValueId>& it) {
        if (is_bounded(op)) b_.bound_loop(mapped(op.operands.end()[-2]), mapped(op.operands.back()));
        bind(it);
        return mapped(yielded);
      });
      total = again(
          [&](ValueId, const auto& it) {
            const std::vector<ValueId> flat{flat_index(b_, it, op.dims)};
            return b_.mul(tangent(yielded),
                          b_.mul(b_.read(others.prefix, flat), b_.read(others.suffix, flat)));
          },
          Combiner::sum);
    } else if (combiner == Combiner::lse) {
      total = again(
          [&](ValueId v, const auto&) {
            return b_.mul(tangent(yielded), b_.emit(Opcode::exp, {b_.sub(v, result)}));
          },
          Combiner::sum);
    } else {
      const ValueId position = again(
          [&](ValueId v, const auto&) { return combiner == Combiner::max ? v : b_.neg(v); },
          Combiner::argmax);
      total = again(
          [&](ValueId, const auto& it) {
            return b_.select(b_.emit(Opcode::eq, {flat_index(b_, it, op.dims), position}), tangent(yielded),
                             b_.constant(0.0));
          },
          Combiner::sum);
    }
    set_tangent(source_result, total);
  }

  const Func& source_;
  Builder b_;
  Builder::ValueMap map_;
  std::vector<bool> varied_;
  std::vector<ValueId> tangents_;  // by source value; invalid = zero
};

}  // namespace

Module forward(Module module) {
  constexpr std::string_view suffix = ".grad";
  std::vector<Func> products;
  for (const Func& func : module.funcs) {
    if (!func.name.ends_with(suffix)) continue;
    Func product;
    product.name = func.name.substr(0, func.name.size() - suffix.size()) + ".hvp";
    product.dims = func.dims;
    if (module.find(product.name)) continue;
    Forward(func, product).run();
    products.push_back(std::move(product));
  }
  for (Func& product : products)
    module.funcs.push_back(std::move(product));
  return module;
}

}  // namespace elba::passes
