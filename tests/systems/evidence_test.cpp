// The log evidence that `laplace` says, by its formula and by importance weights, against what is known
// exactly.
#include <catch2/catch.hpp>

#include <cmath>

#include "tests/support/values.h"

using namespace elba;

TEST_CASE("laplace: both evidences of a conjugate normal model are exact", "[systems]") {
  // y ~ N(0, I + 4 11'): log det = log(1 + 4 n), y' (I + 4 11')^-1 y = |y|^2 - 4 (sum y)^2 / (1 + 4 n).
  const std::vector<double> y{0.5, 1.2, -0.3};
  double squares = 0, sum = 0;
  for (const double v : y)
    squares += v * v, sum += v;
  const double n = 3, exact = -0.5 * (n * std::log(2 * M_PI) + std::log1p(4 * n) + squares -
                                      4 * sum * sum / (1 + 4 * n));
  const auto found = test::bound_of(
                         "model m { dim N; data y: real[N]; latent mu ~ normal(0, 2); y ~ normal(mu, 1); }",
                         R"({"y": [0.5, 1.2, -0.3]})")
                         .fit({.method = "laplace"});
  REQUIRE(found);
  CHECK(found->best_guide()->laplace_evidence == Approx(exact).epsilon(1e-10));
  CHECK(found->best_guide()->log_evidence == Approx(exact).epsilon(1e-8));
}

TEST_CASE("laplace: the formula is off where the posterior is not normal, the weights are not", "[systems]") {
  // 9 of 10 under beta(1, 1): the evidence is B(10, 2). On the logit scale the mode is at p = 10/12, where
  // the density with Jacobian is p^10 (1 - p)^2, and its curvature 12 p (1 - p).
  const double exact = std::lgamma(10) + std::lgamma(2) - std::lgamma(12), p = 10.0 / 12;
  const double formula = 10 * std::log(p) + 2 * std::log1p(-p) + 0.5 * std::log(2 * M_PI) -
                         0.5 * std::log(12 * p * (1 - p));
  const auto bound = test::bound_of(
      "model m { dim N; data y: int<0, 1>[N]; latent p ~ beta(1, 1); y ~ bernoulli(p); }",
      R"({"y": [1, 1, 1, 1, 1, 1, 1, 1, 1, 0]})");
  const auto found = bound.fit({.method = "laplace"});
  REQUIRE(found);
  CHECK(found->best_guide()->laplace_evidence == Approx(formula).epsilon(1e-8));
  CHECK(std::abs(formula - exact) > 0.03);
  CHECK(found->best_guide()->log_evidence == Approx(exact).margin(0.02));
  CHECK(std::isnan(bound.fit({.method = "fullrank"})->best_guide()->laplace_evidence));
}

TEST_CASE("importance: evidence and moments of a conjugate model from draws of the prior", "[systems]") {
  // p ~ beta(1, 1), 3 of 4: evidence B(4, 2), mean 4/6.
  const double exact = std::lgamma(4) + std::lgamma(2) - std::lgamma(6);
  const auto found = test::bound_of(
                         "model m { dim N; data y: int<0, 1>[N]; latent p ~ beta(1, 1); y ~ bernoulli(p); }",
                         R"({"y": [1, 1, 1, 0]})")
                         .fit({.method = "importance", .draws = 10000});
  REQUIRE(found);
  CHECK(found->verdict == Verdict::trust);
  CHECK(found->best_guide()->log_evidence == Approx(exact).margin(0.03));
  CHECK(found->quantities[0].mean == Approx(4.0 / 6).margin(0.01));
  CHECK(found->best_guide()->ess > 3000);
}

TEST_CASE("importance: a prior that declared bounds cut off has the density of the model", "[systems]") {
  // mu ~ normal(0, 1) on (0, inf) is not rescaled: the evidence is the integral over half the line.
  const auto found =
      test::bound_of("model m { data y: real; latent mu: real<lower=0> ~ normal(0, 1); y ~ normal(mu, 1); }",
                     R"({"y": 0.0})")
          .fit({.method = "importance", .draws = 10000});
  REQUIRE(found);
  CHECK(found->best_guide()->log_evidence == Approx(-0.5 * std::log(4 * M_PI) + std::log(0.5)).margin(0.02));
}

TEST_CASE("importance: data that say much more than the prior are not trusted", "[systems]") {
  std::string numbers;
  for (int k = 0; k < 4000; ++k)
    numbers += (k == 0 ? "" : ", ") + std::to_string(40 + 0.001 * (k % 7));
  const auto found = test::bound_of(
                         "model m { dim N; data y: real[N]; latent mu ~ normal(0, 100); y ~ normal(mu, 1); }",
                         "{\"y\": [" + numbers + "]}")
                         .fit({.method = "importance", .draws = 2000});
  REQUIRE(found);
  CHECK(found->verdict == Verdict::do_not_trust);
}

TEST_CASE("importance: a model with a factor of its own is refused", "[systems]") {
  const auto method = FitOptions{.method = "importance"};
  const Bound with_factor = test::bound_of(
      "model m { data y: real; latent mu ~ normal(0, 1); y ~ normal(mu, 1); factor -square(mu); }",
      R"({"y": 1})");
  CHECK(!with_factor.fit(method));
}
