// lowerings: one emitter per lowering tag of the op table (OpInfo::lower), and calls of runtime symbols.
//
// Floating point policy, stated once: `contract` on add, sub, mul and neg, so that a product and a sum may
// become one fma; no other fast-math flag on what the op table requests. The terms of a `sum` accumulate with
// `reassoc` as well (emit.cpp).
#pragma once

#include <span>
#include <string_view>

namespace llvm {
class IRBuilderBase;
class Value;
}  // namespace llvm

namespace elba::codegen {

struct RuntimeSymbol;

// The value of a scalar op with this tag on these operands; null when no emitter has the tag.
[[nodiscard]] llvm::Value* lower_scalar(llvm::IRBuilderBase& builder, std::string_view tag,
                                        std::span<llvm::Value* const> operands);
// Null for a function without a result.
llvm::Value* call_runtime(llvm::IRBuilderBase& builder, const RuntimeSymbol& symbol,
                          std::span<llvm::Value* const> operands);

}  // namespace elba::codegen
