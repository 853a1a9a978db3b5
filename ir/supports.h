// supports: the table of supports (supports.def): their names, shapes, numbers of coordinates and conditions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/dim.h"

namespace elba::ir {

enum class Support {
#define SUPPORT(name, ...) name,
#include "ir/supports.def"
#undef SUPPORT
};

// Laws of single numbers that a type cuts: those over the reals; also those over the numbers from 0.
enum class Laws { none_but_flat, reals, nonnegatives };

struct SupportInfo {
  Support support{};
  std::string_view name;
  int event_rank = 0;  // 0: each element by itself
  int sizes = 0;       // of the event's dims, those that the user writes
  int bounds = 0;
  std::string_view coordinates, pairs_of;  // polynomials in K and R
  Laws laws{};
  unsigned conditions = 0;
};

[[nodiscard]] std::span<const SupportInfo> all_supports();
[[nodiscard]] const SupportInfo& support_info(Support support);
[[nodiscard]] const SupportInfo* find_support(std::string_view name);  // null when there is none
[[nodiscard]] std::string_view support_name(Support support);
[[nodiscard]] int event_rank(Support support);

// The unconstrained coordinates of one value: polynomial + n (n - 1) / 2, n = pairs_of.
struct FreeCount {
  Dim polynomial;
  std::optional<Dim> pairs_of;
};
[[nodiscard]] FreeCount free_count(const SupportInfo& support, std::span<const Dim> event);

// What one value (row-major, of the event's shape) breaks, or nothing. Stan's tolerance: 1e-8 on sums,
// lengths and symmetry.
struct Violation {
  std::vector<std::int64_t> index;  // of the element that shows it, 0-based; its first dims where a row is
                                    // meant; empty: the whole value
  std::string found;                // "sums to 0.9, not to 1"
};
[[nodiscard]] std::optional<Violation> violation(const SupportInfo& support, std::span<const double> value,
                                                 std::span<const std::int64_t> event);

}  // namespace elba::ir
