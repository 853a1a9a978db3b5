// dense: what the dense operations of a single result mean, on row-major arrays of doubles, in plain loops.
// The runtime has its own code for them (runtime/kernels/linalg_dense.cpp), so that one checks the other.
//
//     solve A, B {trans}    A^-1 B, or A^-T B; elimination with row pivots. B is n by k
//     logabsdet A           ln |det A|
//     eigh A                row 1: eigenvalues in ascending order; below, in its columns, the eigenvectors.
//                           Reads the lower triangle
//     eigh_gap y, y_adj     1e-8 of the largest absolute eigenvalue of y = eigh A. The runtime notes where
//                           eigenvalues are that close and y_adj involves their vectors
//     qr A                  Q (m by n), below it R (n by n, positive diagonal); m >= n
//     svd A                 U (m by n), below it the singular values in descending order, below them V (n by n); m >= n
//     matrix_exp A          e^A
//     sort_order x          positions, from 0, of the elements in ascending order; equal ones stay in order,
//                           nan comes last
//     search_sorted k, x    how many elements of the ascending k are at most x, for each element of x
//
// An eigenvector, and a column of V together with that of U, has the sign that makes its first component of
// size above 1e-10 positive. Sources: Golub and Van Loan, Matrix Computations, 2013, sections 3.4
// (elimination), 5.1 (Householder), 8.5 and 8.6 (Jacobi); Moler and Van Loan, Nineteen dubious ways to
// compute the exponential of a matrix, 2003 (scaling and squaring).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ir/module.h"

namespace elba::ir::dense {

using Values = std::vector<double>;

struct Sizes {
  std::size_t rows = 0, columns = 0;
  bool transposed = false;  // solve
};

// Whether the op is one of those above.
[[nodiscard]] bool is_dense(Opcode code);
// `sizes`: of the first operand for one operand; n and k for solve; the lengths of k and x for search_sorted.
[[nodiscard]] Values evaluate(Opcode code, const Sizes& sizes, std::span<const Values> operands);

}  // namespace elba::ir::dense
