// pipeline: the only file that knows the order of the stages. A pipeline is a list of passes for one function
// of docs/ir.md; it starts from the density-level module of the front end and ends at loop level, ready for
// code generation.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/elba.hpp"
#include "ir/module.h"
#include "passes/passes.h"
#include "support/result.h"

namespace elba {

// The guide family that an entry needs: "" for the model's own functions, and for @elbo and @draw of the
// guide that the model file states.
struct Entry {
  std::string function;  // "log_joint.grad", "elbo.grad", ...
  std::string family;    // "", a choice of ir/guide_families.h, "declared": the guide of the model file;
                         // "reparameterised": the model's own functions in the coordinates that guides use
};

struct PipelineOptions {
  bool verify = false;  // after every pass; a broken invariant is a defect that names the pass
  std::vector<PassStep>* trace = nullptr;  // filled when set
  ir::Level until = ir::Level::loop;
  const std::vector<std::string>* skipped = nullptr;  // passes that are left out
  // Known at bind: `specialise` and `place_polls` depend on them, and do nothing without.
  const std::map<std::string, std::int64_t>* sizes = nullptr;
  std::set<std::string>* inner = nullptr;  // filled when set: dims of which that depends
};

// That a pass cannot run on this module.
[[nodiscard]] Diagnostic wrong_level(const passes::PassInfo& pass, const ir::Module& module);
// The names of the passes that `run_pipeline` runs, in order.
[[nodiscard]] std::vector<std::string> pipeline_passes(const Entry& entry);
// The module with the entry's function (and its .bind) only.
[[nodiscard]] Result<ir::Module> run_pipeline(const ir::Module& density, const Entry& entry,
                                              const PipelineOptions& options = {});

// The model without what it predicts: what is fitted, so that no prediction can change a fit.
[[nodiscard]] ir::Module without_predictions(ir::Module module);
// A module reduced to the named functions and what they call.
[[nodiscard]] ir::Module keep_functions(ir::Module module, const std::vector<std::string>& names);
[[nodiscard]] std::size_t count_ops(const ir::Module& module);

}  // namespace elba
