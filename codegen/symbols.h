// symbols: what compiled code may call, from the rows of runtime/abi.def, with addresses and signatures.
#pragma once

#include <span>
#include <string_view>

namespace elba::codegen {

struct RuntimeSymbol {
  std::string_view name;       // as abi.def and the lowering tags have it: "exp", "elba_lgamma"
  std::string_view link_name;  // as compiled code has it: "elba_libm_exp", so that nothing takes it for the C library's
  void* address;
  std::string_view signature;  // result, then arguments: v nothing, d double, i int64, k key, p pointer
  bool writes;                 // through its pointer arguments; otherwise it touches no memory
};

[[nodiscard]] std::span<const RuntimeSymbol> runtime_symbols();
[[nodiscard]] const RuntimeSymbol* find_runtime_symbol(std::string_view name);

}  // namespace elba::codegen
