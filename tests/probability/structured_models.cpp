// structured_models: models with constrained unknowns and distributions of vectors and matrices, fitted from
// end to end; the posterior means are known: conjugate forms where there are such, else sums over a fine grid
// (numpy, with the likelihood integrated by hand).
#include <catch2/catch.hpp>

#include "tests/probability/structured_distributions.h"

namespace {

using namespace elba;

struct Expected {
  std::string quantity;
  double mean, margin;  // about a tenth of its standard deviation
};

void check_posterior(const std::string& text, const std::string& json,
                     const std::vector<Expected>& expected) {
  INFO(text);
  const Bound bound = probability::bound_model(text, json);
  FitOptions options;
  options.seed = 4;
  const auto posterior = bound.fit(options);
  for (const auto& diagnostic : posterior.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(posterior);
  CHECK(posterior->verdict != Verdict::do_not_trust);
  for (const Expected& row : expected) {
    bool met = false;
    for (const Quantity& quantity : posterior->quantities) {
      if (quantity.name != row.quantity) continue;
      INFO(row.quantity);
      met = true;
      CHECK(quantity.mean == Approx(row.mean).margin(row.margin));
    }
    REQUIRE(met);
  }
}

const std::string pairs =
    R"({"y": [[1.2, 0.7], [-0.4, -0.9], [0.3, 1.1], [-1.5, -0.6], [0.8, -0.2], [0.1, 0.6]]})";

}  // namespace

TEST_CASE("structured models: correlation and covariance matrices", "[probability]") {
  check_posterior(
      "model m { dim N, K; data y: real[N, K]; latent R: corr_matrix[K] ~ lkj_corr(2); y ~ mvn(zeros(K), R); "
      "}",
      pairs, {{"R[1,2]", 0.36426, 0.03}, {"R[1,1]", 1, 1e-12}});
  check_posterior(
      "model m { dim N, K; data y: real[N, K]; latent L: cholesky_corr[K] ~ lkj_chol(2); y ~ "
      "mvn_chol(zeros(K), L); }",
      pairs, {{"L[2,1]", 0.36426, 0.03}});
  // (V + Y' Y) / (nu + N - K - 1)
  check_posterior(
      "model m { dim N, K; data y: real[N, K]; latent S: cov_matrix[K] ~ inv_wishart(5, eye(K)); y ~ "
      "mvn(zeros(K), S); }",
      pairs, {{"S[1,1]", 0.69875, 0.04}, {"S[1,2]", 0.29125, 0.03}, {"S[2,2]", 0.53375, 0.03}});
  check_posterior(
      "model m { dim N, K; data y: real[N, K]; latent L: cholesky_cov[K] ~ inv_wishart_chol(5, eye(K)); y ~ "
      "mvn_chol(zeros(K), L); predict s = (L @ L')[1, 2]; }",
      pairs, {{"s", 0.29125, 0.03}});
}

// By a grid over the scales and the correlation. The margins are a third of a posterior sd: the guide is off
// by a quarter, and says caution.
TEST_CASE("structured models: correlated effects by scales and a correlation factor", "[probability]") {
  check_posterior(
      R"(model m {
  dim J, K;
  data y: real[J, K];
  latent L: cholesky_corr[K] ~ lkj_chol(2);
  latent tau[K] ~ half_normal(1);
  latent beta[J] ~ mvn_chol(zeros(K), diag(tau) @ L);
  y ~ normal(beta, 0.5);
})",
      R"({"y": [[1.36, -0.08], [0.09, 0.42], [-1.23, -0.82], [0.89, 0.01], )"
      R"([-1.43, 0.29], [0.21, -0.87], [0.37, 1.6], [0.48, -1.08]]})",
      {{"tau[1]", 0.8165, 0.1}, {"tau[2]", 0.6931, 0.1}, {"L[2,1]", 0.0474, 0.1}});
}

TEST_CASE("structured models: vectors", "[probability]") {
  check_posterior(
      "model m { data n: int<lower=0>[3]; latent w ~ dirichlet([1, 2, 3]); n ~ multinomial(20, w); }",
      R"({"n": [5, 9, 6]})",
      {{"w[1]", 6.0 / 26, 0.012}, {"w[2]", 11.0 / 26, 0.012}, {"w[3]", 9.0 / 26, 0.012}});
  // The projection of the data onto the plane of sum 0, shrunk by 1 / (1 + 0.25).
  check_posterior(
      "model m { dim K; data y: real[K]; latent z: sum_to_zero[K] ~ normal(0, 1); y ~ normal(z, 0.5); }",
      R"({"y": [1, 2, -0.5]})",
      {{"z[1]", 0.8 / 6, 0.04}, {"z[2]", 0.8 * 7 / 6, 0.04}, {"z[3]", -0.8 * 8 / 6, 0.04}});
  // A direction seen with normal noise is von Mises: the mean has length I1(k) / I0(k), k = |sum y| / 0.25.
  check_posterior(
      "model m { dim N; data y: real[N, 2]; latent u: unit_vector[2] ~ flat(); for i in 1:N { y[i] ~ "
      "normal(u, 0.5); } }",
      R"({"y": [[1, 0.5], [0.5, 0.8]]})", {{"u[1]", 0.70636, 0.03}, {"u[2]", 0.61218, 0.03}});
  check_posterior(
      "model m { dim N, K; data x: real[N]; data y: int<1, K>[N]; latent c: ordered[K - 1] ~ normal(0, 2); "
      "latent b ~ normal(0, 2); y ~ ordered_logistic(b * x, c); }",
      R"({"K": 3, "x": [-1, -0.5, 0, 0.5, 1, 1.5, -1.5, 0.2], "y": [1, 1, 2, 2, 3, 3, 1, 3]})",
      {{"c[1]", -1.0095, 0.1}, {"c[2]", 1.3209, 0.1}, {"b", 3.0018, 0.12}});
}
