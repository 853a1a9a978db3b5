// natural_gradient: natural-gradient variational inference with the Gaussian families: phi -> phi.
//
// The gradient of the ELBO by the expectation parameters (m, m m' + Sigma) moves the natural ones (P m, P), P
// = Sigma^-1. With g = E[grad f] and H = E[hessian f] of the log joint density f under q, a step of length
// rho is
//
//     P := P + rho (-H - P),   m := m + rho P^-1 g          (the new P)
//
// For a Gaussian posterior and rho = 1 it ends at the answer, wherever it began: P = -H, m = m - H^-1 g. With
// the mean-field family P and H are their diagonals. H comes from the gradient of the ELBO by L, whose lower
// triangle is that of H L + diag(1 / L_ii) (Price's and Bonnet's theorems), so that whatever the ELBO has
// exactly counts. Gradients are sums over a design that is exact for quadratics (quadrature.h), a fresh one
// at each step. Where -H has a negative direction, rho^2 / 2 (H + P) Sigma (H + P) is added there, which
// keeps P positive definite.
//
// Steps go at full length, halved until the ELBO over the step's own design rises, as long as they lead
// somewhere; then with rho = 2 / (k + 2), which averages the natural parameters over the designs. Coordinates
// that are not Gaussian (centering weights, point params) take steps of Adam beside.
//
// Sources: Khan and Rue, "The Bayesian learning rule", 2023, section 4; Lin, Schmidt, Khan, "Handling the
// positive-definite constraint in the Bayesian learning rule", 2020 (the correction); Magris, Shabani,
// Iosifidis, "Quasi black-box variational inference with natural gradients" (QBVI), 2022, which takes H from
// values of f, not from gradients. Left out: families that are not Gaussian.
#pragma once

#include <vector>

#include "runtime/inference/variational/fixed_draws.h"
#include "runtime/inference/variational/gaussian_parameters.h"

namespace elba::runtime {

// One step of length rho in (0, 1], from the gradient of the ELBO at phi. Coordinates that are not Gaussian
// stay.
[[nodiscard]] std::vector<double> natural_step(NormalForm form, std::size_t noise_size,
                                               const std::vector<double>& phi,
                                               const std::vector<double>& gradient, double rho);

struct NaturalOptions {
  std::uint64_t key = 0;
  double tolerance = 0.02;  // of the means, in posterior sd
  int max_iterations = 2000;
  Budget budget;
};

struct NaturalResult {
  std::vector<double> phi;
  double value = 0;  // the ELBO over the last design
  double error = 0;  // of the means, in posterior sd
  int iterations = 0;
  std::int64_t evaluations = 0;  // of the ELBO
  Stop stop = Stop::diverged;
};

[[nodiscard]] NaturalResult maximise_natural(const FrozenProblem& problem, std::vector<double> start,
                                             const NaturalOptions& options);

}  // namespace elba::runtime
