// emit: a loop-level module to an LLVM module, one operation to a few instructions.
#pragma once

#include <memory>
#include <string>

#include "ir/module.h"

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace elba::codegen {

// The link name of a function's entry, `void f(void* const* buffers, const int64_t* dims, const bool* stop)`.
[[nodiscard]] std::string entry_name(const std::string& func);

// Null, with `error` set, when the module is not one that `bufferise` makes.
[[nodiscard]] std::unique_ptr<llvm::Module> emit(const ir::Module& module, llvm::LLVMContext& context,
                                                 std::string& error);

}  // namespace elba::codegen
