// Maximisation: known maxima of smooth, ill-conditioned, partly undefined and kinked functions.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "diabetes.h"
#include "runtime/inference/optimise/lbfgs.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;

namespace {

using Vector = std::vector<double>;

Objective rosenbrock(std::size_t n) {
  return {n, [n](const double* x, std::uint64_t, double& value, double* gradient) {
            value = 0;
            std::fill_n(gradient, n, 0.0);
            for (std::size_t k = 0; k + 1 < n; ++k) {
              const double a = x[k + 1] - x[k] * x[k], b = 1 - x[k];
              value -= 100 * a * a + b * b;
              gradient[k] += 400 * a * x[k] + 2 * b;
              gradient[k + 1] -= 200 * a;
            }
            return true;
          }};
}

// -1/2 sum c_k (x_k - k)^2 with curvatures from 1 to `condition`.
Objective quadratic(std::size_t n, double condition) {
  return {n, [=](const double* x, std::uint64_t, double& value, double* gradient) {
            value = 0;
            for (std::size_t k = 0; k < n; ++k) {
              const double c = std::pow(condition, static_cast<double>(k) / static_cast<double>(n - 1)),
                           gap = x[k] - static_cast<double>(k);
              value -= 0.5 * c * gap * gap;
              gradient[k] = -c * gap;
            }
            return true;
          }};
}

// Half the squares of the diabetes regression, with a Laplace prior of rate lambda on every coefficient.
Objective lasso(double lambda) {
  return {10, [lambda](const double* b, std::uint64_t, double& value, double* gradient) {
            value = -0.5 * diabetes::square;
            for (std::size_t i = 0; i < 10; ++i) {
              double row = 0;
              for (std::size_t j = 0; j < 10; ++j)
                row += diabetes::gram[i][j] * b[j];
              value += b[i] * (diabetes::moment[i] - 0.5 * row) - lambda * std::abs(b[i]);
              gradient[i] = diabetes::moment[i] - row - lambda * (b[i] > 0 ? 1 : b[i] < 0 ? -1 : 0);
            }
            return true;
          }};
}

}  // namespace

TEST_CASE("L-BFGS reaches the maximum of hard smooth functions", "[runtime]") {
  OptimiseOptions options;
  for (const std::size_t n : {2, 10, 100}) {
    INFO(n);
    const OptimiseResult found = maximise(rosenbrock(n), Vector(n, -1.2), options);
    CHECK(found.stop == Stop::converged);
    for (std::size_t k = 0; k < n; ++k)
      CHECK(std::abs(found.x[k] - 1) < 1e-4);
    CHECK(found.evaluations < 12 * static_cast<int>(n) + 200);
  }
  const OptimiseResult found = maximise(quadratic(30, 1e5), Vector(30, 0), options);
  CHECK(found.stop == Stop::converged);
  CHECK(found.value > -1e-8);
}

TEST_CASE("L-BFGS with the right preconditioner takes few steps", "[runtime]") {
  OptimiseOptions options;
  options.precondition = [](const double* g, double* out) {
    for (int k = 0; k < 30; ++k)
      out[k] = g[k] / std::pow(1e8, k / 29.0);
  };
  const OptimiseResult found = maximise(quadratic(30, 1e8), Vector(30, 0), options);
  CHECK(found.stop == Stop::converged);
  CHECK(found.iterations <= 3);
}

TEST_CASE("steps back from where the function is not finite", "[runtime]") {
  // log x - x, defined for x > 0 only; nan elsewhere, or a refusal.
  for (const bool refuses : {false, true}) {
    const Objective gamma{1, [refuses](const double* x, std::uint64_t, double& value, double* gradient) {
                            value = std::log(x[0]) - x[0];
                            gradient[0] = 1 / x[0] - 1;
                            return !(refuses && x[0] <= 0);
                          }};
    for (const double start : {1e-8, 0.5, 50.0}) {
      const OptimiseResult found = maximise(gamma, {start}, {});
      INFO(start << " " << stop_words(found.stop));
      CHECK(found.stop == Stop::converged);
      CHECK(std::abs(found.x[0] - 1) < 1e-4);
    }
    CHECK(maximise(gamma, {-1.0}, {}).stop == Stop::diverged);
  }
}

TEST_CASE("reasons to end: iterations, time, the host", "[runtime]") {
  OptimiseOptions options;
  options.max_iterations = 3;
  CHECK(maximise(rosenbrock(10), Vector(10, -1.2), options).stop == Stop::iterations);
  std::atomic<bool> cancel{true};
  options.budget.cancel = &cancel;
  CHECK(maximise(rosenbrock(10), Vector(10, -1.2), options).stop == Stop::cancelled);
  options.budget.cancel = nullptr;
  options.budget.max_seconds = 0;
  CHECK(maximise(rosenbrock(10), Vector(10, -1.2), options).stop == Stop::seconds);
}

TEST_CASE("Newton steps reach the maximum to full accuracy", "[runtime]") {
  const HessianProduct product = [](const double* x, const double* v, double* out) {
    const double h00 = -(1200 * x[0] * x[0] - 400 * x[1] + 2), h01 = 400 * x[0];
    out[0] = h00 * v[0] + h01 * v[1];
    out[1] = h01 * v[0] - 200 * v[1];
    return true;
  };
  const OptimiseResult found = maximise_newton(rosenbrock(2), product, {-1.2, 1}, {});
  CHECK(found.stop == Stop::converged);
  CHECK(std::abs(found.x[0] - 1) < 1e-12);
  CHECK(found.iterations < 60);
  // From a saddle of x^2 y^2 - x^4 - y^4 shifted: negative curvature is followed.
  const Objective wave{1, [](const double* x, std::uint64_t, double& value, double* gradient) {
                         value = std::cos(x[0]);
                         gradient[0] = -std::sin(x[0]);
                         return true;
                       }};
  const HessianProduct wave_product = [](const double* x, const double* v, double* out) {
    return out[0] = -std::cos(x[0]) * v[0], true;
  };
  const OptimiseResult top = maximise_newton(wave, wave_product, {2.9}, {});
  CHECK(top.stop == Stop::converged);
  CHECK(std::abs(std::sin(top.x[0])) < 1e-12);
  CHECK(top.value == Approx(1));
}

TEST_CASE("the LASSO maximum of the diabetes regression", "[runtime]") {
  for (const double start : {0.0, 1.0, -300.0}) {
    const OptimiseResult found = maximise_kinked(lasso(100), Vector(10, start), {});
    INFO("from " << start << ": " << stop_words(found.stop) << " after " << found.evaluations);
    CHECK(found.stop == Stop::converged);
    CHECK(std::abs(-found.value - 805850.3723743939) < 1e-6);
    int kept = 0;
    for (const double b : found.x)
      kept += b != 0;
    CHECK(kept == 5);
    CHECK(found.evaluations < 6000);
  }
}

TEST_CASE("kinks away from zero and between coordinates", "[runtime]") {
  // -|x - 0.3| - 2 |y + 1.25| - (x + y - 5)^2 / 40 + z - exp(z): maximum on both kinks.
  const Objective apart{3, [](const double* x, std::uint64_t, double& value, double* gradient) {
                          const auto sign = [](double v) { return v > 0 ? 1.0 : v < 0 ? -1.0 : 0.0; };
                          const double s = x[0] + x[1] - 5;
                          value = -std::abs(x[0] - 0.3) - 2 * std::abs(x[1] + 1.25) - s * s / 40 + x[2] -
                                  std::exp(x[2]);
                          gradient[0] = -sign(x[0] - 0.3) - s / 20;
                          gradient[1] = -2 * sign(x[1] + 1.25) - s / 20;
                          gradient[2] = 1 - std::exp(x[2]);
                          return true;
                        }};
  const OptimiseResult found = maximise_kinked(apart, {4, 4, 2}, {});
  CHECK(found.stop == Stop::converged);
  CHECK(std::abs(found.x[0] - 0.3) < 1e-12);
  CHECK(std::abs(found.x[1] + 1.25) < 1e-12);
  CHECK(std::abs(found.x[2]) < 1e-4);
  // -|x - y| - (x - 1)^2 - (y + 1)^2: maximum at x = y + 1 ... on no kink: (0.5, -0.5); with weight 3 on the
  // kink: x = y = 0.
  for (const double weight : {1.0, 3.0}) {
    const Objective joint{2, [weight](const double* x, std::uint64_t, double& value, double* gradient) {
                            const double gap = x[0] - x[1], sign = gap > 0 ? 1 : gap < 0 ? -1 : 0;
                            value = -weight * std::abs(gap) - (x[0] - 1) * (x[0] - 1) -
                                    (x[1] + 1) * (x[1] + 1);
                            gradient[0] = -weight * sign - 2 * (x[0] - 1);
                            gradient[1] = weight * sign - 2 * (x[1] + 1);
                            return true;
                          }};
    const OptimiseResult best = maximise_kinked(joint, {3, -7}, {});
    const double expected = weight == 1 ? -1.5 : -2;
    INFO(weight << " " << stop_words(best.stop));
    CHECK(best.value == Approx(expected).margin(1e-6));
  }
}
