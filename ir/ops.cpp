// ops: the rows of all files, in the order of ops.def, and look-up in them.
#include "ir/ops.h"

#include <unordered_map>

#include "ir/ops_table.h"

namespace elba::ir {

namespace {

const std::vector<OpInfo>& table() {
  static const std::vector<OpInfo> rows = [] {
    std::vector<OpInfo> all;
    for (const auto part : {unary_rows(), binary_rows(), special_rows(), density_rows(), array_rows(),
                            linalg_rows(), probability_rows(), loop_rows()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return rows;
}

// The parts join up: each is checked against ops.def where it stands.
static_assert(static_cast<int>(Opcode::add) == static_cast<int>(Opcode::round) + 1);
static_assert(static_cast<int>(Opcode::lbeta) == static_cast<int>(Opcode::stop_grad) + 1);
static_assert(static_cast<int>(Opcode::fma) == static_cast<int>(Opcode::bessel_y) + 1);
static_assert(static_cast<int>(Opcode::dim) == static_cast<int>(Opcode::log_ive_rest) + 1);
static_assert(static_cast<int>(Opcode::chol) == static_cast<int>(Opcode::scan) + 1);
static_assert(static_cast<int>(Opcode::dist) == static_cast<int>(Opcode::search_sorted) + 1);
static_assert(static_cast<int>(Opcode::alloc) == static_cast<int>(Opcode::rng_binomial) + 1);
static_assert(static_cast<int>(Opcode::neg) == 0 &&
              static_cast<std::size_t>(Opcode::return_values) + 1 == std::size(def::entries));

}  // namespace

const OpInfo& op_info(Opcode code) { return table()[static_cast<std::size_t>(code)]; }

std::span<const OpInfo> all_ops() { return table(); }

const OpInfo* find_op(std::string_view name) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, const OpInfo*> index;
    for (const OpInfo& row : table())
      index.emplace(row.name, &row);
    return index;
  }();
  const auto it = by_name.find(name);
  return it == by_name.end() ? nullptr : it->second;
}

}  // namespace elba::ir
