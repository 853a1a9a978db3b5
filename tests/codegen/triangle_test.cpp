// Covariances and their adjoints over the lower triangle, from a model's text to compiled numbers.
#include <catch2/catch.hpp>
#include <cmath>

#include "api/elba.hpp"

namespace {

const char* const model = R"(
  model gp {
    dim N;
    data t: real[N];
    data y: real[N];
    latent a ~ half_normal(2);
    latent l ~ half_normal(3);
    latent x[N] ~ normal(0, 1);
    let K = [a^2 * exp(-0.5 * ((t[i] + 0.1 * x[i] - t[j] - 0.1 * x[j]) / l)^2) + (i == j ? 0.3 : 0)
             for i in 1:N, j in 1:N];
    y ~ mvn(rep(0.0, N), K);
  })";

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++found;
  return found;
}

}  // namespace

TEST_CASE("a covariance and its adjoint are computed for the lower triangle", "[codegen]") {
  auto program = elba::Program::compile(model);
  REQUIRE(program);
  // Every exponential of a kernel element, forwards and backwards, stands in a loop over the triangle.
  const auto text = program->emit(elba::Stage::loop, "log_joint.grad");
  REQUIRE(text);
  CHECK(count(*text, "lower=1") == 2);

  constexpr std::size_t n = 20;
  std::vector<double> t(n), y(n), u(n + 2);
  for (std::size_t k = 0; k < n; ++k) {
    t[k] = 0.5 * static_cast<double>(k);
    y[k] = std::sin(t[k]);
    u[k + 2] = std::cos(3.0 * static_cast<double>(k));
  }
  elba::Data data;
  data.set("t", {n}, t);
  data.set("y", {n}, y);
  auto bound = program->bind(data);
  REQUIRE(bound);
  auto workspace = bound->workspace();
  REQUIRE(workspace);
  std::vector<double> gradient(n + 2), none(n + 2), up(n + 2), down(n + 2), product(n + 2), v(n + 2);
  double value = 0;
  REQUIRE(bound->log_density(**workspace, u, true, value, gradient));
  for (std::size_t k = 0; k < n + 2; ++k) {
    v[k] = std::sin(2.0 + static_cast<double>(k));
    const double h = 1e-5;
    double above = 0, below = 0;
    std::vector<double> moved = u;
    moved[k] += h;
    REQUIRE(bound->log_density(**workspace, moved, true, above, none));
    moved[k] -= 2 * h;
    REQUIRE(bound->log_density(**workspace, moved, true, below, none));
    CHECK(gradient[k] == Approx((above - below) / (2 * h)).epsilon(1e-6).margin(1e-6));
  }
  const double h = 1e-5;
  std::vector<double> plus = u, minus = u;
  for (std::size_t k = 0; k < n + 2; ++k) {
    plus[k] += h * v[k];
    minus[k] -= h * v[k];
  }
  REQUIRE(bound->log_density(**workspace, plus, true, value, up));
  REQUIRE(bound->log_density(**workspace, minus, true, value, down));
  REQUIRE(bound->hessian_product(**workspace, u, v, product));
  for (std::size_t k = 0; k < n + 2; ++k)
    CHECK(product[k] == Approx((up[k] - down[k]) / (2 * h)).epsilon(1e-5).margin(1e-5));
}

TEST_CASE("a fit reports the jitter of its factorisations and names a matrix that has none", "[codegen]") {
  // The kernel of ten equal points has rank one: its factor needs jitter unless rounding is kind.
  auto program = elba::Program::compile(R"(
    model repeated {
      latent s ~ half_normal(1);
      latent z[10] ~ normal(0, 1);
      let L = chol([s^2 * (1 - (i == j ? 2e-10 : 0)) for i in 1:10, j in 1:10]);
      let f = L @ z;
      factor normal_logpdf(1, f[1], 0.5);
    })");
  REQUIRE(program);
  auto bound = program->bind(elba::Data());
  REQUIRE(bound);
  auto posterior = bound->fit({.method = "map"});
  REQUIRE(posterior);
  CHECK(posterior->jitter == Approx(1e-9));
  bool is_told = false;
  for (const elba::Reason& reason : posterior->reasons)
    is_told = is_told || reason.text.find("was not quite positive definite: 1e-09") != std::string::npos;
  CHECK(is_told);

  const std::string text =
      "model indefinite { latent s ~ half_normal(1); let L = chol([i == j ? s : 2 * s for i in 1:3, j in "
      "1:3]); factor L[3, 3]; }";
  auto broken = elba::Program::compile(text);
  REQUIRE(broken);
  auto broken_bound = broken->bind(elba::Data());
  REQUIRE(broken_bound);
  const auto refused = broken_bound->fit({.method = "map"});
  REQUIRE_FALSE(refused);
  const elba::Diagnostic& diagnostic = refused.diagnostics().at(0);
  CHECK(diagnostic.code == elba::Code::non_finite_density);
  CHECK(text.substr(diagnostic.span.begin, diagnostic.span.end - diagnostic.span.begin).find("chol(") !=
        std::string::npos);
}
