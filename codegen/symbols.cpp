#include "codegen/symbols.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include <dlfcn.h>

#include "codegen/optimise.h"
#include "runtime/abi.h"

namespace elba::codegen {

namespace {

template <class T>
constexpr char letter() {
  if constexpr (std::is_void_v<T>) return 'v';
  else if constexpr (std::is_same_v<T, double>) return 'd';
  else if constexpr (std::is_same_v<T, std::int64_t>) return 'i';
  else if constexpr (std::is_same_v<T, std::uint64_t>) return 'k';
  else {
    static_assert(std::is_pointer_v<T>, "a type that the ABI does not have");
    return 'p';
  }
}

template <class R, class... A>
struct Signature {
  static constexpr std::array<char, sizeof...(A) + 1> letters = {letter<R>(), letter<A>()...};
};

template <class R, class... A>
RuntimeSymbol row(std::string_view name, std::string_view link_name, R (*function)(A...), bool writes) {
  constexpr auto& letters = Signature<R, A...>::letters;
  return {name, link_name, reinterpret_cast<void*>(function), {letters.data(), letters.size()}, writes};
}

using Unary = double (*)(double);
using Binary = double (*)(double, double);
using Ternary = double (*)(double, double, double);
template <int arity>
using Function = std::conditional_t<arity == 1, Unary, std::conditional_t<arity == 2, Binary, Ternary>>;

enum class Effect { value, writes };

// Kept open for good: compiled code points into it.
void* vector_library() {
#ifdef __x86_64__
  static void* const handle = ::dlopen("libmvec.so.1", RTLD_NOW | RTLD_LOCAL);
  return handle;
#else
  return nullptr;
#endif
}

bool host_has(std::string_view feature) {
  const std::string& features = host().features;
  const auto at = features.find(feature);
  return at != std::string::npos && (at + feature.size() == features.size() || features[at + feature.size()] == ',');
}

}  // namespace

std::vector<VectorSymbol> vector_symbols(const RuntimeSymbol& symbol) {
  constexpr std::string_view libm = "elba_libm_";
  std::vector<VectorSymbol> found;
  if (!symbol.link_name.starts_with(libm)) return found;
  const std::string arguments(symbol.signature.size() - 1, 'v');
  const auto add = [&](const char* feature, char instructions, int lanes) {
    if (!host_has(feature) || !vector_library()) return;
    const std::string name = std::string("_ZGV") + instructions + "N" + std::to_string(lanes) + arguments + "_" + std::string(symbol.name);
    if (void* address = ::dlsym(vector_library(), name.c_str())) found.push_back({"elba_v" + std::to_string(lanes) + "_" + std::string(symbol.name), lanes, address});
  };
  add("+avx2", 'd', 4);
  add("+avx512f", 'e', 8);
  return found;
}

std::span<const RuntimeSymbol> runtime_symbols() {
  static const RuntimeSymbol rows[] = {
#define LIBM(name, arity) row(#name, "elba_libm_" #name, static_cast<Function<arity>>(&::name), false),
#define ABI(result, name, arguments, effect, doc) row(#name, #name, &::name, Effect::effect == Effect::writes),
#include "runtime/abi.def"
#undef ABI
#undef LIBM
  };
  return rows;
}

const RuntimeSymbol* find_runtime_symbol(std::string_view name) {
  const auto rows = runtime_symbols();
  const auto it = std::find_if(rows.begin(), rows.end(), [&](const RuntimeSymbol& symbol) { return symbol.name == name; });
  return it == rows.end() ? nullptr : &*it;
}

}  // namespace elba::codegen
