// symbols: what compiled code may call, from the rows of runtime/kernels/abi.def, with addresses and
// signatures.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace elba::codegen {

struct RuntimeSymbol {
  std::string_view name;  // as abi.def and the lowering tags have it: "exp", "elba_lgamma"
  // As compiled code has it: "elba_math_exp", so that nothing takes it for the C library's.
  std::string_view link_name;
  void* address;
  std::string_view signature;  // result, then arguments: v nothing, d double, i int64, k key, p pointer
  bool writes;                 // through its pointer arguments; otherwise it touches no memory
};

// A version of a function of reals that works on `lanes` of them at once.
struct VectorSymbol {
  std::string link_name;  // "elba_v4_exp"
  int lanes;
  void* address;
};

[[nodiscard]] std::span<const RuntimeSymbol> runtime_symbols();
[[nodiscard]] const RuntimeSymbol* find_runtime_symbol(std::string_view name);
// Those for this processor: 4 lanes with AVX2, 8 with AVX-512.
[[nodiscard]] std::vector<VectorSymbol> vector_symbols(const RuntimeSymbol& symbol);

}  // namespace elba::codegen
