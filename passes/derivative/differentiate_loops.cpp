// differentiate_loops: the adjoints of nests and scans (differentiate.cpp says how they are made), and what
// leaves their bodies.
#include <algorithm>
#include <utility>

#include "passes/derivative/reverse.h"

namespace elba::passes {

using namespace ir;

namespace {

// Guards whose condition a loop's body made, and those that stood before it: values are numbered as they are
// made.
std::pair<Guards, Guards> split(const Guards& guards, std::size_t values_before) {
  std::pair<Guards, Guards> out;
  for (const Guard& guard : guards)
    (guard.condition.index < values_before ? out.second : out.first).push_back(guard);
  return out;
}

}  // namespace

// The loop opened last runs where this one did.
void Reverse::bound(const Op& op) {
  if (is_bounded(op)) b_.bound_loop(mapped(op.operands.end()[-2]), mapped(op.operands.back()));
}
std::vector<ValueId> Reverse::open_nest(const Op& op) {
  auto it = b_.open_nest(op.dims);
  bound(op);
  return it;
}

std::vector<Reverse::Extremum> Reverse::extrema(const Op& op, const std::vector<AdjointSum>& seeds,
                                                std::size_t carries) {
  std::vector<Extremum> found(op.combiners.size());
  std::size_t at = carries;
  for (std::size_t k = 0; k < op.combiners.size(); ++k) {
    const Combiner combiner = op.combiners[k];
    const std::size_t yield_at = at;
    at += yields_of(combiner, source_.type(op.results[carries + k]));
    if (!seeds[carries + k].adjoint.valid() ||
        (combiner != Combiner::max && combiner != Combiner::min && combiner != Combiner::prod))
      continue;
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

void Reverse::bind_iteration(const Op& op, const std::vector<ValueId>& it) {
  const Region& body = op.regions[0];
  for (std::size_t k = 0; k < it.size(); ++k)
    map_[body.params[k]] = it[k];
  if (op.code != Opcode::scan) return;
  const auto& saved = saved_carries_.at(&op);
  for (std::size_t k = 0; k < saved.size(); ++k)
    map_[body.params[k + 1]] = b_.read(saved[k], it);
}

void Reverse::run_body(const Region& body) {
  for (std::size_t i = 0; i + 1 < body.ops.size(); ++i)
    forward(body.ops[i]);
}

// Adjoints of what the body yields, from the adjoints of the combined results.
void Reverse::seed_yields(const Op& op, const std::vector<AdjointSum>& seeds, const std::vector<ValueId>& it,
                          const std::vector<Extremum>& found, Adjoints& inner) {
  const auto& ends = op.regions[0].ops.back().operands;
  const std::size_t carries = op.results.size() - op.combiners.size();
  std::size_t at = carries;
  for (std::size_t k = 0; k < op.combiners.size(); ++k) {
    const ValueId result = op.results[carries + k];
    const std::size_t count = yields_of(op.combiners[k], source_.type(result));
    const ValueId yielded = ends[at + count - 1];
    const auto& [adjoint, guards] = seeds[carries + k];
    const std::vector<ValueId> scatter_indices(ends.begin() + static_cast<std::ptrdiff_t>(at),
                                               ends.begin() + static_cast<std::ptrdiff_t>(at + count - 1));
    at += count;
    if (!adjoint.valid() || !varied(yielded)) continue;
    const ValueId v = mapped(yielded);
    switch (op.combiners[k]) {
      case Combiner::stack:
        seed(inner, yielded, b_.read(adjoint, it), {}, guards);
        break;
      case Combiner::sum:
        seed(inner, yielded, adjoint, {}, guards);
        break;
      case Combiner::prod: {
        const std::vector<ValueId> flat{flat_index(b_, it, op.dims)};
        const ValueId others = b_.mul(b_.read(found[k].others.prefix, flat),
                                      b_.read(found[k].others.suffix, flat));
        seed(inner, yielded, b_.mul(adjoint, others), {}, guards);
        break;
      }
      case Combiner::max:
      case Combiner::min: {
        const ValueId here = b_.emit(Opcode::eq, {flat_index(b_, it, op.dims), found[k].position});
        Guards at_extreme = guards;
        at_extreme.push_back({here, true});
        seed(inner, yielded, adjoint, {}, at_extreme);
        break;
      }
      case Combiner::lse:
        seed(inner, yielded, b_.mul(adjoint, b_.emit(Opcode::exp, {b_.sub(v, mapped(result))})), {}, guards);
        break;
      case Combiner::argmax:
        break;
      case Combiner::scatter: {
        std::vector<ValueId> indices;
        for (ValueId index : scatter_indices)
          indices.push_back(mapped(index));
        seed(inner, yielded, b_.read(adjoint, indices), {}, guards);
        break;
      }
    }
  }
}

std::vector<Reverse::Leaving> Reverse::leaving(const Op& op, const std::vector<ValueId>& it, Adjoints& inner,
                                               std::size_t values_before) {
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
      const AdjointSum part = sum(inner, target);
      const auto [here, outside] = split(part.guards, values_before);
      found.push_back({target, {}, {Combiner::sum, {guarded(b_, part.adjoint, here)}}, outside});
      continue;
    }
    for (const Contribution& part : inner[target]) {
      const auto [here, outside] = split(part.guards, values_before);
      found.push_back(combine(op, it, target, type, {part.indices, guarded(b_, part.adjoint, here)}));
      found.back().guards = outside;
    }
  }
  return found;
}

bool Reverse::is_inside(ValueId value, const Region& body) const {
  const Region* region = regions_[value.index];
  return region == &body;
}

Reverse::Leaving Reverse::combine(const Op& op, const std::vector<ValueId>& it, ValueId target,
                                  const Type& type, const Contribution& part) {
  const Region& body = op.regions[0];
  const ValueId adjoint = part.adjoint;
  std::size_t outer = 0;
  while (outer < part.indices.size() && !is_inside(part.indices[outer], body))
    ++outer;
  Leaving out{
      target, {part.indices.begin(), part.indices.begin() + static_cast<std::ptrdiff_t>(outer)}, {}, {}};
  const std::vector<ValueId> rest(part.indices.begin() + static_cast<std::ptrdiff_t>(outer),
                                  part.indices.end());
  if (rest.empty()) {
    out.spec = {Combiner::sum, {adjoint}};
    return out;
  }
  bool identity = rest.size() == it.size();
  for (std::size_t k = 0; identity && k < rest.size(); ++k)
    identity = rest[k] == body.params[k] && type.shape[outer + k] == op.dims[k];
  if (identity) {
    out.spec = {Combiner::stack, {adjoint}};
    return out;
  }
  Type scattered = type;
  scattered.shape.erase(scattered.shape.begin(),
                        scattered.shape.begin() + static_cast<std::ptrdiff_t>(outer));
  std::vector<ValueId> yields;
  for (ValueId index : rest)
    yields.push_back(mapped(index));
  const Type part_type = b_.type(adjoint);
  if (part_type.shape.empty()) {
    yields.push_back(adjoint);
    out.spec = {Combiner::scatter, yields, scattered};
    return out;
  }
  // A whole row (or more) lands at computed indices: scattered element by element, then summed in place by
  // bufferise.
  const auto inner_it = b_.open_nest(part_type.shape);
  yields.insert(yields.end(), inner_it.begin(), inner_it.end());
  yields.push_back(b_.read(adjoint, inner_it));
  out.spec = {Combiner::sum, {b_.close_nest({{Combiner::scatter, yields, scattered}})[0]}};
  return out;
}

void Reverse::reverse_nest(const Op& op, const std::vector<AdjointSum>& seeds, Adjoints& adjoints) {
  const Guards own = std::exchange(guards_, {});
  const auto found = extrema(op, seeds, 0);
  const std::size_t values_before = b_.func().values.size();
  const auto it = open_nest(op);
  bind_iteration(op, it);
  run_body(op.regions[0]);
  Adjoints inner;
  seed_yields(op, seeds, it, found, inner);
  reverse_region(op.regions[0], inner);
  const auto results = leaving(op, it, inner, values_before);
  std::vector<YieldSpec> specs;
  for (const Leaving& leave : results)
    specs.push_back(leave.spec);
  const auto values = b_.close_nest(specs);
  guards_ = own;
  for (std::size_t k = 0; k < results.size(); ++k)
    seed(adjoints, results[k].target, values[k], results[k].indices, results[k].guards);
}

void Reverse::reverse_scan(const Op& op, const std::vector<AdjointSum>& seeds, Adjoints& adjoints) {
  const Region& body = op.regions[0];
  const std::size_t carries = carries_of(op);
  const Guards own = std::exchange(guards_, {});
  const auto found = extrema(op, seeds, carries);
  std::vector<std::size_t> active;  // carries that vary
  std::vector<ValueId> inits;
  for (std::size_t k = 0; k < carries; ++k) {
    if (!varied(body.params[k + 1])) continue;
    active.push_back(k);
    const ValueId init = guarded(b_, seeds[k].adjoint, seeds[k].guards);
    inits.push_back(init.valid() ? init : zeros(b_, source_.type(op.results[k])));
  }
  const std::size_t values_before = b_.func().values.size();
  const auto head = b_.open_scan(op.dims[0], inits, op.attr_int("reverse") == 0);
  bound(op);
  const std::vector<ValueId> it{head.iterator};
  bind_iteration(op, it);
  run_body(body);
  Adjoints inner;
  const auto& ends = body.ops.back().operands;
  for (std::size_t k = 0; k < active.size(); ++k)
    seed(inner, ends[active[k]], head.carries[k]);
  seed_yields(op, seeds, it, found, inner);
  reverse_region(body, inner);
  std::vector<ValueId> nexts;
  for (std::size_t k : active) {
    const ValueId carry = body.params[k + 1];
    const ValueId adjoint = total(inner, carry);
    nexts.push_back(adjoint.valid() ? adjoint : zeros(b_, source_.type(carry)));
  }
  const auto results = leaving(op, it, inner, values_before);
  std::vector<YieldSpec> specs;
  for (const Leaving& leave : results)
    specs.push_back(leave.spec);
  const auto values = b_.close_scan(nexts, specs);
  guards_ = own;
  for (std::size_t k = 0; k < active.size(); ++k)
    seed(adjoints, op.operands[active[k]], values[k]);
  for (std::size_t k = 0; k < results.size(); ++k)
    seed(adjoints, results[k].target, values[active.size() + k], results[k].indices, results[k].guards);
}

}  // namespace elba::passes
