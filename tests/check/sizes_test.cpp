// Relations between sizes, sizes from data and statements by element: what compiles, what is refused, and
// that the help can be pasted.
#include <catch2/catch.hpp>

#include "frontend/frontend.h"
#include "frontend/syntax/format.h"
#include "frontend/syntax/parse.h"
#include "frontend/typed_tree/dims.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "support/render.h"

namespace {

using namespace elba;

std::string report(const std::string& body, bool& ok) {
  const Source source("m.elba", "model m {\n" + body + "\n}\n");
  const auto result = compile_frontend(source);
  ok = result.ok();
  if (ok) {
    const auto broken = ir::verify(*result.module);
    CHECK((broken.empty() ? std::string() : broken.front()) == "");
    const std::string printed = ir::print(*result.module);
    const auto again = ir::parse_module(Source("m.ir", printed));
    CHECK(again);
    if (again) CHECK(ir::print(*again) == printed);
  }
  return render_text(result.diagnostics, source);
}

}  // namespace

TEST_CASE("what follows from relations between sizes", "[check]") {
  using frontend::at_least_zero;
  using frontend::SizeFacts;
  using frontend::Truth;
  const auto dim = [](const char* text) { return *ir::Dim::parse(text); };
  const SizeFacts facts{dim("S - n"), dim("T - 2*K - 1"), dim("K - 2"), dim("U - S"), dim("n - m - 1")};
  struct Row {
    const char* what;
    Truth truth;
  };
  const Row rows[] = {{"S - n", Truth::yes},         {"n - S", Truth::depends},
                      {"U - n", Truth::yes},         {"U - m - 1", Truth::yes},
                      {"U - m - 2", Truth::depends}, {"T - K - 1", Truth::yes},
                      {"T - K - 3", Truth::yes},     {"T - 5", Truth::yes},
                      {"T - 6", Truth::depends},     {"1 - K", Truth::no},
                      {"2 - K", Truth::depends},     {"N*S - N*n", Truth::yes},
                      {"N*n - N*S", Truth::depends}, {"2*S - 2*n + K - 2", Truth::yes},
                      {"K - T", Truth::no},          {"m - S", Truth::no},
                      {"S*S - n*n", Truth::yes}};
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK((at_least_zero(dim(row.what), facts) == row.truth));
  }
}

TEST_CASE("relations between sizes and sizes from data compile", "[check]") {
  const char* const bodies[] = {
      "dim n, S >= n; data X: real[n]; latent a: real[S] ~ normal(0, 1); for i in 1:n { X[i] ~ normal(a[i], "
      "1); }",
      "dim n; dim S; dim U >= S > n; data X: real[n]; latent a: real[U] ~ normal(0, 1); X ~ normal(a[1:n] + "
      "a[n + 1], 1); factor a[S];",
      "dim K <= 4, T >= 2*K + 1; data x: real[T]; latent a ~ normal(0, 1); for k in 1:K { x[2*k + 1] ~ "
      "normal(a, 1); }",
      "dim K >= 2 <= 9 = 3, N; data X: real[N, K]; data y: real[N]; latent b[K] ~ normal(0, 1); y ~ normal(X "
      "@ b + b[2], 1);",
      "dim p, N >= p; data y: real[N]; let x: real[N]; latent a ~ normal(0, 1); for t in 1:p { x[t] = a; } "
      "for t in (p+1):N { x[t] = a * x[t-1]; } y ~ normal(x, 1);",
      "dim N; data g: int<lower=1>[N]; dim J = max(g); data y: real[N]; latent a[J] ~ normal(0, 1); y ~ "
      "normal(a[g], 1);",
      "dim N; data g: int<lower=1>[N]; data h: int<lower=1>[N]; dim J = max(max(g), max(h)); latent a[J] ~ "
      "normal(0, 1); factor sum(a[g[i]] * a[h[i]] for i in 1:N);",
      "dim N; data g: int<lower=0>[N]; dim J = max(g) + 1; latent a[J] ~ normal(0, 1); factor sum(a[g[i] + "
      "1] for i in 1:N);",
      "data J: int<lower=1>; dim K = J; latent a[K] ~ normal(0, 1); factor sum(a);",
      "dim N; data x: real[N]; let positive = sum(x[i] > 0 ? 1 : 0 for i in 1:N); dim M = positive; latent "
      "a[M] ~ normal(0, 1); factor sum(a);",
  };
  for (const char* const body : bodies) {
    bool ok = false;
    const std::string said = report(body, ok);
    INFO(body << "\n" << said);
    CHECK(ok);
  }
}

TEST_CASE("what is refused of sizes says what to write, and that compiles", "[check]") {
  struct Row {
    const char *body, *code, *words, *instead;
  };
  const Row rows[] = {
      {"dim n, S; data X: real[n]; latent a: real[S] ~ normal(0, 1); for i in 1:n { X[i] ~ normal(a[i], 1); "
       "}",
       "E0307", "`dim S >= n;`",
       "dim n; dim S >= n; data X: real[n]; latent a: real[S] ~ normal(0, 1); for i in 1:n { X[i] ~ "
       "normal(a[i], 1); }"},
      {"dim S, n; data X: real[n]; latent a: real[S] ~ normal(0, 1); for i in 1:n { X[i] ~ normal(a[i], 1); "
       "}",
       "E0307", "`dim n <= S;`",
       "dim S; dim n <= S; data X: real[n]; latent a: real[S] ~ normal(0, 1); for i in 1:n { X[i] ~ "
       "normal(a[i], 1); }"},
      {"dim T, K; data x: real[T]; latent a ~ normal(0, 1); for k in 1:K { x[2*k + 1] ~ normal(a, 1); }",
       "E0307", "below `K`: `dim T >= 2*K + 1;`",
       "dim K; dim T >= 2*K + 1; data x: real[T]; latent a ~ normal(0, 1); for k in 1:K { x[2*k + 1] ~ "
       "normal(a, 1); }"},
      {"dim N; data y: int<lower=0>[N]; latent c: real[max(y)] ~ normal(0, 1); factor -sum(c);", "E0309",
       "`dim K = max(y);` above",
       "dim N; data y: int<lower=0>[N]; dim K = max(y); latent c: real[K] ~ normal(0, 1); factor -sum(c);"},
      {"dim K >= 3 <= 2; data y: real[K]; latent a ~ normal(0, 1); y ~ normal(a, 1);", "E0328", "no sizes",
       nullptr},
      {"dim K >= 3, M < K <= 2 ; data y: real[K]; data z: real[M]; latent a ~ normal(0, 1); y ~ normal(a, "
       "1); z ~ normal(a, 1); dim L >= 5 < M;",
       "E0328", "no sizes", nullptr},
      {"latent a ~ normal(0, 1); dim K = a; factor a * K;", "E0309", "not a size", nullptr},
      {"dim N; data x: real[N]; let s: int[N]; for i in 1:N { s[i] = 1; } dim K = sum(s); latent a[K] ~ "
       "normal(0, 1); factor sum(a);",
       "E0309", "one expression over data", nullptr},
  };
  for (const Row& row : rows) {
    bool ok = false;
    const std::string said = report(row.body, ok);
    INFO(row.body << "\n" << said);
    CHECK_FALSE(ok);
    CHECK_THAT(said, Catch::Contains(row.code));
    CHECK_THAT(said, Catch::Contains(row.words));
    if (!row.instead) continue;
    const std::string instead = report(row.instead, ok);
    INFO(instead);
    CHECK(ok);
  }
}

TEST_CASE("statements by element: what compiles and what is refused", "[check]") {
  struct Row {
    const char *body, *code, *words;  // no code: it compiles
  };
  const Row rows[] = {
      {"data y: real; latent b[2]; b[1] ~ half_normal(1); b[2] ~ half_normal(2); y ~ normal(0, sum(b));",
       nullptr, nullptr},
      {"data y: real; latent b: real[2]; b[1] ~ half_normal(1); b[2] ~ normal(0, 1); y ~ normal(b[2], b[1]);",
       nullptr, nullptr},
      {"data y: real; let odd = [1, 3]; latent b: real[4]; b[odd] ~ normal(0, 1); b[[2, 4]] ~ beta(1, 1); y "
       "~ normal(sum(b), 1);",
       nullptr, nullptr},
      {"dim K; data y: real; latent b: real[K]; b[[1, K]] ~ normal(0, 1); b[2:(K-1)] ~ beta(1, 1); y ~ "
       "normal(sum(b), 1);",
       nullptr, nullptr},
      {"data y: real; latent b: real[3]; b[[1, 3]] ~ normal(0, 1); y ~ normal(sum(b), 1);", "E0401",
       "element 2"},
      {"data y: real; latent b: real[3]; b[[1, 1]] ~ normal(0, 1); b[2:3] ~ normal(0, 1); y ~ normal(sum(b), "
       "1);",
       "E0402", "second"},
      {"data y: real; latent b: real[3]; b[[1, 4]] ~ normal(0, 1); b[2:3] ~ normal(0, 1); y ~ normal(sum(b), "
       "1);",
       "E030", "4"},
      {"data y: real; data i: int<1, 2>[2]; latent b: real[2]; b[i] ~ normal(0, 1); y ~ normal(sum(b), 1);",
       "E0405", "a list of constants"},
      {"data y: real; latent m ~ normal(0, 1); latent b: real[2]; b[1] ~ uniform(m, m + 1); b[2] ~ normal(0, "
       "1); y ~ normal(sum(b), 1);",
       "E0305", "uniform"},
      {"dim N; data y: real[N]; let x: real[N]; for t in 1:N { x[t] = sum(x[s] for s in 1:t); } y ~ "
       "normal(x, 1);",
       "E0403", "x"},
      {"dim N; data y: real[N]; let x: real[N]; for t in 2:N { x[t] = sum(x[s] for s in 1:(t-1)); } x[1] = "
       "1; y ~ normal(x, 1);",
       "E0409", "x[1]"},
      {"dim N; data y: real[N]; let x: real[N]; x[2] = 1; for t in 3:N { x[t] = sum(x[s] for s in 1:(t-1)); "
       "} x[1] = 1; y ~ normal(x, 1);",
       "E0409", "before the loop"},
      {"dim N; data y: real[N]; let x: real[N]; x[1] = 1; x[2] = 1; for t in 3:N { x[t] = sum(x[s] for s in "
       "2:(t-1)) + sum(x[s] for s in (t+1):N); } y ~ normal(x, 1);",
       "E0436", "before and after"},
  };
  for (const Row& row : rows) {
    bool ok = false;
    const std::string said = report(row.body, ok);
    INFO(row.body << "\n" << said);
    CHECK(ok == (row.code == nullptr));
    if (!row.code) {
      CHECK_THAT(said, !Catch::Contains("W00"));
      continue;
    }
    CHECK_THAT(said, Catch::Contains(row.code));
    CHECK_THAT(said, Catch::Contains(row.words));
  }
}

TEST_CASE("relations keep their form when a model is formatted", "[check]") {
  const Source source(
      "m.elba",
      "model m{dim n ,S>=n,K>=2<=9=3, M<S; data x:real[n]; latent a[S]~normal(0,1); x~normal(a[1:n],K+M);}");
  const auto parsed = parse(source);
  REQUIRE(parsed.ok());
  const std::string formatted = format(parsed.program, source);
  CHECK_THAT(formatted, Catch::Contains("dim n, S >= n, K >= 2 <= 9 = 3, M < S;"));
  const Source second("m.elba", formatted);
  CHECK(format(parse(second).program, second) == formatted);
}
