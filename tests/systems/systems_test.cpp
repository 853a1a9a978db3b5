// The numbers of published methods (tests/systems/README.md derives each). Guides that are not of a built-in
// family are Elba models of their own (guides/): their log density is log q, so a bound is an average of
// differences of two compiled densities.
#include <catch2/catch.hpp>

#include <cmath>

#include "tests/support/paths.h"
#include "tests/systems/systems.h"

namespace {

using namespace elba;
using namespace elba::test;
using namespace elba::test::systems;
namespace fs = std::filesystem;
using Json = nlohmann::json;

// Nodes and weights for E f(Z), Z ~ N(0, 1): a fine trapezoidal rule, which converges faster than any power
// for such integrands.
struct Rule {
  std::vector<double> nodes, weights;
};
Rule normal_rule(int half = 100, double width = 9) {
  Rule rule;
  double total = 0;
  for (int k = -half; k <= half; ++k) {
    const double z = width * k / half;
    rule.nodes.push_back(z);
    rule.weights.push_back(std::exp(-0.5 * z * z));
    total += rule.weights.back();
  }
  for (double& weight : rule.weights)
    weight /= total;
  return rule;
}

// An exact guide makes every draw of the bound the log evidence: the difference of the two densities is the
// same everywhere.
void check_exact_guide(Loaded& model, Loaded& guide, const std::vector<std::vector<double>>& points,
                       double evidence) {
  for (const auto& u : points)
    CHECK(log_density(model, u) - log_density(guide, u) == Approx(evidence).margin(1e-6));
  const double first = log_density(model, points[0]) - log_density(guide, points[0]);
  for (const auto& u : points)
    CHECK(std::fabs(log_density(model, u) - log_density(guide, u) - first) < 1e-9);
}

}  // namespace

TEST_CASE("systems: values and gradients at the stated points", "[systems]") {
  const Json expected = Json::parse(system_text("expected.json"));
  for (const Json& entry : expected["cases"]) {
    if (!entry.contains("points")) continue;
    DYNAMIC_SECTION(entry["id"].get<std::string>()) {
      auto loaded = system_model(entry["model"], entry.contains("data") && !entry["data"].is_null()
                                                     ? entry["data"].get<std::string>()
                                                     : "");
      for (const Json& point : entry["points"]) {
        const auto u = point["unconstrained"].get<std::vector<double>>();
        REQUIRE(u.size() == loaded.bound.dimension());
        CHECK(log_density(loaded, u, false) == Approx(point["log_density"].get<double>()).epsilon(1e-8));
        std::vector<double> gradient(u.size());
        double value = 0;
        REQUIRE(loaded.bound.log_density(*loaded.workspace, u, true, value, gradient));
        // The density alone is stated, of a kernel machine and of a model without unknowns.
        if (!point.contains("gradient")) continue;
        CHECK(value == Approx(point["log_density_with_jacobian"].get<double>()).epsilon(1e-8));
        const auto slopes = point["gradient"].get<std::vector<double>>();
        for (std::size_t k = 0; k < u.size(); ++k)
          CHECK(gradient[k] == Approx(slopes[k]).epsilon(1e-8).margin(1e-7));
      }
    }
  }
}

TEST_CASE("linear regression is Gaussian maximum likelihood", "[systems]") {
  const auto posterior = fit(system_model("linear_regression.elba", "diabetes.data.json"), "map");
  const double sigma = mean_of(posterior, "sigma");
  CHECK(442 * sigma * sigma == Approx(1263985.7856).margin(1e-2));
  CHECK(posterior.mode()->log_density == Approx(-2385.992862).margin(1e-4));
}

TEST_CASE("LASSO and ridge are modes under Laplace and normal priors", "[systems]") {
  const auto lasso = fit(system_model("lasso.elba", "diabetes.data.json"), "map");
  CHECK(-lasso.mode()->log_density - 221 * std::log(2 * M_PI) + 10 * std::log(50) ==
        Approx(805850.3724).margin(1e-3));
  std::vector<int> kept;
  for (int k = 1; k <= 10; ++k)
    if (std::fabs(mean_of(lasso, "beta[" + std::to_string(k) + "]")) > 1e-3) kept.push_back(k);
  CHECK(kept == std::vector<int>{2, 3, 4, 7, 9});
  const auto ridge = fit(system_model("ridge.elba", "diabetes.data.json"), "map");
  CHECK(-ridge.mode()->log_density - 226 * std::log(2 * M_PI) == Approx(850029.551447).margin(1e-3));
}

TEST_CASE("logistic unit", "[systems]") {
  const auto posterior = fit(system_model("logistic_unit.elba", "wells.data.json"), "map");
  CHECK(mean_of(posterior, "alpha") == Approx(.60596).margin(1e-5));
  CHECK(mean_of(posterior, "beta") == Approx(-.62188).margin(1e-5));
  CHECK(posterior.mode()->log_density == Approx(-2038.118913).margin(1e-4));
}

TEST_CASE("kernel logistic regression", "[systems]") {
  const auto posterior = fit(system_model("kernel_logistic.elba", "ripley_synth.data.json"), "map");
  double squares = 0;
  for (const Quantity& quantity : posterior.quantities)
    if (quantity.name.starts_with("z[")) squares += quantity.mean * quantity.mean;
  CHECK(-posterior.mode()->log_density - squares / 2 - 125 * std::log(2 * M_PI) ==
        Approx(66.682801).margin(1e-4));

  // Laplace's evidence: the joint density at the mode times the volume of a Gaussian with the same curvature
  // there.
  auto model = system_model("kernel_logistic.elba", "ripley_synth.data.json");
  CHECK(posterior.mode()->log_density + 125 * std::log(2 * M_PI) -
            0.5 * log_determinant(negative_hessian(model, values_of(posterior, "z"))) ==
        Approx(-83.393778).margin(1e-4));

  // Test error by the predictions of the same posterior mode.
  const auto with_test = fit(system_model("kernel_logistic_test.elba", "ripley_synth.data.json"), "map");
  const Json data = Json::parse(system_text("ripley_synth.data.json"));
  int wrong = 0;
  const auto truth = data["yt"].get<std::vector<int>>();
  for (std::size_t k = 0; k < truth.size(); ++k)
    wrong += (mean_of(with_test, "ft[" + std::to_string(k + 1) + "]") > 0 ? 1 : 0) != truth[k];
  CHECK(wrong == 99);
}

TEST_CASE("softmax regression: iris", "[systems]") {
  const fs::path iris = fs::path(elba::test::source_dir) / "examples/iris_softmax";
  const auto posterior = fit(load(iris / "model.elba", iris / "data.json"), "map");
  double squares = 0;
  for (const Quantity& quantity : posterior.quantities)
    squares += quantity.mean * quantity.mean;
  CHECK(posterior.quantities.size() == 15);
  CHECK(-posterior.mode()->log_density - squares / 2 - 7.5 * std::log(2 * M_PI) ==
        Approx(22.021571).margin(1e-4));
}

TEST_CASE("softmax regression: digits", "[systems]") {
  const auto posterior = fit(system_model("digits_softmax.elba", "digits.data.json"), "map");
  CHECK(posterior.mode()->log_density == Approx(-362.135286 - 325 * std::log(2 * M_PI)).margin(1e-4));
  double squares = 0;
  for (const Quantity& quantity : posterior.quantities)
    squares += quantity.mean * quantity.mean;
  CHECK(-posterior.mode()->log_density - squares / 2 - 325 * std::log(2 * M_PI) ==
        Approx(194.501727).margin(1e-3));
}

TEST_CASE("weight decay is a Gaussian prior", "[systems]") {
  const auto posterior = fit(system_model("weight_decay.elba", "breast_cancer.data.json"), "map");
  CHECK(-posterior.mode()->log_density - 15 * std::log(2 * M_PI) == Approx(37.758946).margin(1e-5));
  double squares = 0;
  for (double w : values_of(posterior, "w"))
    squares += w * w;
  CHECK(-posterior.mode()->log_density - squares / 2 - 15 * std::log(2 * M_PI) ==
        Approx(30.379967).margin(1e-4));
  CHECK(mean_of(posterior, "b") == Approx(0.214503).margin(1e-5));
}

TEST_CASE("a stopped gradient", "[systems]") {
  auto model = system_model("stop_gradient.elba", "");
  std::vector<double> gradient(1);
  double value = 0;
  REQUIRE(model.bound.log_density(*model.workspace, std::vector<double>{3}, true, value, gradient));
  CHECK(value == 27);
  CHECK(gradient[0] == 9);
}

TEST_CASE("ELBO: an exact guide has zero variance", "[systems]") {
  auto bernoulli = system_model("beta_bernoulli.elba", "beta_bernoulli.data.json");
  auto beta = system_model("guides/beta_bernoulli_exact.elba", "");
  check_exact_guide(bernoulli, beta, {{-2}, {-0.4}, {0}, {0.7}, {1.3}, {3}}, -7.185387);

  auto model = system_model("normal_normal.elba", "normal_normal.data.json");
  auto exact = system_model("guides/normal_normal_exact.elba", "");
  check_exact_guide(model, exact, {{-2}, {0}, {1}, {2.5}}, -2.265512);
}

TEST_CASE("ELBO: a wider guide stays below the evidence by its KL divergence", "[systems]") {
  auto model = system_model("normal_normal.elba", "normal_normal.data.json");
  auto wide = system_model("guides/normal_normal_wide.elba", "");
  const Rule rule = normal_rule();
  double bound = 0;
  for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
    const std::vector<double> u{0.5 + rule.nodes[k]};
    bound += rule.weights[k] * (log_density(model, u) - log_density(wide, u));
  }
  CHECK(bound == Approx(-2.668939).margin(1e-6));

  // Elba's own stochastic bound with the same guide, averaged over keys: m = 0.5, sd = softplus(w) = 1.
  const std::vector<double> phi{0.5, std::log(std::expm1(1.0))};
  auto size = model.bound.phi_size("meanfield");
  REQUIRE(size);
  REQUIRE(*size == phi.size());
  double sum = 0, squares = 0;
  constexpr int draws = 20000;
  std::vector<double> gradient(phi.size());
  for (int key = 0; key < draws; ++key) {
    double value = 0;
    REQUIRE(model.bound.elbo_step(*model.workspace, "meanfield", phi, static_cast<std::uint64_t>(key), value,
                                  gradient));
    sum += value;
    squares += value * value;
  }
  const double mean = sum / draws, se = std::sqrt((squares / draws - mean * mean) / draws);
  CAPTURE(mean, se);
  CHECK(std::fabs(mean + 2.668939) < 5 * se);
}

TEST_CASE("conjugate normal mean", "[systems]") {
  auto model = system_model("nile_mean.elba", "nile.data.json");
  auto exact = system_model("guides/nile_mean_exact.elba", "");
  check_exact_guide(model, exact, {{880}, {919.5}, {950}}, -658.993892);
  const auto posterior = fit(model, "auto");
  CHECK(mean_of(posterior, "mu") == Approx(919.551122).margin(0.05 * 14.981285));
  CHECK(sd_of(posterior, "mu") == Approx(14.981285).epsilon(0.05));
  CHECK(posterior.best_guide()->elbo == Approx(-658.993892).margin(1e-4));
}

TEST_CASE("mean field against exact: Nile mean and variance", "[systems]") {
  auto model = system_model("nile_mean_variance.elba", "nile.data.json");
  auto exact = system_model("guides/nile_mean_variance_exact.elba", "");
  const double centre = std::log(3.55528598e-05);
  check_exact_guide(model, exact, {{centre, 919}, {centre - 0.2, 900}, {centre + 0.3, 940}}, -660.838797);

  // The best factorised guide q(mu) q(tau): its bound by quadrature over the two compiled densities.
  auto factorised = system_model("guides/nile_mean_variance_factorised_optimum.elba", "");
  const Rule rule = normal_rule(60, 7.5);
  double bound = 0, mass = 0;
  for (double a : rule.nodes) {
    for (double b : rule.nodes) {
      const std::vector<double> u{centre + 0.16 * a, 919.358 + 16.77 * b};
      const double q = log_density(factorised, u);
      const double weight = std::exp(q + 16);  // any constant: the weights are normalised
      bound += weight * (log_density(model, u) - q);
      mass += weight;
    }
  }
  CHECK(bound / mass == Approx(-660.843597).margin(1e-4));

  // Elba's mean field is Gaussian in (log tau, mu), a slightly smaller family.
  const auto posterior = fit(model, "meanfield");
  CAPTURE(posterior.best_guide()->elbo, posterior.best_guide()->elbo_se);
  CHECK(posterior.best_guide()->elbo ==
        Approx(-660.845184).margin(2e-3 + 4 * posterior.best_guide()->elbo_se));
}

TEST_CASE("mean field against exact: diabetes regression", "[systems]") {
  const auto model = system_model("diabetes_regression.elba", "diabetes.data.json");
  const auto meanfield = fit(model, "meanfield");
  CAPTURE(meanfield.best_guide()->elbo, meanfield.best_guide()->elbo_se);
  CHECK(meanfield.best_guide()->elbo == Approx(-2410.797193).margin(1e-3));
  const auto fullrank = fit(model, "fullrank");
  CAPTURE(fullrank.best_guide()->elbo, fullrank.best_guide()->elbo_se);
  CHECK(fullrank.best_guide()->elbo == Approx(-2407.422212).margin(1e-3));
}

TEST_CASE("Gaussian reparameterisation: the pathwise gradient of E (z - 3)^2", "[systems]") {
  // d/dm E (z - 3)^2 = 2 (m - 3) = -4 and d/ds = 2 s = 1 at (1, 0.5), for z = m + s eps: the mean of the
  // pathwise derivatives of the compiled density f(z) = -(z - 3)^2 (two_points) over eps, by quadrature.
  auto program = Program::compile("model square { latent z ~ flat(); factor -(z - 3)^2; }");
  REQUIRE(program);
  auto bound = program->bind(Data());
  REQUIRE(bound);
  auto workspace = bound->workspace();
  REQUIRE(workspace);
  const Rule rule = normal_rule();
  double by_mean = 0, by_sd = 0;
  for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
    const std::vector<double> u{1 + 0.5 * rule.nodes[k]};
    std::vector<double> gradient(1);
    double value = 0;
    REQUIRE(bound->log_density(**workspace, u, true, value, gradient));
    by_mean -= rule.weights[k] * gradient[0];
    by_sd -= rule.weights[k] * gradient[0] * rule.nodes[k];
  }
  CHECK(by_mean == Approx(-4).margin(1e-9));
  CHECK(by_sd == Approx(1).margin(1e-9));

  // The same through the guide: the ELBO gradient averaged over keys, with the entropy's known part (1/s in
  // s) taken off.
  const double w = std::log(std::expm1(0.5)), chain = 1 / (1 + std::exp(-w));
  const std::vector<double> phi{1.0, w};
  std::vector<double> gradient(2), sum(2), squares(2);
  constexpr int draws = 20000;
  for (int key = 0; key < draws; ++key) {
    double value = 0;
    REQUIRE(
        bound->elbo_step(**workspace, "meanfield", phi, static_cast<std::uint64_t>(key), value, gradient));
    for (int k = 0; k < 2; ++k) {
      sum[k] += gradient[k];
      squares[k] += gradient[k] * gradient[k];
    }
  }
  const double expected[2] = {4, (-1 + 1 / 0.5) * chain};
  for (int k = 0; k < 2; ++k) {
    const double mean = sum[k] / draws, se = std::sqrt((squares[k] / draws - mean * mean) / draws);
    CAPTURE(k, mean, se);
    CHECK(std::fabs(mean - expected[k]) < 5 * se + 1e-12);
  }
}

TEST_CASE("hierarchical model: eight schools", "[systems]") {
  const fs::path schools = fs::path(elba::test::source_dir) / "examples/eight_schools";
  auto joint = load(schools / "model.elba", schools / "data.json");
  const auto posterior = fit(joint, "auto");
  CAPTURE(posterior.best_guide()->khat, mean_of(posterior, "mu"), mean_of(posterior, "tau"));
  CHECK(std::fabs(mean_of(posterior, "mu") - 4.3968) < 0.1 * 3.3);
  CHECK(std::fabs(mean_of(posterior, "tau") - 3.5977) < 0.1 * 3.2);

  // Exact numbers: theta integrates out to y ~ N(mu, sqrt(sigma^2 + tau^2)); the remaining two dimensions by
  // quadrature of the compiled density.
  auto program = Program::compile(
      "model collapsed { dim J; data y: real[J]; data sigma: real<lower=0>[J]; latent mu ~ normal(0, 5); "
      "latent tau ~ half_cauchy(5); y ~ normal(mu, sqrt(square(sigma) + tau^2)); }");
  REQUIRE(program);
  auto data = Data::from_json(read_text(schools / "data.json"));
  REQUIRE(data);
  auto bound = program->bind(*data);
  REQUIRE(bound);
  auto workspace = bound->workspace();
  REQUIRE(workspace);
  double mass = 0, mu_mass = 0, tau_mass = 0;
  const double du = 0.05, dm = 0.1;
  for (double u = -30; u < 12; u += du) {
    for (double m = -30; m < 40; m += dm) {
      double value = 0;
      const double at[] = {m, u};
      REQUIRE(bound->log_density(**workspace, at, true, value, {}));
      const double weight = std::exp(value) * du * dm;
      mass += weight;
      mu_mass += weight * m;
      tau_mass += weight * std::exp(u);
    }
  }
  CHECK(std::log(mass) == Approx(-31.311347).margin(1e-5));
  CHECK(mu_mass / mass == Approx(4.3968).margin(1e-4));
  CHECK(tau_mass / mass == Approx(3.5977).margin(1e-4));
}

TEST_CASE("full-rank Gaussian variational inference: wells", "[systems]") {
  auto model = system_model("wells_gaussian_vi.elba", "wells.data.json");
  const auto posterior = fit(model, "fullrank");
  CAPTURE(posterior.best_guide()->elbo, posterior.best_guide()->elbo_se);
  CHECK(posterior.best_guide()->elbo ==
        Approx(-2044.122217).margin(1e-4 + 4 * posterior.best_guide()->elbo_se));
  CHECK(posterior.best_guide()->elbo_se < 2e-3);
  CHECK(mean_of(posterior, "alpha") == Approx(0.601533).margin(0.05 * 0.060019));
  CHECK(sd_of(posterior, "alpha") == Approx(0.060019).epsilon(0.05));
  // The evidence itself, by quadrature.
  double mass = 0;
  const double step = 0.1;
  for (double a = -8; a <= 8; a += step)
    for (double b = -8; b <= 8; b += step)
      mass += std::exp(log_density(model, {0.601533 + 0.06 * a, -0.614343 + 0.097 * b}) + 2044) * step *
              step * 0.06 * 0.097;
  CHECK(std::log(mass) - 2044 == Approx(-2044.122184).margin(1e-5));
}
