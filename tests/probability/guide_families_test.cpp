// guide_families: every family against what its draws say of it: u is linear in the noise, so that unit
// noises give the factor F of the covariance F F', and with it log q, the entropy and the variances.
#include <random>

#include "api/model/parameter_table.h"
#include "frontend/frontend.h"
#include "passes/guide/writer.h"
#include "passes/passes.h"
#include "tests/probability/probability.h"
#include "tests/support/dense.h"

using namespace elba;
using namespace elba::ir;
using namespace elba::probability;

namespace {

constexpr double log_two_pi = 1.8378770664093454836;

// Shared: mu, tau (bounded below), beta[K]; members of J: theta[J], zeta[J, 2], both with latent scales. No
// prior's expectation is exact but beta's and mu's.
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
  runtime::ParameterTable table;
  std::string family;  // of the first group
  Sizes sizes;
  std::size_t phi_size = 0, size = 0, noise_size = 0;
};

Guided guided(const std::string& guide, const std::string& family) {
  auto front = compile_frontend(Source("test.elba", "model m {" + std::string(model_lines) + "}\n" + guide));
  for (const auto& diagnostic : front.diagnostics)
    INFO(diagnostic.message);
  REQUIRE(front.module);
  Module model = passes::reparameterise(passes::inline_calls(std::move(*front.module)));
  if (!family.empty()) model = passes::assign_guide(std::move(model), family);
  Guided out;
  out.sizes = {{"J", 3}, {"K", 2}};
  const passes::GuideTable table = passes::write_guide(model).table;
  out.table = evaluated(table, out.sizes);
  out.family = table.groups[0].family->name;
  out.module = passes::objective(passes::guide(std::move(model)));
  require_sound(out.module);
  REQUIRE(print(module_from(print(out.module))) == print(out.module));
  out.phi_size = out.table.size;
  out.size = out.table.latent_size;
  out.noise_size = out.table.noise_size;
  return out;
}

struct Draw {
  std::vector<double> u;
  double log_p = 0, log_q = 0;
};

const Tensor y = Tensor::vector({0.3, -0.4, 1.1});
const Tensor x{Scalar::f64, {3, 2}, {0.5, 1.0, -0.2, 0.4, 0.1, -0.7}, 0};

Draw draw_with(const Guided& guide, const std::vector<double>& phi, const std::vector<double>& noise) {
  const auto drawn = run(guide.module, "draw", {y, x, Tensor::vector(phi), Tensor::vector(noise)},
                         guide.sizes);
  return {drawn[0].values, drawn[1].values[0], drawn[2].values[0]};
}

double elbo_with(const Guided& guide, const std::vector<double>& phi, const std::vector<double>& noise) {
  return run_real(guide.module, "elbo", {y, x, Tensor::vector(phi), Tensor::vector(noise)}, guide.sizes);
}

std::vector<double> normals(std::size_t count, double sd, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal(0, sd);
  std::vector<double> out(count);
  for (double& value : out)
    value = normal(generator);
  return out;
}

std::vector<double> moved(std::vector<double> at, std::size_t k, double by) { return at[k] += by, at; }

void check_family(const Guided& guide) {
  const std::vector<double> phi = normals(guide.phi_size, 0.4, 11), none(guide.noise_size, 0.0);
  const std::size_t n = guide.size;
  const std::vector<double> centre = draw_with(guide, phi, none).u;
  std::vector<std::vector<double>> factor;  // by column
  for (std::size_t k = 0; k < guide.noise_size; ++k) {
    factor.push_back(draw_with(guide, phi, moved(none, k, 1)).u);
    for (std::size_t i = 0; i < n; ++i)
      factor[k][i] -= centre[i];
  }
  test::Matrix covariance(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      for (const auto& column : factor)
        covariance(i, j) += column[i] * column[j];
  const double log_det = test::log_determinant(test::cholesky(covariance));
  REQUIRE(std::isfinite(log_det));
  const double entropy = 0.5 * log_det + 0.5 * static_cast<double>(n) * (1 + log_two_pi);
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const std::vector<double> noise = normals(guide.noise_size, 1, seed);
    const Draw drawn = draw_with(guide, phi, noise);
    std::vector<double> gap(n);
    for (std::size_t i = 0; i < n; ++i) {
      gap[i] = drawn.u[i] - centre[i];
      double linear = 0;
      for (std::size_t k = 0; k < noise.size(); ++k)
        linear += factor[k][i] * noise[k];
      REQUIRE(gap[i] == Approx(linear).margin(1e-9));
    }
    REQUIRE(drawn.log_q == Approx(test::log_normal_density(gap, covariance)).epsilon(1e-8));
    // log p at u, plus the entropy; where priors of mu and beta are integrated exactly, what their noise
    // would have added is missing.
    double sampled = drawn.log_p, exact = drawn.log_p;
    for (const auto& run : guide.table.shared) {
      const double mean = run.site == "mu" ? 0.5 : 0, sd = run.site == "mu" ? 2 : 1;
      if (run.site != "mu" && run.site != "beta") continue;
      for (std::size_t i = run.u_offset; i < run.u_offset + run.size; ++i)
        exact += 0.5 * (std::pow(drawn.u[i] - mean, 2) - std::pow(centre[i] - mean, 2) - covariance(i, i)) /
                 (sd * sd);
    }
    const double elbo = elbo_with(guide, phi, noise);
    INFO(elbo << " " << sampled + entropy << " " << exact + entropy);
    const bool is_banded = guide.family == "banded";
    REQUIRE(elbo == Approx((is_banded ? sampled : exact) + entropy).epsilon(1e-8));
  }
}

}  // namespace

TEST_CASE("guide families: draws, log q and entropy belong to one normal distribution", "[probability]") {
  const std::string family = GENERATE("meanfield", "fullrank", "lowrank(1)", "lowrank(3)", "banded(1)",
                                      "banded(2)", "block");
  INFO(family);
  check_family(guided("", family));
}

TEST_CASE("guide families: the model file chooses by latent", "[probability]") {
  check_family(guided("guide q for m { auto fullrank for mu, beta; auto banded(2) for theta; }", ""));
  check_family(guided("guide q { auto lowrank(2) for theta, zeta; auto block; }", ""));
}

// No normal distribution: log q against the change of variables, by the numerical Jacobian of the draw.
TEST_CASE("guide families: the density of a flow is that of its draws", "[probability]") {
  const Guided guide = guided("", GENERATE("flow(1)", "flow(3)"));
  const std::vector<double> phi = normals(guide.phi_size, 0.5, 5), noise = normals(guide.noise_size, 1, 6);
  constexpr double step = 1e-5;
  test::Matrix jacobian(guide.size);
  for (std::size_t k = 0; k < guide.size; ++k) {
    const auto up = draw_with(guide, phi, moved(noise, k, step)).u,
               down = draw_with(guide, phi, moved(noise, k, -step)).u;
    for (std::size_t i = 0; i < guide.size; ++i)
      jacobian(i, k) = (up[i] - down[i]) / (2 * step);
  }
  double expected = -0.5 * static_cast<double>(guide.size) * log_two_pi - test::log_abs_determinant(jacobian);
  for (const double e : noise)
    expected -= 0.5 * e * e;
  const Draw drawn = draw_with(guide, phi, noise);
  REQUIRE(drawn.log_q == Approx(expected).epsilon(1e-6));
  REQUIRE(elbo_with(guide, phi, noise) == Approx(drawn.log_p - drawn.log_q).epsilon(1e-10));
}

// The density at the draw by the textbook, and the entropy as its mean over draws.
TEST_CASE("guide families: Student's t has the density, the entropy and the variance of its draws",
          "[probability]") {
  const int degrees = GENERATE(2, 8);
  const Guided guide = guided("", "student_t(" + std::to_string(degrees) + ")");
  const std::vector<double> phi = normals(guide.phi_size, 0.5, 5);
  const double nu = degrees, log_constant = std::lgamma(0.5 * (nu + 1)) - std::lgamma(0.5 * nu) -
                                            0.5 * std::log(nu * 3.14159265358979323846);
  const std::size_t n = guide.size;
  REQUIRE(guide.noise_size == n * static_cast<std::size_t>(1 + degrees));
  std::vector<double> scale(n);
  for (std::size_t i = 0; i < n; ++i)
    scale[i] = std::log1p(std::exp(phi[n + i]));
  double mean_surprise = 0, square_surprise = 0, gap = 0;
  constexpr int draws = 400;
  for (int k = 0; k < draws; ++k) {
    const std::vector<double> noise = normals(guide.noise_size, 1, static_cast<unsigned>(100 + k));
    const Draw drawn = draw_with(guide, phi, noise);
    double expected = 0;
    for (std::size_t i = 0; i < n; ++i) {
      double chi = 0;
      for (int d = 0; d < degrees; ++d)
        chi += std::pow(noise[n + i * static_cast<std::size_t>(degrees) + static_cast<std::size_t>(d)], 2);
      const double t = noise[i] / std::sqrt(chi / nu);
      expected += log_constant - std::log(scale[i]) - 0.5 * (nu + 1) * std::log1p(t * t / nu);
    }
    REQUIRE(drawn.log_q == Approx(expected).epsilon(1e-11));
    const double surprise = -drawn.log_q;
    mean_surprise += surprise / draws, square_surprise += surprise * surprise / draws;
    gap += (elbo_with(guide, phi, noise) - drawn.log_p) / draws;
  }
  // With two degrees there is no variance, and no prior enters by its expectation: the ELBO at a draw is log
  // p there plus the entropy.
  const double error = std::sqrt((square_surprise - mean_surprise * mean_surprise) / draws);
  INFO(mean_surprise << " +- " << error << ", " << gap);
  if (degrees == 2) REQUIRE(std::abs(gap - mean_surprise) < 5 * error);
}

TEST_CASE("guide families: coordinates of a group and their units", "[probability]") {
  const Guided guide = guided("guide q for m { auto block for zeta, mu, tau; auto fullrank for beta; }", "");
  // u': mu, theta[3], tau, beta[2], zeta[6]; the block has mu and tau first.
  const auto& groups = guide.table.groups;
  REQUIRE(groups.size() == 3);
  REQUIRE(groups[0].places == std::vector<std::size_t>{0, 4, 7, 8, 9, 10, 11, 12});
  REQUIRE(groups[1].places == std::vector<std::size_t>{1, 2, 3});
  REQUIRE(groups[2].places == std::vector<std::size_t>{5, 6});
  std::vector<double> sd(guide.size);
  for (std::size_t k = 0; k < sd.size(); ++k)
    sd[k] = 100.0 + static_cast<double>(k);
  const auto units = guide.table.units(sd);
  for (const auto& run : guide.table.shared)
    if (run.site == "beta") REQUIRE(units[run.phi_offset + 1] == 106);
}

TEST_CASE("guide families: a point has no width", "[probability]") {
  const Guided guide = guided("guide q for m { auto delta for tau; auto meanfield; }", "");
  REQUIRE(guide.noise_size + 1 == guide.size);
  const std::vector<double> phi(guide.phi_size, 0.2);
  const Draw one = draw_with(guide, phi, std::vector<double>(guide.noise_size, 1.0)),
             two = draw_with(guide, phi, std::vector<double>(guide.noise_size, -1.0));
  for (const auto& run : guide.table.shared)
    if (run.site == "tau") REQUIRE(one.u[run.u_offset] == 0.2);
  REQUIRE(one.u != two.u);
}
