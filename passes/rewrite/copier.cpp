#include "passes/rewrite/copier.h"

#include "support/defect.h"

namespace elba::passes {

using namespace ir;

void Copier::copy_function(const Func& from) {
  Func& target = b.func();
  target.name = from.name;
  target.dims = from.dims;
  Scope scope{from, {}, {}};
  for (const Param& param : from.params) {
    Param copy = param;
    copy.value = target.add_value(Type(from.type(param.value)));
    scope.map[param.value] = copy.value;
    target.params.push_back(std::move(copy));
  }
  b.finish(copy_region(scope, from.body), from.result_names);
}

std::vector<ValueId> Copier::mapped(Scope& scope, const std::vector<ValueId>& values) {
  std::vector<ValueId> out;
  out.reserve(values.size());
  for (ValueId value : values)
    out.push_back(mapped(scope, value));
  return out;
}

void Copier::enter(Scope& scope, const Op& op, std::span<const ValueId> results) {
  for (std::size_t k = 0; k < op.results.size(); ++k)
    scope.map[op.results[k]] = results[k];
}

std::vector<ValueId> Copier::copy_region(Scope& scope, const Region& region) {
  for (std::size_t k = 0; k + 1 < region.ops.size(); ++k) {
    const Op& op = region.ops[k];
    // Ops of a callee, perhaps of the library, stand for the op of the model that they are inlined for.
    if (calls_ == 0) b.set_origin(op.origin);
    if (!replace(scope, op)) copy_op(scope, op);
  }
  return mapped(scope, region.ops.back().operands);
}

void Copier::copy_op(Scope& scope, const Op& op) {
  if (op.code == Opcode::nest || op.code == Opcode::scan) return copy_loop(scope, op);
  if (op.code == Opcode::call) {
    if (const Func* callee = module_.find(op.attr_string("callee"))) {
      std::vector<Dim> stated;
      for (const Dim& dim : op.dims)
        stated.push_back(dim.substitute(scope.dims));
      std::map<std::string, Dim> dims;
      if (bind_stated_dims(*callee, stated, dims))
        return enter(scope, op, inlined(*callee, mapped(scope, op.operands), std::move(dims)));
    }
  }
  Op copy;
  copy.code = op.code;
  copy.attrs = op.attrs;
  for (const Dim& dim : op.dims)
    copy.dims.push_back(dim.substitute(scope.dims));
  copy.operands = mapped(scope, op.operands);
  std::vector<Type> types;
  for (ValueId result : op.results)
    types.push_back(type_in(scope, result));
  enter(scope, op, b.append(std::move(copy), std::move(types)));
}

void Copier::copy_loop(Scope& scope, const Op& op) {
  const Region& body = op.regions[0];
  std::size_t carries = 0;
  if (op.code == Opcode::nest) {
    std::vector<Dim> extents;
    for (const Dim& dim : op.dims)
      extents.push_back(dim.substitute(scope.dims));
    const auto iterators = b.open_nest(std::move(extents));
    for (std::size_t k = 0; k < iterators.size(); ++k)
      scope.map[body.params[k]] = iterators[k];
  } else {
    carries = carries_of(op);
    const auto inits = mapped(
        scope, {op.operands.begin(), op.operands.begin() + static_cast<std::ptrdiff_t>(carries)});
    const auto head = b.open_scan(op.dims[0].substitute(scope.dims), inits, op.attr_int("reverse") != 0);
    scope.map[body.params[0]] = head.iterator;
    for (std::size_t k = 0; k < carries; ++k)
      scope.map[body.params[k + 1]] = head.carries[k];
  }
  if (is_bounded(op))
    b.bound_loop(mapped(scope, op.operands[carries]), mapped(scope, op.operands[carries + 1]));
  const auto ends = copy_region(scope, body);
  std::vector<YieldSpec> specs;
  std::size_t at = carries;
  for (std::size_t k = 0; k < op.combiners.size(); ++k) {
    Type type = type_in(scope, op.results[carries + k]);
    const std::size_t count = yields_of(op.combiners[k], type);
    specs.push_back({op.combiners[k],
                     {ends.begin() + static_cast<std::ptrdiff_t>(at),
                      ends.begin() + static_cast<std::ptrdiff_t>(at + count)},
                     std::move(type)});
    at += count;
  }
  enter(scope, op, close_loop(std::span(ends).first(carries), specs));
}

std::vector<ValueId> Copier::inlined(const Func& callee, std::span<const ValueId> arguments,
                                     std::map<std::string, Dim> dims) {
  Scope scope{callee, {}, {}};
  scope.dims = std::move(dims);
  std::vector<Type> formals, actuals;
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    formals.push_back(callee.type(callee.params.at(k).value));
    actuals.push_back(b.type(arguments[k]));
    scope.map[callee.params[k].value] = arguments[k];
  }
  if (!match_dims(callee.dims, formals, actuals, scope.dims))
    throw Defect{"arguments do not fit @" + callee.name};
  ++calls_;
  auto results = copy_region(scope, callee.body);
  --calls_;
  return results;
}

}  // namespace elba::passes
