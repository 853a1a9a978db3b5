// log_likelihood: the observations one by one, interpreted and compiled; their sum is what the log joint
// gains by them.
#include <catch2/catch.hpp>

#include <cmath>

#include "passes/passes.h"
#include "tests/support/oracle.h"
#include "tests/support/values.h"

namespace {

using namespace elba;

struct Evaluated {
  std::vector<ObservationArray> arrays;
  std::vector<double> values;
};

// Compiled, after it was held against the interpreter.
Evaluated evaluate(const std::string& text, const std::string& json, const std::vector<double>& u) {
  const Bound bound = test::bound_of(text, json);
  auto workspace = bound.workspace();
  REQUIRE(workspace);
  Evaluated out;
  const auto arrays = bound.observations();
  REQUIRE(arrays);
  out.arrays = *arrays;
  REQUIRE(bound.log_likelihood(**workspace, u, out.values));
  const auto oracle = test::interpret_bound(
      bound, passes::log_likelihood(passes::inline_calls(bound.impl->program->density)), "log_likelihood", u);
  for (const auto& diagnostic : oracle.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(oracle);
  std::size_t at = 0;
  REQUIRE(oracle->size() == out.arrays.size());
  for (std::size_t k = 0; k < oracle->size(); ++k) {
    CHECK((*oracle)[k].shape == out.arrays[k].shape);
    for (const double expected : (*oracle)[k].values)
      CHECK(out.values.at(at++) == Approx(expected).epsilon(1e-10));
  }
  CHECK(at == out.values.size());
  return out;
}

double log_normal(double x, double mean, double sd) {
  return -0.5 * std::pow((x - mean) / sd, 2) - std::log(sd) - 0.91893853320467274178;
}

}  // namespace

TEST_CASE("log_likelihood: one number an observation, in the shape of the statement", "[passes]") {
  const auto found = evaluate(R"(model m {
  dim N;
  data y: real[N];
  data w: real;
  latent mu ~ normal(0, 1);
  latent s ~ half_normal(1);
  y ~ normal(mu, s);
  w ~ normal(mu, 2);
})",
                              R"({"y": [0.5, -1, 2], "w": 0.25})", {0.3, std::log(1.5)});
  REQUIRE(found.arrays.size() == 2);
  CHECK(found.arrays[0].name == "y");
  CHECK(found.arrays[0].dims == std::vector<std::string>{"N"});
  CHECK(found.arrays[1].shape.empty());
  const std::vector<double> y{0.5, -1, 2};
  for (std::size_t k = 0; k < y.size(); ++k)
    CHECK(found.values[k] == Approx(log_normal(y[k], 0.3, 1.5)));
  CHECK(found.values[3] == Approx(log_normal(0.25, 0.3, 2)));
}

TEST_CASE("log_likelihood: loops, conditions and ragged loops keep every term apart", "[passes]") {
  const auto found = evaluate(
      R"(model m {
  dim N, K;
  data g: int<0, 1>[N];
  data last: int<1, K>[N];
  data y: real[N];
  data z: real[N, K];
  data c: int;
  latent mu ~ normal(0, 1);
  latent s ~ half_normal(1);
  for i in 1:N { if (g[i] == 1) { y[i] ~ normal(mu, s); } }
  if (c == 1) { z ~ normal(mu, s); } else { z ~ normal(mu, 2 * s); }
  for i in 1:N, k in 1:last[i] { z[i, k] ~ normal(mu, 3); }
  factor -square(mu);
})",
      R"({"g": [1, 0, 1], "last": [2, 1, 2], "y": [0.5, -1, 2], "z": [[1, 2], [3, 4], [5, 6]], "c": 0})",
      {0.3, 0.0});
  REQUIRE(found.arrays.size() == 4);
  CHECK(found.arrays[0].name == "y");
  CHECK(found.arrays[1].name == "z");
  CHECK(found.arrays[2].name == "z_2");
  CHECK(found.arrays[3].name == "z_3");
  CHECK(found.arrays[3].shape == std::vector<std::int64_t>{3, 2});
  CHECK(found.values[0] == Approx(log_normal(0.5, 0.3, 1)));
  CHECK(found.values[1] == 0);  // no observation
  for (std::size_t k = 0; k < 6; ++k) {
    CHECK(found.values[3 + k] == 0);  // the branch that is not taken
    CHECK(found.values[9 + k] == Approx(log_normal(static_cast<double>(k) + 1, 0.3, 2)));
    CHECK(found.values[15 + k] == Approx(k == 3 ? 0.0 : log_normal(static_cast<double>(k) + 1, 0.3, 3)));
  }
}

TEST_CASE("log_likelihood: an event of several numbers is one observation", "[passes]") {
  const auto found = evaluate(R"(model m {
  dim N, K;
  data y: real[N, K];
  data n: int<lower=0>[K];
  latent m[K] ~ normal(0, 1);
  latent p ~ dirichlet(ones(K));
  y ~ mvn(m, eye(K));
  n ~ multinomial(6, p);
})",
                              R"({"y": [[1, 2], [3, 4], [0, -1]], "n": [2, 4]})", {0.5, -0.5, 0.2});
  REQUIRE(found.arrays.size() == 2);
  CHECK(found.arrays[0].shape == std::vector<std::int64_t>{3});
  CHECK(found.arrays[1].shape.empty());
  CHECK(found.values[1] == Approx(log_normal(3, 0.5, 1) + log_normal(4, -0.5, 1)));
}

TEST_CASE("log_likelihood: the sum is what the observations add to the log joint", "[passes]") {
  const std::string head =
      "model m { dim N; data x: real[N]; data y: int<0, 1>[N]; latent a ~ normal(0, 2); latent b ~ "
      "student_t(4, 0, 1); ";
  const std::string json = R"({"x": [0.1, -2, 1.5, 0.7], "y": [0, 0, 1, 1]})";
  const std::vector<double> u{0.4, -0.9};
  const auto with = Program::compile(head + "y ~ bernoulli_logit(a + b * x); }");
  REQUIRE(with);
  const auto data = Data::from_json(json);
  const auto bound = with->bind(*data);
  REQUIRE(bound);
  auto workspace = bound->workspace();
  double joint = 0;
  REQUIRE(bound->log_density(**workspace, u, true, joint, {}));
  const auto without = Program::compile(head + "predict p = a + b * x[1] + y[1]; }");
  REQUIRE(without);
  const auto prior = without->bind(*data);
  REQUIRE(prior);
  CHECK(prior->observations()->empty());
  auto other = prior->workspace();
  double alone = 0, sum = 0;
  REQUIRE(prior->log_density(**other, u, true, alone, {}));
  for (const double value : evaluate(head + "y ~ bernoulli_logit(a + b * x); }", json, u).values)
    sum += value;
  CHECK(sum == Approx(joint - alone).epsilon(1e-12));
}
