// The shape of the IR: goldens of whole @model functions, loops against the vector forms they stand for, and
// the library.
//
// A golden is golden/NAME.elba with golden/NAME.ir beside it; ELBA_UPDATE_GOLDENS=1 rewrites the latter.
#include <catch2/catch.hpp>
#include <filesystem>

#include "frontend/check/environment.h"
#include "frontend/frontend.h"
#include "frontend/lower/lowerer.h"
#include "ir/library.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "support/render.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;

elba::FrontendResult compile(const std::string& text) {
  const elba::Source source("m.elba", text);
  auto result = elba::compile_frontend(source);
  INFO(elba::render_text(result.diagnostics, source));
  REQUIRE(result.ok());
  const auto broken = elba::ir::verify(*result.module);
  REQUIRE((broken.empty() ? std::string() : broken.front()) == "");
  return result;
}

std::string model_text(const std::string& text) {
  return elba::ir::print(*compile(text).module->find("model"));
}

}  // namespace

TEST_CASE("goldens of lowering", "[check]") {
  const auto files = elba::test::files_below(fs::path(elba::test::source_dir) / "tests/check/golden",
                                             ".elba");
  CHECK(files.size() >= 8);
  for (const fs::path& path : files) {
    INFO(path.string());
    elba::test::check_expected(path, model_text(elba::test::golden_case(path).input));
  }
}

TEST_CASE("a loop over all elements is the vector statement", "[check]") {
  const std::string head =
      "model m { dim N, J; data y: real[N]; data x: real[N]; data g: int<1, J>[N]; latent a[N] ~ normal(0, "
      "1); latent s ~ half_normal(1); ";
  const char* pairs[][2] = {
      {"y ~ normal(a, s);", "for i in 1:N { y[i] ~ normal(a[i], s); }"},
      {"y ~ normal(0, 1);", "for i in 1:N { y[i] ~ normal(0, 1); }"},
      {"y ~ normal(x, a);", "for k in 1:N { y[k] ~ normal(x[k], a[k]); }"},
  };
  for (const auto& pair : pairs)
    CHECK(model_text(head + pair[0] + " }") == model_text(head + pair[1] + " }"));
}

TEST_CASE("the library: every distribution checks, lowers and verifies", "[check]") {
  using namespace elba::frontend;
  const auto names = elba::ir::distribution_names();
  CHECK(names.size() >= 20);
  for (const auto& name : names) {
    INFO(name);
    elba::Sink sink;
    Environment env(elba::Source("m.elba", ""), {}, {}, sink);
    DistEntry* entry = env.distribution(env.root(), name);
    REQUIRE(entry);
    env.check(*entry);
    INFO(elba::render_text(sink.sorted(),
                           elba::Source("library", std::string(elba::ir::distribution_source(name)))));
    CHECK(sink.sorted().empty());
    REQUIRE(entry->checked.ok);
    elba::ir::Module module;
    module.name = "library";
    ModuleLowerer(module).distribution(entry->checked);
    elba::ir::Func empty;
    empty.name = "model";
    elba::ir::Builder(empty).finish({});
    module.funcs.push_back(std::move(empty));
    const auto broken = elba::ir::verify(module);
    CHECK((broken.empty() ? std::string() : broken.front()) == "");
    CHECK(module.find(name + ".logpdf"));
  }
}

TEST_CASE("the signature", "[check]") {
  const auto result = compile(
      "model m { dim N, K = 3; data y: real<lower=0>[N]; data c: int<1, K>[N]; param t: real<lower=0>[2] "
      "init 1; latent w ~ dirichlet(rep(1.0, K));\n"
      "latent L: cholesky_corr[K] ~ lkj_chol(2); latent o: ordered[4] ~ normal(0, 1); latent s ~ "
      "half_normal(1); latent b: real<lower=0, upper=s>[N] ~ flat();\n"
      "for i in 1:N { latent z: simplex[2] ~ flat(); y[i] ~ normal(b[i] + w[c[i]] + L[1, 1] + o[1] * t[2], "
      "z[1]); } predict q ~ normal(y, s); }");
  const elba::Signature& found = result.signature;
  REQUIRE(found.dims.size() == 2);
  CHECK(found.dims[1].default_value == elba::ir::Dim(3));
  REQUIRE(found.data.size() == 2);
  CHECK(found.data[0].type.text() == "f64[N]");
  CHECK(found.data[0].lower == elba::ir::Bound(0.0));
  CHECK(found.data[1].upper == elba::ir::Bound(elba::ir::Dim::symbol("K")));
  std::string text;
  std::int64_t total = 0;
  for (const auto& unknown : found.unknowns) {
    text += unknown.name + " " + unknown.support_text + " " + unknown.type.text() + " " +
            unknown.unconstrained_text() + "\n";
    total += *unknown.unconstrained_size({{"N", 5}, {"K", 4}});
  }
  CHECK(text ==
        "t real<lower=0> f64[2] 2\nw simplex f64[K] K - 1\nL cholesky_corr f64[K, K] (K choose 2)\no ordered "
        "f64[4] 4\ns real<lower=0> f64 1\n"
        "b real<lower=0, upper=s> f64[N] N\nz simplex f64[N, 2] N\n");
  CHECK(total == 2 + 3 + 6 + 4 + 1 + 5 + 5);
  REQUIRE(found.predictions.size() == 1);
  CHECK(found.predictions[0].type.text() == "f64[N]");
}

TEST_CASE("sizes that the text leaves open become requirements", "[check]") {
  const auto result = compile(
      "model m { dim T, K; data y: real[T]; latent a ~ normal(0, 1); y[1] ~ normal(a, 1); for t in K + 1:T { "
      "y[t] ~ normal(a, 1); } }");
  std::string text;
  for (const auto& requirement : result.signature.requirements)
    text += requirement.value.text() + "; ";
  CHECK(text == "T - 1; -K + T; ");
}
