// bound: a program with its data: compiles each function when it is first called, and calls it.
#include "api/model/calls.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "api/model/memory.h"
#include "api/model/observed_support.h"
#include "api/model/sizes.h"
#include "api/model/unguarded.h"
#include "ir/text.h"
#include "passes/loop/operation_count.h"
#include "passes/rewrite/data_traffic.h"
#include "runtime/control/interruption.h"
#include "support/elementary.h"

namespace elba {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// One LLJIT for each object cache folder of the process: they are expensive to make and safe to share.
Result<std::shared_ptr<codegen::Jit>> shared_jit(const std::string& cache_dir) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<codegen::Jit>> known;
  const std::lock_guard lock(mutex);
  if (auto jit = known[cache_dir].lock(); jit != nullptr && jit->is_sound()) return jit;
  codegen::JitOptions options;
  options.cache_dir = cache_dir;
  options.use_cache = !cache_dir.empty();
  auto jit = codegen::Jit::create(options);
  if (jit) known[cache_dir] = *jit;
  return jit;
}

void add_names(const std::string& name, const std::vector<std::int64_t>& shape,
               std::vector<std::string>* dotted, std::vector<std::string>* bracketed) {
  std::size_t count = 1;
  for (std::int64_t size : shape)
    count *= static_cast<std::size_t>(std::max<std::int64_t>(size, 0));
  for (std::size_t k = 0; k < count; ++k) {
    std::string text = indexed_name(name, shape, k);
    if (dotted != nullptr) {
      std::string dots = text;
      std::erase(dots, ']');
      for (char& c : dots)
        if (c == '[' || c == ',') c = '.';
      dotted->push_back(std::move(dots));
    }
    if (bracketed != nullptr) bracketed->push_back(std::move(text));
  }
}

}  // namespace

CoordinateNames coordinate_names(const Signature& signature, const Sizes& sizes) {
  CoordinateNames names;
  for (const auto& unknown : signature.unknowns) {
    std::vector<std::int64_t> shape;
    for (const ir::Dim& dim : unknown.type.shape)
      shape.push_back(dim.evaluate(sizes).value_or(0));
    add_names(unknown.name, unknown.unconstrained_sizes(sizes).value_or(std::vector<std::int64_t>{0}),
              &names.unconstrained, nullptr);
    add_names(unknown.name, shape, nullptr, &names.constrained);
  }
  return names;
}

namespace {

// Sizes in the data may ask for more coordinates than there is memory for them and their names.
Status check_coordinate_count(const Signature& signature, const Sizes& sizes, double limit) {
  constexpr double bytes = 2 * sizeof(std::string) + 64;  // of a coordinate: two names and a few numbers
  MemoryNeed need("the model");
  for (const auto& unknown : signature.unknowns) {
    std::string shape;
    double own = bytes;
    for (const ir::Dim& dim : unknown.type.shape) {
      const auto size = dim.evaluate(sizes);  // nothing: more than a number of 64 bits holds
      shape += (shape.empty() ? "[" : ", ") +
               (size ? std::to_string(std::max<std::int64_t>(*size, 0)) : dim.text());
      own *= size ? static_cast<double>(std::max<std::int64_t>(*size, 0)) : 0x1p63;
    }
    if (!unknown.unconstrained_size(sizes)) own = 0x1p63;
    if (own >= beyond_machines)
      return no_machine_holds("`" + unknown.name + "`", unknown.span)
          .note("it would have shape " + shape + "]");
    need.add("`" + unknown.name + "`" + (shape.empty() ? "" : ", of shape " + shape + "]"), own);
  }
  return need.check(limit, "check the sizes in the data, or declare fewer unknowns");
}

}  // namespace

Result<std::shared_ptr<const Executable>> Bound::Impl::executable(const Entry& entry) {
  const std::lock_guard lock(mutex_);
  const std::string key = entry.family + ":" + entry.function;
  if (const auto it = executables_.find(key); it != executables_.end()) return it->second;
  auto item = code_of(entry, key);
  if (!item) return item.diagnostics();
  Sizes sizes = data->sizes;
  ir::complete_sizes(*item->module, sizes);
  const auto start = Clock::now();
  auto made = Executable::make(item->code, entry.function, data, sizes, max_memory);
  times_.link += milliseconds_since(start);
  if (!made) return made.diagnostics();
  executables_[key] = *made;
  return made;
}

Result<CodeShelf::Item> Bound::Impl::code_of(const Entry& entry, const std::string& key) {
  if (auto item = shelf->find(key, data->sizes)) {
    if (auto status = check_work(*item->module); !status) return status.diagnostics();
    return std::move(*item);
  }
  auto compiled = compile(entry);
  if (compiled) shelf->put(key, *compiled);
  return compiled;
}

Result<CodeShelf::Item> Bound::Impl::compile(const Entry& entry) {
  const auto start = Clock::now();
  CodeShelf::Item item;
  PipelineOptions pipeline;
  pipeline.sizes = &data->sizes;
  pipeline.inner = &item.inner;
  auto module = run_pipeline(program->density, entry, pipeline);
  times_.passes += milliseconds_since(start);
  if (!module) return module.diagnostics();
  if (module->find(entry.function) == nullptr)
    return make_diagnostic(Code::usage_error, {}, {"this model has no function `" + entry.function + "`"});
  if (auto status = check_work(*module); !status) return status.diagnostics();
  codegen::CompileStats stats;
  auto code = jit->compile(*module, &stats, runtime::stop_flag());
  if (!code && runtime::is_stopped()) return interrupted();
  if (!code) return code.diagnostics();
  times_.llvm += stats.irgen_ms + stats.optimise_ms + stats.codegen_ms;
  times_.link += stats.cache_ms + stats.link_ms;
  times_.object_cached = stats.cache_hit;
  item.code = std::move(*code);
  item.module = std::make_shared<const ir::Module>(std::move(*module));
  item.sizes = data->sizes;
  return item;
}

Status Bound::Impl::check_work(const ir::Module& module) const {
  Sizes sizes = data->sizes;
  ir::complete_sizes(module, sizes);
  const passes::DataElement element = [this](const std::string& name,
                                             std::int64_t position) -> std::optional<double> {
    const auto it = data->arrays.find(name);
    const auto at = static_cast<std::size_t>(position);
    if (it == data->arrays.end() || position < 0) return std::nullopt;
    const HostArray& array = it->second;
    if (array.type.scalar == ir::Scalar::i64)
      return at < array.integers.size() ? std::optional(static_cast<double>(array.integers[at]))
                                        : std::nullopt;
    return at < array.reals.size() ? std::optional(array.reals[at]) : std::nullopt;
  };
  for (const ir::Func& func : module.funcs) {
    const passes::LoopWork work = passes::loop_work(func, sizes, element);
    if (!(work.operations > max_work)) continue;
    const std::string what = func.name.starts_with("predict") ? "the predictions"
                             : func.name.starts_with("simulate") || func.name.starts_with("prior")
                                 ? "one simulation"
                                 : "one evaluation of the model";
    auto diagnostic = make_diagnostic(
        Code::work_too_large, work.place,
        {what, fmt::format("{:.2g}", work.operations), fmt::format("{:.2g}", max_work)});
    if (work.iterations > 0)
      diagnostic.note(fmt::format("{:.2g} of them are taken here, where loops run {:.10g} times",
                                  work.heaviest, work.iterations));
    const double unit = math::pow(10, std::floor(math::log10(work.operations)));  // rounded up, to one digit
    return diagnostic.suggest(
        fmt::format("{}; `--max-work {:.0e}` allows it all the same",
                    work.iterations > 0 ? "make the loop shorter, or the data smaller" : "use fewer rows",
                    unit * std::ceil(1.05 * work.operations / unit)));
  }
  return Done{};
}

Status unguarded::check_work(const BoundHandle& impl) {
  std::vector<std::string> functions{"log_joint.grad"};
  if (!impl->program->signature.predictions.empty()) functions.emplace_back("predict");
  PipelineOptions pipeline;
  pipeline.sizes = &impl->data->sizes;
  for (const std::string& function : functions) {
    auto module = run_pipeline(impl->program->density, {function, ""}, pipeline);
    if (!module) return module.diagnostics();
    if (auto status = impl->check_work(*module); !status) return status;
  }
  return Done{};
}

const CoordinateNames& Bound::Impl::names() const {
  std::call_once(named_, [this] { names_ = coordinate_names(program->signature, data->sizes); });
  return names_;
}

PhaseTimes Bound::Impl::times() const {
  const std::lock_guard lock(mutex_);
  PhaseTimes times = program->times;
  times.passes += times_.passes;
  times.llvm += times_.llvm;
  times.link += times_.link;
  times.object_cached = times_.object_cached;
  return times;
}

Result<Call*> Workspace::Impl::call(const Entry& entry) {
  const std::string key = entry.family + ":" + entry.function;
  if (const auto it = calls.find(key); it != calls.end()) return &it->second;
  auto executable = bound->executable(entry);
  if (!executable) return executable.diagnostics();
  auto frame = (*executable)->frame();
  return &calls.emplace(key, Call{*executable, std::move(frame)}).first->second;
}

Diagnostic point_length(std::size_t found, std::size_t needed) {
  return make_diagnostic(Code::point_mismatch, {},
                         {fmt::format("has {} unconstrained {}, but the model has {}", found,
                                      found == 1 ? "coordinate" : "coordinates", needed)});
}

Diagnostic wrong_length(const std::string& name, std::size_t found, std::size_t needed) {
  return make_diagnostic(Code::length_mismatch, {},
                         {name, std::to_string(found), found == 1 ? "number" : "numbers",
                          fmt::format("{} {}", needed, needed == 1 ? "is" : "are")});
}

runtime::Factorisations Workspace::Impl::factorisations() const {
  runtime::Factorisations all;
  for (const auto& [name, call] : calls) {
    all.jitter = std::max(all.jitter, call.frame.factorisations().jitter);
    all.lost += call.frame.factorisations().lost;
  }
  return all;
}

void Workspace::Impl::forget_factorisations() {
  for (auto& [name, call] : calls)
    call.frame.forget_factorisations();
}

Workspace::Workspace(std::unique_ptr<Impl> made) : impl_(std::move(made)) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;

namespace {

std::shared_ptr<Bound::Impl> bound_of(std::shared_ptr<const Program::Impl> program, BoundData data,
                                      std::shared_ptr<codegen::Jit> jit) {
  auto made = std::make_shared<Bound::Impl>();
  made->coordinates = coordinates_of(program->signature, data.sizes);
  made->program = std::move(program);
  made->data = std::make_shared<const BoundData>(std::move(data));
  made->jit = std::move(jit);
  return made;
}

}  // namespace

Result<Bound> unguarded::bind(const ProgramHandle& impl, const Data& data, const JitOptions& options) {
  if (auto status = check_set(data); !status) return status.diagnostics();
  auto bound_data = bind_data(impl->signature, impl->density, data.impl().set, data.impl().words);
  if (!bound_data) return bound_data.diagnostics();
  const double max_memory = options.max_memory > 0 ? options.max_memory : usual_memory_limit();
  if (auto status = check_coordinate_count(impl->signature, bound_data->sizes, max_memory); !status)
    return status.diagnostics();
  if (auto status = check_observed_support(impl->density, *bound_data); !status) return status.diagnostics();
  auto jit = shared_jit(options.cache_dir);
  if (!jit) return jit.diagnostics();
  Bound bound;
  bound.impl = bound_of(impl, std::move(*bound_data), *jit);
  if (runtime::is_stopped()) return interrupted();
  bound.impl->max_work = options.max_work;
  bound.impl->max_memory = max_memory;
  return {std::move(bound), bound_data.diagnostics()};
}

Result<Bound> unguarded::rebind(const BoundHandle& impl, const Data& data) {
  if (auto status = check_set(data); !status) return status.diagnostics();
  auto bound_data = bind_data(impl->program->signature, impl->program->density, data.impl().set,
                              data.impl().words);
  if (!bound_data) return bound_data.diagnostics();
  if (auto status = check_coordinate_count(impl->program->signature, bound_data->sizes, impl->max_memory);
      !status)
    return status.diagnostics();
  if (auto status = check_observed_support(impl->program->density, *bound_data); !status)
    return status.diagnostics();
  Bound bound;
  bound.impl = bound_of(impl->program, std::move(*bound_data), impl->jit);
  if (runtime::is_stopped()) return interrupted();
  bound.impl->max_work = impl->max_work;
  bound.impl->max_memory = impl->max_memory;
  bound.impl->shelf = impl->shelf;
  return {std::move(bound), bound_data.diagnostics()};
}

Bound bound_again(const Bound& bound) {
  Bound again;
  again.impl = std::make_shared<Bound::Impl>();
  again.impl->program = bound.impl->program;
  again.impl->data = bound.impl->data;
  again.impl->jit = bound.impl->jit;
  again.impl->coordinates = bound.impl->coordinates;
  again.impl->shelf = bound.impl->shelf;
  again.impl->max_work = bound.impl->max_work;
  again.impl->max_memory = bound.impl->max_memory;
  return again;
}

Result<DataTraffic> unguarded::data_traffic(const BoundHandle& impl) {
  PipelineOptions options;
  options.until = ir::Level::tensor;
  auto module = run_pipeline(impl->program->density, {"log_joint.grad", ""}, options);
  if (!module) return module.diagnostics();
  const ir::Func* func = module->find("log_joint.grad");
  if (func == nullptr) return defect("no gradient of the log joint");
  Sizes sizes = impl->data->sizes;
  ir::complete_sizes(*module, sizes);
  return DataTraffic{passes::data_passes(*func),
                     static_cast<double>(passes::data_bytes(*func).evaluate(sizes).value_or(0))};
}

Result<std::unique_ptr<Workspace>> unguarded::workspace(const BoundHandle& impl) {
  auto made = std::make_unique<Workspace::Impl>();
  made->bound = impl;
  auto gradient = made->call({"log_joint.grad", ""});
  if (!gradient) return gradient.diagnostics();
  made->gradient = *gradient;
  return std::make_unique<Workspace>(std::move(made));
}

}  // namespace elba
