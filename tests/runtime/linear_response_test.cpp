// Linear response: exact where the posterior is normal, and better than the factorised guide where it is not.
#include <catch2/catch.hpp>

#include "guide_models.h"
#include "runtime/inference/variational/linear_response.h"

using namespace elba::runtime;
using namespace guide_models;

TEST_CASE("linear response gives back the covariance of a normal posterior", "[runtime]") {
  constexpr double rho = 0.6;
  const Gaussian target(6, rho);
  const FitProblem problem = problem_of(target.model(), NormalForm::diagonal);
  FitOptions options;
  options.draws = 1000;
  const FitResult guide = fit(problem, options);
  REQUIRE(guide.elbo == Approx(target.meanfield_elbo(rho)).epsilon(1e-6));
  std::int64_t evaluations = 0;
  const auto covariance = linear_response_covariance(problem, guide.phi, options, evaluations);
  REQUIRE(covariance.size() == 36);
  REQUIRE(evaluations == static_cast<std::int64_t>(linear_response_cost(problem)));
  // precision * covariance = identity
  for (std::size_t i = 0; i < 6; ++i)
    for (std::size_t j = 0; j < 6; ++j) {
      double entry = 0;
      for (std::size_t k = 0; k < 6; ++k)
        entry += target.precision[i * 6 + k] * covariance[k * 6 + j];
      CHECK(std::abs(entry * target.scale(i) / target.scale(j) - (i == j ? 1 : 0)) < 1e-5);
    }
  const LinearResponse found = fit_linear_response(problem, guide.phi, options);
  CHECK(found.verdict == Verdict::trust);
  CHECK(found.elbo == Approx(target.log_evidence(rho)).epsilon(1e-6));
  CHECK(found.khat < 0.1);
}

TEST_CASE("linear response widens what a factorised guide of eight schools has narrowed", "[runtime]") {
  const FitProblem problem = problem_of(eight_schools(), NormalForm::diagonal);
  const FitOptions options;
  const FitResult guide = fit(problem, options);
  const LinearResponse found = fit_linear_response(problem, guide.phi, options);
  REQUIRE(found.quantities.size() == 10);
  for (std::size_t k = 0; k < 10; ++k)
    CHECK(found.quantities[k].guide_sd > 0.95 * guide.quantities[k].guide_sd);
}

TEST_CASE("linear response of what is no maximum is refused in words", "[runtime]") {
  const Gaussian target(2, 0.3);
  Model saddle = target.model();
  saddle.log_density = [](const double* u, double* gradient) {
    gradient[0] = -u[0];
    gradient[1] = u[1];
    return 0.5 * (u[1] * u[1] - u[0] * u[0]);
  };
  const LinearResponse found = fit_linear_response(problem_of(saddle, NormalForm::diagonal), {0, 0, 0.5, 0.5},
                                                   {});
  CHECK(found.verdict == Verdict::do_not_trust);
  CHECK(found.covariance.empty());
  REQUIRE(!found.reasons.empty());
}
