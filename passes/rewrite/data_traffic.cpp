#include "passes/rewrite/data_traffic.h"

#include <algorithm>

#include "passes/rewrite/rewrite.h"

namespace elba::passes {

using namespace ir;

namespace {

// The data arrays that the op reads, itself or inside.
std::vector<ValueId> arrays_of(const Func& func, const Op& op) {
  std::vector<ValueId> found;
  const auto take = [&](const Op& user) {
    for (const Param& param : func.params) {
      if ((param.role != Role::data && param.role != Role::cache) || func.type(param.value).rank() == 0)
        continue;
      const bool is_used = std::find(user.operands.begin(), user.operands.end(), param.value) !=
                           user.operands.end();
      if (is_used && std::find(found.begin(), found.end(), param.value) == found.end())
        found.push_back(param.value);
    }
  };
  // A single element read outside of all loops is no pass over the array.
  if (op.regions.empty() && op.code == Opcode::read) return {};
  take(op);
  for (const Region& region : op.regions)
    walk(region, take);
  return found;
}

}  // namespace

int data_passes(const Func& func) {
  return static_cast<int>(std::count_if(func.body.ops.begin(), func.body.ops.end(),
                                        [&](const Op& op) { return !arrays_of(func, op).empty(); }));
}

Dim data_bytes(const Func& func) {
  Dim total(0);
  for (const Op& op : func.body.ops)
    for (ValueId array : arrays_of(func, op)) {
      const Type& type = func.type(array);
      total = total + Dim(type.scalar == Scalar::i1 ? 1 : 8) * type.element_count();
    }
  return total;
}

}  // namespace elba::passes
