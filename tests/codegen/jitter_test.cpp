// Jitter from a model's text to its derivatives: a matrix that needs 1e-8 of its mean diagonal, compiled.
#include <catch2/catch.hpp>
#include <cmath>

#include "api/elba.hpp"

TEST_CASE("derivatives through a factorisation with jitter are those of what was factored", "[codegen]") {
  // Rank 2 of 3, less 3e-9 of the mean diagonal: the first jitter that makes it positive definite is 1e-8.
  auto program = elba::Program::compile(R"(
    model nearly_singular {
      latent a[3] ~ flat();
      latent b[3] ~ flat();
      let m = (dot(a, a) + dot(b, b)) / 3;
      let A = [a[i] * a[j] + b[i] * b[j] - (i == j ? 3e-9 * m : 0) for i in 1:3, j in 1:3];
      factor sum(log(diagonal(chol(A))));
    })");
  REQUIRE(program);
  auto bound = program->bind(elba::Data());
  REQUIRE(bound);
  auto workspace = bound->workspace();
  REQUIRE(workspace);
  const std::vector<double> u{1, 0.4, -0.3, 0.2, -0.9, 0.7}, v{0.3, -0.2, 0.5, 0.1, 0.4, -0.6};
  const auto at = [&](double step, std::vector<double>& gradient) {
    std::vector<double> moved = u;
    for (std::size_t k = 0; k < u.size(); ++k)
      moved[k] += step * v[k];
    double value = 0;
    REQUIRE(bound->log_density(**workspace, moved, true, value, gradient));
    return value;
  };
  std::vector<double> gradient(6), up(6), down(6), product(6);
  const double h = 1e-4, value = at(0, gradient), rise = at(h, up) - at(-h, down);
  REQUIRE(std::isfinite(value));
  double slope = 0;
  for (std::size_t k = 0; k < u.size(); ++k)
    slope += gradient[k] * v[k];
  CHECK(slope == Approx(rise / (2 * h)).epsilon(1e-3).margin(1e-3));
  REQUIRE(bound->hessian_product(**workspace, u, v, product));
  for (std::size_t k = 0; k < u.size(); ++k)
    CHECK(product[k] == Approx((up[k] - down[k]) / (2 * h)).epsilon(1e-2).margin(1e-2));
}
