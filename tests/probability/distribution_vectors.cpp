// distribution_vectors: distributions of vectors and matrices in closed form or over their coordinates, and
// flat.
#include <random>

#include "frontend/frontend.h"
#include "passes/passes.h"
#include "tests/probability/probability.h"
#include "tests/probability/structured_distributions.h"

using namespace elba;
using namespace elba::ir;
using namespace elba::probability;

TEST_CASE("distributions: densities of constrained vectors and matrices integrate to one", "[probability]") {
  REQUIRE(latent_mass("simplex[2] ~ dirichlet([0.8, 2.5])", 1, 40, 0.1) == Approx(1).epsilon(1e-9));
  REQUIRE(latent_mass("simplex[3] ~ dirichlet([1.5, 3.0, 2.0])", 2, 20, 0.4) == Approx(1).epsilon(1e-6));
  REQUIRE(latent_mass("cholesky_corr[2] ~ lkj_chol(2.5)", 1, 10, 0.1) == Approx(1).epsilon(1e-9));
  REQUIRE(latent_mass("cholesky_corr[3] ~ lkj_chol(1.0)", 3, 6, 0.5) == Approx(1).epsilon(1e-4));
  REQUIRE(latent_mass("cholesky_corr[3] ~ lkj_chol(3.0)", 3, 4, 0.4) == Approx(1).epsilon(1e-4));
  REQUIRE(latent_mass("real<lower=0> ~ gamma(2.5, 1.5)", 1, 15, 0.05) == Approx(1).epsilon(1e-9));
  REQUIRE(latent_mass("real<lower=-1, upper=2.5> ~ uniform(-1, 2.5)", 1, 40, 0.1) == Approx(1).epsilon(1e-9));
}

TEST_CASE("distributions: dirichlet's sampler has its mean and variance", "[probability]") {
  const Module module = compiled(
      "model m {\n  dim K;\n  data alpha: real<lower=0>[K];\n  data x: simplex[K];\n  x ~ "
      "dirichlet(alpha);\n}\n");
  const std::vector<double> alpha = {0.5, 2.0, 1.5};
  const double total = 4, draws = 4000;
  std::vector<double> sum(3), squares(3);
  for (std::uint64_t key = 1; key <= static_cast<std::uint64_t>(draws); ++key) {
    const auto x = run(module, "dirichlet.sample", {key_of(key * 7919), Tensor::vector(alpha)}).at(0).values;
    REQUIRE(x[0] + x[1] + x[2] == Approx(1).epsilon(1e-14));
    for (std::size_t k = 0; k < 3; ++k) {
      sum[k] += x[k];
      squares[k] += x[k] * x[k];
    }
  }
  for (std::size_t k = 0; k < 3; ++k) {
    const double mean = alpha[k] / total, variance = mean * (1 - mean) / (total + 1);
    REQUIRE(sum[k] / draws == Approx(mean).margin(5 * std::sqrt(variance / draws)));
    REQUIRE(squares[k] / draws - std::pow(sum[k] / draws, 2) == Approx(variance).epsilon(0.1));
  }
}

TEST_CASE("distributions: multivariate normal, by factor and by covariance", "[probability]") {
  const std::vector<double> factor = {1.5, 0, -0.6, 0.8}, covariance = {2.25, -0.9, -0.9, 1.0},
                            mean = {0.5, -1.0}, x = {1.25, 0.3};
  // z = L^-1 (x - mu): z1 = 0.75 / 1.5, z2 = (1.3 + 0.6 z1) / 0.8; log det L = ln 1.2
  const double z1 = 0.5, z2 = 2.0;
  const double expected = -0.5 * (z1 * z1 + z2 * z2) - std::log(1.2) - std::log(2 * std::numbers::pi);
  for (const std::string name : {"mvn_chol", "mvn"}) {
    const Module module = compiled(
        "model m {\n  dim K;\n  data mu: real[K];\n  data S: real[K, K];\n  data x: real[K];\n  x ~ " + name +
        "(mu, S);\n}\n");
    const Tensor matrix = tensor({2, 2}, name == "mvn" ? covariance : factor);
    REQUIRE(run_real(module, name + ".logpdf", {Tensor::vector(x), Tensor::vector(mean), matrix}) ==
            Approx(expected).epsilon(1e-13));
    const auto draw =
        run(module, name + ".sample", {Tensor::vector({z1, z2}), Tensor::vector(mean), matrix}).at(0).values;
    REQUIRE(draw[0] == Approx(x[0]).epsilon(1e-13));
    REQUIRE(draw[1] == Approx(x[1]).epsilon(1e-13));
  }
}

TEST_CASE("distributions: flat adds nothing", "[probability]") {
  const Module joint = passes::constrain(compiled("model m {\n  latent x: real<lower=0> ~ flat();\n}\n"));
  require_sound(joint);
  REQUIRE(run_real(joint, "log_joint", {Tensor::vector({3.5}), Tensor::real(0)}) == 0);
  REQUIRE(run_real(joint, "log_joint", {Tensor::vector({3.5}), Tensor::real(1)}) == 3.5);
}
