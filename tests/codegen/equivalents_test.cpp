// Models written with relations between sizes, sizes from data, statements by element and recurrences over
// the whole past, against the same models written out by hand: equal log densities and gradients at several
// points, and the gradient against differences.
#include <catch2/catch.hpp>
#include <cmath>

#include "api/elba.hpp"
#include "support/render.h"

namespace {

using namespace elba;

Bound bound_of(const std::string& text, const std::string& json) {
  const auto program = Program::compile(text, {.name = "m.elba"});
  INFO(render_text(program.diagnostics(), Source("m.elba", text)));
  REQUIRE(program);
  const auto data = Data::from_json(json);
  REQUIRE(data);
  auto bound = program->bind(*data);
  INFO(render_text(bound.diagnostics(), Source("m.elba", text)));
  REQUIRE(bound);
  return *bound;
}

struct Point {
  double value = 0;
  std::vector<double> gradient;
};

Point at(const Bound& bound, Workspace& workspace, const std::vector<double>& u) {
  Point out;
  out.gradient.resize(u.size());
  REQUIRE(bound.log_density(workspace, u, true, out.value, out.gradient));
  return out;
}

void same(const std::string& text, const std::string& by_hand, const std::string& json,
          const std::string& json_by_hand = "") {
  const Bound a = bound_of(text, json), b = bound_of(by_hand, json_by_hand.empty() ? json : json_by_hand);
  REQUIRE(a.dimension() == b.dimension());
  auto wa = a.workspace(), wb = b.workspace();
  REQUIRE(wa);
  REQUIRE(wb);
  const std::size_t n = a.dimension();
  for (std::uint64_t key = 1; key <= 4; ++key) {
    std::vector<double> u(n);
    for (std::size_t k = 0; k < n; ++k)
      u[k] = 1.5 * std::sin(static_cast<double>(17 * key + 5 * k));
    INFO(text << "\npoint " << key);
    const Point one = at(a, **wa, u), other = at(b, **wb, u);
    CHECK(std::isfinite(one.value));
    CHECK(one.value == Approx(other.value).epsilon(1e-11));
    for (std::size_t k = 0; k < n; ++k) {
      CHECK(one.gradient[k] == Approx(other.gradient[k]).epsilon(1e-9).margin(1e-9));
      const double h = 1e-5;
      auto up = u, down = u;
      up[k] += h;
      down[k] -= h;
      CHECK(one.gradient[k] ==
            Approx((at(a, **wa, up).value - at(a, **wa, down).value) / (2 * h)).epsilon(1e-5).margin(1e-6));
    }
  }
}

const char* const five = R"({"y": [0.3, -0.2, 0.8, 0.1, 0.5], "g": [0.5, 0.3, 0.2, 0.1, 0.05]})";

}  // namespace

TEST_CASE("a recurrence over the whole past", "[codegen]") {
  const std::string by_hand =
      R"(model m { data y: real[5]; data g: real[5]; latent r ~ half_normal(1); let x1 = 1;
    let x2 = r * x1 * g[1]; let x3 = r * (x1 * g[2] + x2 * g[1]); let x4 = r * (x1 * g[3] + x2 * g[2] + x3 * g[1]);
    let x5 = r * (x1 * g[4] + x2 * g[3] + x3 * g[2] + x4 * g[1]); y ~ normal([x1, x2, x3, x4, x5], 1); })";
  const char* const head =
      "model m { dim N; data y: real[N]; data g: real[N]; latent r ~ half_normal(1); let x: real[N]; ";
  for (const char* const rest :
       {"x[1] = 1; for t in 2:N { x[t] = r * sum(x[s] * g[t-s] for s in 1:(t-1)); } y ~ normal(x, 1); }",
        "x[1] = 1; for t in 2:N { x[t] = r * sum(x[t-s] * g[s] for s in 1:(t-1)); } y ~ normal(x, 1); }",
        "x[1] = 1; x[2] = r * g[1]; for t in 3:N { let past = sum(x[t-s] * g[s] for s in 1:(t-1)); x[t] = r "
        "* past; } y ~ normal(x, 1); }",
        "for t in 1:N { x[t] = t == 1 ? 1 : r * sum(x[s] * g[t-s] for s in 1:(t-1)); } y ~ normal(x, 1); }"})
    same(std::string(head) + rest, by_hand, five);
}

TEST_CASE("the whole past, backwards, in windows, of rows, and beside single lags", "[codegen]") {
  same(
      R"(model m { dim N; data y: real[N]; latent r ~ half_normal(1); let x: real[N]; x[N] = 1;
          for t in 1:(N-1) { x[t] = r * sum(x[s] / (s - t) for s in (t+1):N); } y ~ normal(x, 1); })",
      R"(model m { data y: real[5]; latent r ~ half_normal(1); let x4 = r;
          let x3 = r * (x4 + 1 / 2); let x2 = r * (x3 + x4 / 2 + 1 / 3);
          let x1 = r * (x2 + x3 / 2 + x4 / 3 + 1 / 4); y ~ normal([x1, x2, x3, x4, 1], 1); })",
      R"({"y": [0.3, -0.2, 0.8, 0.1, 0.5]})");
  same(
      R"(model m { dim N; data y: real[N]; latent r ~ normal(0, 1); let x: real[N]; x[1] = 1; x[2] = r;
          for t in 3:N { x[t] = 0.1 * x[t-1] + r * sum(x[s] for s in max(1, t-3):(t-2)); } y ~ normal(x, 1); })",
      R"(model m { data y: real[5]; latent r ~ normal(0, 1);
          let x3 = 0.1 * r + r; let x4 = 0.1 * x3 + r * (1 + r); let x5 = 0.1 * x4 + r * (r + x3);
          y ~ normal([1, r, x3, x4, x5], 1); })",
      R"({"y": [0.3, -0.2, 0.8, 0.1, 0.5]})");
  // Rows of a matrix, and along its second axis.
  same(
      R"(model m { dim T; data y: real[T, 2]; latent r: real[2] ~ normal(0, 1); let x: real[T, 2]; x[1, :] = r;
          for t in 2:T { x[t] = [sum(x[s, k] / (t - s) for s in 1:(t-1)) + r[k] for k in 1:2]; } y ~ normal(x, 1); })",
      R"(model m { data y: real[3, 2]; latent r: real[2] ~ normal(0, 1);
          let x2 = r + r; let x3 = r / 2 + x2 + r; y ~ normal([r, x2, x3], 1); })",
      R"({"y": [[0.3, -0.2], [0.8, 0.1], [0.5, 0.4]]})");
  same(R"(model m { dim N, T; data y: real[N, T]; latent r: real[N] ~ normal(0, 1); let x: real[N, T];
          for i in 1:N { x[i, 1] = r[i]; }
          for i in 1:N, t in 2:T { x[i, t] = sum(x[i, s] / (t - s) for s in 1:(t-1)) + i; } y ~ normal(x, 1); })",
       R"(model m { data y: real[2, 3]; latent r: real[2] ~ normal(0, 1);
          y ~ normal([[r[1], r[1] + 1, r[1] / 2 + r[1] + 1 + 1], [r[2], r[2] + 2, r[2] / 2 + r[2] + 2 + 2]], 1); })",
       R"({"y": [[0.3, -0.2, 0.1], [0.8, 0.1, 0.6]]})");
}

TEST_CASE("recurrences over a later axis, with first values in a loop", "[codegen]") {
  const std::string by_hand =
      R"(model m { data y: real[2, 3]; latent a ~ normal(0, 1); latent u[2] ~ normal(0, 1);
    y ~ normal([[u[1], a * u[1], a * a * u[1]], [u[2], a * u[2], a * a * u[2]]], 1); })";
  const std::string head =
      "model m { dim N, T; data y: real[N, T]; latent a ~ normal(0, 1); latent u[N] ~ normal(0, 1); let x: "
      "real[N, T]; ";
  for (const char* const rest :
       {"for i in 1:N { x[i, 1] = u[i]; } for i in 1:N, t in 2:T { x[i, t] = a * x[i, t-1]; } y ~ normal(x, "
        "1); }",
        "for i in 1:N { x[i, 1] = u[i]; } for t in 2:T, i in 1:N { x[i, t] = a * x[i, t-1]; } y ~ normal(x, "
        "1); }",
        "x[:, 1] = u; for i in 1:N { for t in 2:T { x[i, t] = a * x[i, t-1]; } } y ~ normal(x, 1); }",
        "for t in 1:1, i in 1:N { x[i, t] = u[i]; } for t in 2:T { x[:, t] = a * x[:, t-1]; } y ~ normal(x, "
        "1); }"})
    same(head + rest, by_hand, R"({"y": [[0.3, -0.2, 0.1], [0.8, 0.1, 0.6]]})");
  same(
      R"(model m { dim p, N >= p; data y: real[N]; latent a[p] ~ normal(0, 1);
          let x: real[N]; for t in 1:p { x[t] = y[t]; }
          for t in (p+1):N { x[t] = sum(a[k] * x[t-k] for k in 1:p); } y ~ normal(x, 1); })",
      R"(model m { dim p; data y: real[5]; latent a[2] ~ normal(0, 1);
          let x3 = a[1] * y[2] + a[2] * y[1]; let x4 = a[1] * x3 + a[2] * y[2];
          let x5 = a[1] * x4 + a[2] * x3; y ~ normal([y[1], y[2], x3, x4, x5], 1); })",
      R"({"p": 2, "y": [0.3, -0.2, 0.8, 0.1, 0.5]})");
}

TEST_CASE("priors by element, by list and by slice", "[codegen]") {
  const std::string data = R"({"y": [0.3, -0.2, 0.8]})";
  same(
      "model m { dim N; data y: real[N]; latent b: real[4]; b[1] ~ half_normal(1); b[2] ~ normal(0, 1); b[3] "
      "~ beta(2, 3); b[4] ~ uniform(-1, 3); y ~ normal(b[1] + b[2], 1 + b[3] + square(b[4])); }",
      "model m { dim N; data y: real[N]; latent b1 ~ half_normal(1); latent b2 ~ normal(0, 1); latent b3 ~ "
      "beta(2, 3); latent b4 ~ uniform(-1, 3); y ~ normal(b1 + b2, 1 + b3 + square(b4)); }",
      data);
  same(
      "model m { dim N; data y: real[N]; latent b[5]; for k in 2:4 { b[k] ~ half_normal(k); } b[[1, 5]] ~ "
      "normal([0.5, 1], 2); y ~ normal(sum(b), 1); }",
      "model m { dim N; data y: real[N]; latent b1 ~ normal(0.5, 2); latent b2 ~ half_normal(2); latent b3 ~ "
      "half_normal(3); latent b4 ~ half_normal(4); latent b5 ~ normal(1, 2); y ~ normal(b1 + b2 + b3 + b4 + "
      "b5, 1); }",
      data);
  same(
      "model m { dim N; data y: real[N]; latent th: real<lower=0>[4]; th[[1, 3]] ~ normal(1, 0.5); th[[2, "
      "4]] ~ normal(0.05, 0.05); y ~ normal(sum(th), 1); }",
      "model m { dim N; data y: real[N]; latent t1: real<lower=0> ~ normal(1, 0.5); latent t2: real<lower=0> "
      "~ normal(0.05, 0.05); latent t3: real<lower=0> ~ normal(1, 0.5); latent t4: real<lower=0> ~ "
      "normal(0.05, 0.05); y ~ normal(t1 + t2 + t3 + t4, 1); }",
      data);
  same(
      "model m { dim N; data y: real[N]; latent B: real[2, 2]; B[1, :] ~ half_normal(1); B[2, 1] ~ normal(0, "
      "1); B[2, 2] ~ beta(2, 2); y ~ normal(sum(B), 1); }",
      "model m { dim N; data y: real[N]; latent b[2] ~ half_normal(1); latent c ~ normal(0, 1); latent d ~ "
      "beta(2, 2); y ~ normal(sum(b) + c + d, 1); }",
      data);
  same(
      "model m { dim N; data y: real[N]; for i in 1:N { latent b: real[2]; b[1] ~ half_normal(1); b[2] ~ "
      "normal(0, 1); y[i] ~ normal(b[2], 1 + b[1]); } }",
      "model m { dim N; data y: real[N]; latent b: real[N, 2]; b[:, 1] ~ half_normal(1); b[:, 2] ~ normal(0, "
      "1); y ~ normal(b[:, 2], 1 + b[:, 1]); }",
      data);
  // A `let` takes lists too.
  same(
      "model m { data y: real[3]; latent a ~ normal(0, 1); let x: real[3]; x[[3, 1]] = [a, 2 * a]; x[2] = 1; "
      "y ~ normal(x, 1); }",
      "model m { data y: real[3]; latent a ~ normal(0, 1); y ~ normal([2 * a, 1, a], 1); }", data);
}

TEST_CASE("statements for 3:K where K is 2, and where it is more", "[codegen]") {
  for (const char* const rest :
       {"b[1] ~ normal(0, 1); b[2] ~ half_normal(2); b[3:K] ~ normal(0, 3);",
        "b[1] ~ normal(0, 1); b[2] ~ half_normal(2); for k in 3:K { b[k] ~ normal(0, 3); }",
        "b[1] ~ normal(0, 1); b[3:K] ~ normal(0, 3); b[2] ~ half_normal(2);"}) {
    const std::string model =
        std::string("model m { dim N, K; data X: real[N, K]; data y: real[N]; latent b: real[K]; ") + rest +
        " y ~ normal(X @ b, 1); }";
    same(model,
         "model m { dim N; data X: real[N, 2]; data y: real[N]; latent b1 ~ normal(0, 1); latent b2 ~ "
         "half_normal(2); y ~ normal(b1 * X[:, 1] + b2 * X[:, 2], 1); }",
         R"({"X": [[1, 2], [0.5, -1], [0.2, 0.1]], "y": [0.3, -0.2, 0.8]})");
    same(model,
         "model m { dim N; data X: real[N, 4]; data y: real[N]; latent b1 ~ normal(0, 1); latent b2 ~ "
         "half_normal(2); latent c[2] ~ normal(0, 3); y ~ normal(b1 * X[:, 1] + b2 * X[:, 2] + X[:, 3:4] @ "
         "c, 1); }",
         R"({"X": [[1, 2, 1, 0], [0.5, -1, 2, 1], [0.2, 0.1, 1, 1]], "y": [0.3, -0.2, 0.8]})");
  }
}

TEST_CASE("sizes from data, and relations between sizes", "[codegen]") {
  same(
      "model m { dim N; data g: int<lower=1>[N]; data y: real[N]; dim J = max(g); latent a[J] ~ normal(0, "
      "1); y ~ normal(a[g], 1); }",
      "model m { dim N, J; data g: int<1, J>[N]; data y: real[N]; latent a[J] ~ normal(0, 1); y ~ "
      "normal(a[g], 1); }",
      R"({"g": [1, 3, 2, 3], "y": [0.3, -0.2, 0.8, 0.1]})",
      R"({"J": 3, "g": [1, 3, 2, 3], "y": [0.3, -0.2, 0.8, 0.1]})");
  same(
      "model m { dim n, S >= n; data X: real[n]; latent a: real[S] ~ normal(0, 1); for i in 1:n { X[i] ~ "
      "normal(a[i], 1); } }",
      "model m { dim n, S; data X: real[n]; latent a: real[n] ~ normal(0, 1); latent rest: real[S - n] ~ "
      "normal(0, 1); X ~ normal(a, 1); }",
      R"({"S": 5, "X": [0.3, -0.2, 0.8]})");
  // Of data: counts, sums, and one computed size in another.
  const Bound bound = bound_of(
      "model m { dim N; data y: int<lower=0>[N]; dim K = max(y) + 1; dim M = sum(y[i] > 0 ? 1 : 0 for i in "
      "1:N) + K; latent a[K] ~ normal(0, 1); latent b[M] ~ normal(0, 1); factor sum(a[y[i] + 1] for i in "
      "1:N) + sum(b); }",
      R"({"y": [0, 2, 4]})");
  CHECK(bound.dimension() == 5 + 7);
  const auto other = bound.rebind(*Data::from_json(R"({"y": [0, 0, 1]})"));
  REQUIRE(other);
  CHECK(other->dimension() == 2 + 3);
}

TEST_CASE("what the data say against relations and computed sizes", "[codegen]") {
  struct Row {
    const char *model, *json, *code, *words;
  };
  const Row rows[] = {
      {"model m { dim n, S >= n; data X: real[n]; latent a: real[S] ~ normal(0, 1); for i in 1:n { X[i] ~ "
       "normal(a[i], 1); } }",
       R"({"S": 2, "X": [1, 2, 3]})", "E0609", "`S` is 2 and `n` is 3"},
      {"model m { dim K, T >= 2*K + 1; data x: real[T]; data k: real[K]; latent a ~ normal(0, 1); x ~ "
       "normal(a + sum(k), 1); }",
       R"({"x": [1, 2, 3], "k": [1, 2]})", "E0609", "T >= 2*K + 1"},
      {"model m { dim N; data y: int<lower=0>[N]; dim K = max(y); latent c[K] ~ normal(0, 1); factor "
       "-sum(c); }",
       R"({"y": []})", "E0615", "nothing in the data to compute it from"},
      {"model m { dim N; data y: int[N]; dim K = max(y); latent c[K] ~ normal(0, 1); factor -sum(c); }",
       R"({"y": [-2]})", "E0615", "-2"},
      {"model m { dim N; data y: int<lower=0>[N]; dim K = max(y); latent c[K] ~ normal(0, 1); factor "
       "-sum(c); }",
       R"({"K": 2, "y": [1, 5]})", "E0604", "dim K = max(y)"},
      {"model m { dim N; data y: int<lower=0>[N]; dim K = max(y); latent c[K] ~ normal(0, 1); factor "
       "-sum(c); }",
       R"({"y": [1, 2.5]})", "E0605", "2.5"},
      {"model m { dim N; data y: int<lower=0>[N]; dim K = max(y); latent c[K, K] ~ normal(0, 1); factor "
       "-sum(c); }",
       R"({"y": [2000000000]})", "E0612", "memory"},
  };
  for (const Row& row : rows) {
    INFO(row.model << "\n" << row.json);
    const auto program = Program::compile(row.model, {.name = "m.elba"});
    REQUIRE(program);
    const auto bound = program->bind(*Data::from_json(row.json));
    REQUIRE(!bound);
    const std::string text = render_text(bound.diagnostics(), Source("m.elba", row.model));
    CHECK_THAT(text, Catch::Contains(row.code));
    CHECK_THAT(text, Catch::Contains(row.words));
  }
}
