// Group 8 of the list of systems, Gaussian processes: the numbers that tests/systems/README.md derives.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/systems/systems.h"

namespace {

using namespace elba;
using namespace elba::test;
using namespace elba::test::systems;

Loaded with_inducing_points(const std::string& model, int count) {
  auto program = Program::compile(system_text("low_rank_gp.elba"), {.model = model});
  REQUIRE(program);
  auto data = Data::from_json(system_text("mcycle.data.json"));
  REQUIRE(data);
  data->set("M", {}, {static_cast<double>(count)});
  auto bound = program->bind(*data);
  for (const auto& diagnostic : bound.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(bound);
  auto workspace = bound->workspace();
  REQUIRE(workspace);
  return {*program, *bound, std::move(*workspace)};
}

double evidence(const std::string& model, int count) {
  auto loaded = with_inducing_points(model, count);
  return log_density(loaded, {});
}

}  // namespace

TEST_CASE("GP regression", "[systems]") {
  auto model = system_model("gp_regression.elba", "mcycle.data.json");
  CHECK(log_density(model, {}) == Approx(-622.759025).margin(1e-6));
}

TEST_CASE("inducing points: SoR, DTC and Nystrom, FITC, VFE", "[systems]") {
  CHECK(evidence("dtc", 10) == Approx(-622.675796).margin(1e-6));
  CHECK(evidence("fitc", 10) == Approx(-622.562071).margin(1e-6));
  CHECK(evidence("vfe", 10) == Approx(-623.534664).margin(1e-6));
  CHECK(evidence("vfe", 20) == Approx(-622.759036).margin(1e-6));
  CHECK(evidence("dtc", 20) == Approx(-622.759010).margin(1e-6));
}

TEST_CASE("SVGP: one natural-gradient step gives the collapsed bound", "[systems]") {
  // From q(v) = N(0, I). With g, G the compiled derivatives by the mean and by the factor C = I, the
  // derivative by the covariance is H = G / 2 (lower triangle; its mirror image above). A natural step of
  // length 1 adds the derivatives by the expectation parameters to the natural ones: precision := I - 2 H,
  // precision * mean := g - 2 H 0.
  for (const int M : {10, 20}) {
    auto model = with_inducing_points("svgp", M);
    const auto size = static_cast<std::size_t>(M);
    std::vector<double> u(size + size * size), gradient(u.size());
    for (std::size_t k = 0; k < size; ++k)
      u[size + k * size + k] = 1;
    double before = 0;
    REQUIRE(model.bound.log_density(*model.workspace, u, true, before, gradient));
    Matrix precision(size, std::vector<double>(size));
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        // An element below the diagonal of C = I moves two of C C'.
        const double h = gradient[size + i * size + j] / 2;
        precision[i][j] = precision[j][i] = (i == j ? 1 : 0) - 2 * h;
      }
    const Matrix covariance = inverse(precision), C = factor(covariance);
    for (std::size_t i = 0; i < size; ++i) {
      u[i] = 0;
      for (std::size_t j = 0; j < size; ++j) {
        u[i] += covariance[i][j] * gradient[j];
        u[size + i * size + j] = C[i][j];
      }
    }
    double after = 0;
    REQUIRE(model.bound.log_density(*model.workspace, u, true, after, gradient));
    CHECK(before < after - 100);
    CHECK(after == Approx(M == 10 ? -623.534664 : -622.759036).margin(1e-5));
    // And there is nothing left to gain.
    for (double slope : gradient)
      CHECK(std::fabs(slope) < 1e-5);
  }
}

TEST_CASE("Vecchia's approximation: nearest neighbours", "[systems]") {
  auto near = system_model("vecchia.elba", "vecchia5.data.json"),
       all = system_model("vecchia.elba", "vecchia132.data.json");
  CHECK(log_density(near, {}) == Approx(-624.172139).margin(1e-6));
  CHECK(log_density(all, {}) == Approx(-622.759025).margin(1e-6));
}

TEST_CASE("heteroscedastic Gaussian process", "[systems]") {
  const auto posterior = fit(system_model("heteroscedastic_gp.elba", "mcycle.data.json"), "map");
  CHECK(mean_of(posterior, "nlpd_one_noise") == Approx(4.568042).margin(1e-6));
  CHECK(mean_of(posterior, "nlpd") == Approx(4.227800).margin(1e-4));
  // At the mode, without the prior's constant.
  CHECK(posterior.mode()->log_density + 66.5 * std::log(2 * M_PI) == Approx(-595.836473).margin(1e-4));
}

TEST_CASE("Kennedy and O'Hagan's calibration", "[systems]") {
  const auto posterior = fit(system_model("calibration.elba", "calibration.data.json"), "fullrank");
  CHECK(mean_of(posterior, "theta") == Approx(0.499713).margin(0.03 * 0.043466));
  CHECK(sd_of(posterior, "theta") == Approx(0.043466).epsilon(0.03));
  CHECK(posterior.best_guide()->elbo == Approx(24.958138).margin(1e-5));
}
