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

// Every kernel's last operand is what it writes; numbers come first.
double* Interpreter::memory_of(const Op& op, std::size_t operand) {
  const Cell& buffer = cell(op.operands.at(operand));
  return buffer.memory->data() + buffer.offset;
}

// c[m, n] = a[m, k] b[k, n], either transposed.
void Interpreter::run_matmul_kernel(const Op& op) {
  const auto whole = [&](std::size_t operand) { return integer(op.operands.at(operand)); };
  const std::int64_t m = whole(0), n = whole(1), inner = whole(2);
  const bool trans_a = whole(3) == 1, trans_b = whole(4) == 1;
  const double *a = memory_of(op, 5), *b = memory_of(op, 6);
  double* c = memory_of(op, op.operands.size() - 1);
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < inner; ++k)
        sum += a[trans_a ? k * m + i : i * inner + k] * b[trans_b ? j * inner + k : k * n + j];
      c[i * n + j] = sum;
    }
  }
}

// Sizes (and, for solve, a flag), the operands, the result.
void Interpreter::run_dense_kernel(const Op& op, const OpInfo& row) {
  const auto whole = [&](std::size_t operand) { return integer(op.operands.at(operand)); };
  const bool is_solve = row.code == Opcode::solve;
  const dense::Sizes sizes{static_cast<std::size_t>(whole(0)), static_cast<std::size_t>(whole(1)),
                           is_solve && whole(2) == 1};
  const auto taken = [&](std::size_t operand, std::size_t count) {
    const double* first = memory_of(op, operand);
    return dense::Values(first, first + count);
  };
  std::vector<dense::Values> operands;
  if (is_solve)
    operands = {taken(3, sizes.rows * sizes.rows), taken(4, sizes.rows * sizes.columns)};
  else if (row.code == Opcode::eigh_gap)
    operands = {taken(2, sizes.rows * sizes.columns), taken(3, sizes.rows * sizes.columns)};
  else if (row.arity == 2)
    operands = {taken(2, sizes.rows), taken(3, sizes.columns)};
  else
    operands = {taken(2, sizes.rows * sizes.columns)};
  const auto result = dense::evaluate(row.code, sizes, operands);
  std::copy(result.begin(), result.end(), memory_of(op, op.operands.size() - 1));
}

void Interpreter::run_kernel(const Op& op) {
  const std::string symbol = op.attr_string("symbol");
  const auto whole = [&](std::size_t operand) { return integer(op.operands.at(operand)); };
  const auto size = [&](std::size_t operand) { return static_cast<std::size_t>(whole(operand)); };
  const auto memory = [&](std::size_t operand) { return memory_of(op, operand); };
  if (symbol == "elba_chol") return cholesky(size(0), memory(1), memory(2));
  if (symbol == "elba_chol_jitter") {
    *memory(3) = cholesky_jitter(size(0), memory(1), memory(2));
    return;
  }
  if (symbol == "elba_chol_adjoint") return cholesky_adjoint(size(0), memory(1), memory(2), memory(3));
  if (symbol == "elba_trisolve") {
    std::copy_n(memory(4), whole(0) * whole(1), memory(5));
    return triangular_solve(size(0), size(1), whole(2) == 1, memory(3), memory(5));
  }
  if (symbol == "elba_matmul") return run_matmul_kernel(op);
  if (symbol == "elba_rng_normal" || symbol == "elba_rng_uniform") {
    const std::uint64_t key = tensor(op.operands.at(0)).key;
    double* out = memory(op.operands.size() - 1);
    for (std::uint64_t k = 0; k < size(1); ++k)
      out[k] = symbol == "elba_rng_normal" ? random::normal(key, k) : random::uniform(key, k);
    return;
  }
  const OpInfo* row = symbol.starts_with("elba_") ? find_op(symbol.substr(5)) : nullptr;
  if (row == nullptr || !dense::is_dense(row->code)) fail("there is no kernel " + symbol);
  run_dense_kernel(op, *row);
}

}  // namespace elba::ir
