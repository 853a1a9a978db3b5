// ops_table: what the files that hold rows of the op table share. Internal to ir/.
//
// The derivative of an elementwise op is diagonal, so one function per operand, v -> v * dy/dx_k, is its
// pullback and its tangent alike: `smooth(row, partial_0, partial_1, ...)` makes both from it.
#pragma once

#include <span>
#include <vector>

#include "ir/builder.h"
#include "ir/ops.h"

namespace elba::ir {

namespace def {
struct Entry {
  Opcode code;
  std::string_view name;
  Group group;
};
inline constexpr Entry entries[] = {
#define OP(name, group) {Opcode::name, #name, Group::group},
#include "ir/ops.def"
#undef OP
};
}  // namespace def

// Rows are complete and in the order of ops.def from `first` to `last`.
template <std::size_t n>
constexpr bool rows_in_order(const OpInfo (&rows)[n], Opcode first, Opcode last) {
  if (n != static_cast<std::size_t>(last) - static_cast<std::size_t>(first) + 1) return false;
  for (std::size_t i = 0; i < n; ++i) {
    const def::Entry& entry = def::entries[static_cast<std::size_t>(first) + i];
    if (rows[i].code != entry.code || rows[i].name != entry.name || rows[i].group != entry.group ||
        rows[i].doc.empty())
      return false;
    if (entry.group == Group::scalar &&
        (!rows[i].eval || rows[i].lower.empty() || rows[i].signature == Signature::none))
      return false;
    if (entry.group == Group::scalar && rows[i].domain.size() != static_cast<std::size_t>(rows[i].arity))
      return false;
  }
  return true;
}

std::span<const OpInfo> unary_rows();        // neg .. round
std::span<const OpInfo> binary_rows();       // add .. stop_grad
std::span<const OpInfo> special_rows();      // lbeta .. bessel_y
std::span<const OpInfo> density_rows();      // fma .. log_ive_rest
std::span<const OpInfo> array_rows();        // dim .. scan
std::span<const OpInfo> linalg_rows();       // chol .. chol_adjoint
std::span<const OpInfo> probability_rows();  // dist .. rng_binomial
std::span<const OpInfo> loop_rows();         // alloc .. return_values

using Reals = std::span<const double>;
using Ints = std::span<const std::int64_t>;

// Where a partial derivative is taken: operands and result of the op.
struct At {
  Builder& b;
  std::span<const ValueId> x;
  ValueId y;
};

template <class... Partial>
std::vector<ValueId> pullback_of(const PullbackInput& in) {
  const At at{in.b, in.x, in.y};
  return {Partial{}(at, in.y_adj)...};
}

template <class Partial>
void add_tangent(const At& at, ValueId x_tan, ValueId& total) {
  if (!x_tan.valid()) return;
  const ValueId term = Partial{}(at, x_tan);
  if (term.valid()) total = total.valid() ? at.b.add(total, term) : term;
}

template <class... Partial>
ValueId tangent_of(const TangentInput& in) {
  const At at{in.b, in.x, in.y};
  ValueId total;
  std::size_t i = 0;
  (add_tangent<Partial>(at, in.x_tan[i++], total), ...);
  return total;
}

template <class... Partial>
constexpr OpInfo smooth(OpInfo row, Partial...) {
  row.pullback = pullback_of<Partial...>;
  row.tangent = tangent_of<Partial...>;
  return row;
}

// The partial of an operand on which the result does not depend smoothly.
inline constexpr auto no_partial = [](const At&, ValueId) { return ValueId{}; };

// Integers wrap around, as machine integers do.
constexpr std::int64_t wrap(std::uint64_t value) { return static_cast<std::int64_t>(value); }
constexpr std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }

}  // namespace elba::ir
