// reasons: a code of family F, the text of its row, and what it makes of the verdict.
#include <catch2/catch.hpp>

#include <set>

#include "runtime/inference/posterior.h"

using namespace elba;

TEST_CASE("a reason has its row's text and lowers the verdict to its weight", "[runtime]") {
  Assessment found{Verdict::trust, {}};
  found.add(Verdict::caution, ReasonCode::few_weighted_draws, {"12", "2000"});
  REQUIRE(found.reasons.size() == 1);
  CHECK(found.verdict == Verdict::caution);
  CHECK(code_of(found.reasons[0]) == "F0104");
  CHECK(found.reasons[0].text ==
        "importance weighting leaves 12 effective draws of 2000; ask for more draws");
  found.add(Verdict::trust, ReasonCode::nuts_agrees, {"mu", "0.01", "1.02"});
  CHECK(found.verdict == Verdict::caution);
  found.add_first(Verdict::do_not_trust, ReasonCode::improper_tail, {"tau", "infinity"});
  CHECK(found.verdict == Verdict::do_not_trust);
  CHECK(code_of(found.reasons.front()) == "F0411");
  CHECK(found.reasons.front().text.find("`tau` goes to infinity") != std::string::npos);
}

TEST_CASE("codes of reasons are unique, and their texts take the arguments that they name", "[runtime]") {
  struct Row {
    std::string_view code, text;
  };
  const Row rows[] = {
#define REASON(code, name, text) {#code, text},
#include "runtime/inference/reasons.def"
#undef REASON
  };
  std::set<std::string_view> codes;
  for (const Row& row : rows) {
    INFO(row.code);
    CHECK(codes.insert(row.code).second);
    CHECK((row.code.size() == 5 && row.code[0] == 'F'));
    bool is_there = true;  // {0}, {1}, .. without a gap
    for (char k = '0'; k <= '8'; ++k) {
      const bool has = row.text.find(std::string("{") + k + "}") != std::string_view::npos;
      CHECK((is_there || !has));
      is_there = has;
    }
  }
}

TEST_CASE("a posterior has the diagnostics of one kind of method", "[runtime]") {
  Posterior guide;
  guide.diagnostics = GuideDiagnostics{.elbo = -3, .khat = 0.2, .ess = 50};
  CHECK(guide.guide()->elbo == -3);
  CHECK(guide.sampler() == nullptr);
  CHECK(guide.mode() == nullptr);
  CHECK(guide.ess() == 50);
  Posterior chains;
  chains.diagnostics = SamplerDiagnostics{.rhat = 1.2, .ess = 80};
  CHECK(chains.best_guide() == nullptr);
  CHECK(chains.ess() == 80);
  chains.sampler()->guide = *guide.guide();
  REQUIRE(chains.best_guide() != nullptr);
  CHECK(chains.best_guide()->khat == 0.2);
  Posterior mode;
  mode.diagnostics = ModeDiagnostics{.log_density = 1, .starts = 4, .reached = 3};
  CHECK(mode.mode()->reached == 3);
  CHECK(mode.ess() == 0);
}
