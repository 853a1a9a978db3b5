// jit: the object of a module, from the cache or from LLVM, linked into the process by ORC.
//
//     text of the module -> key -> cached object ------------------------------> JITLink -> entry points
//                              \-> emit -> optimise -> object (stored) -------/
//
// The warm path neither builds IR nor makes a target machine. ORC's session and object linking layer are used
// without LLJIT on top: nothing here needs its platform, its IR layers or the symbols of the process.
// Compiled code can call runtime/kernels/abi.def and nothing else. Each compilation has its own LLVM context
// and target machine; what is shared is ORC's session, which locks for itself.
#include "codegen/jit.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <cmath>
#include <map>
#include <thread>

#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include "codegen/emit.h"
#include "codegen/llvm_guard.h"
#include "codegen/object_cache.h"
#include "codegen/optimise.h"
#include "codegen/symbols.h"
#include "ir/text.h"
#include "support/deep_stack.h"

namespace elba::codegen {

namespace {

namespace orc = llvm::orc;

Diagnostic defect(std::string what) { return make_diagnostic(Code::internal_error, {}, {std::move(what)}); }

// Adds the time since the last call to one of the phases.
class Clock {
 public:
  void charge(double& phase) {
    const auto now = std::chrono::steady_clock::now();
    phase += std::chrono::duration<double, std::milli>(now - last_).count();
    last_ = now;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// What LLVM itself may call for: filling and copying memory, and rounding on processors without the
// instruction.
const std::map<std::string, void*>& support_symbols() {
  static const std::map<std::string, void*> symbols = {
      {"memset", reinterpret_cast<void*>(&std::memset)},
      {"memcpy", reinterpret_cast<void*>(&std::memcpy)},
      {"memmove", reinterpret_cast<void*>(&std::memmove)},
      {"floor", reinterpret_cast<void*>(static_cast<double (*)(double)>(&::floor))},
      {"ceil", reinterpret_cast<void*>(static_cast<double (*)(double)>(&::ceil))},
      {"rint", reinterpret_cast<void*>(static_cast<double (*)(double)>(&::rint))},
      {"fma", reinterpret_cast<void*>(static_cast<double (*)(double, double, double)>(&::fma))},
  };
  return symbols;
}

struct Compiled {
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
  std::unique_ptr<llvm::TargetMachine> machine;
  std::string error;
};

// Memory for LLVM's own form of a module, by the number of its operations.
std::size_t room_for(const ir::Module& module) {
  constexpr std::size_t bytes_of_op = 4096;
  std::size_t ops = 0;
  const auto count = [&](const auto& self, const ir::Region& region) -> void {
    ops += region.ops.size();
    for (const ir::Op& op : region.ops)
      for (const ir::Region& inner : op.regions)
        self(self, inner);
  };
  for (const ir::Func& func : module.funcs)
    count(count, func.body);
  return ops * bytes_of_op;
}

bool is_set(const std::atomic<bool>* stop) {
  return stop != nullptr && stop->load(std::memory_order_relaxed);
}

void compile_ir(const ir::Module& source, CompileStats& stats, Compiled& made,
                const std::atomic<bool>* stop = nullptr) {
  Clock clock;
  made.context = std::make_unique<llvm::LLVMContext>();
  made.module = emit(source, *made.context, made.error);
  clock.charge(stats.irgen_ms);
  if (!made.module || is_set(stop)) return;
  made.machine = make_machine(made.error);
  if (!made.machine) return;
  optimise(*made.module, *made.machine, stop);
  clock.charge(stats.optimise_ms);
}

}  // namespace

// The handle of one module's code; the session of its Jit outlives it.
struct CompiledModule::State {
  std::shared_ptr<Jit> jit;
  orc::JITDylib* dylib = nullptr;
  std::vector<CompiledFunction> functions;
  std::vector<std::string> dims;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();
};

struct Jit::State {
  State(std::unique_ptr<orc::ExecutorProcessControl> control, const JitOptions& options)
      : session(std::move(control)),
        objects(session, session.getExecutorProcessControl().getMemMgr()),
        cache(options.use_cache ? options.cache_dir : std::string(), options.cache_limit_bytes) {}

  std::string define_runtime() {
    runtime = &session.createBareJITDylib("runtime");
    orc::SymbolMap symbols;
    const auto add = [&](std::string_view name, void* address) {
      symbols[session.intern(llvm::StringRef(name.data(), name.size()))] = {
          orc::ExecutorAddr::fromPtr(address),
          llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
    };
    for (const RuntimeSymbol& symbol : runtime_symbols()) {
      add(symbol.link_name, symbol.address);
      for (const VectorSymbol& vector : vector_symbols(symbol))
        add(vector.link_name, vector.address);
    }
    for (const auto& [name, address] : support_symbols())
      add(name, address);
    return llvm::toString(runtime->define(orc::absoluteSymbols(std::move(symbols))));
  }

  // Links one object and finds the entries of `functions`; the error text when it cannot.
  std::string link(std::unique_ptr<llvm::MemoryBuffer> object, CompiledModule::State& made) {
    orc::JITDylib& dylib = session.createBareJITDylib("module" + std::to_string(counter++));
    made.dylib = &dylib;
    dylib.addToLinkOrder(*runtime);
    if (auto error = objects.add(dylib, std::move(object))) return llvm::toString(std::move(error));
    orc::SymbolLookupSet wanted;
    for (const CompiledFunction& function : made.functions)
      wanted.add(session.intern(entry_name(function.name)));
    auto found = session.lookup(orc::makeJITDylibSearchOrder({&dylib}), std::move(wanted));
    if (!found) return llvm::toString(found.takeError());
    for (CompiledFunction& function : made.functions)
      function.entry = (*found)[session.intern(entry_name(function.name))].getAddress().toPtr<Entry>();
    return {};
  }

  orc::ExecutionSession session;
  orc::ObjectLinkingLayer objects;
  ObjectCache cache;
  orc::JITDylib* runtime = nullptr;
  std::atomic<unsigned> counter{0};
  std::atomic<bool> is_sound{true};  // no exception has passed through the session
};

CompiledModule::State::~State() {
  if (dylib == nullptr || !jit->state_->is_sound) return;
  try {
    const LlvmScope scope;
    llvm::consumeError(jit->state_->session.removeJITDylib(*dylib));
  } catch (...) {
    jit->state_->is_sound = false;  // the code stays where it is
  }
}

const CompiledFunction* CompiledModule::find(std::string_view func) const {
  const auto& all = functions();
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const CompiledFunction& function) { return function.name == func; });
  return it == all.end() ? nullptr : &*it;
}

const std::vector<CompiledFunction>& CompiledModule::functions() const {
  static const std::vector<CompiledFunction> none;
  return state_ ? state_->functions : none;
}

const std::vector<std::string>& CompiledModule::dims() const {
  static const std::vector<std::string> none;
  return state_ ? state_->dims : none;
}

std::vector<BufferInfo> buffers_of(const ir::Func& func) {
  std::vector<BufferInfo> buffers;
  for (const ir::Param& param : func.params)
    buffers.push_back({param.name, func.type(param.value), param.role, false});
  std::map<std::int64_t, ir::Type> slots;
  for (const ir::Op& op : func.body.ops)
    if (op.code == ir::Opcode::alloc && op.attr_string("place") == "arena")
      slots.emplace(op.attr_int("slot"), func.type(op.results.at(0)));
  for (auto& [number, type] : slots)
    buffers.push_back({"slot" + std::to_string(number), std::move(type), ir::Role::value, true});
  return buffers;
}

Jit::Jit(std::unique_ptr<State> state) : state_(std::move(state)) {}

Jit::~Jit() {
  try {
    const LlvmScope scope;
    if (state_->is_sound) llvm::consumeError(state_->session.endSession());
  } catch (...) {
    state_->is_sound = false;
  }
  if (!state_->is_sound) (void)state_.release();  // its end would be one of what is half made
}

bool Jit::is_sound() const { return state_->is_sound; }

Result<std::shared_ptr<Jit>> Jit::create(const JitOptions& options) {
  const LlvmScope scope;
  auto control = orc::SelfExecutorProcessControl::Create();
  if (!control)
    return defect("the just-in-time compiler does not start: " + llvm::toString(control.takeError()));
  auto state = std::make_unique<State>(std::move(*control), options);
  // The failed lookup reports it.
  state->session.setErrorReporter([](llvm::Error error) { llvm::consumeError(std::move(error)); });
  const std::string error = state->define_runtime();
  std::shared_ptr<Jit> jit(new Jit(std::move(state)));
  if (!error.empty()) return defect("the just-in-time compiler does not start: " + error);
  return jit;
}

// LLVM walks what it compiles by recursion.
Result<CompiledModule> Jit::compile(const ir::Module& module, CompileStats* stats_out,
                                    const std::atomic<bool>* stop) {
  return deeply([&] { return compile_here(module, stats_out, stop); });
}

Result<CompiledModule> Jit::compile_here(const ir::Module& module, CompileStats* stats_out,
                                         const std::atomic<bool>* stop) {
  const LlvmScope scope(room_for(module));
  CompileStats stats;
  Clock clock;
  const CacheKey key = cache_key(ir::print(module));
  auto object = state_->cache.find(key);
  stats.cache_hit = object != nullptr;
  clock.charge(stats.cache_ms);

  std::shared_ptr<CompiledModule::State> made;
  for (;;) {
    if (!object) {
      Kept<Compiled> compiled;
      compile_ir(module, stats, *compiled, stop);
      if (is_set(stop)) return defect("the work was told to end");
      if (!compiled->machine) return defect(compiled->error);
      clock = Clock();
      object = make_object(*compiled->module, *compiled->machine);
      if (!object) return defect("no code can be made for this processor");
      clock.charge(stats.codegen_ms);
      state_->cache.store(key, {object->getBufferStart(), object->getBufferSize()});
      clock.charge(stats.cache_ms);
    }
    stats.object_bytes = object->getBufferSize();
    made = std::make_shared<CompiledModule::State>();
    made->jit = shared_from_this();
    for (const ir::DimDecl& dim : module.dims)
      made->dims.push_back(dim.name);
    for (const ir::Func& func : module.funcs)
      made->functions.push_back({func.name, nullptr, buffers_of(func)});
    clock = Clock();
    std::string error;
    try {
      error = state_->link(std::move(object), *made);
    } catch (...) {
      state_->is_sound = false;
      throw;
    }
    clock.charge(stats.link_ms);
    if (error.empty()) break;
    if (!stats.cache_hit) return defect("compiled code does not link: " + error);
    stats.cache_hit = false;  // a whole file that does not link all the same
    state_->cache.remove(key);
    object = nullptr;
  }
  if (stats_out) *stats_out = stats;
  CompiledModule handle;
  handle.state_ = std::move(made);
  return handle;
}

namespace {

void start_up() {
  const LlvmScope scope;
  std::string error;
  Kept<std::unique_ptr<llvm::TargetMachine>> machine(make_machine(error));
  if (!*machine) return;
  Kept<llvm::LLVMContext> context;
  ir::Module empty;
  empty.level = ir::Level::loop;
  empty.funcs.emplace_back();
  empty.funcs.back().name = "warm_up";
  empty.funcs.back().body.ops.emplace_back().code = ir::Opcode::return_values;
  Kept<std::unique_ptr<llvm::Module>> module(emit(empty, *context, error));
  if (!*module) return;
  optimise(**module, **machine);
  [[maybe_unused]] const auto object = make_object(**module, **machine);
}

}  // namespace

std::jthread warm_up() {
  return std::jthread([] {
    // What is wrong shows again where it can be reported.
    try {
      start_up();
    } catch (...) {}
  });
}

namespace {

Result<std::string> llvm_text_here(const ir::Module& module) {
  const LlvmScope scope(room_for(module));
  CompileStats stats;
  Kept<Compiled> compiled;
  compile_ir(module, stats, *compiled);
  if (!compiled->machine) return defect(compiled->error);
  std::string text;
  llvm::raw_string_ostream out(text);
  compiled->module->print(out, nullptr);
  return text;
}

Result<std::string> asm_text_here(const ir::Module& module) {
  const LlvmScope scope(room_for(module));
  CompileStats stats;
  Kept<Compiled> compiled;
  compile_ir(module, stats, *compiled);
  if (!compiled->machine) return defect(compiled->error);
  return make_assembler(*compiled->module, *compiled->machine);
}

}  // namespace

Result<std::string> llvm_text(const ir::Module& module) {
  return deeply([&] { return llvm_text_here(module); });
}

Result<std::string> asm_text(const ir::Module& module) {
  return deeply([&] { return asm_text_here(module); });
}

}  // namespace elba::codegen
