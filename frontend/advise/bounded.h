// bounded: which unknowns and predictions lie between two finite ends, whatever the draws: those have a mean
// and a variance.
//
//     latent p ~ beta(2, 3)           yes          predict q = inv_logit(8 * x - 20)    yes
//     latent c: corr_matrix[3]        yes          predict d = 100 * q - w              when w is data
//     latent s ~ half_cauchy(1)       no           predict k ~ binomial(n, q)           when n is data
//
// What the ranges of operations show (ranges.h), and beyond it: data are fixed numbers, and sums,
// products and choices of what is bounded are bounded. An operation counts as one that keeps bounds when it
// is finite on a grid of finite arguments. Leaves out: recurrences.
#pragma once

#include "frontend/signature.h"
#include "frontend/typed_tree/tree.h"

namespace elba::frontend {

// Fills `is_bounded` in the signature of a model that was checked without errors.
void note_bounded(const CheckedModel& model, const Source& source, Signature& signature);

}  // namespace elba::frontend
