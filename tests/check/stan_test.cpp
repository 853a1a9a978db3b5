// Programs of Stan, as they are pasted: what is advised is the whole model and compiles, or no program is
// shown and the reason is said. Each stan_programs/*.stan holds a program and, after `// EXPECT`, what is
// advised.
#include <catch2/catch.hpp>
#include <set>

#include "frontend/foreign/stan_program.h"
#include "frontend/frontend.h"
#include "frontend/stan_translation.h"
#include "ir/verify.h"
#include "support/render.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace {

using namespace elba;
namespace fs = std::filesystem;

std::set<std::string> parameters_of(const stan::Program& program) {
  std::set<std::string> out;
  for (const stan::Stmt& stmt : program.parameters)
    out.insert(stmt.name);
  return out;
}

}  // namespace

TEST_CASE("programs of Stan: the advice compiles, or says why there is none", "[check]") {
  std::size_t written = 0, declined = 0;
  for (const auto& path :
       test::files_below(fs::path(test::source_dir) / "tests/check/stan_programs", ".stan")) {
    const std::string name = path.filename().string();
    INFO(name);
    const Source source(name, test::golden_case(path).input);
    const auto result = compile_frontend(source);
    REQUIRE(!result.ok());
    REQUIRE(!result.diagnostics.empty());
    const Diagnostic& report = result.diagnostics.front();
    REQUIRE(report.code == Code::stan_program);
    const auto begin = report.help.find("\n\n");
    test::check_expected(path, render_text(result.diagnostics, source));
    if (begin == std::string::npos) {
      ++declined;
      CHECK(report.notes.size() >= 2);  // that there is none, and why
      continue;
    }
    ++written;
    CHECK(result.diagnostics.size() == 1);
    const Source advised("advised.elba", report.help.substr(begin + 2));
    const auto compiled = compile_frontend(advised);
    INFO(advised.text());
    INFO(render_text(compiled.diagnostics, advised));
    REQUIRE(compiled.ok());
    CHECK(ir::verify(*compiled.module).empty());
    // Each parameter is a latent, and nothing else is.
    std::set<std::string> latents;
    for (const auto& unknown : compiled.signature.unknowns)
      latents.insert(unknown.name);
    CHECK(latents == parameters_of(stan::read(source.text())));
  }
  CHECK(written >= 40);
  CHECK(declined >= 3);
}

TEST_CASE("what cannot be read of Stan is said with its line", "[check]") {
  struct Row {
    const char *text, *words;
  };
  const Row rows[] = {
      {"data { int N; }\nparameters { real mu; }\nmodel {\n  while (1) { }\n}", "line 4: `while`"},
      {"data { int N; }\nparameters { real mu; }\nmodel {\n  mu ~ normal(0, 1)\n}", "line 5: `}`"},
      {"data { int N; }\n#include more.stan\nparameters { real mu; }\nmodel { mu ~ normal(0, 1); }",
       "line 2: `#include`"},
      {"data { int N; }\nparameters { real mu; }\nmodel { mu ~ normal(0, 1); if (mu > 0) reject(\"no\"); }",
       "cannot `reject`"},
      {"data { int N; }\nparameters { real mu; }\nmodel { real x = 0; for (n in 1:N) { x = x * mu + 1; mu ~ "
       "normal(x, 1); } }",
       "`x` is assigned anew in each iteration"},
      {"data { int latent; }\nparameters { real mu; }\nmodel { mu ~ normal(0, 1); }",
       "`latent` is a keyword here"},
  };
  for (const Row& row : rows) {
    const auto advice = frontend::advise_stan(Source("m.stan", row.text));
    INFO(row.text);
    CHECK(advice.program.empty());
    REQUIRE(!advice.reasons.empty());
    CHECK_THAT(advice.reasons.front(), Catch::Contains(row.words));
  }
}

TEST_CASE("programs of Stan that are made to be slow or deep are declined", "[check]") {
  const std::string head = "data { int N; }\nparameters { real mu; }\nmodel { target += ";
  const auto repeated = [](const std::string& text, std::size_t count) {
    std::string out;
    for (std::size_t k = 0; k < count; ++k)
      out += text;
    return out;
  };
  for (const std::string& hostile :
       {repeated("(", 100000), repeated("mu + ", 100000) + "mu",
        repeated("exp(mu + ", 150) + "mu" + repeated(")", 150), repeated("-", 50000) + "mu",
        "mu" + repeated("'", 50000), "mu" + repeated("[1]", 50000)}) {
    const auto advice = frontend::advise_stan(Source("m.stan", head + hostile + "; }"));
    CHECK((advice.program.empty() || !hostile.empty()));
    CHECK(advice.program.empty() == !advice.reasons.empty());
  }
}
