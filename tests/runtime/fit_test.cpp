// Variational inference end to end, on targets whose answers are known in closed form or by quadrature.
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <limits>

#include "diabetes.h"
#include "guide_models.h"
#include "runtime/inference/map/fit.h"
#include "runtime/inference/optimise/averaged_sgd.h"
#include "runtime/inference/variational/fit.h"
#include "runtime/inference/variational/fixed_draws.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;
using namespace guide_models;

TEST_CASE("lent normals stand in for a key's stream, and only for it", "[runtime]") {
  const double values[] = {1, 2, 3};
  double out[3];
  {
    const LentNormals lent(5, values, 3);
    elba_rng_normal(5, 3, out);
    CHECK(out[2] == 3);
    elba_rng_normal(6, 3, out);
    CHECK(out[2] == normal(6, 2));
    elba_rng_normal(5, 2, out);
    CHECK(out[1] == normal(5, 1));
    const double inner_values[] = {9};
    const LentNormals inner(5, inner_values, 1);
    elba_rng_normal(5, 1, out);
    CHECK(out[0] == 9);
  }
  elba_rng_normal(5, 3, out);
  CHECK(out[0] == normal(5, 0));
}

TEST_CASE("Gaussian posteriors are found exactly by the full-rank guide", "[runtime]") {
  for (const std::size_t n : {1, 2, 4, 7, 15, 60}) {
    const double rho = 0.9;
    const Gaussian target(n, rho);
    const FitResult found = fit(problem_of(target.model(), GuideFamily::fullrank), {});
    INFO(n << ": " << found.reasons[0].text << ", " << found.evaluations << " evaluations, elbo error "
           << found.elbo - target.log_evidence(rho) << " +- " << found.elbo_se);
    CHECK(found.converged);
    CHECK(found.verdict == Verdict::trust);
    CHECK(std::abs(found.elbo - target.log_evidence(rho)) < 1e-4);
    CHECK(found.khat < 0.5);
    CHECK(std::abs(found.log_evidence - target.log_evidence(rho)) < 1e-3);
    CHECK(found.evaluations < 40'000 + 400 * static_cast<std::int64_t>(n));
  }
}

TEST_CASE("Gaussian posteriors reach the exact mean-field optimum", "[runtime]") {
  for (const std::size_t n : {1, 2, 5, 10, 15, 89}) {
    const double rho = 0.6;
    const Gaussian target(n, rho);
    const FitProblem problem = problem_of(target.model(), GuideFamily::meanfield);
    const FitResult found = fit(problem, {});
    INFO(n << ": " << found.reasons[0].text << ", " << found.evaluations << " evaluations, elbo error "
           << found.elbo - target.meanfield_elbo(rho) << " +- " << found.elbo_se);
    CHECK(found.converged);
    double worst_mean = 0, worst_sd = 0;
    for (std::size_t i = 0; i < n; ++i) {
      worst_mean = std::max(worst_mean, std::abs(found.phi[i] - target.centre[i]) / target.scale(i));
      worst_sd = std::max(worst_sd, std::abs(softplus(found.phi[n + i]) / target.scale(i) - 1));
    }
    CHECK(worst_mean < 1e-3);
    CHECK(worst_sd < 1e-3);
    // The gap at phi itself, in closed form.
    double gap = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double r = std::pow(softplus(found.phi[n + i]) / target.scale(i), 2);
      gap += 0.5 * (r - 1 - std::log(r));
    }
    CHECK(gap < 1e-4);
    if (n <= 15) CHECK(std::abs(found.elbo - target.meanfield_elbo(rho)) < 1e-4);
    CHECK(std::abs(found.elbo - target.meanfield_elbo(rho)) < 5 * found.elbo_se + 1e-6);
  }
}

TEST_CASE("eight schools: evidence, means and verdict", "[runtime]") {
  FitProblem problem = problem_of(eight_schools(), GuideFamily::fullrank);
  problem.constrain = [](const double* u, double* q) {
    return q[0] = u[8], q[1] = std::exp(u[9]), q[2] = u[8] + std::exp(u[9]) * u[0], true;
  };
  problem.quantity_names = {"mu", "tau", "theta[1]"};
  for (const GuideFamily family : {GuideFamily::meanfield, GuideFamily::fullrank}) {
    FitProblem one = problem_of(eight_schools(), family);
    one.constrain = problem.constrain;
    one.quantity_names = problem.quantity_names;
    FitOptions options;
    options.draws = 20000;
    const FitResult found = fit(one, options);
    INFO((family == GuideFamily::fullrank ? "fullrank" : "meanfield")
         << " elbo " << found.elbo << " +- " << found.elbo_se << " khat " << found.khat << " "
         << found.reasons[0].text << " " << found.evaluations);
    CHECK(found.converged);
    // Quadrature over (mu, tau): log evidence -31.311347, E mu 4.3968, E tau 3.5977.
    CHECK(found.elbo < -31.311347);
    CHECK(found.elbo > -31.311347 - 0.35);
    CHECK(found.elbo_se < 0.02);
    CHECK(found.log_evidence == Approx(-31.311347).margin(0.05));
    CHECK(found.quantities[0].mean == Approx(4.3968).margin(0.15));
    CHECK(found.quantities[1].mean == Approx(3.5977).margin(0.35));
    // The tail of tau makes k-hat of both guides hover around its limit of 0.7.
    CHECK(found.khat < 0.85);
    CHECK(found.is_weighted);
    CHECK(found.draws.size() == 3 * options.draws);
  }
}

TEST_CASE("a fit is a function of its seed", "[runtime]") {
  const FitProblem problem = problem_of(eight_schools(), GuideFamily::meanfield);
  FitOptions options;
  options.draws = 200;
  const FitResult a = fit(problem, options), b = fit(problem, options);
  CHECK(a.phi == b.phi);
  CHECK(a.elbo == b.elbo);
  CHECK(a.draws == b.draws);
  options.seed = 2;
  const FitResult c = fit(problem, options);
  CHECK(a.draws != c.draws);
  CHECK(c.elbo == Approx(a.elbo).margin(5 * (a.elbo_se + c.elbo_se) + 0.01));
}

TEST_CASE("fits that cannot succeed end with the reason", "[runtime]") {
  FitProblem nowhere = problem_of({2,
                                   [](const double*, double* gradient) {
                                     return gradient[0] = gradient[1] = 0,
                                            std::numeric_limits<double>::quiet_NaN();
                                   }},
                                  GuideFamily::meanfield);
  const FitResult lost = fit(nowhere, {});
  CHECK(lost.verdict == Verdict::do_not_trust);
  CHECK(!lost.converged);
  CHECK(lost.stop == Stop::diverged);

  std::atomic<bool> cancel{true};
  FitOptions options;
  options.budget.cancel = &cancel;
  const FitResult stopped = fit(problem_of(eight_schools(), GuideFamily::meanfield), options);
  CHECK(stopped.stop == Stop::cancelled);
  CHECK(stopped.verdict == Verdict::do_not_trust);
  CHECK(!stopped.quantities.empty());

  // A funnel under a mean-field guide: k-hat must say so.
  const Model funnel{10, [](const double* u, double* gradient) {
                       double value = -u[0] * u[0] / 18;
                       gradient[0] = -u[0] / 9;
                       for (int k = 1; k < 10; ++k) {
                         value += -0.5 * u[k] * u[k] * std::exp(-u[0]) - 0.5 * u[0];
                         gradient[k] = -u[k] * std::exp(-u[0]);
                         gradient[0] += 0.5 * u[k] * u[k] * std::exp(-u[0]) - 0.5;
                       }
                       return value;
                     }};
  const FitResult missed = fit(problem_of(funnel, GuideFamily::meanfield), {});
  INFO(missed.khat);
  CHECK(missed.verdict == Verdict::do_not_trust);
  CHECK(missed.khat > missed.khat_threshold);
}

TEST_CASE("progress is reported by phase", "[runtime]") {
  std::vector<std::string> phases;
  FitOptions options;
  options.budget.progress = [&](const Progress& progress) {
    CHECK(progress.fraction >= 0);
    CHECK(progress.fraction <= 1);
    if (phases.empty() || phases.back() != progress.phase) phases.push_back(progress.phase);
  };
  (void)fit(problem_of(eight_schools(), GuideFamily::meanfield), options);
  CHECK(phases == std::vector<std::string>{"start", "optimise", "check"});
}

TEST_CASE("averaged stochastic gradients stop by themselves near the optimum", "[runtime]") {
  for (const std::size_t n : {2, 10}) {
    const double rho = 0.5;
    const Gaussian target(n, rho);
    const FitProblem problem = problem_of(target.model(), GuideFamily::meanfield);
    StochasticOptions options;
    options.key = 3;
    options.units = [&](const double* phi, double* units) {
      for (std::size_t i = 0; i < n; ++i) {
        units[i] = softplus(phi[n + i]);
        units[n + i] = softplus(phi[n + i]) * (1 + std::exp(-phi[n + i]));
      }
    };
    std::vector<double> start = problem.start(target.centre.data(), 1);
    for (std::size_t i = 0; i < n; ++i) {
      start[i] += 4 * target.scale(i);
      start[n + i] = 3 * target.scale(i) + std::log(-std::expm1(-3 * target.scale(i)));
    }
    const StochasticResult found = maximise_stochastic({problem.guide_size, problem.elbo}, start, options);
    INFO(n << ": " << stop_words(found.stop) << " after " << found.iterations << " iterations, "
           << found.levels << " levels, mcse " << found.mcse);
    CHECK(found.stop == Stop::converged);
    for (std::size_t i = 0; i < n; ++i) {
      CHECK(std::abs(found.phi[i] - target.centre[i]) < 0.1 * target.scale(i));
      CHECK(std::abs(std::log(softplus(found.phi[n + i]) / target.scale(i))) < 0.05);
    }
    CHECK(found.value == Approx(target.meanfield_elbo(rho)).margin(0.1));
    const StochasticResult again = maximise_stochastic({problem.guide_size, problem.elbo}, start, options);
    CHECK(again.phi == found.phi);
  }
}

TEST_CASE("stochastic steps that are not finite are retried, then given up", "[runtime]") {
  // One key in twenty gives nothing.
  const Objective patchy{1, [](const double* x, std::uint64_t key, double& value, double* gradient) {
                           value = -0.5 * x[0] * x[0];
                           gradient[0] = -x[0] + normal(key, 0);
                           return key % 20 != 0;
                         }};
  StochasticOptions options;
  options.particles = 1;
  const StochasticResult found = maximise_stochastic(patchy, {3.0}, options);
  CHECK(found.retried > 0);
  CHECK(found.stop == Stop::converged);
  CHECK(std::abs(found.phi[0]) < 0.1);
  const Objective nowhere{1, [](const double*, std::uint64_t, double&, double*) { return false; }};
  CHECK(maximise_stochastic(nowhere, {3.0}, options).stop == Stop::diverged);
}

TEST_CASE("without known noise a fit falls back on stochastic gradients", "[runtime]") {
  const double rho = 0.3;
  const Gaussian target(3, rho);
  FitProblem problem = problem_of(target.model(), GuideFamily::meanfield);
  problem.has_normal_noise = false;
  const FitResult found = fit(problem, {});
  INFO(found.reasons[0].text << " " << found.elbo << " +- " << found.elbo_se);
  CHECK(found.algorithm == "averaged stochastic gradients");
  CHECK(found.converged);
  CHECK(found.elbo == Approx(target.meanfield_elbo(rho)).margin(5 * found.elbo_se + 0.05));
}

TEST_CASE("the mode, through fit_map", "[runtime]") {
  const Gaussian target(8, 0.9);
  const Model model = target.model();
  MapProblem problem;
  problem.log_density = {8, [&](const double* u, std::uint64_t, double& value, double* gradient) {
                           return value = model.log_density(u, gradient), true;
                         }};
  problem.constrain = [](const double* u, double* q) { return q[0] = 2 * u[0], true; };
  problem.quantity_names = {"twice"};
  for (const bool has_product : {false, true}) {
    if (has_product)
      problem.hessian_product = [&](const double*, const double* v, double* out) {
        for (std::size_t i = 0; i < 8; ++i) {
          out[i] = 0;
          for (std::size_t j = 0; j < 8; ++j)
            out[i] -= target.precision[i * 8 + j] * v[j];
        }
        return true;
      };
    const MapResult found = fit_map(problem, std::vector<double>(8, 0.0), {});
    CHECK(found.converged);
    CHECK(found.log_density == Approx(0).margin(1e-8));
    CHECK(found.quantities[0].mean == Approx(2 * target.centre[0]).margin(1e-3));
  }
}

TEST_CASE("a promise about the noise that does not hold is noticed", "[runtime]") {
  const Gaussian target(3, 0.3);
  FitProblem problem = problem_of(target.model(), GuideFamily::meanfield);
  const auto plain = problem.elbo;
  problem.elbo = [plain](const double* phi, std::uint64_t key, double& value, double* gradient) {
    return plain(phi, elba_key_fold(key, 0), value, gradient);
  };
  CHECK(fit(problem, {}).algorithm == "averaged stochastic gradients");
}

TEST_CASE("draws follow the importance weights that the summaries use", "[runtime]") {
  FitProblem problem = problem_of(eight_schools(), GuideFamily::fullrank);
  const FitResult found = fit(problem, {});
  REQUIRE(found.is_weighted);
  for (std::size_t j = 0; j < 10; ++j) {
    double mean = 0;
    for (std::size_t k = 0; k < 2000; ++k)
      mean += found.draws[k * 10 + j] / 2000;
    CHECK(mean == Approx(found.quantities[j].mean).margin(0.05 * found.quantities[j].sd));
  }
}

TEST_CASE("a mode on kinks is found although the host gives Hessians", "[runtime]") {
  // LASSO of the diabetes regression; the Hessian of |x| is 0 wherever it is asked for.
  MapProblem problem;
  problem.log_density = {
      10, [](const double* b, std::uint64_t, double& value, double* gradient) {
        value = -0.5 * diabetes::square;
        for (std::size_t i = 0; i < 10; ++i) {
          double row = 0;
          for (std::size_t j = 0; j < 10; ++j)
            row += diabetes::gram[i][j] * b[j];
          value += b[i] * (diabetes::moment[i] - 0.5 * row) - 100 * std::abs(b[i]);
          gradient[i] = diabetes::moment[i] - row - 100 * (b[i] > 0 ? 1 : b[i] < 0 ? -1 : 0);
        }
        return true;
      }};
  problem.hessian_product = [](const double*, const double* v, double* out) {
    for (std::size_t i = 0; i < 10; ++i) {
      out[i] = 0;
      for (std::size_t j = 0; j < 10; ++j)
        out[i] -= diabetes::gram[i][j] * v[j];
    }
    return true;
  };
  const MapResult found = fit_map(problem, std::vector<double>(10, 0.0), {});
  INFO(found.reasons[0].text);
  CHECK(std::abs(-found.log_density - 805850.3723743939) < 1e-6);
  CHECK(found.verdict == Verdict::trust);
}

TEST_CASE("coordinates that are not Gaussian follow a curved ridge", "[runtime]") {
  // ELBO of a one-dimensional Gaussian guide around c * 1000 with a penalty that pulls the weight w, c =
  // sigmoid(w), to 2: the ridge along which m and w must move together is a thousand units long and one wide.
  const Model ridge{1, [](const double*, double*) { return 0.0; }};
  FitProblem problem = problem_of(ridge, GuideFamily::meanfield);
  problem.guide_size = 3;
  const auto plain_start = problem.start;
  problem.start = [plain_start](const double* u, double sd) {
    auto phi = plain_start(u, sd);
    phi.push_back(0);
    return phi;
  };
  problem.elbo = [](const double* phi, std::uint64_t key, double& value, double* gradient) {
    double e = 0;
    elba_rng_normal(key, 1, &e);
    const double s = softplus(phi[1]), slope = 1 / (1 + std::exp(-phi[1])), c = 1 / (1 + std::exp(-phi[2]));
    const double gap = phi[0] + s * e - 1000 * c;
    value = -0.5 * gap * gap - 0.05 * (phi[2] - 2) * (phi[2] - 2) + std::log(s) + 0.5;
    gradient[0] = -gap;
    gradient[1] = (-gap * e + 1 / s) * slope;
    gradient[2] = gap * 1000 * c * (1 - c) - 0.1 * (phi[2] - 2);
    return true;
  };
  problem.log_joint = nullptr;
  const FitResult found = fit(problem, {});
  INFO(found.reasons[0].text << " after " << found.iterations);
  CHECK(found.converged);
  CHECK(found.phi[2] == Approx(2).margin(0.02));
  CHECK(found.elbo == Approx(0).margin(1e-4));
}

TEST_CASE("the error of frozen draws is seen in one dimension too", "[runtime]") {
  // Not smooth: a rule of few points is wrong, and a finer one knows.
  const Model kinked{1, [](const double* u, double* gradient) {
                       const double x = u[0] - 0.3;
                       gradient[0] = (x > 0 ? -3 : 1);
                       return x > 0 ? -3 * x : x;
                     }};
  const FitProblem problem = problem_of(kinked, GuideFamily::meanfield);
  const FitResult found = fit(problem, {});
  CHECK(found.frozen_error > 1e-6);
}

TEST_CASE("a structured guide is climbed in its units, and its error is one of means", "[runtime]") {
  // Six orders of magnitude between coordinates: without units the way is long.
  constexpr std::size_t n = 5;
  const Gaussian target(n, 0.5);
  FitProblem problem = problem_of(target.model(), GuideFamily::fullrank);
  problem.family = GuideFamily::structured;
  for (std::size_t i = 0; i < n; ++i)
    problem.means.push_back(i);
  problem.warm = problem.start(std::vector<double>(n, 0.0).data(), 1);
  for (std::size_t i = 0; i < n; ++i)
    problem.warm[n + i * n + i] = target.scale(i) + std::log(-std::expm1(-target.scale(i)));
  const FitResult plain = fit(problem, {});
  problem.units.assign(problem.guide_size, 1.0);
  for (std::size_t i = 0; i < n; ++i) {
    problem.units[i] = target.scale(i);
    for (std::size_t j = 0; j < n; ++j)
      problem.units[n + i * n + j] = target.scale(i) / (i == j ? -std::expm1(-target.scale(i)) : 1);
  }
  const FitResult found = fit(problem, {});
  INFO(found.evaluations << " evaluations with units, " << plain.evaluations << " without; elbo "
                         << found.elbo << " of " << target.log_evidence(0.5));
  CHECK(found.elbo == Approx(target.log_evidence(0.5)).margin(1e-3));
  CHECK(2 * found.evaluations < plain.evaluations);
}
