// variance_shape: is the spread of a quantity known, or does it hang on a few rare draws?
//
//     terms t_k = w_k (x_k - mean)^2        variance = sum of t / sum of w
//
// The largest terms are fitted with a generalised Pareto law. Its shape k is that of the variance's own
// estimate: from 1 on the posterior has no variance, and between the limit for so many draws and 1 it has one
// that so few draws do not show (runtime/inference/diagnostics/psis.h has the limit). Quantiles are not
// touched by this. Twice the shape of the quantity's own tail is what comes out when weights are equal.
//
// Where no term is more than forty times the mean of them nothing hangs on any, and nothing is fitted.
//
// Source: Vehtari, Simpson, Gelman, Yao, Gabry, "Pareto smoothed importance sampling", 2024, sections 2.4
// and 3.2 (shapes of ratios times a function). Leaves out: the mean, which stands when the spread does;
// correlation between the draws of a chain.
#pragma once

#include <span>

namespace elba::runtime {

// Empty weights: equal ones. 0 when nothing hangs on a single draw.
[[nodiscard]] double spread_khat(std::span<const double> values, std::span<const double> weights,
                                 double mean);

}  // namespace elba::runtime
