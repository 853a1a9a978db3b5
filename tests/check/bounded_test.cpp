// What lies between two finite ends, and what only seems to.
#include <catch2/catch.hpp>

#include "frontend/frontend.h"

using namespace elba;

namespace {

// Of the prediction `r`, or of the unknown of that name.
bool is_bounded(const std::string& body) {
  const auto read = compile_frontend(
      Source("m.elba",
             "model m { dim N; data x: real[N]; data n: int<0>; latent a ~ normal(0, 1); latent s ~ "
             "half_cauchy(1); latent p ~ beta(2, 3); latent w ~ dirichlet([1, 1, 1]); " +
                 body + " }"));
  INFO(body);
  REQUIRE(read.ok());
  for (const auto& row : read.signature.predictions)
    if (row.name == "r") return row.is_bounded;
  for (const auto& row : read.signature.unknowns)
    if (row.name == "r") return row.is_bounded;
  FAIL("no `r`");
  return false;
}

}  // namespace

TEST_CASE("unknowns between two finite ends are known as such", "[check]") {
  for (const char* body :
       {"latent r ~ beta(1, 1);", "latent r ~ uniform(-3, 8);", "latent r: real<lower=-1, upper=n> ~ flat();",
        "latent r ~ dirichlet([1, 2]);", "latent r: corr_matrix[3] ~ lkj_corr(2);",
        "latent r: unit_vector[3] ~ flat();", "latent r: real<lower=0, upper=p> ~ flat();",
        "param r: real<lower=0, upper=1>;"}) {
    INFO(body);
    CHECK(is_bounded(body));
  }
  for (const char* body : {"latent r ~ normal(0, 1);", "latent r ~ half_normal(1);",
                           "latent r: real<lower=0, upper=s> ~ flat();",
                           "latent r: ordered[3] ~ normal(0, 1);", "latent r: real<upper=0> ~ flat();"}) {
    INFO(body);
    CHECK_FALSE(is_bounded(body));
  }
}

TEST_CASE("predictions between two finite ends are seen through their operations", "[check]") {
  for (const char* body : {"predict r = inv_logit(8 * a - 20);",
                           "predict r[3] = softmax([a, 2 * a, s]);",
                           "predict r = Phi(a / s);",
                           "predict r = normal_cdf(a, 0, s);",
                           "predict r = a > 0 ? 1 : 0;",
                           "predict r = sin(a) + cos(s);",
                           "predict r = tanh(a);",
                           "predict r = 100 * p * w[1] - x[1];",
                           "predict r[N] = p * x;",
                           "predict r = sum(p * x);",
                           "predict r = dot(w, [1, 2, 3]);",
                           "predict r = fmin(fmax(a, -2), 2);",
                           "predict r = exp(-square(a));",
                           "let q = inv_logit(a); predict r = q * (1 - q);",
                           "predict r ~ bernoulli(p);",
                           "predict r ~ binomial(n, p);",
                           "predict r ~ uniform(0, 2 * p);",
                           "predict r ~ beta(s, s);",
                           "predict r = atan(a);",
                           "predict r[N] ~ bernoulli_logit(a * x);"}) {
    INFO(body);
    CHECK(is_bounded(body));
  }
  for (const char* body :
       {"predict r = a;", "predict r = exp(a);", "predict r = 1 / p;", "predict r = tan(a);",
        "predict r = log(p);", "predict r = p / (1 - p);", "predict r = p * s;",
        "predict r = p < 0.5 ? p : s;", "predict r ~ normal(p, 1);", "predict r ~ poisson(p);",
        "predict r ~ uniform(0, s);", "predict r = 1 / sum(w - 0.3);", "predict r[3] = [p, s, p];",
        "predict r = fmax(a, 0);", "predict r = log_sum_exp([a, s]);"}) {
    INFO(body);
    CHECK_FALSE(is_bounded(body));
  }
}
