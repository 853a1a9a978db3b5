// guide_families: every family against what its draws say of it: u is linear in the noise, so that unit noises give the factor F of the
// covariance F F', and with it log q, the entropy and the variances.
#include <Eigen/Dense>

#include <random>

#include "frontend/frontend.h"
#include "passes/guide.h"
#include "passes/passes.h"
#include "tests/probability/probability.h"

using namespace elba;
using namespace elba::ir;
using namespace elba::probability;

namespace {

constexpr double log_two_pi = 1.8378770664093454836;

// Shared: mu, tau (bounded below), beta[K]; members of J: theta[J], zeta[J, 2], both with latent scales. No prior's expectation is exact but beta's and mu's.
const char* model_lines = R"(
  dim J, K;
  data y: real[J];  data x: real[J, K];
  latent mu ~ normal(0.5, 2);
  @centered latent theta[J] ~ normal(mu, exp(mu));
  latent tau: real<lower=0> ~ gamma(2, 1);
  latent beta[K] ~ normal(0, 1);
  @centered latent zeta[J, 2] ~ normal(mu, tau);
  for j in 1:J { y[j] ~ normal(theta[j] + zeta[j, 1] * zeta[j, 2] + dot(x[j], beta), tau); }
)";

struct Guided {
  Module module;
  passes::GuideLayout layout;
  Sizes sizes;
  std::size_t phi_size = 0, size = 0, noise_size = 0;
};

Guided guided(const std::string& guide, const std::string& family) {
  auto front = compile_frontend(Source("test.elba", "model m {" + std::string(model_lines) + "}\n" + guide));
  for (const auto& diagnostic : front.diagnostics) INFO(diagnostic.message);
  REQUIRE(front.module);
  Module model = passes::reparameterise(passes::inline_calls(std::move(*front.module)));
  if (!family.empty()) model = passes::assign_guide(std::move(model), family);
  Guided out;
  out.sizes = {{"J", 3}, {"K", 2}};
  out.layout = passes::guide_layout(model);
  out.module = passes::guide(std::move(model));
  require_sound(out.module);
  REQUIRE(print(module_from(print(out.module))) == print(out.module));
  const auto number = [&](const Dim& dim) { return static_cast<std::size_t>(dim.evaluate(out.sizes).value()); };
  out.phi_size = number(out.layout.size);
  out.size = number(out.layout.latent_size);
  out.noise_size = number(out.layout.noise_size);
  return out;
}

struct Draw {
  Eigen::VectorXd u;
  double log_p = 0, log_q = 0;
};

const Tensor y = Tensor::vector({0.3, -0.4, 1.1});
const Tensor x{Scalar::f64, {3, 2}, {0.5, 1.0, -0.2, 0.4, 0.1, -0.7}, 0};

Draw draw_with(const Module& with_noise, const Guided& guide, const std::vector<double>& phi, const Eigen::VectorXd& noise) {
  const auto drawn = run(with_noise, "draw", {y, x, Tensor::vector(phi), key_of(1), Tensor::vector({noise.data(), noise.data() + noise.size()})}, guide.sizes);
  const auto& values = drawn[0].values;
  return {Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size())), drawn[1].values[0], drawn[2].values[0]};
}

void check_family(const Guided& guide) {
  const Module draws = with_noise_parameter(guide.module, "draw"), elbos = with_noise_parameter(guide.module, "elbo");
  std::mt19937_64 generator(11);
  std::normal_distribution<double> normal;
  std::vector<double> phi(guide.phi_size);
  for (double& value : phi) value = 0.4 * normal(generator);
  const auto n = static_cast<Eigen::Index>(guide.size), noises = static_cast<Eigen::Index>(guide.noise_size);
  const Eigen::VectorXd centre = draw_with(draws, guide, phi, Eigen::VectorXd::Zero(noises)).u;
  Eigen::MatrixXd factor(n, noises);
  for (Eigen::Index k = 0; k < noises; ++k) factor.col(k) = draw_with(draws, guide, phi, Eigen::VectorXd::Unit(noises, k)).u - centre;
  const Eigen::MatrixXd covariance = factor * factor.transpose();
  const Eigen::LLT<Eigen::MatrixXd> chol(covariance);
  REQUIRE(chol.info() == Eigen::Success);
  const double log_det = 2 * chol.matrixLLT().diagonal().array().log().sum();
  const double entropy = 0.5 * log_det + 0.5 * static_cast<double>(n) * (1 + log_two_pi);
  for (int k = 0; k < 4; ++k) {
    Eigen::VectorXd noise(noises);
    for (double& value : noise) value = normal(generator);
    const Draw drawn = draw_with(draws, guide, phi, noise);
    REQUIRE((drawn.u - centre - factor * noise).norm() < 1e-9 * (1 + drawn.u.norm()));
    const double square = chol.matrixL().solve(drawn.u - centre).squaredNorm();
    REQUIRE(drawn.log_q == Approx(-0.5 * square - 0.5 * log_det - 0.5 * static_cast<double>(n) * log_two_pi).epsilon(1e-8));
    // log p at u, plus the entropy, but for the priors of mu and beta whose expectations may be exact: those differ by what their noise adds.
    const double elbo = run_real(elbos, "elbo", {y, x, Tensor::vector(phi), key_of(1), Tensor::vector({noise.data(), noise.data() + noises})}, guide.sizes);
    double sampled = drawn.log_p, exact = drawn.log_p;
    for (const auto& link : guide.layout.links) {
      const double mean = link.site == "mu" ? 0.5 : 0, sd = link.site == "mu" ? 2 : 1;
      if (link.site != "mu" && link.site != "beta") continue;
      const auto at = static_cast<Eigen::Index>(link.u_offset.evaluate(guide.sizes).value());
      for (Eigen::Index i = at; i < at + link.size.evaluate(guide.sizes).value(); ++i)
        exact += 0.5 * (std::pow(drawn.u(i) - mean, 2) - std::pow(centre(i) - mean, 2) - covariance(i, i)) / (sd * sd);
    }
    const bool is_either = std::abs(elbo - sampled - entropy) < 1e-7 * (1 + std::abs(elbo)) || std::abs(elbo - exact - entropy) < 1e-7 * (1 + std::abs(elbo));
    INFO(elbo << " " << sampled + entropy << " " << exact + entropy);
    REQUIRE(is_either);
  }
}

}  // namespace

TEST_CASE("guide families: draws, log q and entropy belong to one normal law", "[probability]") {
  const std::string family = GENERATE("meanfield", "fullrank", "lowrank(1)", "lowrank(3)", "banded(1)", "banded(2)", "block");
  INFO(family);
  check_family(guided("", family));
}

TEST_CASE("guide families: the model file chooses by latent", "[probability]") {
  check_family(guided("guide q for m { auto fullrank for mu, beta; auto banded(2) for theta; }", ""));
  check_family(guided("guide q { auto lowrank(2) for theta, zeta; auto block; }", ""));
}

TEST_CASE("guide families: coordinates of a group and their units", "[probability]") {
  const Guided guide = guided("guide q for m { auto block for zeta, mu, tau; auto fullrank for beta; }", "");
  // u': mu, theta[3], tau, beta[2], zeta[6]; the block has mu and tau first.
  const auto places = passes::group_coordinates(guide.layout, guide.sizes);
  REQUIRE(places.size() == 3);
  REQUIRE(places[0] == std::vector<std::size_t>{0, 4, 7, 8, 9, 10, 11, 12});
  REQUIRE(places[1] == std::vector<std::size_t>{1, 2, 3});
  REQUIRE(places[2] == std::vector<std::size_t>{5, 6});
  std::vector<double> sd(guide.size);
  for (std::size_t k = 0; k < sd.size(); ++k) sd[k] = 100.0 + static_cast<double>(k);
  const auto units = passes::guide_units(guide.layout, guide.sizes, sd);
  for (const auto& link : guide.layout.links)
    if (link.site == "beta") REQUIRE(units[static_cast<std::size_t>(link.phi_offset.evaluate(guide.sizes).value()) + 1] == 106);
}

TEST_CASE("guide families: a point has no width", "[probability]") {
  const Guided guide = guided("guide q for m { auto delta for tau; auto meanfield; }", "");
  REQUIRE(guide.noise_size + 1 == guide.size);
  const Module draws = with_noise_parameter(guide.module, "draw");
  const std::vector<double> phi(guide.phi_size, 0.2);
  const auto noises = static_cast<Eigen::Index>(guide.noise_size);
  const Draw one = draw_with(draws, guide, phi, Eigen::VectorXd::Ones(noises)), two = draw_with(draws, guide, phi, -Eigen::VectorXd::Ones(noises));
  for (const auto& link : guide.layout.links)
    if (link.site == "tau") REQUIRE(one.u(static_cast<Eigen::Index>(link.u_offset.evaluate(guide.sizes).value())) == 0.2);
  REQUIRE(one.u != two.u);
}
