// dense_rules: derivatives of the dense operations (ir/dense.h), written with operations of the IR.
//
//     X = A^-1 B         B_adj = A^-T X_adj, A_adj = -B_adj X';           X_tan = A^-1 (B_tan - A_tan X)
//     y = ln |det A|     A_adj = y_adj A^-T;                              y_tan = sum (A^-T .* A_tan)
//     A = V diag(l) V'   A_adj = V (diag(l_adj) + F .* (V' V_adj)) V';    l_tan = diag(M),
//                                                                         V_tan = V (F .* M), M = V' A_tan V,
//                        F_ij = 1 / (l_j - l_i); where they are closer than 1e-8 of the largest, 0 in
//                        tangents, and in adjoints the limit that functions of the matrix have
//     Y = e^A            A_adj is the upper right block of exp [[A', Y_adj], [0, A']];
//                        Y_tan that of exp [[A, A_tan], [0, A]]
//
// Sources: Giles, An extended collection of matrix derivative results, 2008, sections 2.2.4, 2.3.1 and 3.1;
// Al-Mohy and Higham, Computing the Frechet derivative of the matrix exponential, 2009, equation 1.5. Not
// here: qr and svd, whose arguments are data; order and search, which are constant between jumps.
#pragma once

#include <span>
#include <vector>

#include "ir/builder.h"

namespace elba::passes {

// The adjoints of the operands, as many as `wanted` requests; the others are invalid.
[[nodiscard]] std::vector<ir::ValueId> dense_adjoints(ir::Builder& b, const ir::Op& op,
                                                      std::span<const ir::ValueId> x, ir::ValueId y,
                                                      ir::ValueId y_adj, const std::vector<bool>& wanted);
// Tangents of operands that are invalid stand for zero.
[[nodiscard]] ir::ValueId dense_tangent(ir::Builder& b, const ir::Op& op, std::span<const ir::ValueId> x,
                                        ir::ValueId y, std::span<const ir::ValueId> x_tan);

}  // namespace elba::passes
