// Work that would not come back is refused; work that takes long ends when it is told to, whatever it is in
// the middle of.
#include <catch2/catch.hpp>

#include <atomic>
#include <cmath>
#include <chrono>

#include "api/calibration.h"
#include "api/simulation.h"
#include "systems.h"

using namespace elba;
using namespace elba::test::systems;

namespace {

// Each holds a loop that takes minutes, in one place.
const char* const in_density =
    "model m { latent mu ~ normal(0, 1); factor sum(sin(mu * i) for i in 1:20000000000); }";
const char* const at_bind =
    "model m { data y: real; latent mu ~ normal(0, 1); let s = sum(sin(1.5 * i) for i in 1:20000000000); y ~ "
    "normal(mu + s, 1); }";
const char* const in_prediction =
    "model m { data y: real; latent mu ~ normal(0, 1); y ~ normal(mu, 1); predict p = sum(sin(mu * i) for i "
    "in 1:20000000000); }";
const char* const in_law =
    "model m { data y: real; latent mu ~ normal(0, 1); y ~ normal(sum(sin(mu * i) for i in 1:20000000000), "
    "1); }";
const char* const scan =
    "model m { latent mu ~ normal(0, 1); let h: real[200000000]; h[1] = mu; for t in 2:200000000 { h[t] = "
    "sin(h[t-1]); } factor h[200000000]; }";

Bound free_of(const std::string& text, const std::string& json = R"({"y": 0.5})") {
  const auto program = Program::compile(text);
  REQUIRE(program);
  const auto data = Data::from_json(json);
  REQUIRE(data);
  auto bound = program->bind(*data, {.max_work = 1e300});
  REQUIRE(bound);
  return *bound;
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The machine may be busy; none of it would come back in an hour.
constexpr double patience = 20;

}  // namespace

TEST_CASE("loops that would not come back are refused before they start, and the place is shown",
          "[systems]") {
  for (const char* text : {in_density, at_bind, in_prediction,
                           "model m { data y: real; latent mu ~ normal(0, 1); y ~ normal(mu + sum(i for i in "
                           "1:2000000000), 1); }"}) {
    INFO(text);
    const auto program = Program::compile(text);
    REQUIRE(program);
    const auto data = Data::from_json(R"({"y": 0.5})");
    const auto bound = program->bind(*data);
    REQUIRE(bound);
    const auto status = bound->check_work();
    REQUIRE_FALSE(status);
    const Diagnostic& found = status.diagnostics().front();
    CHECK(found.code == Code::work_too_large);
    const std::string place = std::string(text).substr(found.span.begin, found.span.end - found.span.begin);
    CHECK(place.find("1:2000000000") != std::string::npos);
    CHECK_THAT(found.help, Catch::Contains("--max-work"));
    // A fit says the same, and does not begin.
    const auto fit = bound->fit({});
    REQUIRE_FALSE(fit);
    CHECK(fit.diagnostics().front().code == Code::work_too_large);
  }
}

TEST_CASE("a density that takes minutes ends when it is told to", "[systems]") {
  for (const char* text : {in_density, scan}) {
    INFO(text);
    const Bound bound = free_of(text, "{}");
    const auto workspace = bound.workspace();
    REQUIRE(workspace);
    double value = 0;
    const std::vector<double> u{0.3};
    std::vector<double> gradient(1);
    const WorkLimit limit(0.05);
    CHECK(seconds_of([&] { CHECK_FALSE(bound.log_density(**workspace, u, true, value, gradient)); }) <
          patience);
    CHECK(std::isnan(value));
  }
}

TEST_CASE("what is computed at bind ends when it is told to", "[systems]") {
  const Bound bound = free_of(at_bind);
  const WorkLimit limit(0.05);
  CHECK(seconds_of([&] {
          const auto workspace = bound.workspace();
          REQUIRE_FALSE(workspace);
          CHECK(workspace.diagnostics().front().code == Code::interrupted);
        }) < patience);
}

TEST_CASE("a fit answers when time is up in the middle of a loop", "[systems]") {
  const auto fit = [](const char* text, const std::string& method) {
    const Bound bound = free_of(text);
    Result<Posterior> found = Diagnostic{};
    CHECK(seconds_of([&] { found = bound.fit({.method = method, .max_seconds = 0.2}); }) < patience);
    return found;
  };
  for (const char* text : {in_density, at_bind}) {
    INFO(text);
    const auto found = fit(text, "auto");
    REQUIRE_FALSE(found);
    CHECK(found.diagnostics().front().code == Code::interrupted);
  }
  for (const char* method : {"auto", "meanfield", "nuts", "laplace", "pathfinder", "map", "mixture"}) {
    INFO(method);
    // The density is done in a microsecond, not what is predicted.
    const auto found = fit(in_prediction, method);
    if (found)
      CHECK(found->verdict != Verdict::trust);
    else
      // On a machine that had not compiled it by then.
      CHECK(found.diagnostics().front().code == Code::interrupted);
  }
}

TEST_CASE("a host's flag ends a fit in the middle of a loop", "[systems]") {
  const Bound bound = free_of(in_density);
  std::atomic<bool> cancel{false};
  std::jthread host([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    cancel = true;
  });
  FitOptions options;
  options.cancel = &cancel;
  Result<Posterior> found = Diagnostic{};
  CHECK(seconds_of([&] { found = bound.fit(options); }) < patience);
  REQUIRE_FALSE(found);
  CHECK_THAT(found.diagnostics().front().message, Catch::Contains("interrupted"));
}

TEST_CASE("simulation and calibration end when they are told to", "[systems]") {
  const auto program = Program::compile(in_law);
  REQUIRE(program);
  auto simulator = Simulator::make(*program, Data(), {}, {.max_work = 1e300});
  REQUIRE(simulator);
  const WorkLimit limit(0.05);
  CHECK(seconds_of([&] {
          const auto drawn = simulator->draw(1);
          REQUIRE_FALSE(drawn);
          CHECK(drawn.diagnostics().front().code == Code::interrupted);
        }) < patience);
}

TEST_CASE("a fit that has time is what it was", "[systems]") {
  const Bound bound = bound_of("model m { data y: real; latent mu ~ normal(0, 1); y ~ normal(mu, 1); }",
                               R"({"y": 0.5})");
  const auto plain = bound.fit({.method = "meanfield"});
  const WorkLimit limit(1000);
  const auto limited = bound.fit({.method = "meanfield"});
  REQUIRE((plain && limited));
  CHECK(plain->draws == limited->draws);
}
