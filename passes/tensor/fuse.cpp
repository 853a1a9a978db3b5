// fuse: producers join their consumers, and nests over the same domain become one nest.
//
//     %e = nest (%i < N) -> (stack f64[N]) { ... yield %a }         %s, %g = nest (%i < N) -> (sum f64, sum f64[D]) {
//     %s = nest (%j < N) -> (sum f64) { read %e, %j ... }      ->     ... %a ...
//     %g = nest (%k < N) -> (sum f64[D]) { read %e, %k ... }          ... %a ... %a ...  yield ... }
//
// So value and gradient of a likelihood are one pass over the data (the single-pass theorem,
// compiler.md 3.3): the seed of the gradient is known before the loop, so the two nests do not depend on each
// other and their bodies may stand side by side; cse then shares the forward part.
//
// For each region, outermost first:
//   split    a nest over (N, D) that exchanges rows with a nest over (N): into a nest over N of nests over D
//   merge    nests of equal extents, when one reads the other only at its own iterators and nothing in
//            between needs the first to make the second: bodies side by side, such reads replaced by the
//            value itself (fuse_merge.cpp)
//   inline   the body of a stacking nest into its readers, when that repeats little computation
//            (fuse_inline.cpp)
// until nothing changes, then the regions inside.
// Why legal: pure ops may be reordered and repeated; a sum over two bodies side by side is the two sums.
// Not here: scans (their order is their meaning); choosing loop orders or tiles (codegen).
#include "passes/tensor/fuse.h"

#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

namespace {

void fuse_region(Func& func, Region& region) {
  // Each round removes a nest or a read, so this ends; the bound only guards against a defect.
  for (int round = 0; round < 64; ++round) {
    bool changed = split_related_nests(func, region);
    changed |= merge_nests(func, region);
    changed |= inline_producers(func, region);
    if (!changed) break;
  }
  for (Op& op : region.ops)
    for (Region& inner : op.regions)
      fuse_region(func, inner);
}

}  // namespace

Module fuse(Module module) {
  for (Func& func : module.funcs) {
    fuse_region(func, func.body);
    compact(func);
  }
  return module;
}

}  // namespace elba::passes
