// Members of distributions and functions of scalars over arrays: each is the comprehension that one would
// write.
#include <catch2/catch.hpp>

#include "frontend/frontend.h"
#include "support/render.h"
#include "tests/support/values.h"

namespace {

using namespace elba;
using test::bound_of;
using test::density_at;

constexpr const char* functions = R"(
fun f(x: real, y: real): real = x * y + exp(y);
fun g(x: real, t: real[K]): real = x * sum(t);
fun pick(i: int<1, 3>): real = i / 2;
fun twice(x: real): real[2] = [x, 2 * x];
fun own(x: real[K], m: real): real = sum(normal_logpdf(x, m, 1));
dist skewed(mu: real, k: real<lower=0>): real {
  logpdf(x) { let d = x - mu; return (d > 0 ? -k * d : d) + log(k) - log1p(k); }
}
)";
constexpr const char* head = R"(model m {
  dim N, M, J, R = 2;
  data y: real[N];
  data X: real[N, M];
  data Z: real[N, J];
  data W: real[R, N, J];
  data c: int<1, 3>[N];
  latent a[N] ~ normal(0, 1);
  latent mu ~ normal(0, 1);
  latent s ~ half_normal(1);
  latent m[J] ~ normal(0, 1);
)";
constexpr const char* data =
    R"({"y": [0.4, -1.3, 2], "X": [[1, 2], [0.5, -1], [0.3, 0]], "Z": [[1, 0], [0.2, 0.7], [-1, 1]],
  "W": [[[1, 0], [0.2, 0.7], [-1, 1]], [[0.1, 2], [0.3, 0.4], [1, 1]]], "c": [1, 3, 2]})";
const std::vector<double> u{0.2, -0.4, 0.9, 0.1, -0.3, 0.6, -0.7};

void same(const std::string& spread, const std::string& written_out) {
  INFO(spread << " and " << written_out);
  const auto model = [](const std::string& body) { return std::string(functions) + head + body + "}"; };
  test::check_same(bound_of(model(spread), data), bound_of(model(written_out), data), {u});
}

std::string errors_of(const std::string& body) {
  std::string out;
  const Source source("m.elba", std::string(functions) + head + body + "}");
  for (const auto& d : compile_frontend(source).diagnostics)
    if (d.severity() == Severity::error) out += std::string(code_info(d.code).code) + " " + d.message + "\n";
  return out;
}

}  // namespace

TEST_CASE("members of distributions go over arrays", "[check]") {
  same("factor sum(normal_logpdf(y, mu, s));", "factor sum(normal_logpdf(y[i], mu, s) for i in 1:N);");
  same("factor normal_logpdf(y, a, 2);", "factor sum(normal_logpdf(y[i], a[i], 2) for i in 1:N);");
  same(
      "factor sum(normal_log_cdf(X, mu, s) - normal_log_ccdf(X, mu, s));",
      "factor sum(normal_log_cdf(X[i, j], mu, s) - normal_log_ccdf(X[i, j], mu, s) for i in 1:N, j in 1:M);");
  same("factor sum(normal_cdf(0.3, a, s) + normal_quantile([0.1, 0.5, 0.8], mu, s)[2]);",
       "factor sum(normal_cdf(0.3, a[i], s) + normal_quantile(0.5, mu, s) for i in 1:N);");
  same("factor sum(poisson_logpmf(c, exp(a)));", "factor sum(poisson_logpmf(c[i], exp(a[i])) for i in 1:N);");
  same(
      "factor sum(logpdf(y, normal(a, s))) + sum(log_cdf(y, normal(mu, s))) + sum(mean(gamma(exp(a), 2.0)));",
      "factor sum(logpdf(y[i], normal(a[i], s)) + log_cdf(y[i], normal(mu, s)) + mean(gamma(exp(a[i]), 2.0)) "
      "for i in 1:N);");
  same("factor sum(normal_kl(a, s, mu, 1));", "factor sum(normal_kl(a[i], s, mu, 1) for i in 1:N);");
  same("factor sum(skewed_logpdf(y, a, s));", "factor sum(skewed_logpdf(y[i], a[i], s) for i in 1:N);");
  same("factor sum(logpdf(y, mixture([0.4, 0.6], normal(a, s), normal(mu, 2))));",
       "factor sum(log_mix(0.4, normal_logpdf(y[i], a[i], s), normal_logpdf(y[i], mu, 2)) for i in 1:N);");
  same("factor sum(categorical_logpmf(c, softmax([mu, s, 0])));",
       "factor sum(categorical_logpmf(c[i], softmax([mu, s, 0])) for i in 1:N);");
}

TEST_CASE("vectors stay the values of distributions of vectors, with axes in front as in `~`", "[check]") {
  same("factor mvn_logpdf(Z[1], m, eye(J));", "Z[1] ~ mvn(m, eye(J));");
  same("factor sum(mvn_logpdf(Z, m, eye(J)));", "Z ~ mvn(m, eye(J));");
  same("factor sum(mvn_logpdf(W, m, eye(J)));", "W ~ mvn(m, eye(J));");
  same("factor sum(mvn_logpdf(m, Z, eye(J)));", "factor sum(mvn_logpdf(m, Z[i], eye(J)) for i in 1:N);");
}

TEST_CASE("functions of scalars go over arrays", "[check]") {
  same("factor sum(f(y, a));", "factor sum(f(y[i], a[i]) for i in 1:N);");
  same("factor sum(f(X, mu)) + sum(f(2, a));",
       "factor sum(f(X[i, j], mu) for i in 1:N, j in 1:M) + sum(f(2, a[i]) for i in 1:N);");
  same("factor sum(g(a, m)) + sum(pick(c)) * mu;",
       "factor sum(g(a[i], m) for i in 1:N) + sum(pick(c[i]) for i in 1:N) * mu;");
  same("let t = twice(a); factor sum(t[:, 2]) + f(t, 1)[1, 1];",
       "factor sum(2 * a[i] for i in 1:N) + f(a[1], 1);");
  same("for i in 1:N { let r = f(X[i], a[i]); factor sum(normal_logpdf(r, mu, s)); }",
       "factor sum(normal_logpdf(f(X[i, j], a[i]), mu, s) for i in 1:N, j in 1:M);");
  same("factor own(y, mu);", "factor sum(normal_logpdf(y[i], mu, 1) for i in 1:N);");
}

TEST_CASE("what does not fit over arrays is an error with both shapes", "[check]") {
  CHECK(errors_of("factor sum(normal_logpdf(y, m, s));").find("[N] and [J]") != std::string::npos);
  CHECK(errors_of("factor sum(f(X, a));").find("[N, M] and [N]") != std::string::npos);
  // An array parameter takes arrays of its own rank.
  CHECK(errors_of("factor own(X, mu);").starts_with("E0301"));
  // What is proved of one element is proved of all.
  CHECK(errors_of("factor sum(pick(c + 1));").starts_with("E0308"));
  CHECK(errors_of("factor sum(mvn_logpdf(W, Z, eye(J)));").find("[R, N, J] and [N, J]") != std::string::npos);
}
