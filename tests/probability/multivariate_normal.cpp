// Distributions of whole arrays that are made from noise, against the distributions that the user wrote: same
// density but for the change of variables, and elements by hand.
#include <catch2/catch.hpp>

#include <cmath>
#include <random>

#include "api/model/handles.h"
#include "passes/density/reparameterise.h"
#include "passes/guide/writer.h"
#include "passes/passes.h"
#include "probability.h"

using namespace elba;
using namespace elba::ir;
using namespace elba::probability;

namespace {

Module density_of(const std::string& site) {
  const auto program = Program::compile(
      "model m { dim J, K; data y: real[J, K]; latent mu[K] ~ normal(0, 1); latent tau[K] ~ "
      "half_normal(1); " +
      site + " y ~ normal(1, 1); factor(sum(b)); }");
  if (!program) FAIL(program.diagnostics().front().message);
  return passes::inline_calls(program->impl->density);
}

// tau in front of rows of a fixed correlation; what stands above the diagonal must not be read.
const char* const factor_text = "[i == j ? tau[i] : i > j ? 0.3 * tau[i] : 7.0 for i in 1:K, j in 1:K]";
const char* const covariance_text =
    "[i == j ? (1 + 0.09 * (i - 1)) * tau[i] * tau[j] : 0.3 * tau[i] * tau[j] * (1 + (min(i, j) > 1 ? 0.3 * "
    "(min(i, j) - 1) : 0.0)) for i in 1:K, j in 1:K]";

// Of the last site.
passes::CenteringDecision decision_of(const Module& model) {
  Module copy = model;
  passes::Transforms transforms(copy);
  return passes::centering_decisions(model, *model.find("model"),
                                     passes::factor_graph(*model.find("model"), transforms))
      .back();
}

}  // namespace

TEST_CASE("reparameterise: the distribution of a multivariate normal site stays what it was",
          "[probability]") {
  const std::string asked = GENERATE("", "@centered ", "@noncentered ", "@vip ");
  const std::string prior = GENERATE(
      "latent b: real[J, K] ~ mvn_chol(mu, FACTOR);", "latent b: real[K] ~ mvn_chol(mu, FACTOR);",
      "latent b: real[J, K]; b ~ mvn_chol(mu, FACTOR);", "latent b[J] ~ mvn(2 * mu, COVARIANCE);",
      "latent b: real[J, K] ~ mvn_chol([y[j, k] + mu[k] for j in 1:J, k in 1:K], FACTOR);",
      "latent b: real[K] ~ mvn(zeros(K), COVARIANCE);");
  std::string text = asked + prior;
  for (const auto& [mark, words] :
       {std::pair("FACTOR", factor_text), std::pair("COVARIANCE", covariance_text)})
    if (const auto at = text.find(mark); at != std::string::npos)
      text.replace(at, std::string(mark).size(), words);
  INFO(text);
  const Module model = density_of(text);
  const bool has_rows = prior.find("real[K]") == std::string::npos;
  const bool is_vip = asked.empty() || asked == "@vip ";
  REQUIRE(passes::centering_name(decision_of(model).kind) == (is_vip                  ? "vip"
                                                              : asked == "@centered " ? "centered"
                                                                                      : "noncentered"));

  const Sizes sizes{{"J", 2}, {"K", 3}};
  const Tensor y = tensor({2, 3}, {0.4, -0.3, 0.8, 0.1, -0.6, 0.2});
  const Module original = passes::constrain(model),
               module = passes::objective(
                   passes::guide(passes::assign_guide(passes::reparameterise(model), "meanfield")));
  require_sound(module);
  const std::size_t n = 6 + (has_rows ? 6 : 3);
  std::mt19937_64 generator(5);
  std::normal_distribution<double> normal;
  for (std::uint64_t key = 1; key <= 3; ++key) {
    std::vector<double> phi(2 * n + (is_vip ? 1 : 0));
    for (double& value : phi)
      value = 0.5 * normal(generator);
    const auto drawn = run(module, "draw", {y, Tensor::vector(phi), noise_of(module, key, sizes)}, sizes);
    const auto &u = drawn[0].values, &z = drawn[3].values;
    REQUIRE(u.size() == n);
    // |d theta / d z| = prod L_kk / M_kk for every row; row k of L has the norm tau_k sqrt(1 + 0.09 (k - 1)).
    const double share = is_vip                     ? 1 / (1 + std::exp(phi[2 * n]))
                         : asked == "@noncentered " ? 1
                                                    : 0,
                 c = 1 - share;
    double log_scales = 0;
    for (int k = 0; k < 3; ++k) {
      const double L = std::exp(u[3 + static_cast<std::size_t>(k)]), norm = L * std::sqrt(1 + 0.09 * k);
      log_scales += std::log(L) - std::log(std::pow(norm, c) * (share + c * L / norm));
    }
    if (has_rows) log_scales *= 2;
    REQUIRE(
        drawn[1].values[0] ==
        Approx(run_real(original, "log_joint", {y, Tensor::vector(u), Tensor::real(1)}, sizes) + log_scales)
            .epsilon(1e-10));
    // The first element of a row has no other before it.
    const double location = prior.find("zeros") != std::string::npos     ? 0
                            : prior.find("2 * mu") != std::string::npos  ? 2 * z[0]
                            : prior.find("y[j, k]") != std::string::npos ? y.values[0] + z[0]
                                                                         : z[0];
    REQUIRE(u[6] == Approx(location + std::exp(share * z[3]) * (z[6] - c * location)).epsilon(1e-11));
  }
}

TEST_CASE("reparameterise: the distribution of a walk stays what it was", "[probability]") {
  const std::string asked = GENERATE("", "@centered ", "@noncentered ");
  const bool is_stationary = GENERATE(false, true);
  const std::int64_t length = GENERATE(1, 4);
  const Module model = density_of(
      asked + (is_stationary ? "latent b: real[K] ~ gaussian_ar1(mu[1], tanh(0.3 * tau[1]), tau[1]);"
                             : "latent b: real[K] ~ gaussian_random_walk(tau[1], 2 * tau[1]);"));
  INFO(asked << is_stationary << length);
  const Sizes sizes{{"J", 1}, {"K", length}};
  const auto K = static_cast<std::size_t>(length);
  const Tensor y = tensor({1, length}, std::vector<double>(K, 0.3));
  const Module original = passes::constrain(model),
               module = passes::objective(
                   passes::guide(passes::assign_guide(passes::reparameterise(model), "meanfield")));
  require_sound(module);
  std::mt19937_64 generator(3);
  std::normal_distribution<double> normal;
  std::vector<double> phi(6 * K + (asked.empty() ? 1 : 0));
  for (double& value : phi)
    value = 0.5 * normal(generator);
  const auto drawn = run(module, "draw", {y, Tensor::vector(phi), noise_of(module, 7, sizes)}, sizes);
  const auto &u = drawn[0].values, &z = drawn[3].values;
  const double share = asked.empty()              ? 1 / (1 + std::exp(phi[6 * K]))
                       : asked == "@noncentered " ? 1
                                                  : 0,
               c = 1 - share;
  const double sigma = std::exp(u[K]), phi1 = std::tanh(0.3 * sigma),
               start = is_stationary ? sigma / std::sqrt(1 - phi1 * phi1) : 2 * sigma;
  const double log_scales = std::log(start) + (length - 1) * std::log(sigma);
  REQUIRE(drawn[1].values[0] ==
          Approx(run_real(original, "log_joint", {y, Tensor::vector(u), Tensor::real(1)}, sizes) +
                 share * log_scales)
              .epsilon(1e-10));
  double before = 0;
  for (std::size_t t = 0; t < K; ++t) {
    const double location = is_stationary ? (t == 0 ? u[0] : u[0] + phi1 * (before - u[0])) : before;
    before = u[2 * K + t];
    REQUIRE(before ==
            Approx(location + std::pow(t == 0 ? start : sigma, share) * (z[2 * K + t] - c * location))
                .epsilon(1e-11));
  }
}

TEST_CASE("reparameterise: walks side by side stay centred, and say so", "[probability]") {
  const Module model = density_of("latent b: real[J, K] ~ gaussian_random_walk(tau[1], 1);");
  const auto decision = decision_of(model);
  REQUIRE(passes::centering_name(decision.kind) == "centered");
  CHECK(decision.reason.find("side by side") != std::string::npos);
}

TEST_CASE("reparameterise: a covariance for each row stays centred, and says so", "[probability]") {
  const Module model = density_of(
      "latent b: real[J, K]; for j in 1:J { b[j] ~ mvn_chol(mu, diag((1.0 + j) * tau)); }");
  const auto decision = decision_of(model);
  REQUIRE(passes::centering_name(decision.kind) == "centered");
  CHECK(decision.reason.find("covariance of its own") != std::string::npos);
}
