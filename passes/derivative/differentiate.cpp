// differentiate: f -> also f.grad, by reverse accumulation at the level of nests.
//
//     func @f(.., %u: f64[U] input) -> (f64)      ->      func @f.grad(.., %u) -> (f64, f64[U])
//
// The body runs forward once; then its ops are walked backwards. The adjoint of a nest is a nest over the
// same domain that runs the body again (no tape) and reverses it; what it contributes to a value from outside
// becomes a result of that nest:
//
//     a scalar s captured                      sum of s~
//     a read  A[o.., i..] at the iterators     stack     (each element is met once)
//     a read  A[o..] at indices from outside   sum       (and remains a contribution at o.. one level up)
//     any other read A[o.., e(i)..]            scatter
//
// Contributions to a tensor from inside a region travel outwards one by one and are added where the tensor is
// defined: a body never adds whole tensors. A scan saves its carries going forward and runs backwards over
// them (compiler.md 3.4, without checkpointing). Seeds of sums are known before any loop, so `fuse` can join
// the primal and adjoint nests: one traversal of the data. What a conditional does not choose never meets its
// derivative: passes/derivative/adjoints.h. Sources: Futhark's AD/Rev (redundant execution), Dex
// (accumulate-only adjoints); compiler.md 3.3. Leaves out: derivatives of random draws other than through
// their noise (implicit reparameterisation), several `input` parameters.
#include <algorithm>

#include "ir/dense.h"
#include "passes/derivative/dense_rules.h"
#include "passes/derivative/reverse.h"
#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

Reverse::Reverse(const Func& source, Func& target)
    : source_(source), b_(target), varied_(varied_values(source)), regions_(defining_regions(source)) {}

void Reverse::run() {
  for (const Param& param : source_.params) {
    map_[param.value] = b_.add_param(param.name, source_.type(param.value), param.role);
    b_.func().params.back().lower = param.lower;
    b_.func().params.back().upper = param.upper;
  }
  const Region& body = source_.body;
  for (std::size_t i = 0; i + 1 < body.ops.size(); ++i)
    forward(body.ops[i]);
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

void Reverse::forward(const Op& op) {
  b_.set_origin(op.origin);
  bool is_varied = false;
  for (ValueId result : op.results)
    is_varied = is_varied || varied(result);
  if (op.code != Opcode::scan || !is_varied) {
    b_.clone_op(source_, op, map_);
    // Beside the factor, so that the matrix need not live until the way back.
    if (op.code == Opcode::chol && is_varied)
      jitters_[&op] = b_.emit(Opcode::chol_jitter, {mapped(op.operands[0]), mapped(op.results[0])});
    return;
  }
  std::vector<ValueId> inits;
  for (std::size_t k = 0; k < carries_of(op); ++k)
    inits.push_back(mapped(op.operands[k]));
  const auto head = b_.open_scan(op.dims[0], inits, op.attr_int("reverse") != 0);
  bound(op);
  const Region& body = op.regions[0];
  map_[body.params[0]] = head.iterator;
  for (std::size_t k = 0; k < head.carries.size(); ++k)
    map_[body.params[k + 1]] = head.carries[k];
  const auto ends = b_.clone_body(source_, body, map_);
  const std::vector<ValueId> nexts(ends.begin(), ends.begin() + static_cast<std::ptrdiff_t>(inits.size()));
  auto specs = yield_specs(op, ends, inits.size());
  for (ValueId carry : head.carries)
    specs.push_back({Combiner::stack, {carry}});
  const auto results = b_.close_scan(nexts, specs);
  for (std::size_t k = 0; k < op.results.size(); ++k)
    map_[op.results[k]] = results[k];
  saved_carries_[&op].assign(results.begin() + static_cast<std::ptrdiff_t>(op.results.size()), results.end());
}

std::vector<YieldSpec> Reverse::yield_specs(const Op& op, const std::vector<ValueId>& ends,
                                            std::size_t carries) const {
  std::vector<YieldSpec> specs;
  std::size_t at = carries;
  for (std::size_t k = 0; k < op.combiners.size(); ++k) {
    const Type& type = source_.type(op.results[carries + k]);
    const std::size_t count = yields_of(op.combiners[k], type);
    specs.push_back({op.combiners[k],
                     {ends.begin() + static_cast<std::ptrdiff_t>(at),
                      ends.begin() + static_cast<std::ptrdiff_t>(at + count)},
                     type});
    at += count;
  }
  return specs;
}

void Reverse::seed(Adjoints& adjoints, ValueId value, ValueId adjoint, std::vector<ValueId> indices,
                   const Guards& inner) {
  if (!adjoint.valid() || !varied(value)) return;
  Guards guards = guards_;
  guards.insert(guards.end(), inner.begin(), inner.end());
  adjoints[value].push_back({std::move(indices), adjoint, std::move(guards)});
}

AdjointSum Reverse::sum(const Adjoints& adjoints, ValueId value) {
  const auto found = adjoints.find(value);
  if (found == adjoints.end()) return {};
  return sum_of(b_, source_.type(value), found->second, [&](ValueId index) { return mapped(index); });
}

ValueId Reverse::total(const Adjoints& adjoints, ValueId value) {
  const AdjointSum found = sum(adjoints, value);
  return guarded(b_, found.adjoint, found.guards);
}

void Reverse::reverse_region(const Region& region, Adjoints& adjoints) {
  for (std::size_t i = region.ops.size() - 1; i-- > 0;)
    reverse_op(region.ops[i], adjoints);
}

void Reverse::reverse_op(const Op& op, Adjoints& adjoints) {
  std::vector<AdjointSum> sums;
  const AdjointSum* first = nullptr;
  for (ValueId result : op.results)
    sums.push_back(varied(result) ? sum(adjoints, result) : AdjointSum{});
  for (const AdjointSum& found : sums)
    if (found.adjoint.valid()) {
      guards_ = first ? common(guards_, found.guards) : found.guards;
      first = &found;
    }
  if (!first) return;
  b_.set_origin(op.origin);
  for (AdjointSum& found : sums)
    found.guards.erase(
        found.guards.begin(),
        found.guards.begin() + static_cast<std::ptrdiff_t>(std::min(found.guards.size(), guards_.size())));
  if (op.code == Opcode::nest) {
    reverse_nest(op, sums, adjoints);
  } else if (op.code == Opcode::scan) {
    reverse_scan(op, sums, adjoints);
  } else {
    std::vector<ValueId> seeds;
    for (const AdjointSum& found : sums)
      seeds.push_back(guarded(b_, found.adjoint, found.guards));
    reverse_plain(op, seeds, adjoints);
  }
  guards_.clear();
}

void Reverse::reverse_plain(const Op& op, const std::vector<ValueId>& seeds, Adjoints& adjoints) {
  const OpInfo& info = op_info(op.code);
  if (info.group == Group::scalar) {
    std::vector<ValueId> x;
    for (ValueId operand : op.operands)
      x.push_back(mapped(operand));
    const std::size_t mark = b_.op_count();
    const auto parts = info.pullback({b_, x, mapped(op.results[0]), seeds[0]});
    for (std::size_t k = 0; k < parts.size(); ++k) {
      const AdjointSum part = without_select(b_, parts[k], mark);
      seed(adjoints, op.operands[k], part.adjoint, {}, part.guards);
    }
  } else if (op.code == Opcode::read) {
    seed(adjoints, op.operands[0], seeds[0], {op.operands.begin() + 1, op.operands.end()});
  } else if (op.code == Opcode::pack) {
    reverse_pack(op, seeds[0], adjoints);
  } else if (op.code == Opcode::unpack) {
    std::vector<ValueId> parts;
    for (std::size_t k = 0; k < op.results.size(); ++k)
      parts.push_back(seeds[k].valid() ? seeds[k] : zeros(b_, source_.type(op.results[k])));
    seed(adjoints, op.operands[0], b_.pack(parts, source_.type(op.operands[0]).shape));
  } else if (op.code == Opcode::chol) {
    seed(adjoints, op.operands[0], chol_adjoint(b_, mapped(op.results[0]), seeds[0], jitters_.at(&op)));
  } else if (op.code == Opcode::contract) {
    const std::vector<ValueId> factors{mapped(op.operands[0]), mapped(op.operands[1])};
    for (std::size_t k = 0; k < 2; ++k)
      if (varied(op.operands[k]))
        seed(adjoints, op.operands[k], product_adjoint(b_, op, factors, seeds[0], k));
  } else if (op.code == Opcode::trisolve) {
    const bool transposed = op.attr_int("trans") != 0;
    const ValueId B_adj = trisolve(b_, mapped(op.operands[0]), seeds[0], !transposed);
    seed(adjoints, op.operands[1], B_adj);
    if (varied(op.operands[0]))
      seed(adjoints, op.operands[0],
           trisolve_factor_adjoint(b_, B_adj, mapped(op.results[0]), transposed,
                                   source_.type(op.operands[0])));
  } else if (dense::is_dense(op.code)) {
    std::vector<ValueId> x;
    std::vector<bool> wanted;
    for (ValueId operand : op.operands) {
      x.push_back(mapped(operand));
      wanted.push_back(varied(operand));
    }
    const auto parts = dense_adjoints(b_, op, x, mapped(op.results[0]), seeds[0], wanted);
    for (std::size_t k = 0; k < parts.size(); ++k)
      if (parts[k].valid()) seed(adjoints, op.operands[k], parts[k]);
  }
}

void Reverse::reverse_pack(const Op& op, ValueId adjoint, Adjoints& adjoints) {
  std::vector<Type> types;
  for (ValueId operand : op.operands)
    types.push_back(source_.type(operand));
  const auto parts = b_.unpack(adjoint, types);
  for (std::size_t k = 0; k < parts.size(); ++k)
    seed(adjoints, op.operands[k], parts[k]);
}

namespace {

bool differentiable(const Func& func) {
  const auto inputs = std::count_if(func.params.begin(), func.params.end(),
                                    [](const Param& param) { return param.role == Role::input; });
  const auto results = func.result_types();
  return inputs == 1 && !results.empty() && results[0] == Type::real() && !func.name.ends_with(".grad") &&
         !func.name.ends_with(".hvp");
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
  for (Func& gradient : gradients)
    module.funcs.push_back(std::move(gradient));
  return module;
}

}  // namespace elba::passes
