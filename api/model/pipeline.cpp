#include "api/model/pipeline.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "api/model/handles.h"
#include "ir/guide_families.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/guide/writer.h"
#include "passes/passes.h"
#include "passes/rewrite/rewrite.h"
#include "runtime/control/interruption.h"
#include "support/deep_stack.h"

namespace elba {

namespace {

// Each list with its reason. `clean` keeps what later passes have to look at small.
const std::vector<std::string> clean{"simplify", "cse", "dce"};
// hoist before fuse: an invariant inside a nest would otherwise be copied into every consumer; clean after
// it: fused bodies share work.
const std::vector<std::string> optimise{"simplify", "cse", "dce", "hoist", "fuse", "simplify", "cse", "dce"};

void append(std::vector<std::string>& list, const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

std::string base_of(const std::string& function) { return function.substr(0, function.find('.')); }

void calls_of(const ir::Region& region, const ir::Module& module, std::set<std::string>& wanted,
              std::vector<std::string>& queue) {
  const auto want = [&](const std::string& name) {
    if (module.find(name) != nullptr && wanted.insert(name).second) queue.push_back(name);
  };
  for (const ir::Op& op : region.ops) {
    if (op.code == ir::Opcode::call) want(op.attr_string("callee"));
    if (op.code == ir::Opcode::dist)
      if (const auto* dist = module.find_dist(op.attr_string("name")))
        for (const char* member : {".logpdf", ".sample"})
          want(dist->name + member);
    for (const ir::Region& inner : op.regions)
      calls_of(inner, module, wanted, queue);
  }
}

std::size_t count_region(const ir::Region& region) {
  std::size_t count = region.ops.size();
  for (const ir::Op& op : region.ops)
    for (const ir::Region& inner : op.regions)
      count += count_region(inner);
  return count;
}

// The functions that a pass may forget before it runs: everything but what the entry still needs.
std::vector<std::string> needed_before(const std::string& pass, const std::string& function) {
  const std::string base = base_of(function);
  if (pass == "expand") return {base};
  if (pass == "place_stages" || pass == "specialise") return {function, function + ".bind"};
  return {};
}

bool needs_predictions(const std::string& base) {
  return base == "predict" || base == "prior" || base == "simulate";
}

Diagnostic broken(const std::string& pass, const std::vector<std::string>& problems,
                  const ir::Module& module) {
  std::string all = "after `" + pass + "`";
  for (const std::string& problem : problems)
    all += "; " + problem;
  return make_diagnostic(Code::ir_invalid, {}, {all}).note("the module after it:\n" + ir::print(module));
}

}  // namespace

Diagnostic wrong_level(const passes::PassInfo& pass, const ir::Module& module) {
  return make_diagnostic(Code::usage_error, {},
                         {"the pass `" + std::string(pass.name) + "` needs a module at " +
                          std::string(ir::level_name(pass.needs)) + " level, but this one is at " +
                          std::string(ir::level_name(module.level)) + " level"});
}

std::vector<std::string> pipeline_passes(const Entry& entry) {
  std::vector<std::string> passes{"inline_calls"};
  const std::string base = base_of(entry.function);
  if (base == "elbo" || base == "draw") {
    append(passes, {"reparameterise", "guide", "objective"});
  } else if (base == "log_likelihood" || base == "prior" || base == "simulate") {
    passes.push_back(base);
  } else {
    if (entry.family == "reparameterised") passes.emplace_back("reparameterise");
    passes.emplace_back("constrain");
  }
  passes.emplace_back("expand");
  append(passes, optimise);
  if (entry.function.ends_with(".grad") || entry.function.ends_with(".hvp")) {
    // After fuse: the likelihood is one nest, so its adjoint is one nest over the same rows, and the next
    // fuse joins the two.
    passes.emplace_back("differentiate");
    append(passes, optimise);
  }
  if (entry.function.ends_with(".hvp")) {
    passes.emplace_back("forward");
    append(passes, optimise);
  }
  // Last of the tensor passes: what remains is what runs, so what depends on data only is known.
  passes.emplace_back("place_stages");
  append(passes, clean);
  passes.emplace_back("triangle");
  append(passes, {"specialise", "bufferise", "place_polls"});
  return passes;
}

ir::Module without_predictions(ir::Module module) {
  ir::Func* model = module.find("model");
  if (model == nullptr || model->body.ops.back().operands.empty()) return module;
  model->body.ops.back().operands.clear();
  model->result_names.clear();
  passes::remove_dead(*model);
  return module;
}

ir::Module keep_functions(ir::Module module, const std::vector<std::string>& names) {
  std::set<std::string> wanted(names.begin(), names.end());
  std::vector<std::string> queue(names);
  while (!queue.empty()) {
    const std::string name = queue.back();
    queue.pop_back();
    if (const ir::Func* func = module.find(name)) calls_of(func->body, module, wanted, queue);
  }
  std::erase_if(module.funcs, [&](const ir::Func& func) { return !wanted.contains(func.name); });
  for (ir::DimDecl& dim : module.dims)
    if (!wanted.contains(dim.computed_by)) dim.computed_by.clear();
  for (ir::DistDecl& dist : module.dists)
    std::erase_if(dist.members,
                  [&](const std::string& member) { return !wanted.contains(dist.name + "." + member); });
  return module;
}

std::size_t count_ops(const ir::Module& module) {
  std::size_t count = 0;
  for (const ir::Func& func : module.funcs)
    count += count_region(func.body);
  return count;
}

namespace {

Result<ir::Module> run_all(const ir::Module& density, const Entry& entry, const PipelineOptions& options) {
  ir::Module module = keep_functions(density, {"model"});
  if (!needs_predictions(base_of(entry.function))) module = without_predictions(std::move(module));
  if (options.sizes != nullptr) module = ir::with_sizes(std::move(module), *options.sizes);
  if (ir::parse_guide_choice(entry.family)) module = passes::assign_guide(std::move(module), entry.family);
  std::string before;
  if (options.trace != nullptr) {
    before = ir::print(module);
    options.trace->push_back({"input", before, count_ops(module), 0, true});
  }
  for (const std::string& name : pipeline_passes(entry)) {
    const passes::PassInfo* pass = passes::find_pass(name);
    if (pass == nullptr) return make_diagnostic(Code::internal_error, {}, {"no pass `" + name + "`"});
    if (pass->gives > options.until) break;
    if (options.skipped != nullptr) {
      if (std::find(options.skipped->begin(), options.skipped->end(), name) != options.skipped->end())
        continue;
      if (pass->needs != module.level) return wrong_level(*pass, module);
    }
    if (runtime::is_stopped()) return interrupted();
    if (const auto keep = needed_before(name, entry.function); !keep.empty())
      module = keep_functions(std::move(module), keep);
    if (name == "forward") module = keep_functions(std::move(module), {base_of(entry.function) + ".grad"});
    const auto start = std::chrono::steady_clock::now();
    if (name == "specialise" && options.inner != nullptr) *options.inner = passes::inner_dims(module);
    module = pass->run(std::move(module));
    const double ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    // The primal is not needed beside its gradient: the gradient computes the value too.
    if (name == "differentiate")
      module = keep_functions(std::move(module), {base_of(entry.function) + ".grad"});
    if (name == "forward") module = keep_functions(std::move(module), {entry.function});
    if (options.trace != nullptr) {
      std::string text = ir::print(module);
      options.trace->push_back({name, text, count_ops(module), ms, text != before});
      before = std::move(text);
    }
    if (!options.verify) continue;
    if (const auto problems = ir::verify(module); !problems.empty()) return broken(name, problems, module);
  }
  if (options.until == ir::Level::loop)
    module = keep_functions(std::move(module), {entry.function, entry.function + ".bind"});
  return module;
}

}  // namespace

Result<ir::Module> run_pipeline(const ir::Module& density, const Entry& entry,
                                const PipelineOptions& options) {
  const std::atomic<bool>* stop = runtime::stop_flag();  // of this thread, which the work may leave
  return deeply([&] {
    const runtime::StopScope scope(stop);
    return run_all(density, entry, options);
  });
}

}  // namespace elba
