// Laplace and Pathfinder on targets whose answers are known: exact on normal laws, in doubt on a funnel, and
// clear where there is no maximum.
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "runtime/inference/variational/laplace_pathfinder.h"
#include "runtime/inference/variational/normal_mixture.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;

namespace {

FitProblem problem_of(Evaluate log_joint, std::size_t n) {
  FitProblem problem;
  problem.latent_size = n;
  problem.log_joint = std::move(log_joint);
  problem.constrain = [n](const double* u, double* out) {
    std::copy(u, u + n, out);
    return true;
  };
  for (std::size_t k = 0; k < n; ++k)
    problem.quantity_names.push_back("x[" + std::to_string(k + 1) + "]");
  return problem;
}

// exp of it integrates to (2 pi)^(n/2) |P|^-1/2; P is tridiagonal, centred at 1.
constexpr double off = -0.4;
Evaluate chain(std::size_t n) {
  return [n](const double* u, std::uint64_t, double& value, double* gradient) {
    value = 0;
    for (std::size_t i = 0; i < n; ++i) {
      double row = u[i] - 1;
      if (i > 0) row += off * (u[i - 1] - 1);
      if (i + 1 < n) row += off * (u[i + 1] - 1);
      value -= 0.5 * (u[i] - 1) * row;
      gradient[i] = -row;
    }
    return true;
  };
}
HessianProduct chain_hessian(std::size_t n) {
  return [n](const double*, const double* v, double* out) {
    for (std::size_t i = 0; i < n; ++i)
      out[i] = -v[i] - (i > 0 ? off * v[i - 1] : 0) - (i + 1 < n ? off * v[i + 1] : 0);
    return true;
  };
}
double chain_evidence(std::size_t n) {
  double before = 1, det = 1;  // of the leading minors of P
  for (std::size_t i = 1; i < n; ++i) {
    const double next = det - off * off * before;
    before = det;
    det = next;
  }
  return 0.5 * static_cast<double>(n) * std::log(2 * std::numbers::pi) - 0.5 * std::log(det);
}

Evaluate funnel() {
  return [](const double* u, std::uint64_t, double& value, double* gradient) {
    constexpr std::size_t n = 8;
    gradient[0] = -u[0] / 9 - 0.5 * (n - 1);
    value = -u[0] * u[0] / 18 - 0.5 * (n - 1) * u[0];
    for (std::size_t k = 1; k < n; ++k) {
      const double square = u[k] * u[k] * std::exp(-u[0]);
      value -= 0.5 * square;
      gradient[0] += 0.5 * square;
      gradient[k] = -u[k] * std::exp(-u[0]);
    }
    return std::isfinite(value);
  };
}

}  // namespace

TEST_CASE("Laplace is exact for a normal law, its evidence too", "[runtime]") {
  for (const std::size_t n : {1U, 7U, 40U}) {
    const FitResult found = fit_laplace(problem_of(chain(n), n), chain_hessian(n),
                                        std::vector<double>(n, -2.0), {});
    CHECK(found.verdict == Verdict::trust);
    CHECK(found.elbo == Approx(chain_evidence(n)).epsilon(1e-8));
    CHECK(found.elbo_se < 1e-6);
    CHECK(found.laplace_evidence == Approx(chain_evidence(n)).epsilon(1e-9));
    for (const auto& q : found.quantities)
      CHECK(std::abs(q.mean - 1) < 4 * q.mcse);
  }
}

TEST_CASE("Pathfinder is close for a normal law, and the same seed gives the same answer", "[runtime]") {
  const std::size_t n = 12;
  const FitResult found = fit_pathfinder(problem_of(chain(n), n), {}, {}),
                  again = fit_pathfinder(problem_of(chain(n), n), {}, {});
  INFO("k-hat " << found.khat << ", ELBO " << found.elbo << " of " << chain_evidence(n));
  CHECK(found.draws == again.draws);
  CHECK(found.verdict != Verdict::do_not_trust);
  CHECK(found.elbo < chain_evidence(n) + 4 * found.elbo_se);
  CHECK(found.elbo > chain_evidence(n) - 1);
  CHECK(found.log_evidence == Approx(chain_evidence(n)).margin(0.05));
  for (const auto& q : found.quantities)
    CHECK(std::abs(q.mean - 1) < 0.15 * q.sd);
}

TEST_CASE("a funnel is not trusted, and a density without a maximum is named", "[runtime]") {
  CHECK(fit_pathfinder(problem_of(funnel(), 8), {}, {}).verdict == Verdict::do_not_trust);
  const Evaluate flat = [](const double* u, std::uint64_t, double& value, double* gradient) {
    value = -0.5 * u[0] * u[0];
    gradient[0] = -u[0];
    gradient[1] = 0;
    return true;
  };
  const HessianProduct product = [](const double*, const double* v, double* out) {
    out[0] = -v[0];
    out[1] = 0;
    return true;
  };
  const FitResult found = fit_laplace(problem_of(flat, 2), product, {1, 1}, {});
  CHECK(found.verdict == Verdict::do_not_trust);
  REQUIRE(found.reasons.size() == 1);
  CHECK(found.reasons[0].text.find("no proper maximum") != std::string::npos);
}

TEST_CASE("the density of a mixture of normal laws is that of its draws", "[runtime]") {
  // Along a quasi-Newton path with pairs of the chain's own curvature: C P = 1 on the span of the steps.
  const std::size_t n = 5, count = 2;
  std::vector<double> x(n, 0.5), gradient(n), steps(count * n), falls(count * n), value(1);
  double unused = 0;
  REQUIRE(chain(n)(x.data(), 0, unused, gradient.data()));
  for (std::size_t j = 0; j < count; ++j) {
    fill_normal(7, j * n, n, &steps[j * n]);
    REQUIRE(chain_hessian(n)(nullptr, &steps[j * n], &falls[j * n]));
    for (std::size_t k = 0; k < n; ++k)
      falls[j * n + k] *= -1;
  }
  NormalPart part, other;
  REQUIRE(quasi_newton_part(x, gradient, std::vector<double>(n, 1.3), steps, falls, count, part));
  other = part;
  for (double& m : other.mean)
    m += 3;
  const NormalMixture mixture({part, other});
  // E_q [p / q] = 1 for a normalised p: p is the chain.
  double sum = 0;
  const int draws = 40000;
  std::vector<double> u(n);
  for (int k = 0; k < draws; ++k) {
    mixture.draw(static_cast<std::size_t>(k) % 2, fold_key(3, static_cast<std::uint64_t>(k)), u.data());
    double log_p = 0;
    REQUIRE(chain(n)(u.data(), 0, log_p, gradient.data()));
    sum += std::exp(log_p - chain_evidence(n) - mixture.log_density(u.data())) / draws;
  }
  CHECK(sum == Approx(1).margin(0.05));
}
