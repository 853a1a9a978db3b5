// Mixtures whose parts end at different points: the density is the weighted sum of the parts, each 0 beyond
// its own ends.
#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <numbers>

#include "frontend/frontend.h"
#include "support/render.h"
#include "tests/support/values.h"

namespace {

using namespace elba;
using test::bound_of;
using test::density_at;

constexpr const char* head = R"(model m {
  dim N;
  data y: real[N];
  data lo: real;
  data n: int[N];
  latent p ~ beta(1, 1);
  latent k ~ gamma(2, 1);
  latent b[2] ~ normal(0, 1);
)";
constexpr const char* data = R"({"y": [0.4, -0.3, 2.2, 3.1, -3.14, 0], "lo": 0.25, "n": [0, 1, 2, 3, 7, 0]})";
const std::vector<double> u{0.3, -0.2, 0.6, 0.9};

std::string model(const std::string& body) { return head + body + "}"; }

void same(const std::string& mixed, const std::string& by_hand) {
  INFO(mixed << " and " << by_hand);
  test::check_same(bound_of(model(mixed), data), bound_of(model(by_hand), data), {u}, 1e-11);
}

std::vector<Diagnostic> diagnostics_of(const std::string& body) {
  const Source source("m.elba", model(body));
  return compile_frontend(source).diagnostics;
}

std::string codes_of(const std::string& body) {
  std::string out;
  for (const auto& d : diagnostics_of(body))
    out += std::string(out.empty() ? "" : " ") + std::string(code_info(d.code).code);
  return out;
}

// The midpoint rule over one value, of the law of `data x: real`.
double integral(const std::string& law, double low, double high) {
  constexpr int cells = 20000;
  const double step = (high - low) / cells;
  const auto program = Program::compile("model m { data x: real; latent p ~ beta(1, 1); x ~ " + law + "; }");
  REQUIRE(program);
  const auto prior = Program::compile("model m { data x: real; latent p ~ beta(1, 1); }");
  double sum = 0;
  const auto bound = program->bind(*Data::from_json(R"({"x": 0})"));
  REQUIRE(bound);
  for (int i = 0; i < cells; ++i) {
    Data data_of_x;
    data_of_x.set("x", {}, std::vector<double>{low + (i + 0.5) * step});
    const auto moved = bound->rebind(data_of_x);
    if (!moved) {  // beyond every part
      CHECK(code_info(moved.diagnostics().at(0).code).code == "E0618");
      continue;
    }
    const auto workspace = moved->workspace();
    double value = 0;
    REQUIRE(moved->log_density(**workspace, std::vector<double>{0.4}, false, value, {}));
    sum += std::exp(value) * step;
  }
  return sum;
}

}  // namespace

TEST_CASE("parts with the same ends as numbers are the mixture without a question", "[check]") {
  for (const char* uniform : {"uniform(-pi(), pi())", "uniform(-3.141592653589793, 2 * pi() / 2)",
                              "uniform(low, -low)", "uniform(-acos(-1.0), acos(-1.0))"}) {
    const std::string text = model(
        "let low = -pi(); let t = y; factor sum(low * 0 + t); y ~ mixture([p, 1 - p], " +
        std::string(uniform) + ", von_mises(0, k));");
    INFO(text);
    const auto program = Program::compile(text);
    REQUIRE(program);
    const auto density = program->emit(Stage::density);
    REQUIRE(density);
    CHECK(density->find("log_part") == std::string::npos);
  }
  same("y ~ mixture([p, 1 - p], uniform(-pi(), pi()), von_mises(0, k));",
       "for i in 1:N { factor log_mix(p, -log(2 * pi()), von_mises_logpdf(y[i], 0, k)); }");
  same("y ~ mixture([p, 1 - p], von_mises(b[1], k), uniform(-pi(), pi()));",
       "for i in 1:N { factor log_mix(p, von_mises_logpdf(y[i], b[1], k), -log(2 * pi())); }");
}

TEST_CASE("a part has density 0 beyond its ends, wherever these come from", "[check]") {
  const auto inside = [](const std::string& low, const std::string& high, const std::string& density) {
    return "(y[i] >= " + low + " && y[i] <= " + high + " ? " + density + " : -inf())";
  };
  const auto mix = [](const std::string& a, const std::string& b) {
    return "for i in 1:N { factor log_sum_exp(log(p) + " + a + ", log1m(p) + " + b + "); }";
  };
  const std::string normal = "normal_logpdf(y[i], b[1], k)";
  same("y ~ mixture([p, 1 - p], uniform(-1 / 2, 1), normal(b[1], k));",
       mix(inside("-0.5", "1", "-log(1.5)"), normal));
  same("y ~ mixture([p, 1 - p], normal(b[1], k), uniform(lo, lo + 2));",
       mix(normal, inside("lo", "lo + 2", "-log(2)")));
  same("y ~ mixture([p, 1 - p], uniform(b[1] - 5, 5), uniform(-6, b[2] + 6));",
       mix(inside("b[1] - 5", "5", "-log(10 - b[1])"), inside("-6", "b[2] + 6", "-log(12 + b[2])")));
  same("y ~ mixture([p, 1 - p], truncated(normal(b[1], k), upper = pi() / 2), normal(0, 3));",
       mix(inside("-100", "pi() / 2", "normal_logpdf(y[i], b[1], k) - normal_log_cdf(pi() / 2, b[1], k)"),
           "normal_logpdf(y[i], 0, 3)"));
  same("y ~ mixture([p, 1 - p], uniform([-4, b[1] - 5], 4));",
       mix(inside("-4", "4", "-log(8)"), inside("b[1] - 5", "4", "-log(9 - b[1])")));
  same("y ~ mixture([p, 1 - p], truncated(normal(b, k), lower = -4, upper = [3.5, 5]));",
       mix(inside("-4", "3.5",
                  "normal_logpdf(y[i], b[1], k) - log(normal_cdf(3.5, b[1], k) - normal_cdf(-4, b[1], k))"),
           inside("-4", "5",
                  "normal_logpdf(y[i], b[2], k) - log(normal_cdf(5, b[2], k) - normal_cdf(-4, b[2], k))")));
  // Three kinds of counts: from one, up to two, all of them.
  same(
      "n ~ mixture([0.2, 0.3 * p, 0.8 - 0.3 * p], truncated(poisson(k), lower = 1), truncated(poisson(2), "
      "upper = 2), poisson(1 + k));",
      "for i in 1:N { factor log_sum_exp([log(0.2) + (n[i] >= 1 ? poisson_logpmf(n[i], k) - log1m(exp(-k)) : "
      "-inf()), log(0.3 * p) + (n[i] <= 2 ? poisson_logpmf(n[i], 2) - log(cdf(2, poisson(2))) : -inf()), "
      "log(0.8 - 0.3 * p) + poisson_logpmf(n[i], 1 + k)]); }");
}

TEST_CASE("laws of whole numbers between two numbers are parts as others are", "[check]") {
  same("n ~ mixture([p, 1 - p], bernoulli(0.3), poisson(k));",
       "for i in 1:N { factor log_sum_exp(log(p) + (n[i] <= 1 ? log(n[i] == 1 ? 0.3 : 0.7) : -inf()), "
       "log1m(p) + poisson_logpmf(n[i], k)); }");
  same("n ~ hurdle(p, mixture([p, 1 - p], truncated(poisson(k), upper = 5), poisson(3)));",
       "for i in 1:N { let q0 = p * exp(-k) / cdf(5, poisson(k)) + (1 - p) * exp(-3); factor n[i] == 0 ? "
       "log(p) : log1m(p) - log1m(q0) + log_sum_exp(log(p) + (n[i] <= 5 ? poisson_logpmf(n[i], k) - "
       "log(cdf(5, poisson(k))) : -inf()), log1m(p) + poisson_logpmf(n[i], 3)); }");
  for (const char* law :
       {"truncated(truncated(poisson(k), upper = 5), lower = 1)", "truncated(bernoulli(p), lower = 1)",
        "hurdle(p, truncated(poisson(k), upper = 5))",
        "censored(truncated(poisson(k), upper = 5), upper = 3)", "zero_inflated(p, bernoulli(0.3))",
        "hurdle(p, bernoulli(0.3))", "mixture([p, 1 - p], bernoulli([0.2, 0.8]))"}) {
    INFO(law);
    const auto program = Program::compile(model("predict z ~ " + std::string(law) + "; n ~ " + law + ";"));
    for (const auto& diagnostic : program.diagnostics())
      UNSCOPED_INFO(diagnostic.message);
    CHECK(program);
  }
  same("factor logpdf(2, truncated(truncated(poisson(k), upper = 5), lower = 1));",
       "factor poisson_logpmf(2, k) - log(cdf(5, poisson(k)) - exp(-k));");
}

TEST_CASE("tails of mixtures with different ends", "[check]") {
  same("factor sum(log_cdf(y + 5, mixture([p, 1 - p], uniform(0, 4), normal(b[1], k))));",
       "for i in 1:N { let x = y[i] + 5; factor log(p * (x >= 4 ? 1 : x <= 0 ? 0 : x / 4) + (1 - p) * "
       "normal_cdf(x, b[1], k)); }");
  same("factor sum(cdf(y, mixture([p, 1 - p], uniform([0, lo], [1, 2]))));",
       "for i in 1:N { factor p * (y[i] >= 1 ? 1 : y[i] <= 0 ? 0 : y[i]) + (1 - p) * (y[i] >= 2 ? 1 : y[i] "
       "<= lo ? 0 : (y[i] - lo) / (2 - lo)); }");
}

TEST_CASE("mixtures of parts with different ends integrate to one", "[check]") {
  const double prior = 1;  // beta(1, 1) without Jacobian
  CHECK(integral("mixture([p, 1 - p], uniform(-1, 1), normal(0, 0.7))", -6, 6) ==
        Approx(prior).epsilon(1e-3));
  CHECK(integral("mixture([p, 1 - p], uniform(0, 1), uniform(2, 2.5))", -1, 4) ==
        Approx(prior).epsilon(1e-3));
}

TEST_CASE("a latent needs to know where the support ends", "[check]") {
  const auto support = [](const std::string& body) {
    const auto program = Program::compile(model(body));
    REQUIRE(program);
    for (const auto& latent : program->signature().latents)
      if (latent.name == "x") return latent.support;
    return std::string();
  };
  CHECK(support("latent x ~ mixture([0.5, 0.5], uniform(0, 1), uniform(2, 3)); y ~ normal(x, k);") ==
        "real<lower=0, upper=3>");
  CHECK(support("latent x ~ mixture([0.5, 0.5], uniform(0, 1), normal(0, 1)); y ~ normal(x, k);") == "real");
  CHECK(support("latent x ~ mixture([0.5, 0.5], uniform(-pi(), pi()), von_mises(0, 1)); y ~ normal(x, k);") ==
        "real<lower=-3.141592653589793, upper=3.141592653589793>");
  CHECK(codes_of("latent x ~ mixture([0.5, 0.5], uniform(-pi(), pi()), von_mises(0, 1)); y ~ normal(x, k);")
            .find("W0011") == std::string::npos);
  CHECK(codes_of("latent x ~ mixture([0.5, 0.5], uniform(0, 1), uniform(2, 3)); y ~ normal(x, k);")
            .find("W0011") != std::string::npos);
  const std::string open = "mixture([0.5, 0.5], uniform(lo, 5), uniform(0, 6)); y ~ normal(x, k);";
  CHECK(codes_of("latent x ~ " + open).find("E0354") != std::string::npos);
  CHECK(support("latent x: real<lower=-1, upper=6> ~ " + open) == "real<lower=-1, upper=6>");
  CHECK(codes_of("latent x ~ mixture([0.5, 0.5], uniform([0, lo], 5)); y ~ normal(x, k);").find("E0354") !=
        std::string::npos);
}

TEST_CASE("bounds are numbers wherever the text says them", "[check]") {
  const auto program = Program::compile(
      "model m { data x: real<lower=-pi(), upper=2 * pi() / 2>; latent a: real<lower=-1 / 2, "
      "upper=sqrt(2.0)> ~ normal(0, 1); x ~ normal(a, 1); }");
  REQUIRE(program);
  CHECK(program->bind(*Data::from_json(R"({"x": -3.1})")));
  CHECK(!program->bind(*Data::from_json(R"({"x": 3.2})")));
  CHECK(program->signature().latents[0].support == "real<lower=-0.5, upper=1.4142135623730951>");
}
