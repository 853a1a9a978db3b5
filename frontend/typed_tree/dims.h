// dims: what can be proved about integer polynomials over dims and loop variables.
//
// A loop variable is a symbol too, written name'number (no user name holds an apostrophe; numbers grow
// inwards), so that `t - k` in `t in K + 1:T, k in 1:K` is a polynomial whose extremes follow from the
// ranges: 1 and T - 1. Dims are sizes: at least 0.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/dim.h"

namespace elba::frontend {

using ir::Dim;

struct BinderRange {
  Dim first, last;
};
// What is known of sizes beyond their being at least 0: each polynomial is at least 0.
using SizeFacts = std::vector<Dim>;
struct BinderRanges : std::map<std::string, BinderRange> {
  SizeFacts facts;
};

[[nodiscard]] std::string binder_symbol(const std::string& name, int number);
[[nodiscard]] int binder_number(std::string_view symbol);
[[nodiscard]] bool is_binder(std::string_view symbol);
[[nodiscard]] bool has_binder(const Dim& dim);
[[nodiscard]] std::string user_text(const Dim& dim);                  // binders as the user wrote them
[[nodiscard]] std::string shape_text(const std::vector<Dim>& shape);  // "[N, D]"

// The least or largest value over the ranges of the binders in `dim`, as a polynomial over dims; nothing when
// it is not linear in them.
[[nodiscard]] std::optional<Dim> extreme(const Dim& dim, const BinderRanges& ranges, bool largest);

enum class Truth { yes, no, depends };
// Whether a binder-free polynomial is >= 0 for all sizes, for none, or for some.
[[nodiscard]] Truth at_least_zero(const Dim& dim);
[[nodiscard]] Truth at_least_zero(const Dim& dim, const SizeFacts& facts);  // size_facts.cpp
// `S - n >= 0` as it is stated of one of its dims, `S >= n`; the last in `order` that can be stood alone.
// Nothing when none can.
struct SizeRelation {
  std::string dim, text;  // "S", "S >= n"
};
[[nodiscard]] std::optional<SizeRelation> as_relation(const Dim& slack,
                                                      const std::vector<std::string>& order);
// Every symbol has a positive coefficient: large enough sizes make it >= 0.
[[nodiscard]] bool grows(const Dim& dim);
// `T - 1 >= 0` as `T >= 1`.
[[nodiscard]] std::string condition_text(const Dim& dim);

[[nodiscard]] std::optional<Dim> divide_exactly(const Dim& dim, const Dim& divisor);
// Small enough to go on computing with: few terms, no coefficient near overflow.
[[nodiscard]] bool is_tame(const Dim& dim);

}  // namespace elba::frontend
