// rules: what reverse and forward accumulation share for ops whose derivative needs regions:
// products, extrema, dense linear algebra. Formulas: compiler.md 3.3 (checked against finite differences
// there); Murray, "Differentiation of the Cholesky decomposition", 2016, section 4; Futhark's prefix and
// suffix products.
#pragma once

#include <functional>
#include <vector>

#include "ir/builder.h"

namespace elba::passes {

// A tensor of zeros (a scalar constant when the type is a scalar).
[[nodiscard]] ir::ValueId zeros(ir::Builder& b, const ir::Type& type);

// Row-major position of the iterators in their index space.
[[nodiscard]] ir::ValueId flat_index(ir::Builder& b, const std::vector<ir::ValueId>& iterators,
                                     const std::vector<ir::Dim>& extents);

// The iterators that stand at a row-major position: the inverse of flat_index.
[[nodiscard]] std::vector<ir::ValueId> unflatten(ir::Builder& b, ir::ValueId flat,
                                                 const std::vector<ir::Dim>& extents);

// d prod / d v_i = product of those before i times product of those after: exact with zeros, and so is its
// own derivative. `element` gives v at iterators, from within the scans that this opens. prefix and suffix
// are vectors over the flat domain.
struct OtherFactors {
  ir::ValueId prefix, suffix;
};
[[nodiscard]] OtherFactors other_factors(
    ir::Builder& b, const std::vector<ir::Dim>& extents,
    const std::function<ir::ValueId(const std::vector<ir::ValueId>& iterators)>& element);

// L L' = A + c m I, m the mean of the diagonal of A, of which the lower triangle is read: its adjoint (zero
// above it). `jitter` is c.
//     A~ = S + c trace(S) / n I,   S the adjoint of the lower triangle of L L' (chol_adjoint)
[[nodiscard]] ir::ValueId chol_adjoint(ir::Builder& b, ir::ValueId L, ir::ValueId L_adj, ir::ValueId jitter);
// L_tan = L Phi(L^-1 (A_tan + c m_tan I) L^-T) with A_tan symmetric, read through its lower triangle.
[[nodiscard]] ir::ValueId chol_tangent(ir::Builder& b, ir::ValueId L, ir::ValueId A_tan, ir::ValueId jitter);
// The tangent of S = chol_adjoint(L, L~). With T = S + S' = L^-T (P + P') L^-1, P = Phi(L' L~):
//     T_tan = L^-T (M + M') L^-1,   M = Phi(L_tan' L~ + L' L~_tan) - L_tan' T L;   either tangent may be invalid (zero)
[[nodiscard]] ir::ValueId chol_adjoint_tangent(ir::Builder& b, ir::ValueId L, ir::ValueId L_adj,
                                               ir::ValueId A_adj, ir::ValueId L_tan, ir::ValueId L_adj_tan);

// C = A B, a contract of two matrices: A~ = C~ B', B~ = A' C~, of operand k; C_tan = A_tan B + A B_tan,
// tangents may be invalid (zero).
[[nodiscard]] ir::ValueId product_adjoint(ir::Builder& b, const ir::Op& op,
                                          std::span<const ir::ValueId> operands, ir::ValueId out_adj,
                                          std::size_t k);
[[nodiscard]] ir::ValueId product_tangent(ir::Builder& b, const ir::Op& op,
                                          std::span<const ir::ValueId> operands,
                                          std::span<const ir::ValueId> tangents);

// X = L^-1 B (or L^-T B): B_adj = L^-T X_adj (L^-1 X_adj).
[[nodiscard]] ir::ValueId trisolve(ir::Builder& b, ir::ValueId L, ir::ValueId B, bool transposed);
// L_adj = -tril(B_adj X^T), transposed: -tril(X B_adj^T).
[[nodiscard]] ir::ValueId trisolve_factor_adjoint(ir::Builder& b, ir::ValueId B_adj, ir::ValueId X,
                                                  bool transposed, const ir::Type& type);
// X_tan = L^-1 (B_tan - L_tan X); either tangent may be invalid (zero).
[[nodiscard]] ir::ValueId trisolve_tangent(ir::Builder& b, ir::ValueId L, ir::ValueId X, ir::ValueId L_tan,
                                           ir::ValueId B_tan, bool transposed);

}  // namespace elba::passes
