// functions: look-up in the table, and what other languages call the same things.
#include "frontend/typed_tree/functions.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

namespace elba::frontend {

namespace {

constexpr const char* no_solver =
    "there is no solver of differential equations; take the steps in a recurrence, `z[t] = z[t-1] + h * "
    "f(z[t-1])` in `for t in 2:T`";
constexpr const char* no_root =
    "there is no solver of equations; write the solution in closed form, or make the root a latent";

constexpr Foreign functions_elsewhere[] = {
    // Stan
    {"dot_product", "write `dot({a}, {b})`"},
    {"rep_vector", "write `rep({value}, {n})`"},
    {"rep_array", "write `rep({value}, {n})`"},
    {"rep_matrix", "write `rep({value}, {n}, {m})`"},
    {"rows", "write the dim itself, or `size(x, 1)`"},
    {"cols", "write the dim itself, or `size(x, 2)`"},
    {"num_elements", "write `size({x})`"},
    {"fabs", "write `abs({x})`"},
    {"inv", "write `1 / {x}`"},
    {"inv_sqrt", "write `1 / sqrt({x})`"},
    {"inv_square", "write `1 / {x}^2`"},
    {"cholesky_decompose", "write `chol({A})`"},
    {"mdivide_left_tri_low", "write `solve_lower({L}, {b})`"},
    {"mdivide_right_tri_low", "write `solve_lower_t(L, b)` with the vector transposed"},
    {"diag_matrix", "write `diag({v})`"},
    {"identity_matrix", "write `eye({n})`"},
    {"elt_multiply", "write `{a} .* {b}`"},
    {"elt_divide", "write `{a} ./ {b}`"},
    {"append_row", "write `concat(a, b)` for vectors, `row_bind(A, B)` for matrices"},
    {"append_array", "write `concat({a}, {b})`"},
    {"cumulative_sum", "write `cumsum({x})`"},
    {"zeros_vector", "write `zeros({n})`"},
    {"ones_vector", "write `ones({n})`"},
    {"to_array_1d", "arrays, vectors and matrices are one kind of value here: leave it out"},
    {"multiply_log", "write `xlogy(x, y)`"},
    {"binomial_coefficient_log", "write `lchoose({n}, {k})`"},
    {"square_distance", "write `squared_distance(a, b)`"},
    {"int_step", "write `{x} > 0 ? 1 : 0`"},
    {"negative_infinity", "write `-inf()`"},
    {"positive_infinity", "write `inf()`"},
    {"machine_precision", "write `2.220446e-16`"},
    {"row", "write `{X}[{i}]`"},
    {"col", "write `{X}[:, {j}]`"},
    {"print", "models do no output"},
    {"reject", "a model cannot reject; give the unknown its bounds"},
    {"ode_rk45", no_solver},
    {"ode_ckrk", no_solver},
    {"ode_bdf", no_solver},
    {"ode_adams", no_solver},
    {"integrate_ode_rk45", no_solver},
    {"integrate_ode_bdf", no_solver},
    {"algebra_solver", no_root},
    {"solve_newton", no_root},
    {"solve_powell", no_root},
    {"integrate_1d", "there is no quadrature; write the sum over nodes of your own, `dot(w, f)`"},
    {"hmm_marginal",
     "write the forward recurrence over the states: `lp[t] = [log_sum_exp(lp[t-1] + log(A[:, k])) + log_p[t, "
     "k] for k in 1:K]` in `for t in 2:T`, then `factor log_sum_exp(lp[T])`"},
    {"reduce_sum",
     "leave it out, and write one statement over the whole array: it is one loop of machine code"},
    {"map_rect",
     "leave it out, and write one statement over the whole array: it is one loop of machine code"},
    // R and BUGS
    {"ifelse", "write `{condition} ? {a} : {b}`"},
    {"length", "write `size({x})`"},
    {"nrow", "write `size({x}, 1)`"},
    {"ncol", "write `size({x}, 2)`"},
    {"c", "write `[{*}]`, or `concat(a, b)` for vectors"},
    {"t", "write `{X}'`"},
    {"plogis", "write `inv_logit({x})`"},
    {"qlogis", "write `logit({p})`"},
    {"pnorm", "write `Phi({x})`"},
    {"qnorm", "write `inv_Phi({p})`"},
    {"loggam", "write `lgamma({x})`"},
    {"var", "write `variance({x})`"},
    {"ilogit", "write `inv_logit({x})`"},
    {"probit", "write `inv_Phi({p})`"},
    {"phi", "write `Phi({x})`"},
    {"inprod", "write `dot({a}, {b})`"},
    {"ceiling", "write `ceil({x})`"},
    {"lbinom", "write `lchoose({n}, {k})`"},
    // NumPy, SciPy, PyTorch, JAX
    {"logsumexp", "write `log_sum_exp({x})`"},
    {"where", "write `{condition} ? {a} : {b}`"},
    {"expit", "write `inv_logit({x})`"},
    {"gammaln", "write `lgamma({x})`"},
    {"betaln", "write `lbeta({a}, {b})`"},
    {"psi", "write `digamma({x})`"},
    {"power", "write `{x} ^ {y}`"},
    {"maximum", "write `max({a}, {b})`"},
    {"minimum", "write `min({a}, {b})`"},
    {"arange", "write `[i for i in 1:N]`"},
    {"len", "write `size({x})`"},
    {"shape", "write `size(x, axis)`"},
    {"matmul", "write `{A} @ {B}`"},
    {"transpose", "write `{X}'`"},
    {"cholesky", "write `chol({A})`"},
    {"solve_triangular", "write `solve_lower({L}, {b})`"},
    {"std", "write `sd({x})` (divides by n - 1)"},
    {"arctan", "write `atan({x})`"},
    {"arcsin", "write `asin({x})`"},
    {"arccos", "write `acos({x})`"},
    {"concatenate", "write `concat({a}, {b})`"},
    {"stack", "write `[a, b]`"},
    {"einsum", "write a comprehension: `[sum(A[i, k] * B[k, j] for k in 1:K) for i in 1:N, j in 1:M]`"},
    {"float", "write `to_real({x})`; integers become real by themselves"},
    {"norm", "write `sqrt(dot({x}, {x}))`"},
    {"clip", "write `min(max(x, low), high)`"},
    {"ndtr", "write `Phi({x})`"},
    {"ndtri", "write `inv_Phi({p})`"},
    // now that the library has them
    {"append_col", "write `col_bind(A, B)`"},
    {"linspaced_vector", "write `linspace(a, b, n)`"},
    {"linspaced_array", "write `linspace(a, b, n)`"},
    {"one_hot_vector", "write `one_hot(n, k)`"},
    {"sub_row", "write a slice: `X[i, j:k]`"},
    {"sub_col", "write a slice: `X[i:j, k]`"},
    {"columns_dot_self", "write `col_sums(square(X))`"},
    {"rows_dot_self", "write `row_sums(square(X))`"},
    {"columns_dot_product", "write `col_sums(X .* Y)`"},
    {"rows_dot_product", "write `row_sums(X .* Y)`"},
    {"determinant", "write `exp(log_abs_det(A))` for its size"},
    {"mdivide_left", "write `solve(A, B)`"},
    {"mdivide_right", "write `solve_right(B, A)`"},
    {"mdivide_left_spd", "write `solve_spd(A, B)`"},
    {"add_diagonal", "write `add_diag(A, x)`"},
    {"cov_exp_quad", "write `gp_exp_quad_cov(x, sf, l)`"},
    {"svd_U", "write `svd_u(X)`"},
    {"svd_V", "write `svd_v(X)`"},
    {"symmetrize_from_lower_tri", "write `lower_tri(A) + lower_tri(A)' - diag(diagonal(A))`"},
    {"kronecker_prod", "write `kron(A, B)`"},
    {"sort", "write `sort_asc(x)`"},
    {"order", "write `sort_indices_asc(x)`"},
    {"argsort", "write `sort_indices_asc(x)`"},
    {"rowSums", "write `row_sums(X)`"},
    {"colSums", "write `col_sums(X)`"},
    {"rowMeans", "write `row_means(X)`"},
    {"colMeans", "write `col_means(X)`"},
    {"rbind", "write `row_bind(A, B)`"},
    {"cbind", "write `col_bind(A, B)`"},
    {"rev", "write `reverse(x)`"},
    {"flip", "write `reverse(x)`"},
    {"roll", "write `rotate(x, k)`"},
    {"kronecker", "write `kron(A, B)`"},
    {"searchsorted", "write `find_interval(x, knots)`"},
    {"findInterval", "write `find_interval(x, knots)`"},
    {"interp", "write `interp_linear(x, xs, ys)`"},
    {"approx", "write `interp_linear(x, xs, ys)`"},
    {"spline", "write `interp_cubic(x, xs, ys)`"},
    {"bs", "write `bspline_basis(x, knots, degree)`"},
    {"bspline", "write `bspline_basis(x, knots, degree)`"},
    {"scale", "write `standardise(X)`"},
    {"det", "write `exp(log_abs_det(A))` for its size"},
    {"slogdet", "write `log_abs_det(A)`"},
    {"expm", "write `matrix_exp(A)`"},
    {"logcumsumexp", "write `log_cumsum_exp(x)`"},
    {"multigammaln", "write `lmgamma(p, x)`"},
    {"lambertw", "write `lambert_w0(x)`"},
};

constexpr Foreign distributions_elsewhere[] = {
    {"gaussian", "write `normal({mu}, {sigma})`"},
    {"norm", "write `normal(mu, sigma)`"},
    {"dnorm",
     "write `normal({mu}, 1 / sqrt({tau}))`: `dnorm` takes a precision, `normal` a standard deviation"},
    {"multi_normal", "write `mvn({mu}, {S})`"},
    {"multivariate_normal", "write `mvn({mu}, {S})`"},
    {"mv_normal", "write `mvn({mu}, {S})`"},
    {"multi_normal_cholesky", "write `mvn_chol({mu}, {L})`"},
    {"double_exponential", "write `laplace({mu}, {b})`"},
    {"lkj_corr_cholesky", "write `lkj_chol({eta})`"},
    {"lkj_cholesky", "write `lkj_chol({eta})`"},
    {"poisson_log_glm", "write `poisson_log({2:alpha} + {1:X} @ {3:beta})`"},
    {"bernoulli_logit_glm", "write `bernoulli_logit({2:alpha} + {1:X} @ {3:beta})`"},
    {"binomial_logit_glm", "write `binomial_logit({1:n}, {3:alpha} + {2:X} @ {4:beta})`"},
    {"normal_id_glm", "write `normal({2:alpha} + {1:X} @ {3:beta}, {4:sigma})`"},
    {"neg_binomial_2_log_glm", "write `neg_binomial_2_log({2:alpha} + {1:X} @ {3:beta}, {4:phi})`"},
    {"ordered_logistic_glm", "write `ordered_logistic({1:X} @ {2:beta}, {3:c})`"},
    {"wiener",
     "there is no law of first passages; declare its density as a `dist` of your own (`elba doc` lists what "
     "there is)"},
    {"bernoulli_logits", "write `bernoulli_logit({eta})`"},
    {"categorical_logits", "write `categorical_logit({eta})`"},
    {"binomial_logits", "write `binomial_logit({n}, {eta})`"},
    {"expon", "write `exponential({rate})`"},
    {"dunif", "write `uniform({a}, {b})`"},
    {"dgamma", "write `gamma({shape}, {rate})`"},
    {"dbeta", "write `beta({a}, {b})`"},
    {"dbin", "write `binomial({2:n}, {1:p})`: BUGS has the probability first"},
    {"dbern", "write `bernoulli({p})`"},
    {"dpois", "write `poisson({rate})`"},
    {"dexp", "write `exponential({rate})`"},
    {"dcat", "write `categorical({p})`"},
    {"ddirch", "write `dirichlet({alpha})`"},
    {"dt",
     "write `student_t({3:nu}, {1:mu}, 1 / sqrt({2:tau}))`: `dt` takes a precision, `student_t` a scale, "
     "after the degrees of freedom"},
    {"dlnorm",
     "write `lognormal({1:mu}, 1 / sqrt({2:tau}))`: `dlnorm` takes a precision, `lognormal` a standard "
     "deviation"},
    {"ddexp", "write `laplace({1:mu}, 1 / {2:tau})`: `ddexp` takes a rate, `laplace` a scale"},
    {"dlogis", "write `logistic({1:mu}, 1 / {2:tau})`: `dlogis` takes a rate, `logistic` a scale"},
    {"dchisqr", "write `chi_square({nu})`"},
    {"dchisq", "write `chi_square({nu})`"},
    {"dmulti", "write `multinomial({2:n}, {1:p})`: BUGS has the probabilities first"},
    {"dmnorm", "write `mvn({1:mu}, {2:Sigma})` with the covariance: `dmnorm` takes the precision matrix"},
    {"inverse_gamma", "write `inv_gamma({shape}, {scale})`"},
    {"invgamma", "write `inv_gamma({shape}, {scale})`"},
    {"t", "write `student_t(nu, mu, sigma)`"},
    {"log_normal", "write `lognormal({mu}, {sigma})`"},
    {"improper_uniform", "write `flat()`"},
};

std::unordered_map<std::string_view, const Function*> build_index() {
  std::unordered_map<std::string_view, const Function*> index;
  for (const auto rows : {scalar_functions(), reduction_functions(), array_functions(), draw_functions(),
                          group_functions(), dense_functions()})
    for (const Function& row : rows)
      index.emplace(row.name, &row);
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
  for (const auto rows : {scalar_functions(), reduction_functions(), array_functions(), draw_functions(),
                          group_functions(), dense_functions()})
    for (const Function& row : rows)
      names.emplace_back(row.name);
  return names;
}

// Placeholders are numbered by their first appearance, unless they state a number: `{2:n}`. `{*}` is all
// arguments.
std::string fill_advice(std::string_view advice, const std::vector<std::string>& arguments) {
  std::vector<std::string_view> names;
  struct Piece {
    std::string_view text;
    int argument = -1;  // 0: all
  };
  std::vector<Piece> pieces;
  while (!advice.empty()) {
    const auto open = advice.find('{'), close = advice.find('}');
    pieces.push_back({advice.substr(0, open)});
    if (open == std::string_view::npos || close == std::string_view::npos) break;
    std::string_view name = advice.substr(open + 1, close - open - 1);
    advice.remove_prefix(close + 1);
    int number = 0;
    if (name.size() > 2 && name[1] == ':') {
      number = name[0] - '0';
      name.remove_prefix(2);
      names.push_back(name);
    } else if (name != "*") {
      const auto at = std::find(names.begin(), names.end(), name);
      number = static_cast<int>(at - names.begin()) + 1;
      if (at == names.end()) names.push_back(name);
    }
    pieces.push_back({name, number});
  }
  const auto compound = [](const std::string& text) {
    return text.find_first_of("+-*/ ?<>") != std::string::npos && !text.ends_with(")");
  };
  std::string out;
  for (std::size_t k = 0; k < pieces.size(); ++k) {
    const Piece& piece = pieces[k];
    if (piece.argument < 0) {
      out += piece.text;
    } else if (piece.argument == 0) {
      std::string all;
      for (const auto& argument : arguments)
        all += (all.empty() ? "" : ", ") + argument;
      out += all.empty() ? "a, b" : all;
    } else if (arguments.size() != names.size()) {
      out += piece.text;
    } else {
      const std::string& argument = arguments[static_cast<std::size_t>(piece.argument) - 1];
      const char before = out.empty() ? ' ' : out.back();
      const bool enclosed = (before == '(' || before == '`' ||
                             (before == ' ' && out.size() > 1 && out[out.size() - 2] == ',')) &&
                            k + 1 < pieces.size() && !pieces[k + 1].text.empty() &&
                            (pieces[k + 1].text[0] == ')' || pieces[k + 1].text[0] == ',');
      out += compound(argument) && !enclosed ? "(" + argument + ")" : argument;
    }
  }
  return out;
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
