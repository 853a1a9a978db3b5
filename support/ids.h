// ids: typed 32-bit indices, so that a value of one function cannot be taken for a region or a dim.
#pragma once

#include <cstdint>
#include <functional>

namespace elba {

template <class Tag>
struct Id {
  std::uint32_t index = ~0u;

  [[nodiscard]] bool valid() const { return index != ~0u; }
  friend bool operator==(Id, Id) = default;
  friend auto operator<=>(Id, Id) = default;
};

}  // namespace elba

template <class Tag>
struct std::hash<elba::Id<Tag>> {
  std::size_t operator()(elba::Id<Tag> id) const noexcept { return id.index; }
};
