// Predictions that are summarised in blocks and forgotten: the same numbers as those of predictions that are
// kept, whatever the block; what they would take is counted first, and they end when they are told to.
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "api/draw_source.h"
#include "api/model/memory.h"
#include "systems.h"

using namespace elba;
using namespace elba::test::systems;

namespace {

const std::string many =
    "model m { dim N; data y: real[N]; latent mu ~ normal(0, 1); latent s ~ half_normal(1); y ~ normal(mu, "
    "s); predict z = [mu * i + s for i in 1:9000]; predict k = mu > 0 ? 1 : 0; }";
const std::string data = R"({"y": [0.3, -0.2, 1.1]})";

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

TEST_CASE("streamed predictions have the summaries of kept ones", "[systems]") {
  const Bound bound = bound_of(many, data);
  for (const char* method : {"meanfield", "nuts", "map"}) {
    INFO(method);
    const auto kept = bound.fit({.method = method, .draws = 1000}),
               streamed = bound.fit({.method = method, .draws = 1000, .streams_predictions = true});
    REQUIRE(kept);
    REQUIRE(streamed);
    REQUIRE(kept->quantities.size() == 9003);
    REQUIRE(streamed->quantities.size() == 9003);
    bool are_same = true;
    for (std::size_t k = 0; k < 9003; ++k) {
      const Quantity &a = kept->quantities[k], &b = streamed->quantities[k];
      are_same = are_same && a.name == b.name && is_same(a.mean, b.mean) && is_same(a.sd, b.sd) &&
                 is_same(a.q05, b.q05) && is_same(a.q95, b.q95) && is_same(a.mcse, b.mcse);
    }
    CHECK(are_same);
    if (std::string(method) == "map") continue;
    CHECK(kept->draw_names.size() == 9003);
    CHECK(streamed->draw_names.size() == 2);
    CHECK(streamed->draws.size() == 2 * streamed->draw_count);
  }
}

TEST_CASE("columns do not depend on the block in which they are made", "[systems]") {
  std::vector<double> values(37 * 211);
  for (std::size_t k = 0; k < values.size(); ++k)
    values[k] = std::sin(static_cast<double>(k));
  const KeptDraws source(std::span<const double>(values), 37, 211);
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{8 * 37 * 10}, usual_block}) {
    std::vector<std::vector<double>> seen(200);
    REQUIRE(for_each_column(source, 5, 200, bytes, [&](std::size_t column, std::span<const double> all) {
      seen[column - 5].assign(all.begin(), all.end());
    }));
    bool are_right = true;
    for (std::size_t j = 0; j < 200; ++j)
      for (std::size_t k = 0; k < 37; ++k)
        are_right = are_right && seen[j].size() == 37 && seen[j][k] == values[k * 211 + 5 + j];
    CHECK(are_right);
  }
}

TEST_CASE("a fit that is cancelled in its predictions returns the draws that it has", "[systems]") {
  // Each evaluation takes a good part of a second: five hundred of them are not made when the signal comes.
  const Bound bound = bound_of(
      "model m { latent mu ~ normal(0, 1); predict p = sum(sin(mu * i) for i in 1:30000000); }", "{}");
  std::atomic<bool> cancel{false};
  std::atomic<std::int64_t> cancelled_at{0};
  const auto now = [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  std::thread host([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    cancelled_at = now();
    cancel = true;
  });
  const auto found = bound.fit({.method = "meanfield", .draws = 500, .cancel = &cancel});
  const auto ended = now();
  host.join();
  REQUIRE(found);
  CHECK(found->interrupted);
  CHECK(found->draw_count == 500);
  CHECK(found->quantities.size() == 1);
  CHECK(ended - cancelled_at < 1000);  // a tenth of that on a machine that has nothing else to do
}

TEST_CASE("what a fit would take is counted before it is taken", "[systems]") {
  const auto refused = [](const std::string& model, const FitOptions& options, double limit,
                          const std::string& words) {
    INFO(model);
    auto program = Program::compile(model);
    REQUIRE(program);
    auto bound = program->bind(Data(), {.max_memory = limit});
    const auto found = bound ? bound->fit(options) : Result<Posterior>(bound.diagnostics());
    REQUIRE_FALSE(found);
    CHECK(found.diagnostics()[0].code == Code::data_too_large);
    INFO(found.diagnostics()[0].notes[0]);
    CHECK_THAT(found.diagnostics()[0].notes[0], Catch::Contains(words));
    CHECK_THAT(found.diagnostics()[0].help, Catch::Contains("--max-memory"));
  };
  const std::string
      predicted =
          "model m { latent a ~ normal(0, 1); predict few = 2 * a; predict z = [a * i for i in 1:100000]; }",
      wide = "model m { latent x[1000] ~ normal(0, 1); }";
  refused(predicted, {.method = "meanfield"}, 1e9, "`z`");  // kept: 1.6 GB
  refused(predicted, {.method = "meanfield", .streams_predictions = true}, 1e8, "`z`");
  refused(wide, {.method = "meanfield", .draws = 100000}, 1e9, "draws of `x`");
  refused(wide, {.method = "fullrank"}, 1e8, "guide `fullrank`");
  refused(wide, {.method = "nuts", .dense_metric = true}, 1e8, "dense metrics");
  refused(wide, {.method = "laplace", .draws = 100}, 2e7, "curvature");
  refused("model m { latent x[1000000] ~ normal(0, 1); }", {}, 1e7, "`x`, of shape [1000000]");
  CHECK(memory_of_process() > 1e8);
  CHECK(usual_memory_limit() == 0.5 * memory_of_process());
  CHECK(bytes_text(320e9) == "320 GB");
  CHECK(bytes_text(999.6e6) == "1 GB");
  CHECK(bytes_text(12) == "12 B");
}
