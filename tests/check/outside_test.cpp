// Values outside of the support of their distribution: under `~` they are refused or have density 0, as
// arguments of members they are what probability says.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "api/elba.hpp"
#include "tests/support/values.h"

namespace {

using namespace elba;
using namespace elba::test;

constexpr double infinity = std::numeric_limits<double>::infinity();

// The code and the value that it is about, or "" where the data are taken.
std::string refused(const std::string& body, const std::string& data) {
  const auto program = Program::compile("model m { dim N; latent k: real<0, 1> ~ beta(1, 1); " + body + " }");
  for (const auto& diagnostic : program.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(program);
  const auto bound = program->bind(*Data::from_json(data));
  if (bound) return "";
  const Diagnostic& first = bound.diagnostics().at(0);
  return std::string(code_info(first.code).code) + " " + first.message.substr(0, first.message.find(" is"));
}

double density(const std::string& body, const std::string& data, const std::vector<double>& u) {
  return density_at(bound_of("model m { " + body + " }", data), u).value;
}

}  // namespace

TEST_CASE("data beyond the ends of their distribution are refused", "[check]") {
  const char* data = R"({"y": [0.5, 2, -0.5], "n": [1, 3, 2], "p": [[0.5, 0.5], [0.25, 0.75], [0.6, 0.6]]})";
  const std::string real = "data y: real[N]; ", whole = "data n: int[N]; ", rows = "data p: real[N, 2]; ";
  CHECK(refused(real + "y ~ exponential(k);", data) == "E0618 `y[3]`");
  CHECK(refused(real + "for i in 1:N { y[i] ~ exponential(k); }", data) == "E0618 `y[3]`");
  CHECK(refused(real + "for i in 1:2 { y[i] ~ exponential(k); }", data) == "");
  CHECK(refused(real + "for i in 2:N { y[i] ~ exponential(y[i-1] + k); }", data) == "E0618 `y[3]`");
  CHECK(refused(real + "for i in 1:N { if (y[i] > 0) { y[i] ~ exponential(k); } }", data) == "");
  CHECK(refused(real + "for i in 1:N { if (y[i] > 0) { y[i] ~ beta(k, 1); } }", data) == "E0618 `y`");
  CHECK(refused(real + "y ~ uniform(-1, 1);", data) == "E0618 `y[2]`");
  CHECK(refused(real + "y ~ uniform(k - 5, k + 5);", data) == "");
  CHECK(refused(real + "y ~ truncated(normal(k, 1), lower = 0);", data) == "E0618 `y[3]`");
  CHECK(refused(real + "y ~ normal(k, 1);", data) == "");
  CHECK(refused(real + "y ~ von_mises(k, 1);", R"({"y": [6, 0, -3]})") == "");
  CHECK(refused(whole + "n ~ bernoulli(k);", data) == "E0618 `n[2]`");
  CHECK(refused(whole + "n ~ binomial(2, k);", data) == "E0618 `n[2]`");
  CHECK(refused(whole + "data size: int[N]; n ~ binomial(size, k);",
                R"({"n": [1, 2, 3], "size": [1, 3, 2]})") == "E0618 `n[3]`");
  CHECK(refused(whole + "n ~ poisson(k);", R"({"n": [1, -2, 3]})") == "E0618 `n[2]`");
  CHECK(refused(rows + "p ~ dirichlet([k, 1]);", data) == "E0618 `p[3]`");
  CHECK(refused(rows + "for i in 1:N { p[i] ~ dirichlet([k, 1]); }", data) == "E0618 `p[3]`");
}

TEST_CASE("rebound data are looked at too", "[check]") {
  const Bound bound = bound_of(
      "model m { dim N; data y: real[N]; latent k ~ gamma(1, 1); y ~ exponential(k); }", R"({"y": [1, 2]})");
  const auto moved = bound.rebind(*Data::from_json(R"({"y": [1, -2]})"));
  REQUIRE(!moved);
  CHECK(code_info(moved.diagnostics().at(0).code).code == "E0618");
}

TEST_CASE("ends that are unknown give density 0 beyond them", "[check]") {
  const std::string head = "data y: real; latent a ~ normal(0, 1); ";
  struct Row {
    const char* law;
    double inside, beyond;  // values of a
  };
  for (const Row& row : {Row{"uniform(a, a + 1)", 1, 1.6}, Row{"uniform(0, exp(a))", 1, 0.3},
                         Row{"pareto(exp(a), 2)", 0.3, 1}, Row{"pareto_type_2(a, 1, 2)", 1, 1.6}}) {
    INFO(row.law);
    const std::string body = head + "y ~ " + row.law + ";";
    CHECK(std::isfinite(density(body, R"({"y": 1.5})", {row.inside})));
    CHECK(density(body, R"({"y": 1.5})", {row.beyond}) == -infinity);
  }
  // As wide as it is declared, where its prior has density.
  const std::string wide = "latent x: real<-5, 30> ~ uniform(0, 10); data y: real; y ~ normal(x, 1);";
  CHECK(density(wide, R"({"y": 1})", {2}) == -infinity);
  CHECK(std::isfinite(density(wide, R"({"y": 1})", {-1})));
}

TEST_CASE("members at values outside of the support", "[check]") {
  const auto of = [](const std::string& call) {
    return density("latent a ~ flat(); data y: real; factor " + call + ";", R"({"y": 0})", {0});
  };
  for (const char* law : {"exponential", "rayleigh", "chi_square", "half_normal"}) {
    const std::string name = law;
    INFO(name);
    CHECK(of(name + "_logpdf(y - 1, 2)") == -infinity);
    CHECK(of(name + "_cdf(y - 1, 2)") == 0);
    CHECK(of(name + "_log_cdf(y - 1, 2)") == -infinity);
    CHECK(of(name + "_log_ccdf(y - 1, 2)") == 0);
    CHECK(of("logpdf(y - 1, " + name + "(2))") == -infinity);
    CHECK(std::isfinite(of(name + "_logpdf(y + 1, 2)")));
  }
  CHECK(of("beta_logpdf(y + 2, 2, 3)") == -infinity);
  CHECK(of("beta_cdf(y + 2, 2, 3)") == 1);
  CHECK(of("beta_log_ccdf(y + 2, 2, 3)") == -infinity);
  CHECK(of("uniform_cdf(y + 3, 0, 2)") == 1);
  CHECK(of("uniform_cdf(y - 3, 0, 2)") == 0);
  CHECK(of("pareto_cdf(y + 0.5, 1, 2)") == 0);
  CHECK(of("poisson_logpmf(-2, 3)") == -infinity);
  CHECK(of("sum(exponential_cdf([y - 1, y + 1], 2))") == Approx(1 - std::exp(-2)));
  // Derivatives beyond the support are those of a constant.
  const auto shifted = density_at(
      bound_of(
          "model m { latent a ~ flat(); data y: real; factor -square(a) + gamma_cdf(y - exp(a), 2, 3); }",
          R"({"y": 0})"),
      {0.5});
  CHECK(shifted.value == Approx(-0.25));
  CHECK(shifted.gradient[0] == Approx(-1.0));
}
