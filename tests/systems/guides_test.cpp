// Guides of the model file and of `--method`, where the family holds the exact posterior: its ELBO is then
// the log evidence.
#include <catch2/catch.hpp>

#include "systems.h"
#include "tests/support/dense.h"

using namespace elba;
using namespace elba::test::systems;

namespace {

const char* const walk = R"(model walk {
  dim T;
  data y: real[T];
  latent h[T];
  h[1] ~ normal(0, 5);
  for t in 2:T { h[t] ~ normal(h[t - 1], 0.5); }
  y ~ normal(h, 1);
}
)";
const char* const walked = R"({"y": [1.2, 0.7, 1.9, 2.4, 1.1, 0.3, -0.8, -0.2, 0.9, 1.4, 2.2, 1.7]})";
double walk_evidence() {
  test::Matrix c(12);
  for (std::size_t i = 0; i < 12; ++i)
    for (std::size_t j = 0; j < 12; ++j)
      c(i, j) = 25 + 0.25 * static_cast<double>(std::min(i, j)) + (i == j ? 1 : 0);
  return test::log_normal_density({1.2, 0.7, 1.9, 2.4, 1.1, 0.3, -0.8, -0.2, 0.9, 1.4, 2.2, 1.7}, c);
}

const char* const groups = R"(model groups {
  dim N, J;
  data y: real[N];
  data g: int<1, J>[N];
  latent mu ~ normal(0, 3);
  latent slope ~ normal(0, 1);
  latent alpha[J] ~ normal(mu, 1);
  latent beta[J] ~ normal(slope, 0.5);
  for i in 1:N { y[i] ~ normal(alpha[g[i]] + 0.3 * i * beta[g[i]], 0.8); }
}
)";
const char* const grouped =
    R"({"J": 3, "y": [0.3, 1.2, -0.4, 2.2, 1.9, 0.8, 3.1, 1.4, 2.7], "g": [1, 2, 3, 1, 2, 3, 1, 2, 3]})";
double groups_evidence() {
  test::Matrix c(9);
  for (std::size_t i = 0; i < 9; ++i)
    for (std::size_t j = 0; j < 9; ++j) {
      const double xi = 0.3 * static_cast<double>(i + 1), xj = 0.3 * static_cast<double>(j + 1);
      c(i, j) = 9 + xi * xj + (i % 3 == j % 3 ? 1 + 0.25 * xi * xj : 0) + (i == j ? 0.64 : 0);
    }
  return test::log_normal_density({0.3, 1.2, -0.4, 2.2, 1.9, 0.8, 3.1, 1.4, 2.7}, c);
}

}  // namespace

TEST_CASE("a banded guide is exact on a random walk, whichever way it is asked for", "[systems]") {
  const double evidence = walk_evidence();
  const Bound by_file = bound_of(std::string(walk) + "guide q { auto banded(1) for h; }", walked);
  const Bound plain = bound_of(walk, walked);
  for (const auto& found : {by_file.fit({}), plain.fit({.method = "banded"}),
                            plain.fit({.method = "banded(3)"}), plain.fit({.method = "banded:2"})}) {
    REQUIRE(found);
    INFO(found->method);
    CHECK(found->best_guide()->elbo == Approx(evidence).margin(1e-4));
    CHECK(found->verdict == Verdict::trust);
    CHECK(found->best_guide()->khat < 0.2);
  }
  const auto factorised = plain.fit({.method = "meanfield"});
  REQUIRE(factorised);
  CHECK(factorised->best_guide()->elbo < evidence - 0.1);
  CHECK(by_file.fit({})->method == "guide q");
}

TEST_CASE("a block guide is exact on a hierarchy of normals", "[systems]") {
  const double evidence = groups_evidence();
  const std::string centred = "guide q { auto block; }";
  const Bound bound = bound_of(std::string(groups) + centred, grouped);
  const auto found = bound.fit({});
  REQUIRE(found);
  CHECK(found->best_guide()->elbo == Approx(evidence).margin(1e-4));
  CHECK(found->verdict == Verdict::trust);
  const auto full = bound.fit({.method = "fullrank"});
  REQUIRE(full);
  for (std::size_t k = 0; k < full->quantities.size(); ++k) {
    INFO(full->quantities[k].name);
    CHECK(found->quantities[k].sd == Approx(full->quantities[k].sd).epsilon(0.1));
  }
}

TEST_CASE("more rank brings a low-rank guide nearer to the evidence", "[systems]") {
  const double evidence = groups_evidence();
  const Bound bound = bound_of(groups, grouped);
  double before = bound.fit({.method = "meanfield"})->best_guide()->elbo;
  for (const char* method : {"lowrank(1)", "lowrank(3)", "lowrank(6)"}) {
    const auto found = bound.fit({.method = method});
    REQUIRE(found);
    INFO(method << " " << found->best_guide()->elbo << " of " << evidence);
    CHECK(found->best_guide()->elbo > before - 1e-3);
    CHECK(found->best_guide()->elbo < evidence + 1e-3);
    before = found->best_guide()->elbo;
  }
  CHECK(before > evidence - 0.02);
}

TEST_CASE("what a guide holds at a point is said", "[systems]") {
  const Bound bound = bound_of(
      std::string(groups) + "guide q { auto delta for mu; auto block for alpha, beta, slope; }", grouped);
  const auto found = bound.fit({});
  REQUIRE(found);
  CHECK(found->verdict != Verdict::trust);
  CHECK(sd_of(*found, "mu") < 1e-12);
  CHECK_THAT(found->reasons.back().text, Catch::Contains("`mu` is held at a point"));
}

TEST_CASE("linear response is exact on a hierarchy of normals, and auto stops there", "[systems]") {
  const double evidence = groups_evidence();
  const Bound bound = bound_of(groups, grouped);
  const auto response = bound.fit({.method = "linear_response"});
  REQUIRE(response);
  CHECK(response->verdict == Verdict::trust);
  CHECK(response->best_guide()->elbo == Approx(evidence).margin(1e-3));
  const auto guide = bound.fit({.method = "meanfield"}), full = bound.fit({.method = "fullrank"});
  REQUIRE((guide && full));
  for (std::size_t k = 0; k < full->quantities.size(); ++k) {
    INFO(full->quantities[k].name);
    CHECK(guide->quantities[k].linear_response_sd == Approx(full->quantities[k].guide_sd).epsilon(0.1));
  }
}
