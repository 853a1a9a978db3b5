// linalg_steps: decompositions of large matrices, with checks whether to stop (interruption.h) each
// few hundredths of a second. False: they were, and what is written means nothing.
//
//     eigen   A = V diag(w) V'     Householder tridiagonalisation, implicit QR steps; ascending
//     qr      A = Q R              Householder reflections in blocks; m >= n
//     svd     A = U diag(s) V'     one-sided Jacobi rotations of the columns; m >= n, descending
//     solve   A^-1 B, A^-T B       P A = L U with partial pivoting, right-looking blocks
//     exp     e^A                  scaling and squaring of the Pade approximant of order 13
//
// Arguments are row-major, as in abi.def; vectors, q, r, u and v are column-major, since their columns are
// what is looked at. Sources: Golub and Van Loan, "Matrix computations", 4th ed., 8.3, 5.2, 8.6, 3.4; Higham,
// "The scaling and squaring method for the matrix exponential revisited", 2005. The steps are Eigen's own
// where it has them; small matrices go to Eigen whole (linalg_dense.cpp).
#pragma once

#include <cstdint>

namespace elba::runtime {

[[nodiscard]] bool eigen_in_steps(std::int64_t n, const double* a, double* values, double* vectors);
[[nodiscard]] bool qr_in_steps(std::int64_t m, std::int64_t n, const double* a, double* q, double* r);
[[nodiscard]] bool svd_in_steps(std::int64_t m, std::int64_t n, const double* a, double* u, double* s,
                                double* v);
[[nodiscard]] bool solve_in_steps(std::int64_t n, std::int64_t k, bool is_transposed, const double* a,
                                  const double* b, double* x);
[[nodiscard]] bool logabsdet_in_steps(std::int64_t n, const double* a, double* out);
[[nodiscard]] bool exp_in_steps(std::int64_t n, const double* a, double* out);

}  // namespace elba::runtime
