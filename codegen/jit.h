// jit: loop-level modules to functions that can be called. Safe to use from several threads.
//
//     auto jit = Jit::create({.cache_dir = "..."});
//     auto compiled = (*jit)->compile(loop_module);
//     const CompiledFunction* f = compiled->find("log_joint.grad");
//     f->entry(buffers, dims, &stop);  // buffers in the order of f->buffers, dims in that of compiled->dims()
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <string_view>
#include <vector>

#include "ir/module.h"
#include "support/result.h"

namespace elba::codegen {

struct JitOptions {
  std::string cache_dir;  // where compiled objects are kept; empty: nowhere
  bool use_cache = true;
  std::uint64_t cache_limit_bytes = std::uint64_t{256} << 20;
};

// Where the time of one compilation went, in milliseconds. With a cache hit only `cache` and `link` are not
// zero.
struct CompileStats {
  double cache_ms = 0;  // key, look-up, store
  double irgen_ms = 0;
  double optimise_ms = 0;
  double codegen_ms = 0;
  double link_ms = 0;
  bool cache_hit = false;
  std::size_t object_bytes = 0;
};

// `stop` may be set by another thread at any time: the function then returns soon, its results half made.
using Entry = void (*)(void* const* buffers, const std::int64_t* dims, const std::atomic<bool>* stop);
static_assert(sizeof(std::atomic<bool>) == 1 && std::atomic<bool>::is_always_lock_free,
              "compiled code loads a byte");

// What a caller provides at one place of `buffers`: a parameter, an output, or workspace of which only the
// size matters.
struct BufferInfo {
  std::string name;
  ir::Type type;  // kind buffer, or key
  ir::Role role = ir::Role::value;
  bool arena = false;
};

struct CompiledFunction {
  std::string name;
  Entry entry = nullptr;
  std::vector<BufferInfo> buffers;
};

// The buffers of a loop-level function, in the order in which its entry takes them.
[[nodiscard]] std::vector<BufferInfo> buffers_of(const ir::Func& func);

// A shared handle: the code lives as long as a copy does.
class CompiledModule {
 public:
  [[nodiscard]] const CompiledFunction* find(std::string_view func) const;
  [[nodiscard]] const std::vector<CompiledFunction>& functions() const;
  [[nodiscard]] const std::vector<std::string>& dims() const;

 private:
  friend class Jit;
  struct State;
  std::shared_ptr<const State> state_;
};

class Jit : public std::enable_shared_from_this<Jit> {
 public:
  static Result<std::shared_ptr<Jit>> create(const JitOptions& options = {});
  ~Jit();
  Jit(const Jit&) = delete;
  Jit& operator=(const Jit&) = delete;

  // Takes a module at loop level; every function of it becomes an entry. Once `stop` is set it ends soon,
  // with an error that says nothing: between two passes over one function before code is selected, and not in
  // the middle of that.
  [[nodiscard]] Result<CompiledModule> compile(const ir::Module& module, CompileStats* stats = nullptr,
                                               const std::atomic<bool>* stop = nullptr);
  // False once memory was short in the middle of linking: what is compiled stays good, and another Jit is
  // needed for more.
  [[nodiscard]] bool is_sound() const;

 private:
  struct State;
  Result<CompiledModule> compile_here(const ir::Module& module, CompileStats* stats,
                                      const std::atomic<bool>* stop);
  explicit Jit(std::unique_ptr<State> state);
  friend struct CompiledModule::State;
  std::unique_ptr<State> state_;
};

// Starts LLVM up on a thread of its own, while the caller parses. The thread must have ended before the
// process begins to exit, since what LLVM keeps in statics goes away then: it is the caller's, who joins it
// by destroying it.
[[nodiscard]] std::jthread warm_up();

// What `elba emit` shows: the LLVM IR after optimisation, and the assembler text.
[[nodiscard]] Result<std::string> llvm_text(const ir::Module& module);
[[nodiscard]] Result<std::string> asm_text(const ir::Module& module);

}  // namespace elba::codegen
