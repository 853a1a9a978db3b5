// ops_array: the rows of index spaces and whole arrays. Their types: infer_types.cpp; their derivatives: passes/differentiate.
#include "ir/ops_table.h"

namespace elba::ir {

namespace {

constexpr OpInfo array_table[] = {
    {.code = Opcode::dim, .name = "dim", .group = Group::array, .arity = 0, .doc = "the value of a dim polynomial, as i64", .lower = "special", .cost = 1},
    {.code = Opcode::read, .name = "read", .group = Group::array, .doc = "tensor[i, j, ...]: a tensor without its first k dims; indices count from 0",
     .lower = "special", .cost = 2},
    {.code = Opcode::pack, .name = "pack", .group = Group::array, .doc = "tensors, flattened and concatenated row-major", .lower = "special", .cost = 2},
    {.code = Opcode::unpack, .name = "unpack", .group = Group::array, .arity = 1, .doc = "a flat tensor cut into tensors, the inverse of pack",
     .lower = "special", .cost = 2},
    {.code = Opcode::contract, .name = "contract", .group = Group::array, .doc = "einsum by `maps` over the semiring sum_mul, lse_add or max_add",
     .lower = "special", .cost = 20},
    {.code = Opcode::nest, .name = "nest", .group = Group::array, .doc = "parallel comprehension with combined results", .lower = "special", .cost = 20},
    {.code = Opcode::scan, .name = "scan", .group = Group::array, .doc = "sequential recurrence: inits -> final carries, then combined results",
     .lower = "special", .cost = 20},
};
static_assert(rows_in_order(array_table, Opcode::dim, Opcode::scan), "rows must be complete and follow ops.def");

constexpr OpInfo linalg_table[] = {
    {.code = Opcode::chol, .name = "chol", .group = Group::linalg, .arity = 1,
     .doc = "lower L with L L' = A + c m I, m the mean of the diagonal, c the first of 0, 1e-12, 1e-11, .., 1e-6 that does; reads the lower triangle; nan where none does",
     .lower = "special", .cost = 1000},
    {.code = Opcode::trisolve, .name = "trisolve", .group = Group::linalg, .arity = 2, .doc = "L^-1 B, or L^-T B with trans=1; L lower", .lower = "special", .cost = 500},
    {.code = Opcode::chol_jitter, .name = "chol_jitter", .group = Group::linalg, .arity = 2, .doc = "c of L = chol A, from the diagonal of A and L; its derivative is zero",
     .lower = "special", .cost = 100},
    {.code = Opcode::chol_adjoint, .name = "chol_adjoint", .group = Group::linalg, .arity = 2,
     .doc = "the adjoint of the lower triangle of L L', 0 above it, from L and the adjoint of L; reads lower triangles", .lower = "special", .cost = 1000},
    {.code = Opcode::solve, .name = "solve", .group = Group::linalg, .arity = 2, .doc = "A^-1 B, or A^-T B with trans=1", .lower = "special", .cost = 1000},
    {.code = Opcode::logabsdet, .name = "logabsdet", .group = Group::linalg, .arity = 1, .doc = "ln |det A|", .lower = "special", .cost = 1000},
    {.code = Opcode::eigh, .name = "eigh", .group = Group::linalg, .arity = 1,
     .doc = "eigenvalues of symmetric A in row 1, ascending; eigenvectors in the columns below; reads the lower triangle", .lower = "special", .cost = 5000},
    {.code = Opcode::eigh_gap, .name = "eigh_gap", .group = Group::linalg, .arity = 2,
     .doc = "1e-8 of the largest eigenvalue in y = eigh A: eigenvalues no further apart count as equal in derivatives, of which the second operand is the adjoint of y; its derivative is zero",
     .lower = "special", .cost = 100},
    {.code = Opcode::qr, .name = "qr", .group = Group::linalg, .arity = 1, .doc = "thin Q, below it R with positive diagonal, Q R = A; of data", .lower = "special", .cost = 5000},
    {.code = Opcode::svd, .name = "svd", .group = Group::linalg, .arity = 1, .doc = "thin U, below it the singular values s, below them V, U diag(s) V' = A; of data",
     .lower = "special", .cost = 10000},
    {.code = Opcode::matrix_exp, .name = "matrix_exp", .group = Group::linalg, .arity = 1, .doc = "e^A = sum_k A^k / k!", .lower = "special", .cost = 5000},
    {.code = Opcode::sort_order, .name = "sort_order", .group = Group::linalg, .arity = 1, .doc = "positions of the elements in ascending order, from 0; nan comes last",
     .lower = "special", .cost = 500},
    {.code = Opcode::search_sorted, .name = "search_sorted", .group = Group::linalg, .arity = 2,
     .doc = "how many elements of the ascending first operand are at most x, for each x of the second", .lower = "special", .cost = 200},
};
static_assert(rows_in_order(linalg_table, Opcode::chol, Opcode::search_sorted), "rows must be complete and follow ops.def");

constexpr OpInfo loop_table[] = {
    {.code = Opcode::alloc, .name = "alloc", .group = Group::loop, .doc = "a buffer", .lower = "special", .cost = 0},
    {.code = Opcode::view, .name = "view", .group = Group::loop, .doc = "a part of a buffer", .lower = "special", .cost = 0},
    {.code = Opcode::loop, .name = "loop", .group = Group::loop, .doc = "a counted loop over its region", .lower = "special", .cost = 20},
    {.code = Opcode::load, .name = "load", .group = Group::loop, .doc = "an element of a buffer", .lower = "special", .cost = 2},
    {.code = Opcode::store, .name = "store", .group = Group::loop, .doc = "an element of a buffer := value", .lower = "special", .cost = 2},
    {.code = Opcode::accumulate, .name = "accumulate", .group = Group::loop, .doc = "an element of a buffer += value", .lower = "special", .cost = 3},
    {.code = Opcode::fill, .name = "fill", .group = Group::loop, .doc = "all of a buffer := value", .lower = "special", .cost = 10},
    {.code = Opcode::copy, .name = "copy", .group = Group::loop, .doc = "a buffer := another", .lower = "special", .cost = 10},
    {.code = Opcode::kernel, .name = "kernel", .group = Group::loop, .doc = "a call of a kernel of the runtime on buffers", .lower = "special", .cost = 100},
    {.code = Opcode::yield, .name = "yield", .group = Group::control, .doc = "ends a region: next carries, then what the combiners take", .lower = "special", .cost = 0},
    {.code = Opcode::return_values, .name = "return_values", .group = Group::control, .doc = "ends a function body", .lower = "special", .cost = 0},
};
static_assert(rows_in_order(loop_table, Opcode::alloc, Opcode::return_values), "rows must be complete and follow ops.def");

}  // namespace

std::span<const OpInfo> array_rows() { return array_table; }
std::span<const OpInfo> linalg_rows() { return linalg_table; }
std::span<const OpInfo> loop_rows() { return loop_table; }

}  // namespace elba::ir
