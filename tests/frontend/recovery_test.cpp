// recovery: the commonest mistakes have their own code and place, one mistake gives one report, and no text
// does harm.
#include "tests/frontend/helpers.h"

using namespace elba;
using namespace elba::test;

TEST_CASE("a mistake gives one report, at its place", "[frontend]") {
  CHECK(statement_codes("dim N") == "E0102@2:8");
  CHECK(statement_codes("latent mu ~ normal(0, 1;") == "E0103@2:21");
  CHECK(statement_codes("latent mu ~ normal(0, 1));") == "E0104@2:27");
  CHECK(statement_codes("y[1 ~ normal(0, 1);") == "E0103@2:4");
  CHECK(statement_codes("latent mu = normal(0, 1);") == "E0113@2:13");
  CHECK(statement_codes("let mu ~ normal(0, 1);") == "E0126@2:10");
  CHECK(statement_codes("latent mu normal(0, 1);") == "E0101@2:13");
  CHECK(statement_codes("data y;") == "E0122@2:8");
  CHECK(statement_codes("let data = 3;") == "E0120@2:7");
  CHECK(statement_codes("y ~ normal(mu tau);") == "E0101@2:17");
  CHECK(statement_codes("for i in 1:N y[i] ~ normal(0, 1);") == "E0127@2:16");
  CHECK(statement_codes("normal(0, 1);") == "E0146@2:3");
  CHECK(statement_codes("let s = 3 4;") == "E0101@2:13");
  CHECK(statement_codes("let e = f(3 = 4);") == "E0121@2:13");
  CHECK(statement_codes("fun g(x: real): real = x;") == "E0124@2:3");
  CHECK(statement_codes("{ let a = 1; }") == "E0101@2:3");
  CHECK(statement_codes("if (a) { } else if (b) { }") == "E0132@2:14");
  CHECK(statement_codes("let s = \"abc;") == "E0106@2:11");
  CHECK(statement_codes("let s = 1; /* abc") == "E0105@2:14");
  CHECK(statement_codes("let \xCF\x83 = 1;") == "E0107@2:7");
  CHECK(statement_codes("let x = 1e999;") == "E0112@2:11");
  CHECK(codes("latent x ~ normal(0, 1);") == "E0123@1:1");
  CHECK(codes("fun f(x) = x;") == "E0122@1:7");
}

TEST_CASE("spellings of other languages", "[frontend]") {
  CHECK(statement_codes("real<lower=0> sigma;") == "E0114@2:3");
  CHECK(statement_codes("vector[N] x;") == "E0114@2:3");
  CHECK(statement_codes("array[N] int<lower=1, upper=J> jj;") == "E0114@2:3");
  CHECK(statement_codes("for (n in 1:N) { y[n] ~ normal(0, 1); }") == "E0115@2:7");
  CHECK(statement_codes("target += normal_lpdf(y | mu, sigma);") == "E0116@2:3");
  CHECK(statement_codes("parameters { real mu; }") == "E0117@2:3");
  CHECK(codes("transformed parameters { real mu; }") == "E0117@1:1");
  CHECK(statement_codes("x[1] <- 3;") == "E0118@2:8");
  CHECK(statement_codes("x += 3;") == "E0119@2:5");
  CHECK(statement_codes("let b = X %*% beta + a ** 2;") == "E0119@2:13 E0119@2:26");
  CHECK(statement_codes("let b = a & c;") == "E0119@2:13");
}

TEST_CASE("help lines say what to write", "[frontend]") {
  const auto has = [](const std::string& statement, const std::string& help) {
    CHECK_THAT(rendered("model m {\n  " + statement + "\n}"), Catch::Contains(help));
  };
  has("array[N] vector<lower=0>[K] x;", "`data x: real<lower=0>[N, K];`");
  has("real x = 3;", "`let x = 3;`");
  has("for (n in 1:N) { }", "`for n in 1:N { ... }`");
  has("for i in 1:N y[i] ~ d();", "`for i in 1:N { y[i] ~ d(); }`");
  has("x[1] <- 3;", "`x[1] = 3;`");
  has("y <- a + 2;", "`let y = a + 2;`");
  has("latent mu normal(0, 1);", "`latent mu ~ normal(0, 1);`");
  has("latent mu = normal(0, 1);", "`latent mu ~ normal(0, 1);`");
  has("data vector[N] y;", "`data y: real[N];`");
  has("int N; vector[N] y;", "`dim N;`");
  has("target += normal_lpdf(y | mu, s);", "`y ~ normal(mu, s);`");
  has("factor normal_lpdf(y | mu, s);", "`normal_logpdf(y, mu, s)`");
  has("s ~ cauchy(0, 1) T[0, ];", "`s ~ truncated(cauchy(0, 1), lower = 0);`");
  has("mu = pm.Normal(\"mu\", mu=0, sigma=1);", "`latent mu ~ normal(0, 1);`");
  has("numpyro.sample(\"y\", dist.Normal(mu, 1), obs=y);", "`y ~ normal(mu, 1);`");
  has("for i in range(N):\n y[i] ~ d();", "`for i in 1:N { ... }`");
  has("let z = X[, 1];", "`X[:, 1]`");
  has("let r = 1:N;", "`1:N` is a range");
  has("sigma.y ~ d();", "`sigma_y`");
  has("param p: real ~ normal(0, 1);", "`latent p ~ normal(0, 1);`");
}

TEST_CASE("many mistakes in one run, each once", "[frontend]") {
  CHECK(codes("model m {\n  dim N\n  data y: real[N];\n  latent mu ~ normal(0, 1\n  latent tau = d();\n  let "
              "a = 1 + ;\n}\nlatent x;\nmodel k { let 3; }") ==
        "E0102@2:8 E0103@4:21 E0113@5:14 E0101@6:15 E0123@8:1 E0101@9:15");
  // What is left out takes nothing else with it.
  const Source source("m.elba", "model m { let = 1; let a = 2; for i in 1:3 { let = 3; b[i] = 4; } }");
  const auto result = parse(source);
  CHECK(result.diagnostics.size() == 2);
  const auto& body = std::get<ast::ModelDecl>(result.program.decls[0]).body;
  REQUIRE(body.size() == 2);
  CHECK(std::get<ast::ForStmt>(body[1].node).body.size() == 1);
}

TEST_CASE("a missing brace is blamed on the block that lacks it", "[frontend]") {
  CHECK(codes("model m {\n  for i in 1:N {\n    let a = 1;\n}\n") == "E0103@2:16");
  CHECK(codes("model m {\n  let a = 1;\n\nmodel k {\n  let a = 1;\n}\n") == "E0103@1:9");
}

TEST_CASE("a forgotten semicolon before an attribute", "[frontend]") {
  CHECK(statement_codes("let a = b\n  @centered\n  latent w ~ d();") == "E0102@2:12");
  CHECK(statement_codes("let a = X\n    @ beta;") == "");
}

TEST_CASE("texts that are no models", "[frontend]") {
  CHECK(codes("") == "E0110@1:1");
  CHECK(codes("// only a comment") == "E0110@1:1");
  CHECK(codes(std::string("model m {\0}", 11)) == "E0109@1:10");
  CHECK(codes("// \xFF") == "E0108@1:4");
  CHECK(codes("// \xED\xA0\x80") == "E0108@1:4");
  CHECK(codes("// \xF0\x9F\x98\x80\nmodel m { }") == "");
  CHECK(codes(std::string((16u << 20) + 1, ' ')) == "E0125@1:1");
  // A byte order mark is no part of the first line; a second is a mistake, and moves nothing.
  CHECK(codes("\xEF\xBB\xBFmodel m { let a 1; }") == "E0101@1:17");
  CHECK(codes("\xEF\xBB\xBF\xEF\xBB\xBFmodel m { let a 1; }") == "E0107@1:1 E0101@1:20");
  std::string many;
  for (int k = 0; k < 100000; ++k)
    many += "a ; ";
  CHECK_THAT(codes(many + many), Catch::StartsWith("E0139@1:"));
}

TEST_CASE(
    "characters that turn the direction of text are a warning where they stand, in comments and texts too",
    "[frontend]") {
  CHECK(codes("model m { /* \xE2\x80\xAE */ }") == "W0028@1:14");
  CHECK(codes("model m {\n // \xE2\x81\xA6 x\n}") == "W0028@2:5");
  CHECK(codes("import \"a\xE2\x80\x8F\";\nmodel m { }") == "W0028@1:10");
  CHECK(codes("// \xD8\x9C\nmodel m { }") == "W0028@1:4");
  // Hebrew itself turns nothing.
  CHECK(codes("// \xE2\x80\x8B \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D\nmodel m { }") == "");
}

TEST_CASE("nothing exhausts the stack", "[frontend]") {
  const auto repeat = [](const std::string& piece, int n) {
    std::string out;
    for (int i = 0; i < n; ++i)
      out += piece;
    return out;
  };
  const auto too_deep = [](const std::string& e) {
    CHECK_THAT(statement_codes("factor " + e + ";"), Catch::Contains("E0111"));
  };
  too_deep(repeat("(", 10000) + "1" + repeat(")", 10000));
  too_deep(repeat("-", 100000) + "1");
  too_deep(repeat("2^", 100000) + "1");
  too_deep(repeat("1+", 100000) + "1");
  too_deep(repeat("a?b:", 50000) + "1");
  too_deep("a" + repeat("'", 100000));
  too_deep("a" + repeat("[1]", 50000));
  CHECK_THAT(statement_codes(repeat("if (a) {", 10000) + repeat("}", 10000)), Catch::Contains("E0111"));
  CHECK(parse(Source("m", "model m " + repeat("{", 10000))).diagnostics.size() <= 100);
  CHECK(parse(Source("m", "model m { " + repeat("let = ; ", 20000) + "}")).diagnostics.size() == 100);
  // Long is not deep.
  CHECK(statement_codes("factor sum([" + repeat("-1, ", 20000) + "1]);") == "");
  CHECK(statement_codes("factor " + repeat("1+", 1900) + "1;") == "");
  CHECK(statement_codes("factor " + repeat("(", 190) + "1" + repeat(")", 190) + ";") == "");
}

TEST_CASE("every text cut short is read without harm", "[frontend]") {
  for (const auto& file : program_files()) {
    const auto text = read_file(file);
    for (std::size_t size = 0; size < text.size(); size += 1 + text.size() / 40) {
      const Source source("m.elba", text.substr(0, size));
      const auto result = parse(source);
      CHECK(render_text(result.diagnostics, source).find("something else") == std::string::npos);
    }
  }
}
