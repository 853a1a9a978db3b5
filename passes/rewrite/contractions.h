// contractions: an einsum as loops, or kept as one op where it is a product of matrices, which a kernel does
// faster than any loop nest.
//
//     contract "ij,jk->ik"   of two matrices         stays: bufferise makes a call of elba_matmul of it
//     everything else, and products whose three      nest (%i, ..) { nest (%j ..) -> (sum) { mul } }
//       extents are known and small
//     data times what changes, X[N, D] @ W[D, K]     a nest too, so that rows of X are read once
//                                                    (lower_streamed)
//
// Blocking and registers make the difference: a product of 250 x 250 matrices takes 0.6 ms in the kernel and
// 15 ms in the nest. What the nest can and the kernel cannot, joining the loops around it, is worth more
// where the rows of one side are data: the product is then never stored, and its adjoint needs no second pass
// over the data.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "ir/builder.h"

namespace elba::passes {

// Reads an element of an operand; `expand` looks through partial reads here.
using ElementReader = std::function<ir::ValueId(ir::ValueId tensor, std::span<const ir::ValueId> indices)>;

[[nodiscard]] ir::ValueId contraction(
    ir::Builder& b, std::span<const ir::ValueId> operands, const std::string& maps,
    const std::string& semiring, const ElementReader& element,
    const std::function<ir::ValueId(ir::Combiner, ir::ValueId)>& close_reduced);
// Products of a matrix of data that is not square with one that changes, as nests. After `expand`, where it
// is seen what changes.
void lower_streamed_products(const ir::Module& module, ir::Func& func);

// Of a plain product of sums, elements read as they are.
[[nodiscard]] ir::ValueId contraction(ir::Builder& b, std::span<const ir::ValueId> operands,
                                      const std::string& maps);

}  // namespace elba::passes
