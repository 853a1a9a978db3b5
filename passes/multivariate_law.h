// multivariate_law: the affine form of a multivariate normal site, theta = mu + L e with e ~ N(0, I), between centred and non-centred.
//
//     s = diag(L),   R = diag(s)^-1 L          the scale of each element, and what is left: unit lower triangular
//     M = diag(s^c) ((1 - c) I + c R)          c = 1: L, centred;   c = 0: I, non-centred
//     z = c mu + M e                           the new unknown, so that e = M^-1 (z - c mu)
//     log p(z) = -|e|^2 / 2 - c sum ln s - K ln(2 pi) / 2,   theta = mu + L e
//
// Any c between 0 and 1 gives theta the same law. s^c and R keep the units of every element apart. One c for the whole site, because all of its rows
// then share one factor: a triangular solve with as many right-hand sides.
//
// Source: the idea of variationally inferred parametrisation, Gorinova, Moore, Hoffman 2020; the matrix path is ours.
// Leaves out: a factor of its own for each row, sites of more than two dims, multivariate Student laws, precisions.
#pragma once

#include <optional>
#include <string>

#include "ir/builder.h"
#include "passes/sites.h"

namespace elba::passes {

struct MultivariateLaw {
  bool is_covariance = false;   // its second argument is L L', not L
};

// Of the distribution of a site; nothing where it is another law, or one that is left out; `why` then says which.
[[nodiscard]] std::optional<MultivariateLaw> multivariate_law(const ir::Func& model, const ir::Op& dist, const Site& site, std::string& why);

// Emits the law of z as a factor, and gives theta - mu. `weight` is c; invalid: 0.
struct Standardised {
  ir::ValueId mu;      // of theta's shape
  ir::ValueId offset;  // L e
};
[[nodiscard]] Standardised standardise(ir::Builder& b, const MultivariateLaw& law, const Site& site, ir::ValueId mu, ir::ValueId scale, ir::ValueId z, ir::ValueId weight);

}  // namespace elba::passes
