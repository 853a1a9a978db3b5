// specialise: small inner dims to constants, once the data are known.
//
//     nest (%i < N) { nest (%d < D) { ... } }      with `dim D size 3`
//   ->
//     nest (%i < N) { nest (%d < 3) { ... } }
//
// Why: code generation unrolls loops of constant extent and keeps arrays of constant size in registers; then
// the loop over N is the innermost one, and it is what the vectoriser works on (a logistic regression of
// three columns runs four times faster). An extent is inner when its loop stands in another one, or after the
// first of one nest. Outer dims stay symbols, so that new data of as many rows or fewer run the same code.
// The dims stay declared: the order of sizes that compiled code takes does not change. Leaves out: dims above
// 16, where a loop is as good as its unrolling.
#include <set>

#include "passes/passes.h"

namespace elba::passes {

namespace {

constexpr std::int64_t largest = 16;

void collect_inner(const ir::Region& region, bool inside, std::set<std::string>& symbols) {
  for (const ir::Op& op : region.ops) {
    const bool is_loop = op.code == ir::Opcode::nest || op.code == ir::Opcode::scan;
    if (is_loop)
      for (std::size_t axis = inside ? 0 : 1; axis < op.dims.size(); ++axis)
        for (const std::string& symbol : op.dims[axis].symbols())
          symbols.insert(symbol);
    for (const ir::Region& inner : op.regions)
      collect_inner(inner, inside || is_loop, symbols);
  }
}

using Replacement = std::map<std::string, ir::Dim>;

void substitute(ir::Bound& bound, const Replacement& replacement) {
  if (auto* dim = std::get_if<ir::Dim>(&bound)) *dim = dim->substitute(replacement);
}

void substitute(ir::Region& region, const Replacement& replacement) {
  for (ir::Op& op : region.ops) {
    for (ir::Dim& dim : op.dims)
      dim = dim.substitute(replacement);
    for (ir::Region& inner : op.regions)
      substitute(inner, replacement);
  }
}

}  // namespace

std::set<std::string> inner_dims(const Module& module) {
  std::set<std::string> inner;
  for (const ir::Func& func : module.funcs)
    if (func.dims.empty()) collect_inner(func.body, false, inner);  // the dims of others are their own
  return inner;
}

bool is_specialised_alike(std::int64_t one, std::int64_t other) {
  return one == other || (one > largest && other > largest);
}

Module specialise(Module module) {
  const std::set<std::string> inner = inner_dims(module);
  Replacement replacement;
  for (const ir::DimDecl& dim : module.dims)
    if (dim.size && inner.contains(dim.name) && *dim.size <= largest)
      replacement.emplace(dim.name, ir::Dim(*dim.size));
  if (replacement.empty()) return module;
  for (ir::Func& func : module.funcs) {
    if (!func.dims.empty()) continue;  // its dims are its own
    for (ir::ValueInfo& value : func.values)
      value.type = value.type.substitute(replacement);
    for (ir::Param& param : func.params) {
      substitute(param.lower, replacement);
      substitute(param.upper, replacement);
    }
    substitute(func.body, replacement);
  }
  return module;
}

}  // namespace elba::passes
