// The count of what one call takes: bounded loops by their bounds, data and all, and the loop that is to
// blame.
#include <catch2/catch.hpp>

#include <cmath>

#include "api/elba.hpp"
#include "api/model/handles.h"
#include "api/model/pipeline.h"
#include "passes/loop/operation_count.h"

using namespace elba;

namespace {

struct Counted {
  double bind = 0, density = 0;
  std::string place;
};

Counted work_of(const std::string& text, const Sizes& sizes,
                const std::map<std::string, std::vector<double>>& data = {},
                const std::string& function = "log_joint") {
  const auto program = Program::compile(text);
  REQUIRE(program);
  PipelineOptions options;
  options.sizes = &sizes;
  const auto module = run_pipeline(program->impl->density, {function, ""}, options);
  REQUIRE(module);
  Sizes all = sizes;
  ir::complete_sizes(*module, all);
  const passes::DataElement element = [&](const std::string& name, std::int64_t at) -> std::optional<double> {
    const auto it = data.find(name);
    return it == data.end() || static_cast<std::size_t>(at) >= it->second.size()
               ? std::nullopt
               : std::optional(it->second[static_cast<std::size_t>(at)]);
  };
  Counted out;
  for (const ir::Func& func : module->funcs) {
    const auto work = passes::loop_work(func, all, element);
    (func.name.ends_with(".bind") ? out.bind : out.density) += work.operations;
    if (!func.name.ends_with(".bind"))
      out.place = text.substr(work.place.begin, work.place.end - work.place.begin);
  }
  return out;
}

const std::string head = "model m { dim N; data y: real; latent a ~ normal(0, 1); y ~ normal(a, 1); ";

}  // namespace

TEST_CASE("loops are counted by how often they run", "[passes]") {
  const double line = work_of(head + "factor sum(sin(a * i) for i in 1:N); }", {{"N", 100'000}}).density;
  const double twice = work_of(head + "factor sum(sin(a * i) for i in 1:N); }", {{"N", 200'000}}).density;
  CHECK(twice / line == Approx(2).epsilon(0.01));
  CHECK(line > 1e6);  // a sine and some more, a hundred thousand times
  CHECK(line < 1e7);
  const double square =
      work_of(head + "factor sum(sin(a * i * j) for i in 1:N, j in 1:N); }", {{"N", 1000}}).density;
  const double triangle =
      work_of(head + "for i in 1:N { factor sum(sin(a * i * j) for j in 1:i); } }", {{"N", 1000}}).density;
  CHECK(triangle / square == Approx(0.5).epsilon(0.15));  // what is the same in a row leaves the inner loop
  const double band =
      work_of(head + "for i in 1:N { factor sum(sin(a * i * j) for j in max(1, i - 9):i); } }", {{"N", 1000}})
          .density;
  CHECK(band / square == Approx(0.01).epsilon(0.2));
}

TEST_CASE("ragged loops are counted by the data", "[passes]") {
  const std::string text =
      "model m { dim N, J; data y: real[N]; data n: int<0, N>[J]; latent a ~ normal(0, 1); for j in 1:J { "
      "factor sum(sin(a * y[i]) for i in 1:n[j]); } }";
  const Sizes sizes{{"N", 1000}, {"J", 400}};
  const double full = work_of(text, sizes, {{"n", std::vector<double>(400, 1000.0)}}).density,
               tenth = work_of(text, sizes, {{"n", std::vector<double>(400, 100.0)}}).density;
  CHECK(tenth / full == Approx(0.1).epsilon(0.03));
  // Without the data, each takes its share of the rows.
  CHECK(work_of(text, sizes).density < 0.1 * full);
}

TEST_CASE("what depends on data only is counted where it is computed", "[passes]") {
  const Counted counted = work_of(head + "let s = sum(log(i + 1) for i in 1:N); factor a * s; }",
                                  {{"N", 1'000'000}});
  CHECK(counted.bind > 1e6);
  CHECK(counted.density < 1e4);
}

TEST_CASE("kernels are counted by their arithmetic", "[passes]") {
  const std::string text =
      "model m { dim N; data x: real[N]; data y: real[N]; latent s ~ half_normal(1); y ~ mvn(rep(0, N), s^2 "
      "* eye(N) + [[exp(-s * (x[i] - x[j])^2) for j in 1:N] for i in 1:N]); }";
  const double small = work_of(text, {{"N", 1000}}).density, large = work_of(text, {{"N", 4000}}).density;
  CHECK(large / small > 16);  // more than the squares
  CHECK(large > 4e9 / 2);     // 4000^3 / 30
}

TEST_CASE("the count points at the loop", "[passes]") {
  const Counted counted = work_of(
      head + "factor sum(sin(a * i) for i in 1:N); factor sum(cos(a * i) for i in 1:3); }",
      {{"N", 1'000'000}});
  CHECK(counted.place.find("sin(a * i)") != std::string::npos);
}
