#include "runtime/inference/method.h"

namespace elba::runtime {

namespace {

using enum MethodKind;
constexpr unsigned nothing = 0;

constexpr Method rows[] = {
#define METHOD(id, name, kind, needs, gives, draws, is, good_for) \
  {MethodId::id, name, kind, needs, gives, draws, is, good_for},
#include "runtime/inference/methods.def"
#undef METHOD
};

}  // namespace

std::span<const Method> methods() { return rows; }

const Method& method(MethodId id) { return rows[static_cast<std::size_t>(id)]; }

const Method* find_method(std::string_view name) {
  for (const Method& row : rows)
    if (!row.name.empty() && row.name == name) return &row;
  return nullptr;
}

}  // namespace elba::runtime
