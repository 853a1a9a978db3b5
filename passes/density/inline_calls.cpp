// inline_calls: calls of functions become copies of their bodies, also the calls inside these.
//
//     %2 = call %x, %y {callee="scaled"} : f64[N]
//   ->
//     the body of @scaled on %x, %y, its own dims bound by matching shapes
//
// The language has no recursion, so this ends. The callees themselves stay: a caller that needs only an entry
// drops them.
#include <algorithm>

#include "passes/passes.h"
#include "passes/rewrite/copier.h"
#include "passes/rewrite/rewrite.h"

namespace elba::passes {

using namespace ir;

namespace {

class Inliner : public Copier {
  using Copier::Copier;
  bool replace(Scope&, const Op&) override { return false; }
};

bool has_calls(const Func& func) {
  bool found = false;
  walk(func.body, [&](const Op& op) { found = found || op.code == Opcode::call; });
  return found;
}

}  // namespace

Module inline_calls(Module module) {
  std::vector<Func> rebuilt(module.funcs.size());
  for (std::size_t k = 0; k < module.funcs.size(); ++k) {
    if (!has_calls(module.funcs[k])) continue;
    Inliner(module, rebuilt[k]).copy_function(module.funcs[k]);
    compact(rebuilt[k]);
  }
  for (std::size_t k = 0; k < module.funcs.size(); ++k)
    if (!rebuilt[k].body.ops.empty()) module.funcs[k] = std::move(rebuilt[k]);
  return module;
}

}  // namespace elba::passes
