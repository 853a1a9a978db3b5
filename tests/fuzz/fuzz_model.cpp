// Model text through the front end, the pipelines and the formatter; mutated token by token.
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/token_mutator.h"
#include "tests/fuzz_corpus/entries.h"

namespace {

// Words of one kind stand together; the formatter would give each a line of its own.
// clang-format off
constexpr std::string_view words[] = {
    "model", "fun", "dist", "guide", "import", "dim", "data", "param", "init", "latent", "let", "predict",
    "factor", "auto", "for", "in", "if", "else", "return",
    "true", "false", "real", "int", "simplex", "ordered", "positive_ordered", "cholesky_corr", "unit",
    "lower", "upper", "prior()", "missing", "meanfield", "fullrank", "index",
    "N", "K", "D", "T", "i", "j", "t", "x", "y", "X", "theta", "sigma", "0", "1", "-1", "2", "1.5", "1e308",
    "1e-320", "9223372036854775807", "99999999999999999999",
    "{", "}", "(", ")", "[", "]", ",", ";", ":", "~", "=", "<", ">", "<=", ">=", "==", "!=", "&&", "||", "!",
    "?", "+", "-", "*", "/", "^", ".^", ".*", "./", "%", "@", "'",
    "<lower=0>", "<lower=0, upper=1>", "[N]", "[N, K]", "[i]", "[i - 1]", "[i, ]", "[:, j]", "[1:N]",
    "[2:N - 1]", "1:N", "for i in 1:N", "for t in 2:N { ", "if (i == 1) { ", " } else { ",
    "sum(", "mean(", "exp(", "log(", "log1p(", "sqrt(", "square(", "dot(", "chol(", "solve_lower(",
    "solve_lower_t(", "diag(", "eye(", "rep(", "concat(", "cumsum(", "log_sum_exp(",
    "softmax(", "inv_logit(", "logit(", "Phi(", "lgamma(", "size(", "max(", "min(", "zeros(", "sort(",
    "variance(", "sd(", "diagonal(", "floor(", "pow(",
    "normal(0, 1)", "normal(", "half_normal(", "half_cauchy(", "student_t(", "gamma(", "beta(", "poisson(",
    "poisson_log(", "bernoulli(", "bernoulli_logit(", "binomial(", "binomial_logit(",
    "row_stochastic_matrix[N, K]", "sum_to_zero[K]", "unit_vector[K]", "corr_matrix[K]", "cov_matrix[K]",
    "rows_of(g, j)", "i in rows_of(g, 1)", ", j in 1:i", ", j in (i+1):N", "max(1, i-3):(i-1)", "y[1:i]",
    "group_sum(", "group_mean(", "find_interval(", "quantile(", "cdf(", "log_ccdf(", "logpdf(", "entropy(",
    "interp_linear(", "gp_exp_quad_cov(", "quad_form(", "log_abs_det(", "sort_asc(", "clamp_int(",
    "fun f(a: real, n: int): real[n] = ", "fun g(x: real[N]): real { ", "dist d(mu: real): real { ",
    "logpdf(x) = ", "sample(k: key) = ", "censored(", "zero_inflated(", "hurdle(", "lower = ", "upper = ",
    "categorical(", "categorical_logit(", "dirichlet(", "mvn(", "mvn_chol(", "lkj_chol(", "exponential(",
    "uniform(", "flat()", "laplace(", "lognormal(", "mixture(", "truncated(",
    "@marginalize", "@minibatch(4)", "@centered", "@noncentered", "@missing", "@parallel", "\"", "/*", "*/",
    "//", "\n", "\t", "\xc3\xa9", "\xff"};
// clang-format on

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string broken = elba::test::model_entry({reinterpret_cast<const char*>(bytes), size});
  if (broken.empty()) return 0;
  std::fprintf(stderr, "%s\n", broken.c_str());
  std::abort();
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  return elba::fuzz::mutate_tokens(bytes, size, max_size, seed, words);
}
