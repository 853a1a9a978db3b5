// special: the interpreter's own special functions, in extended precision and by plain series, so that they are right to the last
// place of a double and independent of the runtime's.
//
//   lgamma(x)        log |gamma(x)|
//   digamma(x)       recurrence up to x >= 20, then the asymptotic series; reflection below 0
//   polygamma(n, x)  (-1)^(n+1) n! zeta(n + 1, x), Hurwitz zeta by Euler-Maclaurin; x > 0
//   phi(x)           standard normal cdf
//   phi_inv(p)       its inverse, by Newton steps on erf (centre) or log erfc (tails)
//   log1mexp(x)      log(1 - exp(x)), x < 0
//   softplus(x)      log(1 + exp(x))
//   sigmoid(x)       1 / (1 + exp(-x))
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

}  // namespace elba::ir::special
