// A prediction changes nothing of a fit: not a digit of the unknowns, no rung, no word of the verdict. It is
// made once, from the draws of the answer.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "systems.h"

using namespace elba;
using namespace elba::test::systems;

namespace {

struct Pair {
  std::string body, predictions, data;
};

// `@` stands where predictions may be written.
const Pair pairs[] = {
    // An element of a softmax is as good as constant in most draws, and its tails are heavy.
    {"dim N; data y: real[N]; latent mu ~ normal(0, 1); y ~ normal(mu, 1); @",
     "predict prob[3] = softmax([mu, 20 * mu, exp(mu)]); predict big = exp(6 * mu); predict z[N] ~ "
     "normal(mu, 1);",
     R"({"y": [0.3, -0.2, 1.1]})"},
    // A funnel: rungs up to the sampler, which walks in reparameterised coordinates.
    {"dim J; data y: real[J]; data s: real<lower=0>[J]; latent mu ~ normal(0, 5); latent tau ~ "
     "half_cauchy(5); latent theta[J] ~ normal(mu, tau); @ "
     "y ~ normal(theta, s);",
     "predict k = theta[1] > theta[2] ? 1 : 0; predict r[J] = theta / tau^3; predict n ~ poisson(exp(0.1 * "
     "theta[1]));",
     R"({"y": [28, 8, -3, 7, -1, 1, 18, 12], "s": [15, 10, 16, 11, 9, 11, 10, 18]})"},
    // A chain, read by a prediction before its law is stated.
    {"dim T; data y: real[T]; latent s ~ half_normal(1); latent x: real[T]; @ x[1] ~ normal(0, 1); for t in "
     "2:T { x[t] ~ normal(0.9 * x[t - 1], s); "
     "} y ~ normal(x, 0.5);",
     "predict d[T] = x * x;", R"({"y": [0.1, 0.5, 0.9, 0.2, -0.4, -0.1, 0.3, 0.8]})"},
    // Two modes, which a mixture joins.
    {"latent x ~ mixture([0.5, 0.5], normal(-8, 1), normal(8, 1)); @ factor(-0.01 * x);",
     "predict p = x > 0 ? 1 : 0; predict sq = x^2;", "{}"},
};

std::string model_of(const Pair& pair, bool has_predictions) {
  std::string text = "model m { " + pair.body + " }";
  return text.replace(text.find('@'), 1, has_predictions ? pair.predictions : "");
}

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void check_equal(const Posterior& without, const Posterior& with, std::size_t unknowns) {
  CHECK(with.method == without.method);
  CHECK(with.verdict == without.verdict);
  REQUIRE(with.diagnostics.index() == without.diagnostics.index());
  REQUIRE((with.best_guide() == nullptr) == (without.best_guide() == nullptr));
  if (with.best_guide() != nullptr) {
    CHECK(is_same(with.best_guide()->elbo, without.best_guide()->elbo));
    CHECK(is_same(with.best_guide()->khat, without.best_guide()->khat));
  }
  if (with.sampler() != nullptr) CHECK(is_same(with.sampler()->rhat, without.sampler()->rhat));
  CHECK(with.iterations == without.iterations);
  REQUIRE(with.attempts.size() == without.attempts.size());
  for (std::size_t k = 0; k < with.attempts.size(); ++k)
    CHECK(with.attempts[k].method == without.attempts[k].method);
  if (without.quantities.empty()) {  // nothing was found
    CHECK(with.quantities.empty());
    return;
  }
  REQUIRE(without.quantities.size() == unknowns);
  REQUIRE(with.quantities.size() > unknowns);
  for (std::size_t k = 0; k < unknowns; ++k) {
    INFO(without.quantities[k].name);
    CHECK(with.quantities[k].name == without.quantities[k].name);
    CHECK(is_same(with.quantities[k].mean, without.quantities[k].mean));
    CHECK(is_same(with.quantities[k].sd, without.quantities[k].sd));
    CHECK(is_same(with.quantities[k].q95, without.quantities[k].q95));
  }
  REQUIRE(with.draw_count == without.draw_count);
  const std::size_t columns = with.draw_names.size();
  bool are_same = with.draws.size() == with.draw_count * columns;
  for (std::size_t row = 0; are_same && row < with.draw_count; ++row)
    are_same = std::equal(without.draws.begin() + static_cast<std::ptrdiff_t>(row * unknowns),
                          without.draws.begin() + static_cast<std::ptrdiff_t>((row + 1) * unknowns),
                          with.draws.begin() + static_cast<std::ptrdiff_t>(row * columns));
  CHECK(are_same);
}

}  // namespace

TEST_CASE("a fit is the same with and without predictions", "[systems]") {
  for (const Pair& pair : pairs) {
    const Bound without = bound_of(model_of(pair, false), pair.data),
                with = bound_of(model_of(pair, true), pair.data);
    for (const char* method : {"auto", "meanfield", "linear_response", "nuts", "laplace", "map"}) {
      INFO(pair.body << " by " << method);
      const auto alone = without.fit({.method = method}), together = with.fit({.method = method});
      REQUIRE(alone);
      REQUIRE(together);
      // What is wrong with predictions alone is said at the end, and no trust is left then.
      Posterior judged = *together;
      const auto is_of_prediction = [&](const Reason& reason) {
        return std::find(alone->reasons.begin(), alone->reasons.end(), reason) == alone->reasons.end();
      };
      const bool is_marked = std::any_of(judged.reasons.begin(), judged.reasons.end(), is_of_prediction);
      if (is_marked && alone->verdict == Verdict::trust) {
        CHECK(judged.verdict == Verdict::caution);
        judged.verdict = Verdict::trust;
      }
      std::erase_if(judged.reasons, is_of_prediction);
      CHECK(judged.reasons == alone->reasons);
      check_equal(*alone, judged, without.constrained_names().size());
    }
  }
}

TEST_CASE("predictions are made from the draws of the answer, and weighed as they are", "[systems]") {
  const Bound bound = bound_of(
      "model m { dim N; data y: real[N]; latent mu ~ normal(0, 1); latent s ~ half_normal(1); y ~ normal(mu, "
      "s); predict twice = 2 * mu; predict k = "
      "mu > 0 ? 1 : 0; }",
      R"({"y": [0.3, -0.2, 1.1]})");
  for (const char* method : {"meanfield", "nuts", "laplace", "linear_response"}) {
    INFO(method);
    const auto found = bound.fit({.method = method});
    REQUIRE(found);
    CHECK(mean_of(*found, "twice") == Approx(2 * mean_of(*found, "mu")).epsilon(1e-12));
    CHECK(sd_of(*found, "twice") == Approx(2 * sd_of(*found, "mu")).epsilon(1e-12));
    REQUIRE(found->draw_names == std::vector<std::string>{"mu", "s", "twice", "k"});
    REQUIRE(found->draws.size() == 4 * found->draw_count);
    for (std::size_t row = 0; row < found->draw_count; ++row) {
      REQUIRE(found->draws[4 * row + 2] == 2 * found->draws[4 * row]);
      REQUIRE(found->draws[4 * row + 3] == (found->draws[4 * row] > 0 ? 1 : 0));
    }
  }
}
