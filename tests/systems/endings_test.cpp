// How fits end when something is wrong with them: the prediction, the start, the options, the host's
// patience.
#include <catch2/catch.hpp>

#include <atomic>
#include <cmath>

#include "systems.h"

using namespace elba;
using namespace elba::test::systems;

namespace {

// Too far apart for a sampler to cross.
const char* const two_modes = R"(model two_modes {
  dim N;
  data y: real[N];
  latent x ~ mixture([0.5, 0.5], normal(-40, 1), normal(40, 1));
  y ~ normal(0.1 * abs(x), 3);
}
)";

}  // namespace

TEST_CASE("a prediction that is not finite takes nothing from the unknowns, and is named", "[systems]") {
  const Bound bound = bound_of(
      "model m { dim N; data y: real[N]; latent mu ~ normal(0, 1); y ~ normal(mu, 1); predict r = sqrt(mu); "
      "predict s = exp(800 * mu); }",
      R"({"y": [0.3, -0.2]})");
  for (const char* method :
       {"auto", "nuts", "meanfield", "fullrank", "laplace", "pathfinder", "linear_response"}) {
    const auto found = bound.fit({.method = method});
    REQUIRE(found);
    INFO(method);
    CHECK(found->verdict == Verdict::caution);
    CHECK_THAT(found->reasons.back().text, Catch::Contains("`r` was not finite"));
    CHECK(mean_of(*found, "mu") == Approx(0.1 / 3).margin(0.06));
    CHECK(sd_of(*found, "mu") == Approx(std::sqrt(1.0 / 3)).epsilon(0.08));
    CHECK(std::isnan(mean_of(*found, "r")));
    CHECK(std::isnan(mean_of(*found, "s")));
  }
  const Bound pole = bound_of("model m { latent mu ~ normal(0, 1); factor(-mu^2); predict r = 1 / mu; }");
  const auto mode = pole.fit({.method = "map"});
  REQUIRE(mode);
  CHECK(mode->verdict == Verdict::caution);
  CHECK_THAT(mode->reasons.back().text, Catch::Contains("`r` is not finite at the mode"));
}

TEST_CASE("every method begins where it is told to", "[systems]") {
  const Bound bound = bound_of(two_modes, R"({"y": [5.1, 4.7, 5.3]})");
  for (const char* method : {"meanfield", "fullrank", "laplace", "pathfinder", "nuts", "map"})
    for (const double start : {-38.0, 38.0}) {
      FitOptions options{.method = method};
      options.start = {start};
      const auto found = bound.fit(options);
      REQUIRE(found);
      INFO(method << " from " << start << " to " << mean_of(*found, "x"));
      CHECK(mean_of(*found, "x") == Approx(start < 0 ? -40 : 40).margin(1));
    }
}

TEST_CASE("a fit that finds no start says so", "[systems]") {
  // Finite only where x increases, which neither 0 nor random points around it do.
  const Bound bound = bound_of(
      "model m { latent x[12] ~ normal(0, 100); for i in 2:12 { factor(log(x[i] - x[i - 1])); } }");
  FitOptions options{.method = "meanfield"};
  for (int i = 0; i < 12; ++i)
    options.start.push_back(3.0 * i);
  const auto found = bound.fit(options);
  REQUIRE(found);
  CHECK(found->quantities.size() == 12);
  const auto lost = bound.fit({.method = "meanfield"});
  REQUIRE_FALSE(lost);
  CHECK_THAT(lost.diagnostics().front().message, Catch::Contains("starting point"));
}

TEST_CASE("options that make no sense are refused by name", "[systems]") {
  const Bound bound = bound_of(two_modes, R"({"y": [1]})");
  const auto refused = [&](const FitOptions& options, const std::string& word) {
    const auto found = bound.fit(options);
    REQUIRE_FALSE(found);
    CHECK_THAT(found.diagnostics().front().message, Catch::Contains(word));
  };
  refused({.draws = -1}, "`draws`");
  refused({.method = "nuts", .chains = 0}, "`chains`");
  refused({.warmup = -5}, "`warmup`");
  refused({.acceptance = 1}, "`acceptance`");
  refused({.max_seconds = 0}, "`max_seconds`");
  refused({.start = {1, 2}}, "coordinates");
  refused({.start = {std::nan("")}}, "`start`");
  refused({.method = "block", .optimiser = "natural"}, "natural gradients");
}

TEST_CASE("a check by nuts that is interrupted leaves an interrupted fit", "[systems]") {
  const Bound bound = bound_of(two_modes, R"({"y": [1, 2, 0.5]})");
  std::atomic<bool> cancel{false};
  FitOptions options{.method = "meanfield", .draws = 400'000, .check_nuts = true};
  options.cancel = &cancel;
  options.progress = [&](const Progress& progress) {
    if (progress.phase == "sample") cancel = true;
  };
  const auto found = bound.fit(options);
  REQUIRE(found);
  CHECK(found->interrupted);
}

TEST_CASE("a check of very many draws ends when it is told to, with what there is", "[systems]") {
  const Bound bound = bound_of(two_modes, R"({"y": [1, 2, 0.5]})");
  std::atomic<bool> cancel{false};
  FitOptions options{.method = "meanfield", .draws = 5'000'000};  // minutes
  options.cancel = &cancel;
  options.progress = [&](const Progress& progress) { cancel = cancel || progress.phase == "check"; };
  const auto found = bound.fit(options);
  REQUIRE(found);
  CHECK(found->interrupted);
  CHECK(found->verdict == Verdict::do_not_trust);
  CHECK(found->draw_count >= 100);
}

TEST_CASE(
    "a long chain is answered by auto as by a long sampler, and a banded guide comes nearer than a "
    "factorised one",
    "[systems]") {
  std::string y;
  for (int t = 0; t < 60; ++t)
    y += (t > 0 ? ", " : "") + std::to_string(static_cast<int>(4 + 3 * std::sin(0.2 * t) + (t * 7) % 4));
  const Bound bound = bound_of(
      "model m { dim T; data y: int<0, 100>[T]; latent s ~ half_normal(0.5); latent h[T]; h[1] ~ normal(1, "
      "1); h[2:T] ~ normal(h[1:T-1], s); y ~ poisson_log(h); }",
      "{\"y\": [" + y + "]}");
  const auto found = bound.fit({});
  REQUIRE(found);
  const auto factorised = bound.fit({.method = "meanfield"}), banded = bound.fit({.method = "banded(1)"});
  REQUIRE((factorised && banded));
  CHECK(banded->best_guide()->elbo > factorised->best_guide()->elbo);
  CHECK(found->verdict == Verdict::trust);
  const auto reference = bound.fit({.method = "nuts", .seed = 7, .draws = 20'000});
  REQUIRE(reference);
  for (const char* name : {"s", "h[1]", "h[30]", "h[60]"})
    CHECK(mean_of(*found, name) == Approx(mean_of(*reference, name)).margin(0.1 * sd_of(*reference, name)));
}

TEST_CASE("a flow bends where no normal law fits", "[systems]") {
  // A banana: z given x is a parabola. Its normaliser is 1, so that the ELBO of the exact law is 0.
  const Bound bound = bound_of(
      "model banana { latent u ~ normal(0, 1); latent v ~ normal(0, 1); factor(0.5 * v^2 - 0.5 * ((v - u^2 + "
      "1) / 0.5)^2 - log(0.5)); }");
  const auto straight = bound.fit({.method = "fullrank"}), bent = bound.fit({.method = "flow"});
  REQUIRE((straight && bent));
  INFO(straight->best_guide()->elbo << " " << bent->best_guide()->elbo << " k-hat "
                                    << bent->best_guide()->khat);
  CHECK(straight->best_guide()->elbo < -0.4);
  CHECK(bent->best_guide()->elbo > -0.05);
  CHECK(bent->best_guide()->elbo < 0.01);
  CHECK(bent->best_guide()->khat < 0.7);
  CHECK(bent->verdict == Verdict::trust);
  CHECK(bent->best_guide()->optimisation.levels > 1);
  CHECK(bent->best_guide()->optimisation.rhat < 1.1);
  CHECK(mean_of(*bent, "v") == Approx(0).margin(0.1));
  CHECK(sd_of(*bent, "v") == Approx(1.5).epsilon(0.1));
}

TEST_CASE("auto finds the modes that its guide missed, and joins them", "[systems]") {
  struct Case {
    const char *text, *data;
    double low, high;
  };
  const Case cases[] = {
      {"model m { latent x ~ mixture([0.3, 0.7], normal(-4, 1), normal(4, 0.5)); }", "{}", -12, 12},
      {"model m { dim N; data y: real[N]; latent x ~ normal(0, 3); y ~ normal(abs(x), 0.5); }",
       R"({"y": [1.7, 2.2, 2.1]})", -6, 6},
      {"model m { dim N; data y: real[N]; latent x ~ normal(0, 10); y ~ normal(x^2, 1); }",
       R"({"y": [24.7, 25.5]})", -9, 9},
      {"model m { dim N; data y: real[N]; latent x ~ mixture([0.5, 0.5], normal(0, 0.02), normal(0, 3)); y ~ "
       "normal(x, 1); }",
       R"({"y": [2.3]})", -12, 12}};
  for (const Case& one : cases) {
    const Bound bound = bound_of(one.text, one.data);
    auto workspace = bound.workspace();
    REQUIRE(workspace);
    // By quadrature of the compiled density.
    double mass = 0, mean = 0, square = 0;
    constexpr int steps = 40'000;
    for (int k = 0; k <= steps; ++k) {
      const std::vector<double> u{one.low + (one.high - one.low) * k / steps};
      double value = 0;
      REQUIRE(bound.log_density(**workspace, u, true, value, {}));
      const double weight = std::exp(value);
      mass += weight, mean += weight * u[0], square += weight * u[0] * u[0];
    }
    mean /= mass;
    const double sd = std::sqrt(square / mass - mean * mean);
    const auto found = bound.fit({});
    REQUIRE(found);
    INFO(one.text << ": " << found->method << ", mean " << mean_of(*found, "x") << " of " << mean << ", sd "
                  << sd_of(*found, "x") << " of " << sd);
    CHECK(found->method == "mixture");
    CHECK(found->verdict == Verdict::trust);
    CHECK_THAT(found->reasons.front().text, Catch::Contains("mode"));
    CHECK(std::abs(mean_of(*found, "x") - mean) < 0.1 * sd);
    CHECK(sd_of(*found, "x") == Approx(sd).epsilon(0.05));
    CHECK(found->attempts.back().method == "mixture");
  }
}

TEST_CASE("chains cannot check a mixture, and say so", "[systems]") {
  const Bound bound = bound_of("model m { latent x ~ mixture([0.3, 0.7], normal(-8, 1), normal(8, 0.5)); }");
  const auto found = bound.fit({.check_nuts = true});
  REQUIRE(found);
  CHECK(found->method == "mixture");
  CHECK(found->verdict == Verdict::caution);
  CHECK_THAT(found->reasons.back().text, Catch::Contains("nuts could not check it"));
}

TEST_CASE("a mode that weights cannot join takes the trust away", "[systems]") {
  // Sixty coordinates are too many for a mixture.
  const Bound bound = bound_of(
      "model m { latent c ~ mixture([0.5, 0.5], normal(0, 0.4), normal(8, 0.4)); latent x[60] ~ normal(0, "
      "1); factor(-sum(cosh(x - 0.01 * c))); }");
  const auto found = bound.fit({});
  REQUIRE(found);
  CHECK(found->verdict == Verdict::do_not_trust);
  std::string all;
  for (const Reason& reason : found->reasons)
    all += reason.text + "\n";
  CHECK_THAT(all, Catch::Contains("another mode near `c`"));
}

TEST_CASE("a spread that does not exist is not reported, and what can be known is", "[systems]") {
  // Of `z` there is a mean but no variance, and hardly one of `a` (two successes: its right tail is the
  // Cauchy's); `b` is normal.
  const Bound bound = bound_of(
      "model m { data y: int<0, 1>[2]; latent a ~ cauchy(0, 2.5); latent b ~ normal(0, 1); latent z ~ "
      "inv_gamma(1.2, 1); y ~ bernoulli_logit(a); }",
      R"({"y": [1, 1]})");
  for (const char* method : {"auto", "nuts"}) {
    const auto found = bound.fit({.method = method});
    REQUIRE(found);
    INFO(method);
    CHECK(std::isnan(sd_of(*found, "z")));
    CHECK(sd_of(*found, "b") == Approx(1).epsilon(0.1));
    CHECK(found->verdict >= Verdict::caution);
    std::string all;
    for (const Reason& reason : found->reasons)
      all += reason.text + "\n";
    CHECK_THAT(all, Catch::Contains("a few extreme draws make it"));
  }
}

TEST_CASE("a product of free signs is told as the reason for two arms", "[systems]") {
  const Bound bound = bound_of(
      "model m { dim N; data y: real[N]; latent a ~ normal(0, 3); latent b ~ normal(0, 3); y ~ normal(a * b, "
      "0.5); }",
      R"({"y": [2.1, 1.8, 2.4]})");
  const auto found = bound.fit();
  REQUIRE(found);
  CHECK(found->verdict == Verdict::do_not_trust);
  CHECK_THAT(found->reasons.back().text, Catch::Contains("when `a` and `b` change sign"));
}

TEST_CASE("unknowns of which only a sum is known are named", "[systems]") {
  const std::string json = R"({"y": [1.0, 2.0, 1.5, 0.7]})";
  const auto found = bound_of(
                         "model m { dim N; data y: real[N]; latent a: real ~ flat(); latent b: real ~ "
                         "flat(); latent s ~ half_normal(2); y ~ normal(a + 2 * b, s); }",
                         json)
                         .fit();
  REQUIRE(found);
  CHECK(found->verdict == Verdict::do_not_trust);
  CHECK_THAT(found->reasons.front().text, Catch::StartsWith("`a`, `b` can move together without end"));
  // With a proper prior, however wide, there is nothing to say.
  const auto proper = bound_of(
                          "model m { dim N; data y: real[N]; latent a ~ normal(0, 100); latent b: real ~ "
                          "flat(); latent s ~ half_normal(2); y ~ normal(a + 2 * b, s); }",
                          json)
                          .fit();
  REQUIRE(proper);
  CHECK(proper->verdict == Verdict::trust);
}

TEST_CASE("where chains refuse a guide, theirs are the numbers", "[systems]") {
  // One datum: exact sd of mu 2.47; the guides have a third of it.
  const auto found = bound_of(
                         "model m { dim N; data y: real[N]; latent mu ~ normal(0, 10); latent s ~ "
                         "half_cauchy(1); y ~ normal(mu, s); }",
                         R"({"y": [3.2]})")
                         .fit();
  REQUIRE(found);
  CHECK(found->method == "nuts");
  CHECK(mean_of(*found, "mu") == Approx(3.01).margin(0.4));
}
