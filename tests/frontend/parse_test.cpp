// parse: every program is read, and the tree is the one that the language reference says.
#include "frontend/syntax/ast_text.h"
#include "tests/frontend/helpers.h"

using namespace elba;
using namespace elba::test;

namespace {

std::string tree(const std::string& text) {
  const Source source("m.elba", text);
  const auto result = parse(source);
  REQUIRE(render_text(result.diagnostics, source) == "");
  return ast_text(result.program);
}

// The tree of one expression.
std::string expr(const std::string& text) {
  const auto out = tree("model m { factor " + text + "; }");
  const std::string head = "(model m\n  (factor ";
  return out.substr(head.size(), out.size() - head.size() - 3);
}

std::string statement(const std::string& text) {
  const auto out = tree("model m { " + text + " }");
  return out.substr(11, out.size() - 13);
}

}  // namespace

TEST_CASE("every program is read without a report", "[frontend]") {
  const auto files = program_files();
  REQUIRE(files.size() >= 17);
  for (const auto& file : files) {
    const Source source(file.filename().string(), read_file(file));
    CHECK(render_text(parse(source).diagnostics, source) == "");
  }
}

TEST_CASE("precedence, from tightest to loosest", "[frontend]") {
  CHECK(expr("a[i]'") == "(transpose (index a i))");
  CHECK(expr("-x^2") == "(negate (power x 2))");
  CHECK(expr("2^3^2") == "(power 2 (power 3 2))");
  CHECK(expr("2^-x * 3") == "(multiply (power 2 (negate x)) 3)");
  CHECK(expr("a - b - c") == "(subtract (subtract a b) c)");
  CHECK(expr("a + b * c") == "(add a (multiply b c))");
  CHECK(expr("X @ b .* c") == "(elementwise_multiply (matmul X b) c)");
  CHECK(expr("a + 1 < b * 2") == "(less (add a 1) (multiply b 2))");
  CHECK(expr("!a == b") == "(equal (logical_not a) b)");
  CHECK(expr("a < 1 && b > 2 || c") == "(logical_or (logical_and (less a 1) (greater b 2)) c)");
  CHECK(expr("a ? b : c ? d : e") == "(conditional a b (conditional c d e))");
  CHECK(expr("x<-1 ? 0 : 1") == "(conditional (less x (negate 1)) 0 1)");
  CHECK(expr("(a)") == "(paren a)");
}

TEST_CASE("calls, arrays, generators and indices", "[frontend]") {
  CHECK(expr("f()") == "(call f)");
  CHECK(expr("f(a, b=2)") == "(call f a (named b 2))");
  CHECK(expr("sum(w[i] for i in 1:N, j in rows)") ==
        "(call sum (generate (index w i) (in i 1 N) (in j rows)))");
  CHECK(expr("[1, 2.5]") == "(array 1 2.5)");
  CHECK(expr("[i for i in 1:N]") == "(comprehension i (in i 1 N))");
  CHECK(expr("x[:, 2:K-1, i]") == "(index x all (range 2 (subtract K 1)) i)");
  CHECK(expr("x[1][2]") == "(index (index x 1) 2)");
  CHECK(expr("x[c ? 1 : 2]") == "(index x (conditional c 1 2))");
}

TEST_CASE("statements", "[frontend]") {
  CHECK(statement("dim N, K = 3;") == "(dim N (K 3))");
  CHECK(statement("data x: real<lower=0>?[N, K];") ==
        "(data x (type real (bounds (named lower 0)) optional (shape N K)))");
  CHECK(statement("param w: real[N] init 0;") == "(param w (type real (shape N)) (init 0))");
  CHECK(statement("latent t[J] ~ normal(0, 1);") == "(latent t (shape J) (~ (call normal 0 1)))");
  CHECK(statement("latent z: int<1, K>[N];") == "(latent z (type int (bounds 1 K) (shape N)))");
  CHECK(statement("predict p[N] = x;") == "(predict p (shape N) (= x))");
  CHECK(statement("x[1][2, :] = 3;") == "(= (target x 1 2 all) 3)");
  CHECK(statement("auto lowrank(5) for a, b;") == "(auto lowrank 5 (for a b))");
  CHECK(statement("@minibatch(8) @vip for i in 1:N { y[i] ~ d(); }") ==
        "(@minibatch 8) (@vip) (for (in i 1 N)\n    (~ (target y i) (call d)))");
  CHECK(statement("if (N > 1) { factor 1; } else { factor 2; }") ==
        "(if (greater N 1)\n    (factor 1)\n  else\n    (factor 2))");
}

TEST_CASE("declarations", "[frontend]") {
  CHECK(tree("import \"a.elba\";") == "(import \"a.elba\")\n");
  CHECK(tree("fun f(x: real[N]): real = sum(x);") ==
        "(fun f (formals (formal x (type real (shape N)))) (type real) (call sum x))\n");
  CHECK(tree("guide q for m { }") == "(guide q for m)\n");
  CHECK(tree("dist d(s: real): real { logpdf(x) = x; sample(z: normal) { return z; } location_scale(m, s); "
             "mean = 0; }") ==
        "(dist d (formals (formal s (type real))) (type real)\n"
        "  (member logpdf (formals x) x)\n"
        "  (member sample (formals (formal z (type normal)))\n    (return z))\n"
        "  (member location_scale (formals m s))\n"
        "  (member mean 0))\n");
}

TEST_CASE("words of declarations are names elsewhere", "[frontend]") {
  CHECK(statement("data dist: real[N];") == "(data dist (type real (shape N)))");
  CHECK(statement("dist[1] ~ normal(model, fun);") == "(~ (target dist 1) (call normal model fun))");
  CHECK(statement("param init: real init init;") == "(param init (type real) (init init))");
  CHECK(expr("f(a,\n  dist)") == "(call f a dist)");
}

TEST_CASE("spans are bytes of the source, behind a byte order mark and UTF-8 too", "[frontend]") {
  const Source source("m.elba", "\xEF\xBB\xBF// \xC3\xA9\nmodel m { let x = yy; }");
  const auto result = parse(source);
  REQUIRE(result.ok());
  const auto& body = std::get<ast::ModelDecl>(result.program.decls[0]).body;
  CHECK(source.text(body[0].span) == "let x = yy;");
  CHECK(source.text(std::get<ast::LetStmt>(body[0].node).value->span) == "yy");
  CHECK(result.program.comments[0].text == "// \xC3\xA9");
}

TEST_CASE("tokens as text", "[frontend]") {
  CHECK(tokens_text(Source("m.elba", "model m { // c\n  x ~ d(1.5);\n}")) ==
        "1:1 MODEL model\n1:7 ID m\n1:9 LBRACE {\n1:11 COMMENT // c\n2:3 ID x\n2:5 TILDE ~\n2:7 ID d\n2:8 "
        "LPAREN (\n"
        "2:9 REAL 1.5\n2:12 RPAREN )\n2:13 SEMICOLON ;\n3:1 RBRACE }\n");
}
