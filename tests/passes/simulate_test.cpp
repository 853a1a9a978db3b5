// simulate: what is drawn is at rest under the interpreter, follows the distributions, and what cannot be
// drawn is said.
#include <catch2/catch.hpp>

#include <cmath>
#include <functional>

#include "api/simulation.h"
#include "passes/density/simulate.h"
#include "passes/passes.h"
#include "runtime/kernels/rng.h"
#include "tests/support/oracle.h"

namespace {

using namespace elba;

Program compiled(const std::string& text) {
  const auto program = Program::compile(text);
  for (const auto& diagnostic : program.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(program);
  return *program;
}

Data data_of(const std::string& json) {
  const auto data = Data::from_json(json);
  REQUIRE(data);
  return *data;
}

const SimulatedArray& find(const std::vector<SimulatedArray>& arrays, const std::string& name) {
  for (const auto& array : arrays)
    if (array.name == name) return array;
  FAIL("no `" << name << "`");
  return arrays.front();
}

struct Spread {
  double mean = 0, sd = 0;
};
Spread spread_of(const std::vector<double>& values) {
  Spread out;
  for (const double value : values)
    out.mean += value / static_cast<double>(values.size());
  for (const double value : values)
    out.sd += (value - out.mean) * (value - out.mean);
  out.sd = std::sqrt(out.sd / static_cast<double>(values.size() - 1));
  return out;
}

std::string refusal(const std::string& text, const std::string& json, const FixedValues& fixed = {}) {
  auto simulator = Simulator::make(compiled(text), data_of(json), fixed);
  if (!simulator) return simulator.diagnostics()[0].message;
  const auto drawn = simulator->draw(1);
  REQUIRE(!drawn);
  return drawn.diagnostics()[0].message;
}

// Statements of every form: whole arrays, loops, single elements, a series, ragged loops, conditions, rows, a
// chain of latents.
const char* const forms = R"(model forms {
  dim N, T, J;
  data y: real[N];
  data z: int<0, 1>[N];
  data g: int<1, J>[N];
  data w: real[T];
  data len: int<1, T>[N];
  data on: int<0, 1>[N];
  data q: real[N, T];
  data v: real[N, 2];
  data c: int<lower=0>;
  latent s ~ half_normal(1);
  latent a[J] ~ normal(0, s);
  latent phi ~ uniform(-1, 1);
  latent h[T];
  h[1] ~ normal(0, 1);
  for t in 2:T { h[t] ~ normal(phi * h[t-1], s); }
  y ~ normal(a[g], s);
  for i in 1:N { z[i] ~ bernoulli_logit(a[g[i]]); }
  w[1] ~ normal(h[1], 1);
  for t in 2:T { w[t] ~ normal(phi * w[t-1] + h[t], s); }
  for i in 1:N, t in 1:len[i] { if (on[i] == 1) { q[i, t] ~ normal(a[g[i]], s); } }
  for i in 1:N { v[i] ~ mvn([s, y[i]], [[2, 0.5], [0.5, 1]]); }
  c ~ poisson(5 + s);
})";
const char* const forms_data =
    R"({"J": 2, "g": [1, 2, 2], "len": [1, 3, 4], "on": [1, 0, 1], "w": [0, 0, 0, 0, 0], )"
    R"("q": [[9, 9, 9, 9, 9], [9, 9, 9, 9, 9], [9, 9, 9, 9, 9]]})";

}  // namespace

TEST_CASE("simulate: a draw is at rest, compiled and interpreted alike", "[passes]") {
  const Program program = compiled(forms);
  auto simulator = Simulator::make(program, data_of(forms_data));
  for (const auto& diagnostic : simulator.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(simulator);
  constexpr std::uint64_t key = 5;
  const auto drawn = simulator->draw(key);
  for (const auto& diagnostic : drawn.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(drawn);
  const auto bound = program.bind(drawn->data);
  for (const auto& diagnostic : bound.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(bound);

  const ir::Module module = passes::simulate(passes::inline_calls(program.impl->density));
  const ir::Func* func = module.find("simulate");
  REQUIRE(func != nullptr);
  std::vector<ir::Tensor> arguments;
  for (const ir::Param& param : func->params) {
    if (param.role == ir::Role::key) {
      ir::Tensor tensor;
      tensor.scalar = ir::Scalar::i64;
      tensor.key = runtime::fold_key(key, 0);
      arguments.push_back(std::move(tensor));
      continue;
    }
    ir::Tensor tensor;
    tensor.scalar = func->type(param.value).scalar;
    const auto& all = param.role == ir::Role::data ||
                              std::any_of(drawn->fields.begin(), drawn->fields.end(),
                                          [&](const auto& field) { return field.name == param.name; })
                          ? drawn->fields
                          : drawn->truth;
    tensor.shape = find(all, param.name).shape;
    tensor.values = find(all, param.name).values;
    arguments.push_back(std::move(tensor));
  }
  Sizes sizes = bound->impl->data->sizes;
  ir::complete_sizes(module, sizes);
  const auto results = ir::interpret(module, "simulate", arguments, sizes);
  for (const auto& diagnostic : results.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(results);
  for (std::size_t k = 0; k < results->size(); ++k) {
    const std::string& name = func->result_names[k];
    if (name.ends_with(".count")) continue;
    INFO(name);
    const bool is_latent = name == "s" || name == "a" || name == "phi" || name == "h";
    const auto& own = find(is_latent ? drawn->truth : drawn->fields, name).values;
    const bool has_counts = k + 1 < results->size() && func->result_names[k + 1] == name + ".count";
    for (std::size_t j = 0; j < own.size(); ++j) {
      if (has_counts && (*results)[k + 1].values[j] == 0) continue;
      CHECK((*results)[k].values[j] == Approx(own[j]).epsilon(1e-10).margin(1e-12));
    }
  }
  // What has no distribution keeps its value, and nothing else does.
  const auto& q = find(drawn->fields, "q").values;
  const std::vector<bool> has_law{true,  false, false, false, false, false, false, false,
                                  false, false, true,  true,  true,  true,  false};
  for (std::size_t j = 0; j < q.size(); ++j)
    CHECK((q[j] == 9) == !has_law[j]);
}

TEST_CASE("simulate: draws follow the distributions", "[passes]") {
  const Program program = compiled(R"(model laws {
  dim N, T;
  data x: real[N];
  data y: real[N];
  data w: real[T];
  data k: int<lower=0>[N];
  latent m ~ normal(3, 2);
  latent rho ~ uniform(-1, 1);
  y ~ normal(m + x, 0.5);
  w[1] ~ normal(0, 1);
  for t in 2:T { w[t] ~ normal(rho * w[t-1], 1); }
  k ~ poisson(4);
})");
  const Data data = data_of(R"({"x": [10, 20], "T": 400})");
  auto free = Simulator::make(program, data),
       held = Simulator::make(program, data, {{"m", {1}}, {"rho", {0.6}}});
  REQUIRE((free && held));
  std::vector<double> m, first, second, counts;
  constexpr int draws = 2000;
  for (std::uint64_t key = 0; key < draws; ++key) {
    const auto drawn = free->draw(key);
    REQUIRE(drawn);
    m.push_back(find(drawn->truth, "m").values[0]);
    first.push_back(find(drawn->fields, "y").values[0] - m.back());
    second.push_back(find(drawn->fields, "y").values[1]);
    counts.push_back(find(drawn->fields, "k").values[1]);
  }
  const double root = std::sqrt(static_cast<double>(draws));
  CHECK(spread_of(m).mean == Approx(3).margin(4 * 2 / root));
  CHECK(spread_of(m).sd == Approx(2).margin(4 * 2 / root / std::sqrt(2.0)));
  CHECK(spread_of(first).mean == Approx(10).margin(4 * 0.5 / root));
  CHECK(spread_of(first).sd == Approx(0.5).margin(4 * 0.5 / root / std::sqrt(2.0)));
  CHECK(spread_of(second).sd == Approx(std::sqrt(4.25)).margin(4 * std::sqrt(4.25) / root / std::sqrt(2.0)));
  CHECK(spread_of(counts).mean == Approx(4).margin(4 * 2 / root));
  CHECK(spread_of(counts).sd == Approx(2).margin(0.2));
  // A held value stays, and the series is the one it gives: its innovations are independent with sd 1.
  const auto drawn = held->draw(3);
  REQUIRE(drawn);
  CHECK(find(drawn->truth, "m").values == std::vector<double>{1});
  const auto& w = find(drawn->fields, "w").values;
  std::vector<double> innovations;
  double lagged = 0;
  for (std::size_t t = 1; t < w.size(); ++t)
    innovations.push_back(w[t] - 0.6 * w[t - 1]);
  for (std::size_t t = 1; t < innovations.size(); ++t)
    lagged += innovations[t] * innovations[t - 1] / 399;
  CHECK(spread_of(innovations).mean == Approx(0).margin(0.2));
  CHECK(spread_of(innovations).sd == Approx(1).margin(0.15));
  CHECK(lagged == Approx(0).margin(0.2));
  CHECK(drawn->data.impl().set.find("T") != nullptr);
  // The same key, the same draw.
  CHECK(find(held->draw(3)->fields, "w").values == w);
}

TEST_CASE("simulate: bounds of latents are kept by rejection", "[passes]") {
  const Program program = compiled(R"(model bounds {
  dim N;
  data y: real[N];
  latent s: real<lower=0> ~ normal(-1, 1);
  latent o: ordered[3] ~ normal(0, 1);
  y ~ normal(o[1] + o[3], s);
})");
  auto simulator = Simulator::make(program, data_of(R"({"N": 4})"));
  REQUIRE(simulator);
  for (std::uint64_t key = 0; key < 50; ++key) {
    const auto drawn = simulator->draw(key);
    REQUIRE(drawn);
    CHECK(find(drawn->truth, "s").values[0] > 0);
    const auto& o = find(drawn->truth, "o").values;
    CHECK((o[0] < o[1] && o[1] < o[2]));
  }
}

TEST_CASE("simulate: what is no distribution is named", "[passes]") {
  const std::string head = "model m { dim N; data y: real[N]; latent a ~ normal(0, 1); ",
                    data = R"({"y": [1, 2, 3]})";
  CHECK(refusal(head + "y ~ normal(a, 1); factor -a; }", data) ==
        "the model cannot be simulated: `factor` adds to the density, but is no distribution that could be "
        "drawn from");
  CHECK(refusal(head + "y ~ normal(a, 1); y ~ normal(0, 2); }", data) ==
        "`y[1]` cannot be drawn: more than one `~` states its law");
  CHECK(refusal(head + "for i in 2:N { y[i] ~ normal(a * y[i-1], 1); } }", R"({"N": 3})") ==
        "`y[1]` cannot be drawn: no `~` states its law");
  CHECK(refusal(head + "y[1] ~ normal(y[N], 1); for i in 2:N { y[i] ~ normal(a * y[i-1], 1); } }", data) ==
        "`y[1]` cannot be drawn: its law gives no number there");
  CHECK(refusal("model m { dim N; data y: real<lower=0>[N]; latent a ~ normal(-50, 1); y ~ normal(a, 1); }",
                data)
            .find("but `y` is declared `real<lower=0>[N]`") != std::string::npos);
  CHECK(refusal(head + "y ~ normal(a, 1); }", data, {{"b", {1}}}) ==
        "the model has no latent or param `b` to hold fixed");
  CHECK(refusal(head + "y ~ normal(a, 1); }", data, {{"a", {1, 2}}})
            .find("has 2 numbers for `a`, but it holds 1") != std::string::npos);
}

TEST_CASE("simulate: what is computed from data is drawn by undoing it", "[passes]") {
  // Each name, how it is made of data, and how the data are made of it again. The same draws as of a name
  // that is data itself.
  struct Form {
    std::string type, made;
    std::function<double(double, std::size_t)> back;
    std::string law = "normal(mu, s)";
  };
  const auto square = [](double z, std::size_t) { return z * z; };
  const std::vector<double> x{0.5, -2, 4};
  const Form forms_of_lets[] = {
      {"real<lower=0>", "let z = log(y);", [](double z, std::size_t) { return std::exp(z); }},
      {"real", "let z = (y - m) / 2;", [](double z, std::size_t) { return 2 * z + 3; }},
      {"real", "let z = 1 - x * y;", [&](double z, std::size_t k) { return (1 - z) / x[k]; }},
      {"real", "let z = x / y;", [&](double z, std::size_t k) { return x[k] / z; }},
      {"real<0, 1>", "let z = logit(y);", [](double z, std::size_t) { return 1 / (1 + std::exp(-z)); }},
      {"real<0, 1>", "let z = log(y / (1 - y)) + x;",
       [&](double z, std::size_t k) { return 1 / (1 + std::exp(x[k] - z)); }},
      {"real<lower=0>", "let z = [log1p(y[i]) for i in 1:N];",
       [](double z, std::size_t) { return std::expm1(z); }, "gamma(2, s)"},
      {"real<lower=0>", "let z: real[N]; for i in 1:N { z[i] = 3 * sqrt(y[i]); }",
       [](double z, std::size_t) { return z * z / 9; }, "gamma(2, s)"},
      {"real<lower=0>", "let z = y^2;", [](double z, std::size_t) { return std::sqrt(z); }, "gamma(2, s)"},
      {"real<lower=0>", "let z = sqrt(y);", square, "gamma(2, s)"},
      {"real", "let z = exp(y);", [](double z, std::size_t) { return std::log(z); }, "gamma(2, s)"},
      {"real", "let z = inv_logit(y);", [](double z, std::size_t) { return std::log(z) - std::log1p(-z); },
       "beta(2, s)"},
      {"real", "let z = inv_logit(y) * 2 - 1;",
       [](double z, std::size_t) { return std::log(z + 1) - std::log(1 - z); }, "uniform(-1, 1)"},
  };
  const std::string head =
      "model m { dim N; data m: real; data x: real[N]; latent mu ~ normal(0, 1); latent s ~ half_normal(1); ";
  const auto data = data_of(R"({"N": 3, "m": 3, "x": [0.5, -2, 4]})");
  for (const Form& form : forms_of_lets) {
    INFO(form.made);
    auto direct = Simulator::make(compiled(head + "data z: real[N]; z ~ " + form.law + "; }"), data);
    const Program program = compiled(head + "data y: " + form.type + "[N]; " + form.made + " z ~ " +
                                     form.law + "; }");
    auto computed = Simulator::make(program, data);
    for (const auto& diagnostic : computed.diagnostics())
      UNSCOPED_INFO(diagnostic.message);
    REQUIRE(direct);
    REQUIRE(computed);
    for (const std::uint64_t key : {1U, 2U}) {
      const auto z = direct->draw(key), y = computed->draw(key);
      for (const auto& diagnostic : y.diagnostics())
        UNSCOPED_INFO(diagnostic.message);
      REQUIRE(z);
      REQUIRE(y);
      const auto &of_z = find(z->fields, "z").values, &of_y = find(y->fields, "y").values;
      REQUIRE(of_y.size() == 3);
      for (std::size_t k = 0; k < 3; ++k)
        CHECK(of_y[k] == Approx(form.back(of_z[k], k)).epsilon(1e-12));
      CHECK(program.bind(y->data));
    }
  }
}

TEST_CASE("simulate: computed data in loops, pieces and whole numbers", "[passes]") {
  const Program program = compiled(R"(model m {
  dim N;
  data y: real<lower=0>[N];
  data c: int<0, 20>[N];
  data on: int<0, 1>[N];
  latent mu ~ normal(0, 1);
  let le = log(y);
  le[1] ~ normal(0, 1);
  for i in 2:N { le[i] ~ normal(mu + le[i-1], 0.5); }
  let d = 20 - c;
  for i in 1:N { if (on[i] == 1) { d[i] ~ binomial(20, 0.5); } }
})");
  auto simulator = Simulator::make(program, data_of(R"({"on": [1, 0, 1], "c": [1, 2, 3]})"));
  for (const auto& diagnostic : simulator.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(simulator);
  std::vector<double> steps, counts;
  for (std::uint64_t key = 0; key < 600; ++key) {
    const auto drawn = simulator->draw(key);
    REQUIRE(drawn);
    const auto &y = find(drawn->fields, "y").values, &c = find(drawn->fields, "c").values;
    const double mu = find(drawn->truth, "mu").values[0];
    steps.push_back(std::log(y[2]) - std::log(y[1]) - mu);
    counts.push_back(c[0]);
    CHECK(c[1] == 2);
  }
  CHECK(spread_of(steps).mean == Approx(0).margin(0.09));
  CHECK(spread_of(steps).sd == Approx(0.5).margin(0.06));
  CHECK(spread_of(counts).mean == Approx(10).margin(0.4));
}

TEST_CASE("simulate: what cannot be undone is said, with why", "[passes]") {
  const auto told = [](const std::string& body) {
    return refusal(
        "model m { dim N; data y: real[N]; data x: real[N]; data k: int[N]; latent mu ~ normal(0, 1); " +
            body + " }",
        R"({"N": 3, "x": [1, 2, 3], "k": [1, 2, 3]})");
  };
  CHECK_THAT(told("let z = y - mean(y); z ~ normal(mu, 1);"), Catch::Contains("`y` in more than one way"));
  CHECK_THAT(refusal("model m { dim N; data y: real[N]; data x: real[N]; latent mu ~ normal(0, 1); let z = y "
                     "- x; z ~ normal(mu, 1); }",
                     R"({"N": 3})"),
             Catch::Contains("`y` and `x`"));
  CHECK_THAT(told("let z = abs(y); z ~ exponential(1);"), Catch::Contains("`abs` has no inverse"));
  CHECK_THAT(told("let z = y^2; z ~ exponential(1);"), Catch::Contains("real<lower=0>"));
  CHECK_THAT(told("let z = log(k); z ~ normal(mu, 1);"), Catch::Contains("whole numbers"));
  CHECK_THAT(told("let z = sum(y); z ~ normal(mu, 1);"), Catch::Contains("many elements"));
  CHECK_THAT(told("let z = [y[1] * i for i in 1:N]; z ~ normal(mu, 1);"),
             Catch::Contains("more than one `~`"));
  CHECK_THAT(told("let z = 3.0; z ~ normal(mu, 1);"), Catch::Contains("not computed from data"));
}
