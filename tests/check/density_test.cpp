// Two ways to say the same model have the same log density: loops against vectors, branches against parts,
// recurrences against what they unroll to, a prior in parts against its terms. Both go through the passes and
// are run by the interpreter at the same points.
#include <catch2/catch.hpp>
#include <random>

#include "frontend/frontend.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "passes/passes.h"
#include "support/render.h"

namespace {

using elba::ir::Tensor;

const std::map<std::string, std::int64_t> sizes = {{"N", 4}, {"D", 2}, {"J", 3}};

const std::string head =
    "model m { dim N, D, J; data x: real[N]; data X: real[N, D]; data g: int<1, J>[N]; data c: int<0, 1>[N]; "
    "data y: real[N]; data Y: real[N, D]; ";

Tensor integers(std::vector<double> values) {
  Tensor tensor = Tensor::vector(std::move(values));
  tensor.scalar = elba::ir::Scalar::i64;
  return tensor;
}

std::vector<double> densities(const std::string& body) {
  const elba::Source source("m.elba", head + body + " }");
  auto result = elba::compile_frontend(source);
  INFO(elba::render_text(result.diagnostics, source));
  REQUIRE(result.ok());
  auto module = *result.module;
  for (const char* pass : {"inline_calls", "constrain"})
    module = elba::passes::find_pass(pass)->run(std::move(module));
  const auto* func = module.find("log_joint");
  REQUIRE(func);
  Tensor matrix;
  matrix.shape = {4, 2};
  matrix.values = {0.5, -1, 1.5, 0.25, -0.75, 2, 1, 1};
  std::map<std::string, Tensor> data = {{"x", Tensor::vector({0.5, -1, 2, 1})},
                                        {"X", matrix},
                                        {"g", integers({2, 1, 3, 2})},
                                        {"c", integers({1, 0, 0, 1})},
                                        {"y", Tensor::vector({1, 0.5, -0.25, 2})}};
  for (double& value : matrix.values)
    value = 0.3 - value;
  data["Y"] = matrix;
  auto all = sizes;
  elba::ir::complete_sizes(module, all);
  std::vector<double> out;
  std::mt19937 rng(11);
  std::normal_distribution<double> normal;
  for (int point = 0; point < 3; ++point) {
    std::vector<Tensor> arguments;
    for (const auto& param : func->params) {
      const auto known = data.find(param.name);
      if (known != data.end()) {
        arguments.push_back(known->second);
      } else if (func->type(param.value).shape.empty()) {
        arguments.push_back(Tensor::real(1));
      } else {
        std::vector<double> u(static_cast<std::size_t>(*func->type(param.value).shape[0].evaluate(all)));
        for (double& value : u)
          value = normal(rng);
        arguments.push_back(Tensor::vector(std::move(u)));
      }
    }
    const auto values = elba::ir::interpret(module, "log_joint", arguments, all);
    if (!values) FAIL(values.diagnostics().front().message);
    out.push_back((*values)[0].values[0]);
  }
  return out;
}

}  // namespace

TEST_CASE("two ways to say the same model", "[check]") {
  const char* pairs[][2] = {
      {"latent a[J] ~ normal(0, 1); latent s ~ half_normal(1); y ~ normal(a[g] + 2 * x, s);",
       "latent a[J] ~ normal(0, 1); latent s ~ half_normal(1); for i in 1:N { let m = a[g[i]]; y[i] ~ "
       "normal(m + 2 * x[i], s); }"},
      {"latent b[D] ~ normal(0, 1); y ~ normal(X @ b, 1);",
       "latent b[D] ~ normal(0, 1); for i in 1:N { y[i] ~ normal(sum(X[i, j] * b[j] for j in 1:D), 1); }"},
      {"latent b[D] ~ normal(0, 1); for i in 1:N { Y[i] ~ normal(b, exp(x[i])); }",
       "latent b[D] ~ normal(0, 1); for i in 1:N, j in 1:D { Y[i, j] ~ normal(b[j], exp(x[i])); }"},
      {"latent b[D] ~ normal(0, 1); for j in 1:D, i in 1:N { Y[i, j] ~ normal(b[j] * x[i], 1); }",
       "latent b[D] ~ normal(0, 1); for i in 1:N { for j in 1:D { let m = b[j] * x[i]; Y[i, j] ~ normal(m, "
       "1); } }"},
      // branches
      {"latent a[2] ~ normal(0, 1); for i in 1:N { if (c[i] == 1) { y[i] ~ normal(a[1], 1); } else { y[i] ~ "
       "student_t(3, a[2], 2); } }",
       "latent a[2] ~ normal(0, 1); y[1] ~ normal(a[1], 1); y[2:3] ~ student_t(3, a[2], 2); y[4] ~ "
       "normal(a[1], 1);"},
      {"latent a ~ normal(0, 1); let m: real[N]; for i in 1:N { if (i <= 2) { m[i] = a; } else { m[i] = a * "
       "x[i]; } } y ~ normal(m, 1);",
       "latent a ~ normal(0, 1); y ~ normal([i <= 2 ? a : a * x[i] for i in 1:N], 1);"},
      {"latent a ~ normal(0, 1); for i in 1:N { if (c[i] == 0) { factor -a * x[i]; } }",
       "latent a ~ normal(0, 1); factor sum(c[i] == 0 ? -a * x[i] : 0 for i in 1:N);"},
      // recurrences
      {"latent a ~ normal(0, 1); let m: real[N]; m[1] = x[1]; for t in 2:N { m[t] = a * m[t-1] + x[t]; } y ~ "
       "normal(m, 1);",
       "latent a ~ normal(0, 1); y ~ normal([sum(j <= t ? a^(t - j) * x[j] : 0 for j in 1:N) for t in 1:N], "
       "1);"},
      // latents in loops, in parts, and all at once
      {"latent s ~ half_normal(1); latent z[N] ~ normal(x, s); y ~ normal(z, 1);",
       "latent s ~ half_normal(1); for i in 1:N { latent z ~ normal(x[i], s); y[i] ~ normal(z, 1); }"},
      {"latent z[N] ~ normal(x, 2); y ~ normal(z, 1);",
       "latent z[N]; z[1] ~ normal(x[1], 2); for i in 2:N { z[i] ~ normal(x[i], 2); } y ~ normal(z, 1);"},
      {"latent h[N]; h[1] ~ normal(0, 1); for t in 2:N { h[t] ~ normal(h[t-1], 2); } y ~ normal(h, 1);",
       "latent h[N] ~ flat(); factor normal_logpdf(h[1], 0, 1) + sum(normal_logpdf(h[t], h[t-1], 2) for t in "
       "2:N); y ~ normal(h, 1);"},
      {"latent z[N, D] ~ normal(0, 1); y ~ normal(z[:, 1] + z[:, 2], 1);",
       "for i in 1:N { latent z[D] ~ normal(0, 1); y[i] ~ normal(sum(z), 1); }"},
      {"latent t: real<lower=0>[N] ~ exponential(2); y ~ normal(0, t);",
       "for i in 1:N { latent t: real<lower=0> ~ exponential(2); y[i] ~ normal(0, t); }"},
      {"latent w[N] ~ dirichlet(rep(1.5, D)); y ~ normal(w[:, 1], 1);",
       "for i in 1:N { latent w ~ dirichlet(rep(1.5, D)); y[i] ~ normal(w[1], 1); }"},
      // vectors as single values, batched in either way
      {"latent L: cholesky_corr[D] ~ lkj_chol(2); latent m[D] ~ normal(0, 1); Y ~ mvn_chol(m, L);",
       "latent L: cholesky_corr[D] ~ lkj_chol(2); latent m[D] ~ normal(0, 1); for i in 1:N { Y[i] ~ "
       "mvn_chol(m, L); }"},
      {"latent m[D] ~ normal(0, 1); for i in 1:N { Y[i] ~ mvn(m * x[i], eye(D)); }",
       "latent m[D] ~ normal(0, 1); Y ~ mvn(outer(x, m), eye(D));"},
      {"latent m[D] ~ normal(0, 1); for i in 1:N { Y[i] ~ mvn(m * x[i], eye(D)); }",
       "latent m[D] ~ normal(0, 1); for i in 1:N { Y[i] ~ normal(m * x[i], 1); }"},
      // functions
      {"latent a ~ normal(0, 1); factor sum(normal_logpdf(y[i], a, 1) for i in 1:N);",
       "latent a ~ normal(0, 1); y ~ normal(a, 1);"},
  };
  for (const auto& pair : pairs) {
    INFO(pair[0] << "\n" << pair[1]);
    const auto one = densities(pair[0]), other = densities(pair[1]);
    REQUIRE(one.size() == other.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      CHECK(std::isfinite(one[i]));
      CHECK(one[i] == Approx(other[i]).epsilon(1e-12));
    }
  }
}
