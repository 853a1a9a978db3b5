// importance: importance sampling with draws that the host makes: what they propose is wide, and their
// weights are the answer.
//
//     u_k ~ p(u),   w_k = p(y | u_k),   evidence p(y) = mean of w,   effective size (sum w)^2 / sum w^2
//
// Weights are Pareto-smoothed and judged by k-hat (psis.h). Exact in the limit, and useful where the data say
// little: a likelihood that is far narrower than the prior leaves no draw with weight, and is not trusted.
// Source: Vehtari, Simpson, Gelman, Yao, Gabry, "Pareto smoothed importance sampling", 2024.
#pragma once

#include "runtime/inference/variational/fit.h"

namespace elba::runtime {

// Of the problem `draw` (log_p - log_q is the log weight), constrain and quantity_names count.
[[nodiscard]] FitResult fit_importance(const FitProblem& problem, const FitOptions& options);

}  // namespace elba::runtime
