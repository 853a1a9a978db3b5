// What a user reads after a mistake: the code, and words that lead to the fix. Each program has exactly the
// errors that are listed, so that one mistake gives one message.
#include <catch2/catch.hpp>
#include <algorithm>

#include "frontend/frontend.h"
#include "support/render.h"

namespace {

struct Row {
  const char* body;   // of a model, unless it begins with a declaration
  const char* code;   // of every error in it
  const char* words;  // somewhere in the report
};

const Row rows[] = {
    // names
    {"data y: real; latent mu ~ normal(0, 1); y ~ normal(mo, 1);", "E0201", "did you mean `mu`?"},
    {"data y: real; latent mu ~ normal(0, 1); y ~ normal(mu, sigma);", "E0201", "latent sigma ~ ..;"},
    {"data y: real; latent mu ~ normal(0, 1); total = mu; y ~ normal(mu, 1);", "E0201", "let total = mu;"},
    {"data y: real; latent a ~ normal(0, 1); y ~ normal(exp, 1);", "E0201", "`exp` is a function"},
    {"data y: real; latent a ~ normal(0, 1); y ~ normal(a(1), 1);", "E0202", "index with brackets"},
    {"data y: real; latent a ~ normal(0, 1); y ~ normal(dot_product(a, a), 1);", "E0202",
     "write `dot(a, a)`"},
    {"data y: real; latent a ~ normal(0, 1); y ~ normal(log1pexp(a), 1);", "E0202",
     "did you mean `log1p_exp`?"},
    {"data y: real; latent a ~ normal(0, 1); factor normal_lpdf(y, a, 1);", "E0202",
     "normal_logpdf(y, a, 1)"},
    {"data y: real; latent a ~ gaussian(0, 1); y ~ normal(a, 1);", "E0203", "write `normal(0, 1)`"},
    {"data y: real; latent a ~ norml(0, 1); y ~ normal(a, 1);", "E0203", "did you mean `normal`?"},
    {"data y: vector; latent a ~ normal(0, 1); y ~ normal(a, 1);", "E0204", "write `real[N]`"},
    {"data y: rael; latent a ~ normal(0, 1); y ~ normal(a, 1);", "E0204", "did you mean `real`?"},
    {"data y: real; @centred latent a ~ normal(0, 1); y ~ normal(a, 1);", "E0205",
     "did you mean `@centered`?"},
    {"data y: real; data y: real; latent a ~ normal(0, 1); y ~ normal(a, 1);", "E0207",
     "first declared here, as a data"},
    {"dim N; data y: real[N]; latent a ~ normal(0, 1); for N in 1:3 { y[N] ~ normal(a, 1); }", "E0207",
     "`N` is declared twice"},
    {"data y: real; latent a ~ normal; y ~ normal(a, 1);", "E0210", "write `normal(..)`"},
    {"data y: real; latent a ~ normal(0, 1); y ~ (a > 0 ? normal(a, 1) : normal(0, 1));", "E0210",
     "choose between arguments"},
    {"data y: real; latent a ~ normal(mu=0, sgima=1); y ~ normal(a, 1);", "E0211", "did you mean `sigma`?"},
    // types and shapes
    {"data y: real; latent a ~ normal(0, 1); y ~ normal(a > 0, 1);", "E0301", "a > 0 ? 1 : 0"},
    {"data c: int; data y: real; latent a ~ normal(0, 1); y ~ normal(c ? a : 0, 1);", "E0301", "c == 1"},
    {"data y: real; latent a ~ normal(0, 1); y ~ bernoulli(inv_logit(a));", "E0301",
     "declare `y: int<lower=0, upper=1>`"},
    {"dim N; data i: real; data x: real[N]; latent a ~ normal(0, 1); x ~ normal(a + x[i], 1);", "E0301",
     "declare it `int<1, N>`"},
    {"dim N; data x: real[N]; latent a ~ normal(0, 1); x ~ normal(a @ x, 1);", "E0301", "write `*` to scale"},
    {"dim N; data x: real[N]; latent a ~ normal(0, 1); x ~ normal(a + x', 1);", "E0301",
     "vectors have no orientation"},
    {"fun f(v: real, w: real): real = v + w; model m { dim N, M; data x: real[N]; data z: real[M]; latent a "
     "~ normal(0, 1); x ~ normal(f(x, z), 2 + a^2); }",
     "E0303", "[N] and [M]"},
    {"data y: real; latent a ~ normal(0); y ~ normal(a, 1);", "E0302", "`normal(mu, sigma)`"},
    {"data y: real; latent a ~ normal(0, 1); y ~ normal(exp(a, 2), 1);", "E0302",
     "`exp` takes 1 argument, found 2"},
    {"dim N, D; data X: real[N, D]; data y: real[N]; latent b[D] ~ normal(0, 1); y ~ normal(X * b, 1);",
     "E0303", "did you mean `X @ b`?"},
    {"dim N, J; data g: int<1, J>[N]; data x: real[N]; data y: real[N]; latent a[J] ~ normal(0, 1); y ~ "
     "normal(a + x, 1);",
     "E0303", "did you mean `a[g]`?"},
    {"dim N, D; data X: real[N, D]; data y: real[N]; latent b[N] ~ normal(0, 1); y ~ normal(X @ b, 1);",
     "E0303", "did you mean `X' @ b`?"},
    {"dim N, D; data X: real[N, D]; data y: real[N]; latent b[D] ~ normal(0, 1); y ~ normal(X[1, 1, 1] + "
     "b[1], 1);",
     "E0304", "3 indices"},
    {"data y: real; latent s: real ~ half_normal(1); y ~ normal(0, s);", "E0305",
     "declare `s: real<lower=0>`, or leave the type out"},
    {"data y: real; latent s: real<lower=-1> ~ half_normal(1); y ~ normal(0, s);", "E0305", "real<lower=-1>"},
    {"data y: real; latent s: real<lower=2, upper=3> ~ uniform(0, 1); y ~ normal(0, s);", "E0305",
     "support `real<lower=0, upper=1>`"},
    {"data y: real; latent s: real<lower=2, upper=3> ~ beta(1, 1); y ~ normal(0, s);", "E0305",
     "support `real<lower=0, upper=1>`"},
    {"data y: real; latent w: real[3] ~ dirichlet(rep(1, 3)); y ~ normal(w[1], 1);", "E0305", "simplex"},
    {"data y: real; latent m ~ normal(0, 1); latent h[2]; for i in 1:2 { h[i] ~ uniform(m, m + 1); } y ~ "
     "normal(h[1], 1);",
     "E0305", "declared here without a bound"},
    {"dim K; data A: real[K, K]; data B: real[K, K]; data y: real[K]; latent b[K] ~ normal(0, 1); y ~ "
     "normal((A * B) @ b, 1);",
     "E0306", "write `A .* B` for elementwise, `A @ B` for the matrix product"},
    {"dim N, J; data g: int[N]; data y: real[N]; latent a[J] ~ normal(0, 1); y ~ normal(a[g], 1);", "E0307",
     "declare `g: int<1, J>[N]`"},
    {"dim N, J; data y: real[N]; latent a[J] ~ normal(0, 1); for i in 1:N { y[i] ~ normal(a[i], 1); }",
     "E0307", "nothing says that J >= N"},
    {"dim T; data y: real[T]; latent a ~ normal(0, 1); for t in 1:T { y[t] ~ normal(a * y[t-1], 1); }",
     "E0308", "indices count from 1"},
    {"data y: real[3]; latent a ~ normal(0, 1); y ~ normal(a + y[4], 1);", "E0308", "outside of 1:3"},
    {"data n: int; data y: real[n]; latent a ~ normal(0, 1); y ~ normal(a, 1);", "E0309", "write `dim n;`"},
    {"dim N; data y: real[N]; latent a[N / 2] ~ normal(0, 1); y ~ normal(a[1], 1);", "E0310",
     "N is not always a multiple of 2"},
    {"dim N, J; data g: int<1, J>[N]; data y: real[N]; latent a[J] ~ normal(0, 1); y ~ normal(a, 1 + g[1]);",
     "E0318", "did you mean `a[g]`?"},
    {"dim N, D; data y: real[N, D]; latent m[D] ~ normal(0, 1); y ~ normal(m, 1);", "E0318",
     "for i in 1:N { y[i] ~ normal(m, 1); }"},
    {"dim N, J; data x: real[J]; data y: real[N]; latent a[N] ~ normal(x, 1); y ~ normal(a, 1);", "E0318",
     "`a` has shape [N], but `normal` gives shape [J]"},
    {"data y: real; latent a ~ normal(0, -2); y ~ normal(a, 1);", "E0319",
     "`sigma` of `normal` is at least 0, found -2"},
    {"data x: real; data y: real; latent a ~ normal(0, 1); y ~ normal(0 < x < 1 ? a : 0, 1);", "E0320",
     "0 < x && x < 1"},
    {"data y: int; latent p ~ dirichlet(rep(1, 3)); y ~ categorical(p);", "E0321", "int<1, 3>"},
    // coverage, lags, stages
    {"dim T; data y: real[T]; latent h[T]; for t in 2:T { h[t] ~ normal(h[t-1], 1); } y ~ normal(h, 1);",
     "E0401", "element 1 of it has no `~`"},
    {"dim T; data y: real[T]; latent h[T]; h[1:T-1] ~ normal(0, 1); y ~ normal(h, 1);", "E0401",
     "element T of it"},
    {"dim T; data y: real[T]; latent h; y ~ normal(h, 1);", "E0401", "flat()"},
    {"data y: real; latent h[2, 2]; h[1, 1] ~ normal(0, 1); h[2] ~ normal(0, 1); y ~ normal(h[1, 2], 1);",
     "E0401", "elements [1, 2] of it"},
    {"dim T; data y: real[T]; latent h[T]; h[1] ~ normal(0, 1); for t in 1:T { h[t] ~ normal(0, 1); } y ~ "
     "normal(h, 1);",
     "E0402", "the first is here"},
    {"data y: real; latent a ~ normal(0, 1); a ~ normal(0, 2); y ~ normal(a, 1);", "E0402",
     "in its declaration"},
    {"data y: real[3]; latent h[3]; for t in 1:3 { h[1] ~ normal(0, 1); } y ~ normal(h, 1);", "E0402",
     "its index does not use `t`"},
    {"dim T; data y: real[T]; latent a ~ normal(0, 1); let s: real[T]; for t in 1:T { s[t] = a + s[T]; } y ~ "
     "normal(s, 1);",
     "E0403", "no constant lag"},
    {"dim T; data y: real[T]; latent a ~ normal(0, 1); let s: real[T]; for t in 1:T { s[t] = s[t] + a; } y ~ "
     "normal(s, 1);",
     "E0403", "before it is assigned"},
    {"dim T; data y: real[T]; latent a ~ normal(0, 1); let s: real[T]; s[1] = a; s[T] = a; for t in 2:T-1 { "
     "s[t] = s[t-1] + s[t+1]; } y ~ normal(s, 1);",
     "E0436", "before and after"},
    {"dim T; data y: real[T]; latent a ~ normal(0, 1); if (a > 0) { y ~ normal(a, 1); }", "E0404",
     "a > 0 ? a : b"},
    {"dim N; data y: real[N]; data g: int<1, N>[N]; latent z[N]; for i in 1:N { z[g[i]] ~ normal(0, 1); } y "
     "~ normal(z, 1);",
     "E0405", "a loop variable plus a constant"},
    {"data y: real; latent a ~ normal(0, 1); y ~ normal(a, 1); y = 2;", "E0412", "relate it with `~`"},
    {"data y: real; param p: real; p ~ normal(0, 1); y ~ normal(p, 1);", "E0413", "declare it `latent`"},
    {"data y: real; latent a ~ normal(0, 1); if (1 == 1) { latent b ~ normal(0, 1); } y ~ normal(a, 1);",
     "E0415", "do not depend on a condition"},
    // limitations
    {"data y: real; latent z ~ bernoulli(0.5); y ~ normal(z, 1);", "E0503", "log_sum_exp"},
    {"data y: real; latent a ~ prior(); y ~ normal(a, 1);", "E0505", "`prior(..)`"},
    {"data y: real; latent a ~ truncated(normal(0, 1)); y ~ normal(a, 1);", "E0350",
     "name one: `truncated(normal(0, 1), lower = ..)`"},
    {"data y: real; latent a ~ truncated(normal(0, 1), 0, inf()); latent b: real<upper=2> ~ "
     "truncated(normal(0, 1), -inf(), 2); y ~ normal(a, b^2);",
     "", ""},
    {"data y: real; y ~ "
     "truncated(truncated(truncated(truncated(truncated(truncated(truncated(truncated(truncated(truncated("
     "truncated(truncated(truncated(truncated(normal(0, 1), -14), -13), -12), -11), -10), -9), -8), -7), "
     "-6), -5), -4), -3), -2), -1);",
     "E0358", "too many"},
    {"data y: real; y ~ truncated(3, lower = 0);", "E0350", "`3` is not a distribution"},
    {"data y: real; y ~ truncated(flat(), lower = 0);", "E0351", "`cdf` of `flat`"},
    {"data y: int; y ~ zero_inflated(0.5, categorical([0.5, 0.5]));", "E0352", "indices"},
    {"data y: real; latent a ~ truncated(half_normal(1), upper = -1); y ~ normal(a, 1);", "E0353",
     "between 0 and -1"},
    {"data y: real; latent w: simplex[3] ~ dirichlet(rep(1, 3)); y ~ mixture(w, normal(0, 1), normal(1, 1));",
     "E0356", "2 distributions are listed"},
    {"data y: real; latent w ~ dirichlet([1.0, 1.0]); y ~ mixture(w, normal(0, 1), normal(1, s));", "E0201",
     "`s`"},
    {"dim N, K; data y: real[N]; latent w ~ dirichlet(rep(1, K)); latent m[N] ~ normal(0, 1); y ~ mixture(w, "
     "normal(m, 1));",
     "E0356", "shape [N]"},
    {"data y: real; latent a ~ censored(normal(0, 1), upper = 2); y ~ normal(a, 1);", "E0357", "`a`"},
    {"dim N; data y: real[N]; latent a[N] ~ normal(0, 1); for i in 1:N { y[i] ~ normal(sd(a[1:i]), 1); }",
     "E0431", "sum(a[i] for i in 1:i)"},
    {"dim N; data n: int[N]; data y: real[N]; latent a ~ normal(0, 1); for i in 1:N, j in 1:n[i] { y[j] ~ "
     "normal(a, 1); }",
     "E0430", "without bounds"},
    {"dim N; data y: real[N]; latent n ~ normal(0, 1); for i in 1:N, j in 1:to_int(n) { y[j] ~ normal(0, 1); "
     "}",
     "E0404", "the end of a range"},
    {"dim N; data y: real[N]; latent a[N, N]; for i in 1:N, j in 1:i { a[i, j] ~ normal(0, 1); } y ~ "
     "normal(a[1], 1);",
     "E0432", "loop over sizes"},
    {"dim N; data y: real[N]; latent a ~ normal(0, 1); for i in y { y[1] ~ normal(a, 1); }", "E0301",
     "loop over positions"},
    {"dim N; data g: int[N]; data y: real[N]; latent a ~ normal(0, 1); let s = group_sum(y, g); y ~ normal(a "
     "* s[1], 1);",
     "E0435", "int<1, J>[N]"},
    {"dim N; data lag: int<0, N>[N]; data y: real[N]; latent a ~ normal(0, 1); for i in 1:N { factor a * "
     "sum(y[t - lag[i]] for t in 1:N); }",
     "E0307", "1:N"},
};

std::string words_of(const elba::Diagnostic& d) {
  std::string out = d.message + "\n" + d.help + "\n";
  for (const auto& note : d.notes)
    out += note + "\n";
  for (const auto& label : d.labels)
    out += label.text + "\n";
  return out;
}

std::string program(const Row& row) {
  const std::string body = row.body;
  return body.rfind("fun ", 0) == 0 || body.rfind("dist ", 0) == 0 ? body : "model m { " + body + " }";
}

}  // namespace

TEST_CASE("one mistake, one message, with the way out", "[check]") {
  for (const Row& row : rows) {
    const elba::Source source("m.elba", program(row));
    const auto result = elba::compile_frontend(source);
    INFO(elba::render_text(result.diagnostics, source));
    INFO(row.body);
    std::vector<std::string> codes;
    std::string words;
    for (const auto& d : result.diagnostics) {
      if (d.severity() != elba::Severity::error) continue;
      codes.emplace_back(elba::code_info(d.code).code);
      words += words_of(d);
      CHECK(d.span.end <= source.text().size());
      CHECK(d.span.begin < d.span.end);
    }
    if (std::string(row.code).empty()) {
      CHECK(codes.empty());
      continue;
    }
    CHECK(codes == std::vector<std::string>{row.code});
    CHECK_THAT(words, Catch::Contains(row.words));
  }
}

TEST_CASE("all errors in one run", "[check]") {
  const elba::Source source(
      "m.elba",
      "fun f(a: real): real = b;\n"
      "model m {\n  dim N;\n  data y: real[N];\n  latent a ~ norml(0, 1);\n  latent c ~ normal(0);\n  y ~ "
      "normal(a + d, c);\n  let q = y[0];\n"
      "  factor g(q);\n}\nmodel other {\n  data x: reel;\n  latent a ~ normal(0, x);\n}\n");
  const auto result = elba::compile_frontend(source, "m");
  std::vector<std::string> codes;
  for (const auto& d : result.diagnostics)
    codes.emplace_back(elba::code_info(d.code).code);
  INFO(elba::render_text(result.diagnostics, source));
  CHECK(codes == std::vector<std::string>{"E0201", "E0203", "E0302", "E0201", "E0308", "E0202", "E0204"});
}

TEST_CASE("models and guides of a file", "[check]") {
  const elba::Source two("m.elba",
                         "model a { data y: real; latent z ~ bernoulli(0.5); y ~ normal(z, 1); }\nmodel b { "
                         "data y: real; latent m ~ normal(0, 1); y ~ normal(m, 1); }\n"
                         "guide q for a { auto meanfield; }\n");
  CHECK(elba::compile_frontend(two, "b").ok());  // what is not compiled yet in another model does not matter
  const auto code = [](const elba::FrontendResult& r) {
    return r.diagnostics.empty() ? "" : std::string(elba::code_info(r.diagnostics.front().code).code);
  };
  CHECK(code(elba::compile_frontend(two, "a")) == "E0503");
  CHECK(code(elba::compile_frontend(two, "")) == "E0906");
  CHECK(code(elba::compile_frontend(two, "c")) == "E0206");
  CHECK(code(elba::compile_frontend(elba::Source("m.elba", "fun f(x: real): real = x;"), "")) == "E0208");
}

TEST_CASE("imports", "[check]") {
  const elba::ImportLoader loader = [](const std::string& path) -> elba::Result<elba::Source> {
    if (path == "lib.elba")
      return elba::Source(path,
                          "import \"more.elba\";\nfun twice(x: real): real = 2 * once(x);\ndist half(s: "
                          "real<lower=0>): real<lower=0> { logpdf(x) = -x / s - log(s); }\n");
    if (path == "more.elba") return elba::Source(path, "fun once(x: real): real = x;\n");
    if (path == "bad.elba") return elba::Source(path, "fun wrong(x: real): real = y;\n");
    if (path == "cycle.elba") return elba::Source(path, "import \"cycle.elba\";\n");
    return elba::make_diagnostic(elba::Code::file_not_readable, {}, {path, "no such file"});
  };
  const auto compile = [&](const std::string& path) {
    return elba::compile_frontend(
        elba::Source("m.elba",
                     "import \"" + path +
                         "\";\nmodel m { data y: real; latent a ~ normal(0, 1); y ~ normal(a, 1); }\n"),
        "", loader);
  };
  const auto used = elba::compile_frontend(
      elba::Source("m.elba",
                   "import \"lib.elba\";\nmodel m { data y: real; latent s ~ half(1); y ~ "
                   "normal(twice(once(s)), 1); }\n"),
      "", loader);
  INFO(elba::render_text(used.diagnostics, elba::Source()));
  CHECK(used.ok());
  const auto bad = compile("bad.elba");
  REQUIRE(bad.diagnostics.size() == 1);
  CHECK(bad.diagnostics[0].code == elba::Code::unknown_name);
  CHECK(bad.diagnostics[0].file == "bad.elba");
  const auto missing = compile("nowhere.elba");
  REQUIRE(missing.diagnostics.size() == 1);
  CHECK(missing.diagnostics[0].code == elba::Code::file_not_readable);
  CHECK(missing.diagnostics[0].span.end > 0);
  CHECK(compile("cycle.elba").diagnostics.at(0).code == elba::Code::import_cycle);
}

TEST_CASE("warnings", "[check]") {
  const auto warnings = [](const std::string& body) {
    std::vector<std::string> codes;
    const auto result = elba::compile_frontend(elba::Source("m.elba", "model m { " + body + " }"));
    CHECK(result.ok());
    for (const auto& d : result.diagnostics)
      codes.emplace_back(elba::code_info(d.code).code);
    return codes;
  };
  using Codes = std::vector<std::string>;
  CHECK(warnings("data y: real; latent t ~ half_normal(1); latent s: real<lower=0> ~ cauchy(0, t); y ~ "
                 "normal(0, s);") == Codes{});  // half of it, whatever t
  CHECK(warnings("data y: real; latent t ~ half_normal(1); latent s: real<lower=0> ~ cauchy(1, t); y ~ "
                 "normal(0, s);") == Codes{"W0002"});
  CHECK(warnings("data y: real; latent a ~ beta(1, 1); latent b: real<lower=0, upper=1 - a> ~ uniform(0, 1); "
                 "y ~ normal(a, b);") == Codes{"W0002"});
  CHECK(warnings("data y: real; latent a ~ beta(1, 1); latent b: real<lower=0, upper=1 - a> ~ flat(); y ~ "
                 "normal(a, b);") == Codes{});
  CHECK(
      warnings("data y: real; data x: real; dim N; let z = 2; latent a ~ normal(0, 1); y ~ normal(a, 1);") ==
      Codes{"W0001", "W0001", "W0001"});
  CHECK(
      warnings(
          "dim N; data y: real[N]; latent a ~ normal(0, 1); y[1:3] ~ normal(a, 1); y[4:N] ~ normal(a, 2);") ==
      Codes{});
  CHECK(warnings("data c: int<0, 1>; data y: real; latent a ~ normal(0, 1); if (c == 1) { y ~ normal(a, 1); "
                 "} else { y ~ normal(a, 2); }") == Codes{});
}
