// multivariate_normal: distributions of a whole array that are made from independent noise e ~ N(0, I),
// between centred and non-centred.
//
// Multivariate normal, theta = mu + L e:
//     s_i = |row i of L|,   R = diag(s)^-1 L   the sd of each element, and the factor of their correlation
//     M = diag(s^c) ((1 - c) I + c R)          c = 1: L, centred;   c = 0: I, non-centred
//     z = c mu + M e,   log p(z) = -|e|^2 / 2 - sum ln M[k, k] - K ln(2 pi) / 2
//
// Random walk and stationary autoregression, theta_t = l_t + s_t e_t with l_t made from theta_{t-1}:
//     z_t = c l_t + s_t^c e_t,   log p(z) = -|e|^2 / 2 - c sum ln s_t - T ln(2 pi) / 2
//
// z is the new unknown, and e follows from it. Any c between 0 and 1 gives theta the same distribution; s^c
// and R keep the units of every element apart. One c for the whole site: all rows of a multivariate normal
// then share one triangular solve, with as many right-hand sides.
//
// Source: the idea of variationally inferred parametrisation, Gorinova, Moore, Hoffman 2020; the matrix path
// is ours. Leaves out: a factor of its own for each row, walks side by side, sites of more than two dims,
// multivariate Student distributions, precisions.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "ir/builder.h"
#include "passes/density/sites.h"

namespace elba::passes {

// The form of the distribution of a whole site; nothing where it has none, or one that is left out; `why`
// then says which.
[[nodiscard]] std::optional<ir::GaussianForm> joint_form(const ir::Module& module, const ir::Func& model,
                                                         const ir::Op& dist, const Site& site,
                                                         std::string& why);
// Each element given the one before it.
[[nodiscard]] bool is_walk(ir::GaussianForm form);

// Emits the density of z as a factor, and gives the op that makes theta, which is not appended yet. `weight`
// is c; invalid: 0.
[[nodiscard]] ir::Op standardise(ir::Builder& b, ir::GaussianForm form, const Site& site,
                                 std::span<const ir::ValueId> arguments, ir::ValueId z, ir::ValueId weight);

}  // namespace elba::passes
