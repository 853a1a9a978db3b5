#include "codegen/symbols.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "codegen/optimise.h"
#include "runtime/kernels/abi.h"
#include "support/elementary.h"

namespace elba::codegen {

namespace {

template <class T>
constexpr char letter() {
  if constexpr (std::is_void_v<T>)
    return 'v';
  else if constexpr (std::is_same_v<T, double>)
    return 'd';
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return 'i';
  else if constexpr (std::is_same_v<T, std::uint64_t>)
    return 'k';
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

bool host_has(std::string_view feature) {
  const std::string& features = host().features;
  const auto at = features.find(feature);
  return at != std::string::npos &&
         (at + feature.size() == features.size() || features[at + feature.size()] == ',');
}

}  // namespace

std::vector<VectorSymbol> vector_symbols(const RuntimeSymbol& symbol) {
  std::vector<VectorSymbol> found;
  if (!symbol.link_name.starts_with("elba_math_")) return found;
  for (const math::LaneVersions& versions : math::lane_versions()) {
    if (versions.name != symbol.name) continue;
    const std::string name(symbol.name);
    if (host_has("+avx2") && host_has("+fma")) found.push_back({"elba_v4_" + name, 4, versions.four});
    if (host_has("+avx512f") && host_has("+avx512dq"))
      found.push_back({"elba_v8_" + name, 8, versions.eight});
  }
  return found;
}

std::span<const RuntimeSymbol> runtime_symbols() {
  static const RuntimeSymbol rows[] = {
#define MATH(name, arity) row(#name, "elba_math_" #name, static_cast<Function<arity>>(&math::name), false),
#define ABI(result, name, arguments, effect, doc) \
  row(#name, #name, &::name, Effect::effect == Effect::writes),
#include "runtime/kernels/abi.def"
#undef ABI
#undef MATH
  };
  return rows;
}

const RuntimeSymbol* find_runtime_symbol(std::string_view name) {
  const auto rows = runtime_symbols();
  const auto it = std::find_if(rows.begin(), rows.end(),
                               [&](const RuntimeSymbol& symbol) { return symbol.name == name; });
  return it == rows.end() ? nullptr : &*it;
}

}  // namespace elba::codegen
