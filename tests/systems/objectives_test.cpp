// Bounds and divergences as objectives of the user's own, and natural gradients on a compiled model
// (README.md, 2).
#include <catch2/catch.hpp>

#include <cmath>

#include "tests/systems/systems.h"

namespace {

using namespace elba;
using namespace elba::test::systems;
using Json = nlohmann::json;

// Nodes and weights for E f(Z), Z ~ N(0, 1), as the data of a model.
Data normal_rule(int forward) {
  Json nodes, weights;
  double total = 0;
  for (int k = -100; k <= 100; ++k)
    total += std::exp(-0.5 * (0.09 * k) * (0.09 * k));
  for (int k = -100; k <= 100; ++k) {
    nodes.push_back(0.09 * k);
    weights.push_back(std::exp(-0.5 * (0.09 * k) * (0.09 * k)) / total);
  }
  auto data = Data::from_json(Json{{"e", nodes}, {"w", weights}, {"forward", forward}}.dump());
  REQUIRE(data);
  return *data;
}

Posterior best_normal(int forward) {
  auto program = Program::compile(system_text("two_normals_kl.elba"));
  REQUIRE(program);
  auto bound = program->bind(normal_rule(forward));
  REQUIRE(bound);
  FitOptions options;
  options.method = "map";
  auto posterior = bound->fit(options);
  REQUIRE(posterior);
  return *posterior;
}

}  // namespace

TEST_CASE("forward and reverse KL as objectives", "[systems]") {
  const Posterior reverse = best_normal(0);
  CHECK(mean_of(reverse, "a") == Approx(-1.992536).margin(1e-5));
  CHECK(mean_of(reverse, "b") == Approx(0.510063).margin(1e-5));
  CHECK(-reverse.mode()->log_density == Approx(0.351806).margin(1e-5));
  const Posterior forward = best_normal(1);
  CHECK(mean_of(forward, "a") == Approx(-0.8).margin(1e-5));
  CHECK(mean_of(forward, "b") == Approx(1.958316).margin(1e-5));
  CHECK(-forward.mode()->log_density == Approx(0.555525).margin(1e-5));
  // A guide is fitted by the reverse direction.
  const Posterior guide = fit(system_model("two_normals.elba", ""), "meanfield");
  CAPTURE(guide.best_guide()->elbo);
  CHECK(guide.best_guide()->elbo == Approx(-0.351806).margin(2e-3));
}

TEST_CASE("the Jaakkola-Jordan bound as an objective of the user's own", "[systems]") {
  const Posterior best = fit(system_model("jaakkola_jordan.elba", "wells.data.json"), "map");
  CHECK(best.verdict == Verdict::trust);
  CHECK(best.mode()->log_density == Approx(-2044.153256).margin(1e-5));
  // At the optimum xi_i^2 = x_i' (S + m m') x_i.
  const Json data = Json::parse(system_text("wells.data.json"));
  const double a = mean_of(best, "m[1]"), b = mean_of(best, "m[2]");
  const double l11 = mean_of(best, "L[1,1]"), l21 = mean_of(best, "L[2,1]"), l22 = mean_of(best, "L[2,2]");
  const auto xi = values_of(best, "xi");
  REQUIRE(xi.size() == 3020);
  for (std::size_t i = 0; i < xi.size(); i += 100) {
    const double x = data["dist"][i].get<double>() / 100;
    CHECK(xi[i] * xi[i] ==
          Approx(std::pow(a + b * x, 2) + std::pow(l11 + l21 * x, 2) + std::pow(l22 * x, 2)).epsilon(1e-3));
  }
}

TEST_CASE("natural gradients are exact in one step for a Gaussian model", "[systems]") {
  const auto model = system_model("diabetes_regression.elba", "diabetes.data.json");
  FitOptions options;
  options.method = "fullrank";
  options.optimiser = "natural";
  const auto posterior = model.bound.fit(options);
  REQUIRE(posterior);
  CAPTURE(posterior->iterations, posterior->best_guide()->elbo, posterior->best_guide()->elbo_se);
  CHECK(posterior->best_guide()->elbo == Approx(-2407.422212).margin(1e-5));
  CHECK(posterior->best_guide()->elbo_se < 1e-6);
  // One step to the answer, and one that finds nothing left to go.
  CHECK(posterior->iterations == 2);
  CHECK(sd_of(*posterior, "beta[5]") == Approx(271.3859).epsilon(0.06));
  CHECK(std::fabs(mean_of(*posterior, "beta[5]") + 351.56871) < 0.06 * 271.3859);
}
