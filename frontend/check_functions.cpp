// check_functions: look-up in the table, and what other languages call the same things.
#include "frontend/check_functions.h"

#include <unordered_map>

namespace elba::frontend {

namespace {

constexpr Foreign functions_elsewhere[] = {
    // Stan
    {"dot_product", "write `dot(a, b)`"},
    {"dot_self", "write `dot(a, a)`"},
    {"rep_vector", "write `rep(value, n)`"},
    {"rep_array", "write `rep(value, n)`"},
    {"rep_matrix", "write `rep(value, n, m)`"},
    {"rows", "write the dim itself, or `size(x, 1)`"},
    {"cols", "write the dim itself, or `size(x, 2)`"},
    {"num_elements", "write `size(x)`"},
    {"fabs", "write `abs(x)`"},
    {"inv", "write `1 / x`"},
    {"inv_sqrt", "write `1 / sqrt(x)`"},
    {"inv_square", "write `1 / x^2`"},
    {"cholesky_decompose", "write `chol(A)`"},
    {"mdivide_left_tri_low", "write `solve_lower(L, b)`"},
    {"mdivide_right_tri_low", "write `solve_lower_t(L, b)` with the vector transposed"},
    {"diag_matrix", "write `diag(v)`"},
    {"identity_matrix", "write `eye(n)`"},
    {"diag_pre_multiply", "write `diag(v) @ A`"},
    {"diag_post_multiply", "write `A @ diag(v)`"},
    {"multiply_lower_tri_self_transpose", "write `L @ L'`"},
    {"crossprod", "write `X' @ X`"},
    {"tcrossprod", "write `X @ X'`"},
    {"elt_multiply", "write `a .* b`"},
    {"elt_divide", "write `a ./ b`"},
    {"append_row", "write `concat(a, b)`"},
    {"append_array", "write `concat(a, b)`"},
    {"cumulative_sum", "write `cumsum(x)`"},
    {"zeros_vector", "write `zeros(n)`"},
    {"ones_vector", "write `ones(n)`"},
    {"to_vector", "arrays, vectors and matrices are one kind of value here: leave it out"},
    {"to_array_1d", "arrays, vectors and matrices are one kind of value here: leave it out"},
    {"multiply_log", "write `x * log(y)`"},
    {"lmultiply", "write `x * log(y)`"},
    {"binomial_coefficient_log", "write `lchoose(n, k)`"},
    {"log_mix", "write `log_sum_exp(log(p) + a, log1m(p) + b)`"},
    {"square_distance", "write `sum(square(a - b))`"},
    {"squared_distance", "write `sum(square(a - b))`"},
    {"distance", "write `sqrt(sum(square(a - b)))`"},
    {"int_step", "write `x > 0 ? 1 : 0`"},
    {"negative_infinity", "write `-inf()`"},
    {"positive_infinity", "write `inf()`"},
    {"machine_precision", "write `2.220446e-16`"},
    {"head", "write a slice: `x[1:n]`"},
    {"tail", "write a slice: `x[N-n+1:N]`"},
    {"segment", "write a slice: `x[i:j]`"},
    {"row", "write `X[i]`"},
    {"col", "write `X[:, j]`"},
    {"print", "models do no output"},
    {"reject", "a model cannot reject; give the unknown its bounds"},
    {"quad_form", "write `x @ A @ x`"},
    {"log_determinant", "write `2 * sum(log(diagonal(chol(A))))`"},
    {"inverse", "solve with the Cholesky factor: `solve_lower_t(L, solve_lower(L, b))`"},
    {"inverse_spd", "solve with the Cholesky factor: `solve_lower_t(L, solve_lower(L, b))`"},
    // R and BUGS
    {"ifelse", "write `condition ? a : b`"},
    {"length", "write `size(x)`"},
    {"nrow", "write `size(x, 1)`"},
    {"ncol", "write `size(x, 2)`"},
    {"c", "write `[a, b]`, or `concat(a, b)` for vectors"},
    {"t", "write `X'`"},
    {"plogis", "write `inv_logit(x)`"},
    {"qlogis", "write `logit(p)`"},
    {"pnorm", "write `Phi(x)`"},
    {"qnorm", "write `inv_Phi(p)`"},
    {"choose", "write `exp(lchoose(n, k))`"},
    {"lfactorial", "write `lgamma(n + 1)`"},
    {"loggam", "write `lgamma(x)`"},
    {"var", "write `variance(x)`"},
    {"ilogit", "write `inv_logit(x)`"},
    {"probit", "write `inv_Phi(p)`"},
    {"phi", "write `Phi(x)`"},
    {"inprod", "write `dot(a, b)`"},
    {"ceiling", "write `ceil(x)`"},
    {"lbinom", "write `lchoose(n, k)`"},
    // NumPy, SciPy, PyTorch, JAX
    {"logsumexp", "write `log_sum_exp(x)`"},
    {"where", "write `condition ? a : b`"},
    {"expit", "write `inv_logit(x)`"},
    {"gammaln", "write `lgamma(x)`"},
    {"betaln", "write `lbeta(a, b)`"},
    {"psi", "write `digamma(x)`"},
    {"power", "write `x ^ y`"},
    {"maximum", "write `max(a, b)`"},
    {"minimum", "write `min(a, b)`"},
    {"arange", "write `[i for i in 1:N]`"},
    {"len", "write `size(x)`"},
    {"shape", "write `size(x, axis)`"},
    {"matmul", "write `A @ B`"},
    {"transpose", "write `X'`"},
    {"cholesky", "write `chol(A)`"},
    {"solve_triangular", "write `solve_lower(L, b)`"},
    {"std", "write `sd(x)` (divides by n - 1)"},
    {"arctan", "write `atan(x)`"},
    {"arcsin", "write `asin(x)`"},
    {"arccos", "write `acos(x)`"},
    {"concatenate", "write `concat(a, b)`"},
    {"stack", "write `[a, b]`"},
    {"einsum", "write a comprehension: `[sum(A[i, k] * B[k, j] for k in 1:K) for i in 1:N, j in 1:M]`"},
    {"float", "write `to_real(x)`; integers become real by themselves"},
    {"norm", "write `sqrt(dot(x, x))`"},
    {"clip", "write `min(max(x, low), high)`"},
    {"ndtr", "write `Phi(x)`"},
    {"ndtri", "write `inv_Phi(p)`"},
};

constexpr Foreign distributions_elsewhere[] = {
    {"gaussian", "write `normal(mu, sigma)`"},
    {"norm", "write `normal(mu, sigma)`"},
    {"dnorm", "write `normal(mu, sigma)`; the second argument is a standard deviation, not a precision"},
    {"std_normal", "write `normal(0, 1)`"},
    {"multi_normal", "write `mvn(mu, S)`"},
    {"multivariate_normal", "write `mvn(mu, S)`"},
    {"mv_normal", "write `mvn(mu, S)`"},
    {"multi_normal_cholesky", "write `mvn_chol(mu, L)`"},
    {"double_exponential", "write `laplace(mu, b)`"},
    {"lkj_corr_cholesky", "write `lkj_chol(eta)`"},
    {"lkj_cholesky", "write `lkj_chol(eta)`"},
    {"lkj_corr", "write `lkj_chol(eta)` for the Cholesky factor"},
    {"bernoulli_logits", "write `bernoulli_logit(eta)`"},
    {"categorical_logits", "write `categorical_logit(eta)`"},
    {"binomial_logits", "write `binomial_logit(n, eta)`"},
    {"expon", "write `exponential(rate)`"},
    {"dunif", "write `uniform(a, b)`"},
    {"dgamma", "write `gamma(shape, rate)`"},
    {"dbeta", "write `beta(a, b)`"},
    {"dbin", "write `binomial(n, p)`"},
    {"dbern", "write `bernoulli(p)`"},
    {"dpois", "write `poisson(rate)`"},
    {"dexp", "write `exponential(rate)`"},
    {"dcat", "write `categorical(p)`"},
    {"half_student_t", "declare the unknown `real<lower=0>` and write `student_t(nu, 0, s)`"},
    {"inverse_gamma", "write `inv_gamma(shape, scale)`"},
    {"invgamma", "write `inv_gamma(shape, scale)`"},
    {"t", "write `student_t(nu, mu, sigma)`"},
    {"log_normal", "write `lognormal(mu, sigma)`"},
    {"improper_uniform", "write `flat()`"},
};

std::unordered_map<std::string_view, const Function*> build_index() {
  std::unordered_map<std::string_view, const Function*> index;
  for (const auto rows : {scalar_functions(), reduction_functions(), array_functions(), group_functions()})
    for (const Function& row : rows) index.emplace(row.name, &row);
  return index;
}

}  // namespace

const Function* find_function(std::string_view name) {
  static const auto index = build_index();
  const auto at = index.find(name);
  return at == index.end() ? nullptr : at->second;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const auto rows : {scalar_functions(), reduction_functions(), array_functions(), group_functions()})
    for (const Function& row : rows) names.emplace_back(row.name);
  return names;
}

std::string_view foreign_function(std::string_view name) {
  for (const Foreign& row : functions_elsewhere)
    if (row.name == name) return row.advice;
  return {};
}

std::string_view foreign_distribution(std::string_view name) {
  for (const Foreign& row : distributions_elsewhere)
    if (row.name == name) return row.advice;
  return {};
}

std::span<const Foreign> foreign_functions() { return functions_elsewhere; }
std::span<const Foreign> foreign_distributions() { return distributions_elsewhere; }

}  // namespace elba::frontend
