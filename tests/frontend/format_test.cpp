// format: idempotent, keeps the tree and every comment, and looks as the style says.
#include "frontend/syntax/format.h"

#include "frontend/syntax/ast_text.h"
#include "tests/frontend/helpers.h"

using namespace elba;
using namespace elba::test;

namespace {

std::string formatted(const std::string& text) {
  const Source source("m.elba", text);
  const auto result = parse(source);
  REQUIRE(render_text(result.diagnostics, source) == "");
  return format(result.program, source);
}

void check_properties(const std::string& text) {
  const Source source("m.elba", text);
  const auto before = parse(source);
  if (!before.ok()) return;
  const auto once = format(before.program, source);
  const Source again("m.elba", once);
  const auto after = parse(again);
  INFO(text);
  REQUIRE(render_text(after.diagnostics, again) == "");
  CHECK(ast_text(after.program) == ast_text(before.program));
  CHECK(after.program.comments.size() == before.program.comments.size());
  CHECK(format(after.program, again) == once);
}

}  // namespace

TEST_CASE("formatting twice is formatting once, with the same tree and comments", "[frontend]") {
  for (const auto& file : program_files())
    check_properties(read_file(file));
}

TEST_CASE("the same with comments and line ends anywhere", "[frontend]") {
  const char* pieces[] = {"// c\n", "/* d */", "\n", "\n\n\n", "\n/* e\n f */\n", " // g  \n"};
  std::uint32_t state = 1;
  const auto random = [&](std::size_t n) {
    state = state * 1664525u + 1013904223u;
    return static_cast<std::size_t>(state >> 8) % n;
  };
  for (const auto& file : program_files()) {
    const auto original = read_file(file);
    for (int round = 0; round < 5; ++round) {
      auto text = original;
      for (std::size_t k = 0; k < 6; ++k) {
        auto at = random(text.size() + 1);
        // Between tokens only: inside of one the text would change its meaning.
        while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) ||
                                    std::string("_./*").find(text[at]) != std::string::npos))
          ++at;
        text.insert(at, pieces[random(std::size(pieces))]);
      }
      check_properties(text);
    }
  }
}

TEST_CASE("one statement a line, blank lines between groups kept once", "[frontend]") {
  CHECK(formatted("model m{dim N;data y:real<lower =0> [N];\n\n\n\n  y~normal( 0,1 ) ;}") ==
        "model m {\n  dim N;\n  data y: real<lower=0>[N];\n\n  y ~ normal(0, 1);\n}\n");
  CHECK(formatted("model a { } model b { dim N; }") == "model a {}\n\nmodel b {\n  dim N;\n}\n");
}

TEST_CASE("comments stay where they are", "[frontend]") {
  CHECK(formatted("// head\nmodel m {// open\n  dim N; // of rows\n  // own\n  let a = f(1, // inside\n    "
                  "2);\n  // last\n} // end\n// after\n") ==
        "// head\nmodel m {  // open\n  dim N;  // of rows\n  // own\n  // inside\n  let a = f(1, 2);\n  // "
        "last\n}  // end\n// after\n");
}

TEST_CASE("blocks of one statement keep their line while they fit", "[frontend]") {
  CHECK(formatted("model m { for t in 2:T { h[t]~normal(h[t - 1],1); } }") ==
        "model m {\n  for t in 2:T { h[t] ~ normal(h[t-1], 1); }\n}\n");
  CHECK(formatted("model m { for t in 2:T {\n h[t] ~ d(); } }") ==
        "model m {\n  for t in 2:T {\n    h[t] ~ d();\n  }\n}\n");
  CHECK(formatted("model m { for t in 2:T { a[t] ~ d(); b[t] ~ d(); } }") ==
        "model m {\n  for t in 2:T {\n    a[t] ~ d();\n    b[t] ~ d();\n  }\n}\n");
}

TEST_CASE("spaces around operators, none in indices of names and numbers", "[frontend]") {
  CHECK(formatted("model m { let a=-x^2+(b-1)*c .^ 2/x[i+1,:,2 : N - 1]'; }") ==
        "model m {\n  let a = -x^2 + (b - 1) * c .^ 2 / x[i+1, :, 2:N-1]';\n}\n");
}

TEST_CASE("long lines break at arguments", "[frontend]") {
  const std::string term = "a_term_with_a_long_name";
  CHECK(formatted("model m { y ~ normal(" + term + " + " + term + " * " + term + ", exp(" + term + "), " +
                  term + "); }") == "model m {\n  y ~ normal(\n    " + term + " + " + term + " * " + term +
                                        ",\n    exp(" + term + "),\n    " + term + "\n  );\n}\n");
  for (const auto& file : program_files()) {
    std::istringstream lines(formatted(read_file(file)));
    for (std::string line; std::getline(lines, line);)
      if (line.find("//") == std::string::npos) CHECK(line.size() <= 110);
  }
}
