// path_gradient: the sticking-the-landing gradient of the ELBO, for the Gaussian families.
//
// The path derivative of ln p(u) - ln q(u), u = m + L e, with the parameters of ln q held constant, instead
// of the derivative of ln p(u) + H(q) with the entropy exact. Both have the same mean, since the score of q
// has mean zero; this one has no variance where q is the posterior. In terms of the noise it is the other one
// plus
//
//     by m: L^-T e        by L: lower((L^-T e) e') - 1 / diag L        (mean field: e / s, (e^2 - 1) / s)
//
// Far from the posterior, and where a part of E[ln p] is taken exactly, so that its noise is not there to be
// cancelled, it is the noisier of the two: what uses it measures both
// (runtime/inference/optimise/averaged_sgd.h). Not for guides whose noise is not Gaussian.
//
// Source: Roeder, Wu, Duvenaud, "Sticking the landing: simple, lower-variance gradient estimators for
// variational inference", 2017.
#pragma once

#include "runtime/inference/variational/fit.h"

namespace elba::runtime {

// gradient += the above, for the draw made of `noise`.
void add_landing(NormalForm form, std::size_t noise_size, const double* phi, const double* noise,
                 double* gradient);

}  // namespace elba::runtime
