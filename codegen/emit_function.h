// emit_function: the state of one function's emission. Internal to code generation; what it makes stands in
// emit.cpp.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/module.h"

namespace llvm {
class BasicBlock;
class Function;
class IRBuilderBase;
class Instruction;
class LLVMContext;
class MDNode;
class Metadata;
class Module;
class Type;
class Value;
}  // namespace llvm

namespace elba::codegen {

// Why a module is not emitted; caught in emit().
struct Refused {
  std::string what;
};

struct Buffer {
  llvm::Value* address = nullptr;
  ir::Type type;
  llvm::MDNode* scope = nullptr;  // null for stack memory, which nothing else can reach
  llvm::MDNode* others = nullptr;
  bool constant = false;  // not written during the call
};

class FunctionEmitter {
 public:
  // `body` and `entry` are two builders of the module's context; both are placed by run().
  FunctionEmitter(const ir::Module& source, const ir::Func& func, llvm::Module& module,
                  llvm::IRBuilderBase& body, llvm::IRBuilderBase& entry);
  void run();

 private:
  using Indices = std::span<const ir::ValueId>;

  // emit.cpp: values, loops, operations
  llvm::Value* scalar(ir::ValueId value);
  void counted_loop(llvm::Value* count, bool runs, bool reverse,
                    const std::function<void(llvm::Value*)>& body);
  void poll();
  void polled_loop(llvm::Value* count, std::int64_t every, bool reverse,
                   const std::function<void(llvm::Value*)>& body);
  void emit_loop(const ir::Op& op);
  void emit_axis(const ir::Op& op, std::size_t axis, bool unroll);
  void emit_region(const ir::Region& region);
  void emit_op(const ir::Op& op);
  void emit_call(const ir::Op& op, std::string_view name);

  // emit_memory.cpp: addresses, sizes, loads and stores
  llvm::Type* memory_type(ir::Scalar scalar);
  const Buffer& buffer(ir::ValueId value) const;
  llvm::Value* load_invariant(llvm::Type* type, llvm::Value* address);
  llvm::Value* buffer_address(std::size_t index);
  llvm::Value* symbol_value(const std::string& symbol);
  llvm::Value* dim_value(const ir::Dim& dim);
  llvm::Value* byte_count(const Buffer& memory, const ir::Dim& count);
  void make_buffers();
  void annotate(llvm::Instruction* access, const Buffer& memory);
  llvm::Value* element_address(const Buffer& memory, Indices indices, llvm::Value* offset = nullptr);
  llvm::Value* element_at(const Buffer& memory, std::int64_t index);
  llvm::Value* load_at(const Buffer& memory, llvm::Value* address);
  void store_at(const Buffer& memory, llvm::Value* address, llvm::Value* value);
  void emit_alloc(const ir::Op& op);
  void emit_view(const ir::Op& op);
  void emit_accumulate(const ir::Op& op);
  void emit_fill(const ir::Op& op);
  void emit_copy(const ir::Op& op);

  const ir::Module& source_;
  const ir::Func& func_;
  llvm::LLVMContext& context_;
  llvm::IRBuilderBase& b_;
  llvm::IRBuilderBase& entry_;  // what is needed everywhere: addresses, dims, stack memory
  llvm::Function* function_ = nullptr;
  // Where a function returns when the flag is set; null while there is no check.
  llvm::BasicBlock* stopped_ = nullptr;
  Buffer flag_;
  std::vector<llvm::Value*> scalars_;
  std::unordered_map<ir::ValueId, Buffer> buffers_;
  std::map<std::int64_t, Buffer> slots_;
  std::map<std::string, llvm::Value*> dim_values_;
};

}  // namespace elba::codegen
