#include "api/model/ir_passes.h"

#include <algorithm>

#include "api/model/guarded.h"
#include "api/model/pipeline.h"
#include "api/model/unguarded.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/passes.h"
#include "support/deep_stack.h"

namespace elba {

namespace {

Status check_names(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (passes::find_pass(name) != nullptr) continue;
    std::vector<std::string> known;
    for (const auto& info : passes::all_passes())
      known.emplace_back(info.name);
    const auto near = nearest_name(name, known);
    return make_diagnostic(Code::usage_error, {}, {"there is no pass `" + name + "`"})
        .suggest(near.empty() ? "`elba opt --list` names them" : "did you mean `" + near + "`?");
  }
  return Done{};
}

// A pass that is left out although it would not run is a mistake that nothing else would show.
Status check_skipped(const std::vector<std::string>& skipped, const std::vector<std::string>& all) {
  if (auto known = check_names(skipped); !known) return known;
  for (const std::string& name : skipped) {
    if (std::find(all.begin(), all.end(), name) != all.end()) continue;
    std::string list;
    for (const std::string& other : all)
      if (list.find("`" + other + "`") == std::string::npos)
        list += (list.empty() ? "`" : ", `") + other + "`";
    return make_diagnostic(Code::usage_error, {},
                           {"the pass `" + name + "` cannot be left out: it would not run"})
        .suggest(list.empty() ? "name the passes that run, `--passes=a,b`"
                              : "the passes that run are " + list);
  }
  return Done{};
}

Result<ir::Module> run_pipeline_of(const ir::Module& module, const IrPasses& passes) {
  const Entry entry{passes.pipeline, ""};
  if (auto status = check_skipped(passes.skipped, pipeline_passes(entry)); !status)
    return status.diagnostics();
  if (module.level != ir::Level::density || module.find("model") == nullptr)
    return make_diagnostic(Code::usage_error, {},
                           {"a pipeline begins with a module at density level that has @model"})
        .suggest("`elba emit --stage=density M.elba` prints the one of a model");
  PipelineOptions options;
  options.verify = true;
  options.skipped = &passes.skipped;
  auto result = run_pipeline(module, entry, options);
  if (result && result->find(passes.pipeline) == nullptr)
    return make_diagnostic(Code::usage_error, {},
                           {"this pipeline makes no function `" + passes.pipeline + "`"});
  return result;
}

Result<std::string> run_passes_here(std::string_view text, const IrPasses& passes, std::string name) {
  auto module = read_ir(text, std::move(name));
  if (!module) return module.diagnostics();
  auto result = run_ir_passes(std::move(*module), passes);
  if (!result) return result.diagnostics();
  return ir::print(*result);
}

}  // namespace

Result<ir::Module> read_ir(std::string_view text, std::string name) {
  return ir::parse_module(Source(std::move(name), std::string(text)));
}

Result<ir::Module> run_ir_passes(ir::Module module, const IrPasses& passes,
                                 const std::function<void(const ir::Module&)>& after) {
  if (!passes.pipeline.empty()) return run_pipeline_of(module, passes);
  if (!passes.skipped.empty())
    if (auto status = check_skipped(passes.skipped, passes.names); !status) return status.diagnostics();
  for (const std::string& name : passes.names) {
    if (auto status = check_names({name}); !status) return status.diagnostics();
    if (std::find(passes.skipped.begin(), passes.skipped.end(), name) != passes.skipped.end()) continue;
    const passes::PassInfo& pass = *passes::find_pass(name);
    if (pass.needs != module.level) return wrong_level(pass, module);
    module = pass.run(std::move(module));
    if (const auto problems = ir::verify(module); !problems.empty())
      return defect("`" + name + "` broke the IR: " + problems[0])
          .note("the module after it:\n" + ir::print(module));
    if (after) after(module);
  }
  return module;
}

Result<std::string> unguarded::run_passes(std::string_view ir_text, const IrPasses& passes,
                                          std::string name) {
  return deeply([&] { return run_passes_here(ir_text, passes, std::move(name)); });
}

}  // namespace elba
