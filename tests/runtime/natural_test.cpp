// Natural gradients and gradients that stick the landing, on targets whose answers are known.
#include <catch2/catch.hpp>
#include <cmath>

#include "guide_models.h"
#include "runtime/inference/optimise/averaged_sgd.h"
#include "runtime/inference/variational/natural_gradient.h"
#include "runtime/inference/variational/path_gradient.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;
using namespace guide_models;

namespace {

FrozenProblem frozen(const FitProblem& problem) {
  return {problem.family, problem.guide_size, problem.noise_size,
          [&problem](const double* phi, const double* noise, double& value, double* gradient) {
            const LentNormals lent(1, noise, problem.noise_size);
            return problem.elbo(phi, 1, value, gradient);
          }};
}

double log_cosh_model(double u) { return -std::log(std::cosh(u)) * 3; }

}  // namespace

TEST_CASE("natural gradients: one full step from anywhere is exact for a Gaussian posterior", "[runtime]") {
  for (const std::size_t n : {1, 3, 12}) {
    const double rho = 0.9;
    const Gaussian target(n, rho);
    const FitProblem problem = problem_of(target.model(), GuideFamily::fullrank);
    for (const double sd : {0.01, 1.0, 30.0}) {
      std::vector<double> centre = target.centre;
      for (std::size_t i = 0; i < n; ++i)
        centre[i] += 100 * std::cos(static_cast<double>(i));
      const std::vector<double> phi = problem.start(centre.data(), sd);
      const Design design = make_design(n, 5);
      double value = 0;
      std::vector<double> gradient;
      Slopes slopes;
      REQUIRE(frozen_slopes(frozen(problem), design, phi, value, gradient, slopes));
      const std::vector<double> next = natural_step(problem.family, n, phi, gradient, 1);
      const double reached = frozen_value(frozen(problem), make_design(n, 6), next);
      CAPTURE(n, sd, value, reached, target.log_evidence(rho));
      CHECK(value < reached - 1);
      CHECK(std::fabs(reached - target.log_evidence(rho)) < 1e-6);
      // Begun at up to 1e4 sd from there, with curvatures over eight orders of magnitude: rounding leaves
      // this much.
      for (std::size_t i = 0; i < n; ++i)
        CHECK(std::fabs(next[i] - target.centre[i]) < 5e-3 * target.scale(i));
    }
  }
}

TEST_CASE("natural gradients: shorter steps mix precisions, and negative curvature keeps them positive",
          "[runtime]") {
  // f = -u^2 / 8, so that -H = 1/4; from N(2, 1) a step of 1/2 has precision 5/8 and mean 2 - (1/2) (8/5)
  // (2/4).
  const Model broad{
      1, [](const double* u, double* gradient) { return gradient[0] = -u[0] / 4, -u[0] * u[0] / 8; }};
  // f = u^2 has -H = -2: outside the range of precisions.
  const Model hollow{1,
                     [](const double* u, double* gradient) { return gradient[0] = 2 * u[0], u[0] * u[0]; }};
  for (const GuideFamily family : {GuideFamily::meanfield, GuideFamily::fullrank}) {
    const auto step = [&](const Model& model, double rho) {
      const FitProblem problem = problem_of(model, family);
      const double at = 2;
      const std::vector<double> phi = problem.start(&at, 1);
      double value = 0;
      std::vector<double> gradient;
      Slopes slopes;
      REQUIRE(frozen_slopes(frozen(problem), make_design(1, 5), phi, value, gradient, slopes));
      return natural_step(family, 1, phi, gradient, rho);
    };
    const std::vector<double> mixed = step(broad, 0.5);
    CHECK(mixed[0] == Approx(2 - 0.4));
    CHECK(softplus(mixed[1]) == Approx(std::sqrt(1.6)));
    const std::vector<double> kept = step(hollow, 1);
    // 1 + x + x^2 / 2 with x = -3.
    CHECK(softplus(kept[1]) == Approx(std::sqrt(1 / 2.5)));
  }
}

TEST_CASE("natural gradients: a fit ends at the optimum of its family, and says so", "[runtime]") {
  const Gaussian target(8, 0.6);
  FitOptions options;
  options.climb = Climb::natural;
  const FitResult full = fit(problem_of(target.model(), GuideFamily::fullrank), options);
  CHECK(full.algorithm == "natural gradients");
  CHECK(full.iterations <= 3);
  CHECK(full.verdict == Verdict::trust);
  CHECK(std::fabs(full.elbo - target.log_evidence(0.6)) < 1e-4);
  const FitResult factorised = fit(problem_of(target.model(), GuideFamily::meanfield), options);
  CAPTURE(factorised.iterations, factorised.reasons[0].text);
  CHECK(factorised.algorithm == "natural gradients");
  CHECK(factorised.converged);
  CHECK(std::fabs(factorised.elbo - target.meanfield_elbo(0.6)) < 1e-3 + 4 * factorised.elbo_se);

  // Not Gaussian: the same optimum as frozen draws find.
  const Model curved{2, [](const double* u, double* gradient) {
                       gradient[0] = -3 * std::tanh(u[0] + u[1]) - u[0] + 1;
                       gradient[1] = -3 * std::tanh(u[0] + u[1]) - 0.1 * u[1];
                       return log_cosh_model(u[0] + u[1]) - 0.5 * u[0] * u[0] + u[0] - 0.05 * u[1] * u[1];
                     }};
  const FitProblem problem = problem_of(curved, GuideFamily::fullrank);
  const FitResult by_jumps = fit(problem, {}), by_steps = fit(problem, options);
  CAPTURE(by_steps.iterations, by_jumps.elbo, by_steps.elbo);
  CHECK(by_jumps.algorithm == "frozen draws");
  CHECK(by_steps.converged);
  CHECK(std::fabs(by_steps.elbo - by_jumps.elbo) < 2e-4);
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(std::fabs(by_steps.quantities[i].guide_mean - by_jumps.quantities[i].guide_mean) <
          0.03 * by_jumps.quantities[i].guide_sd);
}

TEST_CASE("natural gradients: they end in words where nothing is finite, or when told to", "[runtime]") {
  const Model nowhere{1, [](const double*, double* gradient) { return gradient[0] = 0, std::nan(""); }};
  const FitProblem problem = problem_of(nowhere, GuideFamily::fullrank);
  const double at = 0;
  CHECK(maximise_natural(frozen(problem), problem.start(&at, 1), {}).stop == Stop::diverged);
  const Gaussian target(3, 0.5);
  const FitProblem gaussian = problem_of(target.model(), GuideFamily::fullrank);
  const std::atomic<bool> cancel = true;
  NaturalOptions options;
  options.budget.cancel = &cancel;
  CHECK(maximise_natural(frozen(gaussian), gaussian.start(target.centre.data(), 1), options).stop ==
        Stop::cancelled);
}

TEST_CASE("sticking the landing: the same mean everywhere, and no noise at the posterior", "[runtime]") {
  constexpr std::size_t n = 3;
  const Gaussian target(n, 0.8);
  for (const GuideFamily family : {GuideFamily::meanfield, GuideFamily::fullrank}) {
    const FitProblem problem = problem_of(target.model(), family);
    // What is added has mean zero: over a design that is exact for quadratics it sums to nothing.
    std::vector<double> phi = problem.start(target.centre.data(), 0.7);
    if (family == GuideFamily::fullrank) phi[n + n] = 0.3, phi[n + 2 * n] = -0.2, phi[n + 2 * n + 1] = 0.5;
    const Design design = make_design(n, 3);
    std::vector<double> sum(phi.size());
    for (std::size_t k = 0; k < design.count; ++k) {
      std::vector<double> part(phi.size());
      add_landing(family, n, phi.data(), design.points.data() + k * n, part.data());
      for (std::size_t j = 0; j < part.size(); ++j)
        sum[j] += design.weights[k] * part[j];
    }
    for (const double s : sum)
      CHECK(std::fabs(s) < 1e-9);
  }
  // At the posterior every single gradient is zero.
  const FitProblem problem = problem_of(target.model(), GuideFamily::fullrank);
  FitOptions options;
  options.climb = Climb::natural;
  const std::vector<double> phi = fit(problem, options).phi;
  double plain = 0, landed = 0;
  for (std::uint64_t key = 0; key < 50; ++key) {
    std::vector<double> gradient(phi.size()), noise(n);
    double value = 0;
    REQUIRE(problem.elbo(phi.data(), key, value, gradient.data()));
    fill_normal(key, 0, n, noise.data());
    for (std::size_t i = 0; i < n; ++i)
      plain = std::max(plain, std::fabs(gradient[i]) * target.scale(i));
    add_landing(problem.family, n, phi.data(), noise.data(), gradient.data());
    for (std::size_t i = 0; i < n; ++i)
      landed = std::max(landed, std::fabs(gradient[i]) * target.scale(i));
  }
  CHECK(plain > 1);
  CHECK(landed < 1e-5);
}

TEST_CASE(
    "sticking the landing: used where it is the less noisy, and then steps settle at the optimum itself",
    "[runtime]") {
  constexpr std::size_t n = 4;
  const double rho = 0.6;
  const Gaussian target(n, rho);
  const FitProblem problem = problem_of(target.model(), GuideFamily::fullrank);
  FitOptions options;
  options.climb = Climb::adam;
  const FitResult found = fit(problem, options);
  CHECK(found.algorithm == "averaged stochastic gradients");
  CHECK(found.converged);
  CHECK(std::fabs(found.elbo - target.log_evidence(rho)) < 1e-3 + 4 * found.elbo_se);

  StochasticOptions settings;
  settings.key = 4;
  settings.particles = 8;
  settings.units = [&](const double* phi, double* units) {
    guide_units(problem.family, n, problem.guide_size, phi, units);
  };
  const std::vector<double> start = problem.start(target.centre.data(), 1);
  settings.landing = [&](const double* phi, std::uint64_t key, double* gradient) {
    double noise[n];
    fill_normal(key, 0, n, noise);
    add_landing(problem.family, n, phi, noise, gradient);
  };
  const StochasticResult landed = maximise_stochastic({problem.guide_size, problem.elbo}, start, settings);
  settings.landing = {};
  settings.max_iterations = landed.iterations;  // at equal cost
  const StochasticResult plain = maximise_stochastic({problem.guide_size, problem.elbo}, start, settings);
  const auto gap = [&](const StochasticResult& result) {
    return std::fabs(frozen_value(frozen(problem), make_design(n, 6), result.phi) - target.log_evidence(rho));
  };
  CAPTURE(plain.iterations, landed.iterations, landed.levels, gap(plain), gap(landed));
  CHECK(plain.landing_levels == 0);
  CHECK(landed.landing_levels > 0);
  CHECK(gap(landed) < gap(plain));

  // What only adds noise is left alone: the noise of this objective has nothing to do with that of the draw.
  const Objective flat{1, [](const double* x, std::uint64_t, double& value, double* gradient) {
                         return value = -0.5 * x[0] * x[0], gradient[0] = -x[0], true;
                       }};
  StochasticOptions other;
  other.landing = [](const double*, std::uint64_t key, double* gradient) { gradient[0] += normal(key, 0); };
  CHECK(maximise_stochastic(flat, {3.0}, other).landing_levels == 0);
}
