// `~` on what data give: the density, gradient and pointwise densities are those of the same law written with
// `factor` or on data.
#include <catch2/catch.hpp>

#include <cmath>

#include "api/elba.hpp"
#include "frontend/frontend.h"
#include "support/render.h"
#include "tests/support/values.h"

namespace {

using namespace elba;
using test::bound_of;
using test::density_at;

constexpr const char* head = R"(model m {
  dim N, J;
  data earn: real<lower=0>[N];
  data k: int<0, 3>[N];
  data on: int<0, 1>[N];
  data len: int<1, N>[J];
  latent mu ~ normal(0, 10);
  latent s ~ half_normal(2);
  latent w ~ dirichlet(rep(1.0, 5));
)";
constexpr const char* data =
    R"({"earn": [1.5, 0.2, 7, 3.25], "k": [0, 3, 1, 2], "on": [1, 0, 0, 1], "len": [2, 4]})";
const std::vector<std::vector<double>> points{{0.3, -0.2, 0.1, 0.2, -0.4, 0.5}, {-1.1, 0.7, 0, 1, 0.3, -0.8}};

// Both models at both points, gradients against differences.
void same(const std::string& observed, const std::string& by_hand) {
  INFO(observed << " and " << by_hand);
  test::check_same(bound_of(head + observed + "}", data), bound_of(head + by_hand + "}", data), points);
}

std::string errors_of(const std::string& text) {
  std::string out;
  const Source source("m.elba", text);
  for (const auto& d : compile_frontend(source).diagnostics)
    if (d.severity() == Severity::error)
      out += std::string(code_info(d.code).code) + " " + d.message + " " + d.help + "\n";
  return out;
}

}  // namespace

TEST_CASE("a `let` that data give is observed like data", "[check]") {
  same("let le = log(earn); le ~ normal(mu, s);",
       "factor sum(normal_logpdf(log(earn[i]), mu, s) for i in 1:N);");
  same("let le: real[N]; for i in 1:N { le[i] = log(earn[i]); le[i] ~ normal(mu, s); }",
       "factor sum(normal_logpdf(log(earn[i]), mu, s) for i in 1:N);");
  same("for i in 1:N { let r = log(earn[i]) / 2; r ~ normal(mu, s); }",
       "factor sum(normal_logpdf(log(earn[i]) / 2, mu, s) for i in 1:N);");
  same("let z = (earn - mean(earn)) / sd(earn); z[2:N] ~ normal(mu, s); z[1] ~ normal(0, s);",
       "let m1 = mean(earn); let s1 = sd(earn); factor normal_logpdf((earn[1] - m1) / s1, 0, s) + "
       "sum(normal_logpdf((earn[i] - m1) / s1, mu, s) for i in 2:N);");
  same("let c = k + 1; c ~ categorical(w[1:4] / sum(w[1:4]));",
       "factor sum(log(w[k[i] + 1] / sum(w[1:4])) for i in 1:N);");
  same("let c = 2 * k; c ~ poisson(s);", "factor sum(poisson_logpmf(2 * k[i], s) for i in 1:N);");
  same("let le = log(earn); for i in 1:N { if (on[i] == 1) { le[i] ~ normal(mu, s); } }",
       "for i in 1:N { if (on[i] == 1) { factor normal_logpdf(log(earn[i]), mu, s); } }");
  same("let le = log(earn); for j in 1:J, i in 1:len[j] { le[i] ~ normal(mu, s); }",
       "factor sum(normal_logpdf(log(earn[i]), mu, s) for j in 1:J, i in 1:len[j]);");
  same("let d: real[N]; d[1] = earn[1]; for i in 2:N { d[i] = earn[i] - d[i-1]; } d ~ normal(mu, s);",
       "let d: real[N]; d[1] = earn[1]; for i in 2:N { d[i] = earn[i] - d[i-1]; } factor "
       "sum(normal_logpdf(d[i], mu, s) for i in 1:N);");
  same("let r = 3.5; r ~ normal(mu, s);", "factor normal_logpdf(3.5, mu, s);");
}

TEST_CASE("observed names have a log likelihood under their name", "[check]") {
  const Bound bound = bound_of(head + std::string("let le = log(earn); le ~ normal(mu, s); for i in 1:N { if "
                                                  "(on[i] == 1) { le[i] ~ normal(0, s); } } }"),
                               data);
  const auto arrays = bound.observations();
  REQUIRE(arrays);
  REQUIRE(arrays->size() == 2);
  CHECK((*arrays)[0].name == "le");
  CHECK((*arrays)[0].shape == std::vector<std::int64_t>{4});
  CHECK((*arrays)[1].name == "le_2");
  const auto workspace = bound.workspace();
  REQUIRE(workspace);
  std::vector<double> values;
  const double mu = points[0][0], s = std::exp(points[0][1]);
  REQUIRE(bound.log_likelihood(**workspace, points[0], values));
  REQUIRE(values.size() == 8);
  const auto log_normal = [](double x, double mean, double sd) {
    return -0.5 * std::pow((x - mean) / sd, 2) - std::log(sd) - 0.91893853320467274178;
  };
  CHECK(values[1] == Approx(log_normal(std::log(0.2), mu, s)));
  CHECK(values[4] == Approx(log_normal(std::log(1.5), 0, s)));
  CHECK(values[5] == 0);
}

TEST_CASE("what depends on an unknown takes no `~`, however it does", "[check]") {
  const char* const depends[] = {
      "let z = mu * earn; z ~ normal(0, 1);",
      "let z: real[N]; for i in 1:N { z[i] = earn[i] + mu; } z ~ normal(0, s);",
      // At the `~` nothing that has been read depends on an unknown yet.
      "let a: real[N]; let b: real[N]; a[1] = 0; b[1] = 0; for i in 2:N { a[i] = b[i-1]; a[i] ~ normal(0, "
      "s); b[i] = mu * earn[i]; }",
      "for i in 1:N { let r = earn[i] - mu; r ~ normal(0, s); }",
  };
  for (const char* body : depends) {
    INFO(body);
    const std::string found = errors_of(head + std::string(body) + "}");
    CHECK(found.starts_with("E0413"));
    CHECK(found.find("factor ..;") != std::string::npos);
  }
  // Reals of a law of counts.
  CHECK(errors_of(head + std::string("let c = earn; c ~ poisson(s); }")).starts_with("E0301"));
  // 0 is no index.
  CHECK(errors_of(head + std::string("let c = k; c ~ categorical(w); }")).starts_with("E0321"));
  CHECK(errors_of(head + std::string("let c = log(earn); c ~ mvn(rep(mu, J), eye(J)); }"))
            .starts_with("E0318"));  // another shape
  CHECK(errors_of(head + std::string("let c: real[N]; c[1] = 1; c ~ normal(mu, s); c[2:N] = earn[2:N]; }"))
            .starts_with("E0"));
}

TEST_CASE("observed names lie in the support of their law", "[check]") {
  const auto program = Program::compile(
      head + std::string("let r = earn - 1; for i in 1:N { if (on[i] == 1) { r[i] ~ exponential(s); } } }"));
  REQUIRE(program);
  CHECK(program->bind(*Data::from_json(data)));  // the one below 1 is not observed
  const auto whole = Program::compile(
      head + std::string("let r = earn - 1; r ~ exponential(s); let c = k - 1; c ~ poisson(s); }"));
  REQUIRE(whole);
  const auto bound = whole->bind(*Data::from_json(data));
  REQUIRE(!bound);
  REQUIRE(bound.diagnostics().size() == 2);
  CHECK(bound.diagnostics()[0].message ==
        "`r[2]` is observed outside of the support of `exponential`, `real<lower=0>`");
  CHECK(bound.diagnostics()[1].message ==
        "`c[1]` is observed outside of the support of `poisson`, `int<lower=0>`");
  CHECK(whole->bind(*Data::from_json(
      R"({"earn": [1.5, 2, 7, 3.25], "k": [1, 3, 1, 2], "on": [1, 0, 0, 1], "len": [2, 4]})")));
  const auto unit = Program::compile(
      head + std::string("let p = earn / 10; for j in 1:J, i in 1:len[j] { p[i] ~ beta(s, 2); } }"));
  REQUIRE(unit);
  CHECK(unit->bind(*Data::from_json(data)));
  const auto far = unit->bind(*Data::from_json(
      R"({"earn": [1.5, 20, 7, 3.25], "k": [0, 3, 1, 2], "on": [1, 0, 0, 1], "len": [2, 1]})"));
  REQUIRE(!far);
  CHECK(far.diagnostics()[0].message ==
        "`p[1,2]` is observed outside of the support of `beta`, `real<lower=0, upper=1>`");
}
