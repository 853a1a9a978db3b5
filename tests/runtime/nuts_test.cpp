// NUTS on targets whose answers are known: means and spreads within 4 Monte Carlo errors, its warnings where
// they are due.
#include <catch2/catch.hpp>
#include <cmath>

#include "guide_models.h"
#include "runtime/inference/diagnostics/rank_normalised.h"
#include "runtime/inference/mcmc/nuts.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;
using namespace guide_models;

namespace {

NutsProblem problem_of(Evaluate evaluate, std::size_t n) {
  NutsProblem problem;
  problem.workers = {{n, evaluate}, {n, evaluate}};
  problem.start.assign(n, 0.0);
  problem.constrain = [n](const double* u, double* out) {
    std::copy(u, u + n, out);
    return true;
  };
  for (std::size_t k = 0; k < n; ++k)
    problem.quantity_names.push_back("x[" + std::to_string(k + 1) + "]");
  return problem;
}

// Normal with sd 10^(k - 1) in coordinate k, correlation rho between the first two.
Evaluate normal_target(std::size_t n, double rho) {
  return [=](const double* u, std::uint64_t, double& value, double* gradient) {
    std::vector<double> z(n);
    for (std::size_t k = 0; k < n; ++k)
      z[k] = (u[k] - 1) / std::pow(10.0, static_cast<double>(k % 3) - 1);
    value = -0.5 * (z[0] * z[0] - 2 * rho * z[0] * z[1] + z[1] * z[1]) / (1 - rho * rho);
    std::vector<double> slope = {-(z[0] - rho * z[1]) / (1 - rho * rho),
                                 -(z[1] - rho * z[0]) / (1 - rho * rho)};
    for (std::size_t k = 2; k < n; ++k) {
      value -= 0.5 * z[k] * z[k];
      slope.push_back(-z[k]);
    }
    for (std::size_t k = 0; k < n; ++k)
      gradient[k] = slope[k] / std::pow(10.0, static_cast<double>(k % 3) - 1);
    return true;
  };
}

}  // namespace

TEST_CASE("NUTS finds the moments of a badly scaled normal, with either metric", "[runtime]") {
  for (const bool is_dense : {false, true}) {
    NutsOptions options;
    options.is_dense = is_dense;
    const NutsResult found = sample_nuts(problem_of(normal_target(6, 0.9), 6), options);
    INFO(found.reasons.at(0).text);
    CHECK(found.verdict == Verdict::trust);
    CHECK(found.draw_count == 4000);
    CHECK(found.divergences == 0);
    for (std::size_t k = 0; k < 6; ++k) {
      const auto& q = found.quantities[k].summary;
      const double sd = std::pow(10.0, static_cast<double>(k % 3) - 1);
      CHECK(std::abs(q.mean - 1) < 4 * q.mcse);
      CHECK(std::abs(q.sd / sd - 1) < 0.08);
      CHECK(std::abs((q.q95 - 1) / sd - 1.645) < 0.15);
    }
    double product = 0;
    for (std::size_t row = 0; row < found.draw_count; ++row)
      product += (found.draws[row * 6] - 1) / 0.1 * (found.draws[row * 6 + 1] - 1);
    CHECK(product / static_cast<double>(found.draw_count) == Approx(0.9).margin(0.08));
  }
}

TEST_CASE("NUTS gives the same draws for any number of threads, and others for another seed", "[runtime]") {
  NutsOptions options;
  options.warmup = options.draws = 200;
  NutsProblem problem = problem_of(normal_target(3, 0.5), 3);
  const auto two = sample_nuts(problem, options);
  problem.workers.pop_back();
  const auto one = sample_nuts(problem, options);
  CHECK(one.draws == two.draws);
  options.seed = 2;
  CHECK(sample_nuts(problem, options).draws != one.draws);
}

TEST_CASE("NUTS says so when a funnel makes it diverge, and when there is no point to start from",
          "[runtime]") {
  // v ~ normal(0, 3), x[k] ~ normal(0, exp(v / 2)): Neal's funnel.
  const std::size_t n = 10;
  const Evaluate funnel = [=](const double* u, std::uint64_t, double& value, double* gradient) {
    const double v = u[0], precision = std::exp(-v);
    value = -v * v / 18;
    gradient[0] = -v / 9;
    for (std::size_t k = 1; k < n; ++k) {
      value -= 0.5 * v + 0.5 * u[k] * u[k] * precision;
      gradient[0] += -0.5 + 0.5 * u[k] * u[k] * precision;
      gradient[k] = -u[k] * precision;
    }
    return std::isfinite(value);
  };
  const auto found = sample_nuts(problem_of(funnel, n), {});
  CHECK(found.verdict != Verdict::trust);
  CHECK(found.divergences > 0);
  const auto nowhere = sample_nuts(
      problem_of([](const double*, std::uint64_t, double&, double*) { return false; }, 2), {});
  CHECK(nowhere.verdict == Verdict::do_not_trust);
  CHECK(nowhere.draw_count == 0);
  CHECK(nowhere.reasons.at(0).text.find("finite density") != std::string::npos);
}

TEST_CASE("measures of chains: independent draws, a random walk, chains apart", "[runtime]") {
  std::vector<std::vector<double>> values(4, std::vector<double>(1000));
  const auto spans = [&] { return std::vector<std::span<const double>>(values.begin(), values.end()); };
  for (std::size_t c = 0; c < 4; ++c)
    fill_normal(c + 1, 0, 1000, values[c].data());
  auto measured = measure_chains(spans());
  CHECK(measured.rhat < 1.01);
  CHECK(measured.bulk_size == Approx(4000).epsilon(0.15));
  CHECK(measured.tail_size == Approx(4000).epsilon(0.2));
  // AR(1) with coefficient .8: n (1 - .8) / (1 + .8)
  for (auto& chain : values)
    for (std::size_t k = 1; k < chain.size(); ++k)
      chain[k] = 0.8 * chain[k - 1] + 0.6 * chain[k];
  measured = measure_chains(spans());
  CHECK(measured.mean_size == Approx(4000 * 0.2 / 1.8).epsilon(0.25));
  for (double& x : values[0])
    x += 3;
  CHECK(measure_chains(spans()).rhat > 1.2);
  // One chain much wider than the others: only the folded measure sees it.
  for (std::size_t c = 0; c < 4; ++c)
    fill_normal(c + 1, 0, 1000, values[c].data());
  for (double& x : values[0])
    x *= 5;
  CHECK(measure_chains(spans()).rhat > 1.05);
}
