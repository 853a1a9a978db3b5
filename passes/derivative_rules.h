// derivative_rules: what reverse and forward accumulation share for ops whose derivative needs regions: products, extrema, dense linear
// algebra. Formulas: compiler.md 3.3 (checked against finite differences there); Murray, "Differentiation of the Cholesky
// decomposition", 2016, section 4; Futhark's prefix and
// suffix products.
#pragma once

#include <functional>
#include <vector>

#include "ir/builder.h"

namespace elba::passes {

// A tensor of zeros (a scalar constant when the type is a scalar).
[[nodiscard]] ir::ValueId zeros(ir::Builder& b, const ir::Type& type);

// Row-major position of the iterators in their index space.
[[nodiscard]] ir::ValueId flat_index(ir::Builder& b, const std::vector<ir::ValueId>& iterators, const std::vector<ir::Dim>& extents);

// The iterators that stand at a row-major position: the inverse of flat_index.
[[nodiscard]] std::vector<ir::ValueId> unflatten(ir::Builder& b, ir::ValueId flat, const std::vector<ir::Dim>& extents);

// d prod / d v_i = product of those before i times product of those after: exact with zeros, and so is its own derivative. `element`
// gives v at iterators, from within the scans that this opens. prefix and suffix are vectors over the flat domain.
struct OtherFactors {
  ir::ValueId prefix, suffix;
};
[[nodiscard]] OtherFactors other_factors(ir::Builder& b, const std::vector<ir::Dim>& extents,
                                         const std::function<ir::ValueId(const std::vector<ir::ValueId>& iterators)>& element);

// L = chol(A), which reads the lower triangle of A: adjoint of that triangle (zero above it).
[[nodiscard]] ir::ValueId chol_adjoint(ir::Builder& b, ir::ValueId L, ir::ValueId L_adj);
// L_tan = L Phi(L^-1 A_tan L^-T) with A_tan symmetric, read through its lower triangle.
[[nodiscard]] ir::ValueId chol_tangent(ir::Builder& b, ir::ValueId L, ir::ValueId A_tan);

// X = L^-1 B (or L^-T B): B_adj = L^-T X_adj (L^-1 X_adj).
[[nodiscard]] ir::ValueId trisolve(ir::Builder& b, ir::ValueId L, ir::ValueId B, bool transposed);
// L_adj = -tril(B_adj X^T), transposed: -tril(X B_adj^T).
[[nodiscard]] ir::ValueId trisolve_factor_adjoint(ir::Builder& b, ir::ValueId B_adj, ir::ValueId X, bool transposed, const ir::Type& type);
// X_tan = L^-1 (B_tan - L_tan X); either tangent may be invalid (zero).
[[nodiscard]] ir::ValueId trisolve_tangent(ir::Builder& b, ir::ValueId L, ir::ValueId X, ir::ValueId L_tan, ir::ValueId B_tan, bool transposed);

}  // namespace elba::passes
