#include "passes/passes.h"

namespace elba::passes {

const std::vector<PassInfo>& all_passes() {
  static const std::vector<PassInfo> passes = {
#define PASS(name, needs, gives, doc) {#name, &name, ir::Level::needs, ir::Level::gives, doc},
#include "passes/passes.def"
#undef PASS
  };
  return passes;
}

const PassInfo* find_pass(std::string_view name) {
  for (const PassInfo& pass : all_passes())
    if (pass.name == name) return &pass;
  return nullptr;
}

}  // namespace elba::passes
