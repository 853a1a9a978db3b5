// special: the interpreter's own special functions, in extended precision and by plain series, so that they
// are right to the last place of a double and independent of the runtime's.
//
//   lgamma(x)        log |gamma(x)|
//   digamma(x)       recurrence up to x >= 20, then the asymptotic series; reflection below 0
//   polygamma(n, x)  (-1)^(n+1) n! zeta(n + 1, x), Hurwitz zeta by Euler-Maclaurin; x > 0
//   phi(x)           standard normal cdf
//   phi_inv(p)       its inverse, by Newton steps on erf (centre) or log erfc (tails)
//   log1mexp(x)      log(1 - exp(x)), x < 0
//   softplus(x)      log(1 + exp(x))
//   sigmoid(x)       1 / (1 + exp(-x))
//   lbeta(a, b)      ln B(a, b)
//   log_phi(x), log_phi_partial(n, x)               ln phi and its n-th derivative
//   log_gamma_p, log_gamma_q (a, x)                 ln of the regularised incomplete gamma functions;
//                                                   log_gamma_partial: their derivatives
//   log_beta_p, log_beta_q (a, b, x)                the same of the beta function
//   gamma_p_inv(a, p), beta_p_inv(a, b, p)          their inverses
//   owens_t(h, a), log_ive(nu, x), log_kve(nu, x), bessel_j(n, x), bessel_y(n, x)
//
// Source: Abramowitz and Stegun 6.3, 6.4, 23.2, 26.2; Maechler, "Accurately computing log(1 - exp(-|a|))".
#pragma once

namespace elba::ir::special {

[[nodiscard]] double lgamma(double x);
[[nodiscard]] double digamma(double x);
[[nodiscard]] double polygamma(double n, double x);
[[nodiscard]] double phi(double x);
[[nodiscard]] double phi_inv(double p);
[[nodiscard]] double log1mexp(double x);
[[nodiscard]] double softplus(double x);
[[nodiscard]] double sigmoid(double x);

// special_normal.cpp
[[nodiscard]] double lbeta(double a, double b);
[[nodiscard]] double log_phi(double x);
[[nodiscard]] double log_phi_partial(double n, double x);
[[nodiscard]] double owens_t(double h, double a);
[[nodiscard]] double log_ive(double nu, double x);
[[nodiscard]] double log_kve(double nu, double x);
[[nodiscard]] double bessel_j(double n, double x);
[[nodiscard]] double bessel_y(double n, double x);

// special_incomplete.cpp. order = i + 8 j + 64 upper (gamma: i in a, j in x), i + 8 j + 64 k + 512 upper
// (beta: i in a, j in b, k in x)
[[nodiscard]] double log_gamma_p(double a, double x);
[[nodiscard]] double log_gamma_q(double a, double x);
[[nodiscard]] double log_gamma_partial(double order, double a, double x);
[[nodiscard]] double gamma_p_inv(double a, double p);
[[nodiscard]] double log_beta_p(double a, double b, double x);
[[nodiscard]] double log_beta_q(double a, double b, double x);
[[nodiscard]] double log_beta_partial(double order, double a, double b, double x);
[[nodiscard]] double beta_p_inv(double a, double b, double p);

// special_density.cpp. What they are stands in the rows of ops_density.cpp.
[[nodiscard]] double log1p_square(double x);
[[nodiscard]] double log_quotient(double a, double r, double e);
[[nodiscard]] double rate_gap(double a, double r, double e);
[[nodiscard]] double exp_gap(double a, double t);
[[nodiscard]] double logit_gap(double x, double n, double t);
[[nodiscard]] double log_ive_rest(double nu, double x);
[[nodiscard]] double log_minus(double x, double y);
[[nodiscard]] double lgamma_rest_partial(double n, double a);
[[nodiscard]] double log_mills_partial(double n, double x);
[[nodiscard]] double log_phi_between_partial(double order, double x, double w);
[[nodiscard]] double log_phi_exp(double z, double k);
[[nodiscard]] double log_skew_phi(double z, double a);

}  // namespace elba::ir::special
