// differentiate: f -> also f.grad, by reverse accumulation at the level of nests.
//
//     func @f(.., %u: f64[U] input) -> (f64)      ->      func @f.grad(.., %u) -> (f64, f64[U])
//
// The body runs forward once; then its ops are walked backwards. The adjoint of a nest is a nest over the same domain that runs the
// body again (no tape) and reverses it; what it contributes to a value from outside becomes a result of that nest:
//
//     a scalar s captured                      sum of s~
//     a read  A[o.., i..] at the iterators     stack     (each element is met once)
//     a read  A[o..] at indices from outside   sum       (and remains a contribution at o.. one level up)
//     any other read A[o.., e(i)..]            scatter
//
// Contributions to a tensor from inside a region travel outwards one by one and are added where the tensor is defined: a body never
// adds whole tensors. A scan saves its carries going forward and runs backwards over them (compiler.md 3.4, without checkpointing).
// Seeds of sums are known before any loop, so `fuse` can join the primal and adjoint nests: one traversal of the data.
// Sources: Futhark's AD/Rev (redundant execution), Dex (accumulate-only adjoints); compiler.md 3.3.
// Leaves out: derivatives of random draws other than through their noise (implicit reparameterisation), several `input` parameters.
#include <algorithm>
#include <unordered_map>

#include "ir/builder.h"
#include "passes/activity.h"
#include "passes/derivative_rules.h"
#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

namespace {

// What some use adds to the adjoint of a value: `adjoint` at index prefix `indices` (source ids), or of the whole value when empty.
struct Contribution {
  std::vector<ValueId> indices;
  ValueId adjoint;
};
using Adjoints = std::unordered_map<ValueId, std::vector<Contribution>>;

class Reverse {
 public:
  Reverse(const Func& source, Func& target)
      : source_(source), b_(target), varied_(varied_values(source)), regions_(defining_regions(source)) {}

  void run() {
    for (const Param& param : source_.params) {
      map_[param.value] = b_.add_param(param.name, source_.type(param.value), param.role);
      b_.func().params.back().lower = param.lower;
      b_.func().params.back().upper = param.upper;
    }
    const Region& body = source_.body;
    for (std::size_t i = 0; i + 1 < body.ops.size(); ++i) forward(body.ops[i]);
    const ValueId value = body.ops.back().operands.at(0);
    Adjoints adjoints;
    seed(adjoints, value, b_.constant(1.0));
    reverse_region(body, adjoints);
    const Param* input = nullptr;
    for (const Param& param : source_.params)
      if (param.role == Role::input) input = &param;
    ValueId gradient = total(adjoints, input->value);
    if (!gradient.valid()) gradient = zeros(b_, source_.type(input->value));
    b_.finish({mapped(value), gradient}, {"value", "gradient"});
  }

 private:
  ValueId mapped(ValueId value) { return b_.mapped(source_, value, map_); }
  bool varied(ValueId value) const { return varied_[value.index]; }

  // ---- forward

  // Copies an op; a varied scan also stacks the carries it starts each iteration from.
  void forward(const Op& op) {
    b_.set_origin(op.origin);
    bool is_varied = false;
    for (ValueId result : op.results) is_varied = is_varied || varied(result);
    if (op.code != Opcode::scan || !is_varied) {
      b_.clone_op(source_, op, map_);
      // Beside the factor, so that the matrix need not live until the way back.
      if (op.code == Opcode::chol && is_varied) jitters_[&op] = b_.emit(Opcode::chol_jitter, {mapped(op.operands[0]), mapped(op.results[0])});
      return;
    }
    std::vector<ValueId> inits;
    for (std::size_t k = 0; k < carries_of(op); ++k) inits.push_back(mapped(op.operands[k]));
    const auto head = b_.open_scan(op.dims[0], inits, op.attr_int("reverse") != 0);
    bound(op);
    const Region& body = op.regions[0];
    map_[body.params[0]] = head.iterator;
    for (std::size_t k = 0; k < head.carries.size(); ++k) map_[body.params[k + 1]] = head.carries[k];
    const auto ends = b_.clone_body(source_, body, map_);
    const std::vector<ValueId> nexts(ends.begin(), ends.begin() + static_cast<std::ptrdiff_t>(inits.size()));
    auto specs = yield_specs(op, ends, inits.size());
    for (ValueId carry : head.carries) specs.push_back({Combiner::stack, {carry}});
    const auto results = b_.close_scan(nexts, specs);
    for (std::size_t k = 0; k < op.results.size(); ++k) map_[op.results[k]] = results[k];
    saved_carries_[&op].assign(results.begin() + static_cast<std::ptrdiff_t>(op.results.size()), results.end());
  }

  std::vector<YieldSpec> yield_specs(const Op& op, const std::vector<ValueId>& ends, std::size_t carries) const {
    std::vector<YieldSpec> specs;
    std::size_t at = carries;
    for (std::size_t k = 0; k < op.combiners.size(); ++k) {
      const Type& type = source_.type(op.results[carries + k]);
      const std::size_t count = yields_of(op.combiners[k], type);
      specs.push_back({op.combiners[k], {ends.begin() + static_cast<std::ptrdiff_t>(at), ends.begin() + static_cast<std::ptrdiff_t>(at + count)}, type});
      at += count;
    }
    return specs;
  }

  // ---- adjoints

  void seed(Adjoints& adjoints, ValueId value, ValueId adjoint, std::vector<ValueId> indices = {}) {
    if (adjoint.valid() && varied(value)) adjoints[value].push_back({std::move(indices), adjoint});
  }

  // The sum of all contributions to a value, in the region being built; invalid when there are none.
  ValueId total(const Adjoints& adjoints, ValueId value) {
    const auto found = adjoints.find(value);
    if (found == adjoints.end() || found->second.empty()) return {};
    const auto& parts = found->second;
    if (parts.size() == 1 && parts[0].indices.empty()) return parts[0].adjoint;
    const Type type = source_.type(value);
    if (type.shape.empty()) {
      ValueId sum = parts[0].adjoint;
      for (std::size_t k = 1; k < parts.size(); ++k) sum = b_.add(sum, parts[k].adjoint);
      return sum;
    }
    const auto it = b_.open_nest(type.shape);
    ValueId sum;
    for (const Contribution& part : parts) {
      const std::size_t depth = part.indices.size();
      ValueId element = b_.read(part.adjoint, std::span(it).subspan(depth));
      for (std::size_t k = 0; k < depth; ++k)
        element = b_.select(b_.emit(Opcode::eq, {it[k], mapped(part.indices[k])}), element, b_.constant(0.0));
      sum = sum.valid() ? b_.add(sum, element) : element;
    }
    return b_.close_nest({{Combiner::stack, {sum}}})[0];
  }

  void reverse_region(const Region& region, Adjoints& adjoints) {
    for (std::size_t i = region.ops.size() - 1; i-- > 0;) reverse_op(region.ops[i], adjoints);
  }

  void reverse_op(const Op& op, Adjoints& adjoints) {
    std::vector<ValueId> seeds;
    bool any = false;
    for (ValueId result : op.results) {
      seeds.push_back(varied(result) ? total(adjoints, result) : ValueId{});
      any = any || seeds.back().valid();
    }
    if (!any) return;
    b_.set_origin(op.origin);
    const OpInfo& info = op_info(op.code);
    if (info.group == Group::scalar) {
      std::vector<ValueId> x;
      for (ValueId operand : op.operands) x.push_back(mapped(operand));
      const auto parts = info.pullback({b_, x, mapped(op.results[0]), seeds[0]});
      for (std::size_t k = 0; k < parts.size(); ++k) seed(adjoints, op.operands[k], parts[k]);
    } else if (op.code == Opcode::read) {
      seed(adjoints, op.operands[0], seeds[0], {op.operands.begin() + 1, op.operands.end()});
    } else if (op.code == Opcode::pack) {
      reverse_pack(op, seeds[0], adjoints);
    } else if (op.code == Opcode::unpack) {
      std::vector<ValueId> parts;
      for (std::size_t k = 0; k < op.results.size(); ++k) parts.push_back(seeds[k].valid() ? seeds[k] : zeros(b_, source_.type(op.results[k])));
      seed(adjoints, op.operands[0], b_.pack(parts, source_.type(op.operands[0]).shape));
    } else if (op.code == Opcode::chol) {
      seed(adjoints, op.operands[0], chol_adjoint(b_, mapped(op.results[0]), seeds[0], jitters_.at(&op)));
    } else if (op.code == Opcode::contract) {
      const std::vector<ValueId> factors{mapped(op.operands[0]), mapped(op.operands[1])};
      for (std::size_t k = 0; k < 2; ++k)
        if (varied(op.operands[k])) seed(adjoints, op.operands[k], product_adjoint(b_, op, factors, seeds[0], k));
    } else if (op.code == Opcode::trisolve) {
      const bool transposed = op.attr_int("trans") != 0;
      const ValueId B_adj = trisolve(b_, mapped(op.operands[0]), seeds[0], !transposed);
      seed(adjoints, op.operands[1], B_adj);
      if (varied(op.operands[0]))
        seed(adjoints, op.operands[0], trisolve_factor_adjoint(b_, B_adj, mapped(op.results[0]), transposed, source_.type(op.operands[0])));
    } else if (op.code == Opcode::nest) {
      reverse_nest(op, seeds, adjoints);
    } else if (op.code == Opcode::scan) {
      reverse_scan(op, seeds, adjoints);
    }
  }

  void reverse_pack(const Op& op, ValueId adjoint, Adjoints& adjoints) {
    std::vector<Type> types;
    for (ValueId operand : op.operands) types.push_back(source_.type(operand));
    const auto parts = b_.unpack(adjoint, types);
    for (std::size_t k = 0; k < parts.size(); ++k) seed(adjoints, op.operands[k], parts[k]);
  }

  // ---- nests and scans

  // The loop opened last runs where this one did.
  void bound(const Op& op) {
    if (is_bounded(op)) b_.bound_loop(mapped(op.operands.end()[-2]), mapped(op.operands.back()));
  }
  std::vector<ValueId> open_nest(const Op& op) {
    auto it = b_.open_nest(op.dims);
    bound(op);
    return it;
  }

  // Per combined result, what its adjoint needs that only a loop of its own can give.
  struct Extremum {
    ValueId position;              // max, min: flat index of the first extreme element
    OtherFactors others;           // prod
  };

  std::vector<Extremum> extrema(const Op& op, const std::vector<ValueId>& seeds, std::size_t carries) {
    std::vector<Extremum> found(op.combiners.size());
    std::size_t at = carries;
    for (std::size_t k = 0; k < op.combiners.size(); ++k) {
      const Combiner combiner = op.combiners[k];
      const std::size_t yield_at = at;
      at += yields_of(combiner, source_.type(op.results[carries + k]));
      if (!seeds[carries + k].valid() || (combiner != Combiner::max && combiner != Combiner::min && combiner != Combiner::prod)) continue;
      const ValueId yielded = op.regions[0].ops.back().operands[yield_at];
      const auto element = [&](const std::vector<ValueId>& it) {
        bind_iteration(op, it);
        run_body(op.regions[0]);
        return mapped(yielded);
      };
      if (combiner == Combiner::prod) {
        found[k].others = other_factors(b_, op.dims, [&](const std::vector<ValueId>& it) {
          bound(op);
          return element(it);
        });
        continue;
      }
      const auto it = open_nest(op);
      const ValueId v = element(it);
      found[k].position = b_.close_nest({{Combiner::argmax, {combiner == Combiner::max ? v : b_.neg(v)}}})[0];
    }
    return found;
  }

  void bind_iteration(const Op& op, const std::vector<ValueId>& it) {
    const Region& body = op.regions[0];
    for (std::size_t k = 0; k < it.size(); ++k) map_[body.params[k]] = it[k];
    if (op.code != Opcode::scan) return;
    const auto& saved = saved_carries_.at(&op);
    for (std::size_t k = 0; k < saved.size(); ++k) map_[body.params[k + 1]] = b_.read(saved[k], it);
  }

  void run_body(const Region& body) {
    for (std::size_t i = 0; i + 1 < body.ops.size(); ++i) forward(body.ops[i]);
  }

  // Adjoints of what the body yields, from the adjoints of the combined results.
  void seed_yields(const Op& op, const std::vector<ValueId>& seeds, const std::vector<ValueId>& it, const std::vector<Extremum>& found, Adjoints& inner) {
    const auto& ends = op.regions[0].ops.back().operands;
    const std::size_t carries = op.results.size() - op.combiners.size();
    std::size_t at = carries;
    for (std::size_t k = 0; k < op.combiners.size(); ++k) {
      const ValueId result = op.results[carries + k];
      const std::size_t count = yields_of(op.combiners[k], source_.type(result));
      const ValueId yielded = ends[at + count - 1];
      const ValueId adjoint = seeds[carries + k];
      const std::vector<ValueId> scatter_indices(ends.begin() + static_cast<std::ptrdiff_t>(at), ends.begin() + static_cast<std::ptrdiff_t>(at + count - 1));
      at += count;
      if (!adjoint.valid() || !varied(yielded)) continue;
      const ValueId v = mapped(yielded);
      switch (op.combiners[k]) {
        case Combiner::stack: seed(inner, yielded, b_.read(adjoint, it)); break;
        case Combiner::sum: seed(inner, yielded, adjoint); break;
        case Combiner::prod: {
          const std::vector<ValueId> flat{flat_index(b_, it, op.dims)};
          const ValueId others = b_.mul(b_.read(found[k].others.prefix, flat), b_.read(found[k].others.suffix, flat));
          seed(inner, yielded, b_.mul(adjoint, others));
          break;
        }
        case Combiner::max:
        case Combiner::min: {
          const ValueId here = b_.emit(Opcode::eq, {flat_index(b_, it, op.dims), found[k].position});
          seed(inner, yielded, b_.select(here, adjoint, b_.constant(0.0)));
          break;
        }
        case Combiner::lse: seed(inner, yielded, b_.mul(adjoint, b_.emit(Opcode::exp, {b_.sub(v, mapped(result))}))); break;
        case Combiner::argmax: break;
        case Combiner::scatter: {
          std::vector<ValueId> indices;
          for (ValueId index : scatter_indices) indices.push_back(mapped(index));
          seed(inner, yielded, b_.read(adjoint, indices));
          break;
        }
      }
    }
  }

  // A contribution that leaves the region: where it goes in the enclosing region once the nest has combined it.
  struct Leaving {
    ValueId target;
    std::vector<ValueId> indices;  // from outside the region
    YieldSpec spec;
  };

  std::vector<Leaving> leaving(const Op& op, const std::vector<ValueId>& it, Adjoints& inner) {
    const Region& body = op.regions[0];
    std::vector<Leaving> found;
    // In the order of value ids, so that the output does not depend on hashing.
    std::vector<ValueId> targets;
    for (const auto& [target, parts] : inner)
      if (regions_[target.index] != &body && !parts.empty()) targets.push_back(target);
    std::sort(targets.begin(), targets.end());
    for (ValueId target : targets) {
      const Type type = source_.type(target);
      if (type.shape.empty()) {
        found.push_back({target, {}, {Combiner::sum, {total(inner, target)}}});
        continue;
      }
      for (const Contribution& part : inner[target]) found.push_back(combine(op, it, target, type, part));
    }
    return found;
  }

  bool is_inside(ValueId value, const Region& body) const {
    const Region* region = regions_[value.index];
    return region == &body;
  }

  Leaving combine(const Op& op, const std::vector<ValueId>& it, ValueId target, const Type& type, const Contribution& part) {
    const Region& body = op.regions[0];
    std::size_t outer = 0;
    while (outer < part.indices.size() && !is_inside(part.indices[outer], body)) ++outer;
    Leaving out{target, {part.indices.begin(), part.indices.begin() + static_cast<std::ptrdiff_t>(outer)}, {}};
    const std::vector<ValueId> rest(part.indices.begin() + static_cast<std::ptrdiff_t>(outer), part.indices.end());
    if (rest.empty()) {
      out.spec = {Combiner::sum, {part.adjoint}};
      return out;
    }
    bool identity = rest.size() == it.size();
    for (std::size_t k = 0; identity && k < rest.size(); ++k) identity = rest[k] == body.params[k] && type.shape[outer + k] == op.dims[k];
    if (identity) {
      out.spec = {Combiner::stack, {part.adjoint}};
      return out;
    }
    Type scattered = type;
    scattered.shape.erase(scattered.shape.begin(), scattered.shape.begin() + static_cast<std::ptrdiff_t>(outer));
    std::vector<ValueId> yields;
    for (ValueId index : rest) yields.push_back(mapped(index));
    const Type part_type = b_.type(part.adjoint);
    if (part_type.shape.empty()) {
      yields.push_back(part.adjoint);
      out.spec = {Combiner::scatter, yields, scattered};
      return out;
    }
    // A whole row (or more) lands at computed indices: scattered element by element, then summed in place by bufferise.
    const auto inner_it = b_.open_nest(part_type.shape);
    yields.insert(yields.end(), inner_it.begin(), inner_it.end());
    yields.push_back(b_.read(part.adjoint, inner_it));
    out.spec = {Combiner::sum, {b_.close_nest({{Combiner::scatter, yields, scattered}})[0]}};
    return out;
  }

  void reverse_nest(const Op& op, const std::vector<ValueId>& seeds, Adjoints& adjoints) {
    const auto found = extrema(op, seeds, 0);
    const auto it = open_nest(op);
    bind_iteration(op, it);
    run_body(op.regions[0]);
    Adjoints inner;
    seed_yields(op, seeds, it, found, inner);
    reverse_region(op.regions[0], inner);
    const auto results = leaving(op, it, inner);
    std::vector<YieldSpec> specs;
    for (const Leaving& leave : results) specs.push_back(leave.spec);
    const auto values = b_.close_nest(specs);
    for (std::size_t k = 0; k < results.size(); ++k) seed(adjoints, results[k].target, values[k], results[k].indices);
  }

  void reverse_scan(const Op& op, const std::vector<ValueId>& seeds, Adjoints& adjoints) {
    const Region& body = op.regions[0];
    const std::size_t carries = carries_of(op);
    const auto found = extrema(op, seeds, carries);
    std::vector<std::size_t> active;  // carries that vary
    std::vector<ValueId> inits;
    for (std::size_t k = 0; k < carries; ++k) {
      if (!varied(body.params[k + 1])) continue;
      active.push_back(k);
      inits.push_back(seeds[k].valid() ? seeds[k] : zeros(b_, source_.type(op.results[k])));
    }
    const auto head = b_.open_scan(op.dims[0], inits, op.attr_int("reverse") == 0);
    bound(op);
    const std::vector<ValueId> it{head.iterator};
    bind_iteration(op, it);
    run_body(body);
    Adjoints inner;
    const auto& ends = body.ops.back().operands;
    for (std::size_t k = 0; k < active.size(); ++k) seed(inner, ends[active[k]], head.carries[k]);
    seed_yields(op, seeds, it, found, inner);
    reverse_region(body, inner);
    std::vector<ValueId> nexts;
    for (std::size_t k : active) {
      const ValueId carry = body.params[k + 1];
      const ValueId adjoint = total(inner, carry);
      nexts.push_back(adjoint.valid() ? adjoint : zeros(b_, source_.type(carry)));
    }
    const auto results = leaving(op, it, inner);
    std::vector<YieldSpec> specs;
    for (const Leaving& leave : results) specs.push_back(leave.spec);
    const auto values = b_.close_scan(nexts, specs);
    for (std::size_t k = 0; k < active.size(); ++k) seed(adjoints, op.operands[active[k]], values[k]);
    for (std::size_t k = 0; k < results.size(); ++k) seed(adjoints, results[k].target, values[active.size() + k], results[k].indices);
  }

  const Func& source_;
  Builder b_;
  Builder::ValueMap map_;  // source value -> its copy in the scope being built
  std::vector<bool> varied_;
  std::vector<const Region*> regions_;
  std::unordered_map<const Op*, std::vector<ValueId>> saved_carries_;
  std::unordered_map<const Op*, ValueId> jitters_;  // of factorisations
};

bool differentiable(const Func& func) {
  const auto inputs = std::count_if(func.params.begin(), func.params.end(), [](const Param& param) { return param.role == Role::input; });
  const auto results = func.result_types();
  return inputs == 1 && !results.empty() && results[0] == Type::real() && !func.name.ends_with(".grad") && !func.name.ends_with(".hvp");
}

}  // namespace

Module differentiate(Module module) {
  std::vector<Func> gradients;
  for (const Func& func : module.funcs) {
    if (!differentiable(func) || module.find(func.name + ".grad")) continue;
    Func gradient;
    gradient.name = func.name + ".grad";
    gradient.dims = func.dims;
    Reverse(func, gradient).run();
    gradients.push_back(std::move(gradient));
  }
  for (Func& gradient : gradients) module.funcs.push_back(std::move(gradient));
  return module;
}

}  // namespace elba::passes
