// Warnings on models that are correct: each is said where it is meant, on request or always, and never about
// the models of this repository. Machine-applicable fixes do what the help line says.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

#include "frontend/frontend.h"
#include "frontend/syntax/parse.h"
#include "support/render.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace {

using namespace elba;
namespace fs = std::filesystem;

std::string codes_of(const Source& source, bool pedantic) {
  std::string out;
  for (const auto& d : compile_frontend(source, {}, {}, pedantic).diagnostics)
    out += (out.empty() ? "" : " ") + std::string(code_info(d.code).code);
  return out;
}
std::string unasked(const std::string& body) {
  return codes_of(Source("m.elba", "model m { " + body + " }"), false);
}
std::string pedantic(const std::string& body) {
  return codes_of(Source("m.elba", "model m { " + body + " }"), true);
}

}  // namespace

TEST_CASE("warnings that are always said", "[check]") {
  CHECK(unasked("data y: real; latent a ~ normal(0, 1); latent b ~ normal(0, 1); y ~ normal(a, 1);") ==
        "W0005");
  // Through a latent.
  CHECK(unasked("data y: real; latent t ~ half_normal(1); latent a ~ normal(0, t); y ~ normal(a, 1);") == "");
  CHECK(unasked("dim N; data y: real[N]; latent a ~ normal(0, 1); let s: real[N]; for i in 1:N { s[i] = a; } "
                "y ~ normal(s, 1);") == "");
  CHECK(
      unasked("data y: real; latent a ~ normal(0, 1); latent b ~ normal(a, 1); factor -b^2; factor -y^2;") ==
      "");
  CHECK(unasked("latent a ~ normal(0, 1); latent b ~ normal(a, 1);") == "");  // a prior alone
  CHECK(unasked("data x: real; data y: real; latent a ~ normal(0, 1); x ~ normal(0, 1); y ~ normal(a, 1);") ==
        "W0006");
  CHECK(unasked("data y: real; latent s ~ normal(0, 1); y ~ normal(0, s);") == "W0007");
  CHECK(unasked("data y: real; latent s: real<lower=0> ~ normal(0, 1); y ~ normal(0, s);") == "");
  CHECK(unasked("data y: real; latent s ~ normal(0, 1); y ~ normal(0, exp(s));") == "");
  CHECK(unasked("data y: int<0, 1>; latent p ~ normal(0, 1); y ~ bernoulli(p);") == "W0007");
  CHECK(unasked("data y: int<0, 1>; latent p ~ normal(0, 1); y ~ bernoulli(inv_logit(p));") == "");
  CHECK(unasked("data y: real; latent x: real<lower=0> ~ flat(); factor normal_logpdf(log(x), 0, 1); y ~ "
                "normal(x, 1);") == "W0008");
  CHECK(unasked("data y: real; latent x: real<lower=0> ~ flat(); let z = log(x); factor normal_logpdf(z, 0, "
                "1); y ~ normal(x, 1);") == "W0008");
  CHECK(
      unasked("data y: real; latent x: real<lower=0> ~ flat(); factor normal_logpdf(log(x), 0, 1) - log(x); "
              "y ~ normal(x, 1);") == "");
  CHECK(
      unasked("data y: real; latent x ~ flat(); factor normal_logpdf(2 * x + 1, 0, 1); y ~ normal(x, 1);") ==
      "");
  CHECK(unasked("data y: real; latent x ~ flat(); factor normal_logpdf(log(y^2), x, 1);") == "");
  CHECK(unasked("data y: real; latent a ~ normal(0, 1); y ~ normal(y + a, 1);") == "W0009");
  CHECK(unasked("dim T; data y: real[T]; latent a ~ normal(0, 1); for t in 2:T { y[t] ~ normal(a * y[t-1], "
                "1); }") == "");
  CHECK(unasked("data y: real; param p: real; latent a ~ normal(0, 1); y ~ normal(a, 1);") == "W0010");
  CHECK(unasked("data y: real; latent a ~ normal(0, 1); y ~ normal(a == 0 ? 1 : a, 1);") == "W0022");
  const auto file = [](const std::string& text) { return codes_of(Source("m.elba", text), false); };
  const std::string model = "model m { data y: real; latent a ~ normal(0, 1); y ~ normal(f(a), 1); }";
  CHECK(file("fun f(x: real): real = x; " + model) == "");
  CHECK(file("fun f(x: real): real = x; fun g(x: real): real = x; " + model) == "W0001");
  CHECK(file("fun log1p(x: real): real = x; fun f(x: real): real = log1p(x); " + model) == "W0023");
}

TEST_CASE("warnings on request", "[check]") {
  const auto both = [](const std::string& body, const std::string& code) {
    INFO(body);
    CHECK(unasked(body) == "");
    CHECK(pedantic(body) == code);
  };
  both("data y: real; latent a ~ normal(0, 100000); y ~ normal(a, 1);", "W0020");
  both("data y: real; latent a ~ normal(0, 0.00001); y ~ normal(a, 1);", "W0020");
  both("data y: real; latent s ~ inv_gamma(0.001, 0.001); y ~ normal(0, s);", "W0020");
  both("data y: real; latent s ~ uniform(0, 1000); y ~ normal(0, s);", "W0020");
  both("data y: real; latent s ~ uniform(0, 50); y ~ normal(0, s);", "W0021");
  both("data y: real; latent s ~ uniform(-1, 1); y ~ normal(s, 1);", "");
  both("data y: real; data c: real; latent a ~ normal(0, 1); y ~ normal(c == 0 ? 1 : a, 1);", "W0022");
  both("dim K; data y: real; latent w[K] ~ normal(0, 1); y ~ normal(sum(w), 1);", "W0024");
  both("data y: real; latent a ~ normal(0, 1); y ~ lognormal(a, 1);", "W0025");
  both("data y: real; data s: real; latent a ~ normal(0, 1); y ~ normal(a, s);", "W0026");
  both(
      "data y: real; data s: real<lower=0>; latent a ~ normal(0, 1); y ~ normal(a, s * exp(a) + square(a) + "
      "abs(a));",
      "");
  both("data y: real; latent a ~ normal(0, 1); latent b ~ normal(0, 1); y ~ normal(0, a * a + b^2 + 0.1);",
       "");
  both(
      "dim T; data y: real[T]; latent w ~ half_normal(1); let s: real[T]; s[1] = w; for t in 2:T { s[t] = w "
      "+ 0.5 * s[t-1] + 0.1 * y[t-1]^2; } y ~ normal(0, s);",
      "");
  both(
      "dim T; data y: real[T]; latent w ~ half_normal(1); let s: real[T]; s[1] = w; for t in 2:T { s[t] = w "
      "- 0.5 * s[t-1]; } y ~ normal(0, s);",
      "W0026");
  both("data y: real; latent a ~ normal(0, 1); latent b ~ normal(a, 1); y ~ normal(a, 1); predict z = b;",
       "W0027");
}

// A chain of definitions is looked at once, not once per path.
TEST_CASE("advice on long chains takes no time", "[check]") {
  std::string body = "data y: real; latent a0 ~ normal(0, 1); let b0 = exp(a0);";
  for (int i = 1; i < 400; ++i)
    body += " let b" + std::to_string(i) + " = b" + std::to_string(i - 1) + " * b" + std::to_string(i - 1) +
            " / (1 + b" + std::to_string(i - 1) + ");";
  CHECK(unasked(body + " y ~ normal(0, b399);") == "");
}

TEST_CASE("no warning about the models of the repository", "[check]") {
  std::size_t checked = 0;
  for (const char* folder : {"examples", "tests/reference", "tests/systems"}) {
    for (const auto& path : test::files_below(fs::path(test::source_dir) / folder, ".elba")) {
      const Source source(path.filename().string(), test::file_text(path));
      const auto result = compile_frontend(source);
      if (!result.ok()) continue;  // several models, or one that is to fail: its own test says which
      INFO(path.string() << "\n" << render_text(result.diagnostics, source));
      // The bounds of its `mu` do cut the prior off, as those of Stan's model do, and what is lost depends on
      // `s`.
      const bool is_cut = path.filename().string().find("uk_drivers") == 0;
      // Its `beta2` reaches beyond its prior, in Stan's model too.
      const bool is_wide = path.filename().string().find("GLMM_Poisson") == 0;
      for (const auto& diagnostic : result.diagnostics)
        CHECK(((is_cut && diagnostic.code == Code::lost_normaliser) ||
               (is_wide && diagnostic.code == Code::wider_than_support)));
      ++checked;
    }
  }
  CHECK(checked > 40);
}

// A fix does what it says: after all fixes of a report its code is gone from that place.
TEST_CASE("fixes for editors", "[check]") {
  std::size_t applied = 0;
  for (const auto& path : test::files_below(fs::path(test::source_dir) / "tests/golden/errors", ".elba")) {
    const std::string text = test::golden_case(path).input;
    const Source source("m.elba", text);
    for (const auto& d : compile_frontend(source).diagnostics) {
      if (d.fixes.empty()) continue;
      std::string fixed = text;
      auto fixes = d.fixes;
      std::stable_sort(fixes.begin(), fixes.end(),
                       [](const Fix& a, const Fix& b) { return a.span.begin > b.span.begin; });
      for (const Fix& fix : fixes) {
        REQUIRE(fix.span.begin <= fix.span.end);
        REQUIRE(fix.span.end <= fixed.size());
        fixed.replace(fix.span.begin, fix.span.end - fix.span.begin, fix.text);
      }
      INFO(path.filename().string() << "\n" << render_text({d}, source) << fixed);
      const auto again = compile_frontend(Source("m.elba", fixed)).diagnostics;
      CHECK(std::none_of(again.begin(), again.end(), [&](const Diagnostic& other) {
        return other.code == d.code && other.message == d.message && other.span.begin == d.span.begin;
      }));
      ++applied;
    }
  }
  CHECK(applied > 20);
}

// None lost, none more: the number of mistakes that each file says in its first line of code.
TEST_CASE("ten mistakes in one file", "[check]") {
  const std::pair<const char*, std::size_t> files[] = {{"fail_ten_mistakes", 10},
                                                       {"fail_ten_of_syntax", 10},
                                                       {"fail_ten_of_everything", 11},
                                                       {"fail_ten_of_shapes", 10}};
  for (const auto& [name, count] : files) {
    const Source source(name, test::golden_case(fs::path(test::source_dir) / "tests/golden/errors" /
                                                (std::string(name) + ".elba"))
                                  .input);
    const auto result = compile_frontend(source);
    INFO(render_text(result.diagnostics, source));
    CHECK(result.diagnostics.size() == count);
  }
}
