// The mode and curvature that large models start with, on laws whose answer is known.
#include "runtime/inference/variational/nested_laplace.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "runtime/inference/mcmc/nuts.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;

namespace {

constexpr std::size_t groups = 12;

// y_j ~ normal(m + exp(t) z_j, 1), z_j ~ normal(0, 1), m ~ normal(0, 3); coordinates z_1 .. z_J, m, t. `rise`
// is what the prior adds for each unit of t.
struct Hierarchy {
  double rise = 1, cut = 1;  // cut: of the prior's fall, exp(-cut exp(2 t) / 2)
  std::vector<double> y;

  Hierarchy() {
    for (std::size_t j = 0; j < groups; ++j)
      y.push_back(2 + 2 * normal(7, j));
  }
  double value(const double* u, double* g) const {
    const double m = u[groups], t = u[groups + 1], s = std::exp(t);
    double out = rise * t - 0.5 * cut * s * s - 0.5 * m * m / 9;
    std::fill_n(g, groups + 2, 0.0);
    g[groups] = -m / 9;
    g[groups + 1] = rise - cut * s * s;
    for (std::size_t j = 0; j < groups; ++j) {
      const double gap = y[j] - m - s * u[j];
      out -= 0.5 * (gap * gap + u[j] * u[j]);
      g[j] = gap * s - u[j];
      g[groups] += gap;
      g[groups + 1] += gap * s * u[j];
    }
    return out;
  }
  // ln p(y, t), everything else integrated out: y_j given m has variance s^2 + 1.
  [[nodiscard]] double marginal(double t) const {
    const double s2 = std::exp(2 * t), v = s2 + 1, precision = groups / v + 1.0 / 9;
    double sum = 0, squares = 0;
    for (const double k : y)
      sum += k, squares += k * k;
    return rise * t - 0.5 * cut * s2 - 0.5 * groups * std::log(v) - 0.5 * std::log(precision) -
           0.5 * (squares / v - sum * sum / (v * v) / precision);
  }
  [[nodiscard]] NestedProblem problem() const {
    NestedProblem out;
    out.log_density = {groups + 2, [this](const double* u, std::uint64_t, double& value_out, double* g) {
                         return value_out = value(u, g), std::isfinite(value_out);
                       }};
    out.product = [this](const double* u, const double* v, double* product) {
      constexpr double step = 1e-5;
      std::vector<double> up(u, u + groups + 2), down(up), g(groups + 2);
      for (std::size_t k = 0; k < groups + 2; ++k)
        up[k] += step * v[k], down[k] -= step * v[k];
      (void)value(up.data(), product);
      (void)value(down.data(), g.data());
      for (std::size_t k = 0; k < groups + 2; ++k)
        product[k] = (product[k] - g[k]) / (2 * step);
      return true;
    };
    out.hyper = {groups + 1};
    out.member.assign(groups + 2, NestedProblem::shared);
    out.slot.assign(groups + 2, 0);
    for (std::size_t j = 0; j < groups; ++j)
      out.member[j] = j;
    return out;
  }
};

}  // namespace

TEST_CASE("a sparse precision is a normal law, and its map and gradient belong together", "[runtime]") {
  // [2 1; 1 3], coordinate 2 alone
  const auto law = SparseNormal::make({1, -1, 2}, {{0, 0, 2}, {1, 0, 1}, {1, 1, 3}, {2, 2, 4}});
  REQUIRE(law);
  CHECK(law->log_det() == Approx(std::log(5.0 * 4)).epsilon(1e-14));
  const double w[] = {0.3, -0.7, 1.1};
  std::vector<double> x(3), moved(3);
  law->place(w, x.data());
  CHECK(law->log_density(x.data()) ==
        Approx(0.5 * std::log(20.0) - 0.5 * (0.09 + 0.49 + 1.21) - 1.5 * std::log(2 * std::numbers::pi))
            .epsilon(1e-13));
  // d f(x(w)) / dw for linear f is the pulled back gradient.
  const double by_x[] = {0.4, 1.3, -0.2};
  std::vector<double> by_w(3);
  law->pull_back(by_x, by_w.data());
  for (std::size_t k = 0; k < 3; ++k) {
    double one[] = {w[0], w[1], w[2]};
    one[k] += 1;
    law->place(one, moved.data());
    CHECK(by_w[k] ==
          Approx(by_x[0] * (moved[0] - x[0]) + by_x[1] * (moved[1] - x[1]) + by_x[2] * (moved[2] - x[2]))
              .margin(1e-13));
  }
  CHECK_FALSE(SparseNormal::make({0, 0}, {{0, 0, 1}, {1, 0, 2}, {1, 1, 1}}));  // indefinite
}

TEST_CASE("the mode of a scale is that of its marginal law, not of the joint one", "[runtime]") {
  const Hierarchy hierarchy;
  const NestedProblem problem = hierarchy.problem();
  const NestedResult found = fit_nested_laplace(problem, std::vector<double>(groups + 2, 0.0), {});
  REQUIRE(found.law);
  CHECK(found.has_plate);
  // The normal model is exact given t: L is the marginal.
  double best = -5;
  for (double t = -5; t < 3; t += 1e-3)
    if (hierarchy.marginal(t) > hierarchy.marginal(best)) best = t;
  constexpr double h = 0.1;
  const double precision = -(hierarchy.marginal(found.u[groups + 1] + h) -
                             2 * hierarchy.marginal(found.u[groups + 1]) +
                             hierarchy.marginal(found.u[groups + 1] - h)) /
                           (h * h);
  // It stops where a step promises 0.02 nats.
  CHECK(found.u[groups + 1] == Approx(best).margin(0.2 / std::sqrt(precision)));
  CHECK(found.hyper_precision[0] == Approx(precision).epsilon(0.01));
  CHECK(found.evaluations < 1500);
  // Members that do meet are noticed.
  NestedProblem wrong = problem;
  wrong.member[groups] = 0, wrong.slot[groups] = 1;  // the shared mean as if it belonged to the first
  CHECK_FALSE(fit_nested_laplace(wrong, std::vector<double>(groups + 2, 0.0), {}).has_plate);
}

TEST_CASE("whether the law of a scale ends is seen far out", "[runtime]") {
  Hierarchy hierarchy;
  const auto tails = [&] {
    return fit_nested_laplace(hierarchy.problem(), std::vector<double>(groups + 2, 0.0),
                              {.measures_tails = true})
        .tails;
  };
  const auto proper = tails();
  REQUIRE(proper.size() == 1);
  CHECK(proper[0].below == Approx(1).margin(1e-3));  // the Jacobian of the logarithm
  CHECK(proper[0].above > 1);
  hierarchy.rise = 0;  // 1 / tau
  const auto improper = tails();
  REQUIRE(improper.size() == 1);
  CHECK(std::fabs(improper[0].below) < 1e-3);
}

TEST_CASE("trajectories of a quarter period give nearly independent draws of a standard normal law",
          "[runtime]") {
  constexpr std::size_t n = 50;
  NutsProblem problem;
  problem.workers = {{n, [](const double* x, std::uint64_t, double& value, double* g) {
                        value = 0;
                        for (std::size_t k = 0; k < n; ++k)
                          value -= 0.5 * x[k] * x[k], g[k] = -x[k];
                        return true;
                      }}};
  problem.start.assign(n, 0.0);
  problem.spread.assign(n, 1.0);
  problem.constrain = [](const double* x, double* values) { return std::copy_n(x, n, values), true; };
  for (std::size_t k = 0; k < n; ++k)
    problem.quantity_names.push_back("x[" + std::to_string(k + 1) + "]");
  NutsOptions options{.warmup = 100, .draws = 500};
  options.length = std::numbers::pi / 2;
  const NutsResult found = sample_nuts(problem, options);
  CHECK(found.draw_count == 2000);
  CHECK(found.low_size > 700);
  CHECK(found.evaluations < 4 * 600 * 8);
  double largest = 0;
  for (const auto& quantity : found.quantities) {
    largest = std::max(largest, std::fabs(quantity.mean) / quantity.mcse);
    CHECK(quantity.sd == Approx(1).margin(0.1));
  }
  CHECK(largest < 4);
}
