// optimise: the machine that code is made for, the LLVM passes that run over it, and the object that comes
// out.
#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace llvm {
class MemoryBuffer;
class Module;
class TargetMachine;
}  // namespace llvm

namespace elba::codegen {

// The processor that this process runs on, as LLVM names it, with its features: what an object depends on.
// Needs no target set up.
struct Host {
  std::string triple, cpu, features;
};
[[nodiscard]] const Host& host();

// Sets LLVM's native target up, once; later calls cost nothing.
void initialise_target();

// A machine of one's own, since it is not safe to share between threads. Null with `error` set when the host
// is not supported.
[[nodiscard]] std::unique_ptr<llvm::TargetMachine> make_machine(std::string& error);

void optimise(llvm::Module& module, llvm::TargetMachine& machine, const std::atomic<bool>* stop = nullptr);

// Native code as an object file, or as assembler text.
[[nodiscard]] std::unique_ptr<llvm::MemoryBuffer> make_object(llvm::Module& module,
                                                              llvm::TargetMachine& machine);
[[nodiscard]] std::string make_assembler(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace elba::codegen
