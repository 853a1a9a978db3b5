// interpret_loop: memory, loops and runtime kernels of the loop level.
//
// A buffer's cell holds its shape; its elements stand in a memory that it shares with what views it, from
// `offset`. What is allocated starts as nan, so that reading before writing shows. Every allocation is memory
// of its own, whatever its slot: that slots do not interleave is shown by agreement with compiled code.
// Unlike there, an index out of range is a failure.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ir/dense.h"
#include "ir/interpreter.h"
#include "ir/ops.h"
#include "ir/random.h"

namespace elba::ir {

// Where the buffer op.operands[0] has the element (or the part) at `count` indices from op.operands[first]
// on.
std::size_t Interpreter::place(const Op& op, std::size_t first, std::size_t count) {
  const Cell& buffer = cell(op.operands[0]);
  std::int64_t flat = 0;
  for (std::size_t axis = 0; axis < buffer.tensor.shape.size(); ++axis) {
    const std::int64_t bound = buffer.tensor.shape[axis];
    flat *= bound;
    if (axis >= count) continue;
    const std::int64_t position = integer(op.operands[first + axis]);
    if (position < 0 || position >= bound)
      fail("memory at index " + std::to_string(position) + " of extent " + std::to_string(bound));
    flat += position;
  }
  return buffer.offset + static_cast<std::size_t>(flat);
}

void Interpreter::run_memory(const Op& op) {
  if (op.code == Opcode::alloc) {
    const Type& type = func_.type(op.results[0]);
    Cell& made = cell(op.results[0]);
    made.tensor = make(type.scalar, shape_of(type.shape), std::numeric_limits<double>::quiet_NaN());
    made.memory = std::make_shared<std::vector<double>>(std::move(made.tensor.values));
    made.offset = 0;
    return;
  }
  const auto memory = cell(op.operands[0]).memory;
  if (!memory) fail("a value of the loop level is not a buffer");
  const auto elements = static_cast<std::size_t>(count_of(tensor(op.operands[0]).shape));
  const std::size_t begin = cell(op.operands[0]).offset;
  switch (op.code) {
    case Opcode::view: {
      const Type& type = func_.type(op.results[0]);
      Cell made;
      made.tensor = {type.scalar, shape_of(type.shape), {}, 0};
      made.memory = memory;
      const std::int64_t offset = op.dims.empty() ? 0 : extent(op.dims[0]);
      made.offset = place(op, 1, op.operands.size() - 1) +
                    static_cast<std::size_t>(std::max<std::int64_t>(offset, 0));
      if (offset < 0 ||
          made.offset + static_cast<std::size_t>(count_of(made.tensor.shape)) > begin + elements)
        fail("a view beyond its buffer");
      cell(op.results[0]) = std::move(made);
      return;
    }
    case Opcode::load:
      return set_number(op.results[0], func_.type(op.results[0]).scalar,
                        (*memory)[place(op, 1, op.operands.size() - 1)]);
    case Opcode::store:
      (*memory)[place(op, 1, op.operands.size() - 2)] = number(op.operands.back());
      return;
    case Opcode::accumulate: {
      double& element = (*memory)[place(op, 1, op.operands.size() - 2)];
      const std::array<double, 2> pair = {element, number(op.operands.back())};
      const std::string combiner = op.attr_string("combiner");
      element = combiner == "prod"  ? pair[0] * pair[1]
                : combiner == "max" ? op_info(Opcode::max).eval(pair)
                : combiner == "min" ? op_info(Opcode::min).eval(pair)
                                    : pair[0] + pair[1];
      return;
    }
    case Opcode::fill:
      std::fill_n(memory->begin() + static_cast<std::ptrdiff_t>(begin), elements, number(op.operands[1]));
      return;
    case Opcode::copy: {
      const Cell& source = cell(op.operands[1]);
      if (!source.memory || static_cast<std::size_t>(count_of(source.tensor.shape)) != elements)
        fail("a copy between different sizes");
      const auto first = source.memory->begin() + static_cast<std::ptrdiff_t>(source.offset);
      const std::vector<double> values(first, first + static_cast<std::ptrdiff_t>(elements));
      std::copy(values.begin(), values.end(), memory->begin() + static_cast<std::ptrdiff_t>(begin));
      return;
    }
    default:
      fail("not an operation on memory");
  }
}

void Interpreter::run_loop(const Op& op) {
  std::vector<std::int64_t> extents;
  for (const Dim& dim : op.dims)
    extents.push_back(extent(dim));
  if (std::any_of(extents.begin(), extents.end(), [](std::int64_t count) { return count < 1; })) return;
  const bool reverse = op.attr_int("reverse") == 1;
  const Region& body = op.regions[0];
  std::vector<std::int64_t> index(extents.size(), 0);
  if (reverse)
    for (std::size_t axis = 0; axis < index.size(); ++axis)
      index[axis] = extents[axis] - 1;
  const bool lower = op.attr_int("lower") == 1;
  const std::int64_t from = is_bounded(op) ? integer(op.operands[0]) : 0,
                     to = is_bounded(op) ? integer(op.operands[1]) : 0;
  do {
    if (is_bounded(op) && (index[0] < from || index[0] >= to)) continue;
    if (lower && index[1] > index[0]) continue;
    for (std::size_t axis = 0; axis < index.size(); ++axis)
      set_number(body.params[axis], Scalar::i64, static_cast<double>(index[axis]));
    run_region(body);
  } while (advance(index, extents, reverse));
}

namespace {

double& at(std::vector<double>& memory, std::size_t offset, std::int64_t index) {
  return memory[offset + static_cast<std::size_t>(index)];
}

}  // namespace

void Interpreter::run_kernel(const Op& op) {
  const std::string symbol = op.attr_string("symbol");
  // Every kernel's last operand is what it writes; numbers come first.
  const auto whole = [&](std::size_t operand) { return integer(op.operands.at(operand)); };
  const auto get = [&](std::size_t operand, std::int64_t index) {
    return at(*cell(op.operands.at(operand)).memory, cell(op.operands[operand]).offset, index);
  };
  const auto set = [&](std::int64_t index, double value) {
    at(*cell(op.operands.back()).memory, cell(op.operands.back()).offset, index) = value;
  };
  const auto memory = [&](std::size_t operand) {
    return cell(op.operands.at(operand)).memory->data() + cell(op.operands[operand]).offset;
  };
  if (symbol == "elba_chol") {
    cholesky(static_cast<std::size_t>(whole(0)), memory(1), memory(2));
  } else if (symbol == "elba_chol_jitter") {
    *memory(3) = cholesky_jitter(static_cast<std::size_t>(whole(0)), memory(1), memory(2));
  } else if (symbol == "elba_chol_adjoint") {
    cholesky_adjoint(static_cast<std::size_t>(whole(0)), memory(1), memory(2), memory(3));
  } else if (symbol == "elba_trisolve") {
    std::copy_n(memory(4), whole(0) * whole(1), memory(5));
    triangular_solve(static_cast<std::size_t>(whole(0)), static_cast<std::size_t>(whole(1)), whole(2) == 1,
                     memory(3), memory(5));
  } else if (symbol == "elba_matmul") {
    const std::int64_t m = whole(0), n = whole(1), inner = whole(2);
    const bool trans_a = whole(3) == 1, trans_b = whole(4) == 1;
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::int64_t k = 0; k < inner; ++k)
          sum += get(5, trans_a ? k * m + i : i * inner + k) * get(6, trans_b ? j * inner + k : k * n + j);
        set(i * n + j, sum);
      }
    }
  } else if (symbol == "elba_rng_normal" || symbol == "elba_rng_uniform") {
    const std::uint64_t key = tensor(op.operands.at(0)).key;
    for (std::int64_t k = 0; k < whole(1); ++k)
      set(k, symbol == "elba_rng_normal" ? random::normal(key, static_cast<std::uint64_t>(k))
                                         : random::uniform(key, static_cast<std::uint64_t>(k)));
  } else if (const OpInfo* row = symbol.starts_with("elba_") ? find_op(symbol.substr(5)) : nullptr;
             row && dense::is_dense(row->code)) {
    // Sizes (and, for solve, a flag), the operands, the result.
    const bool is_solve = row->code == Opcode::solve;
    const dense::Sizes sizes{static_cast<std::size_t>(whole(0)), static_cast<std::size_t>(whole(1)),
                             is_solve && whole(2) == 1};
    const auto taken = [&](std::size_t operand, std::size_t count) {
      dense::Values values(count);
      for (std::size_t i = 0; i < count; ++i)
        values[i] = get(operand, static_cast<std::int64_t>(i));
      return values;
    };
    std::vector<dense::Values> operands;
    if (is_solve)
      operands = {taken(3, sizes.rows * sizes.rows), taken(4, sizes.rows * sizes.columns)};
    else if (row->code == Opcode::eigh_gap)
      operands = {taken(2, sizes.rows * sizes.columns), taken(3, sizes.rows * sizes.columns)};
    else if (row->arity == 2)
      operands = {taken(2, sizes.rows), taken(3, sizes.columns)};
    else
      operands = {taken(2, sizes.rows * sizes.columns)};
    const auto result = dense::evaluate(row->code, sizes, operands);
    for (std::size_t i = 0; i < result.size(); ++i)
      set(static_cast<std::int64_t>(i), result[i]);
  } else {
    fail("there is no kernel " + symbol);
  }
}

}  // namespace elba::ir
