// diagnostics: filling in, order, did-you-mean, and the two renderings.
#include <nlohmann/json.hpp>

#include "tests/frontend/helpers.h"

using namespace elba;
using namespace elba::test;

namespace {

Span find(const Source& source, const std::string& piece) {
  const auto at = static_cast<std::uint32_t>(source.text().find(piece));
  return {at, at + static_cast<std::uint32_t>(piece.size())};
}

std::string render_one(const Diagnostic& d, const Source& source) { return render_text({d}, source); }

}  // namespace

TEST_CASE("codes are unique and rows are worded by the rules", "[frontend]") {
  std::vector<std::string> seen;
  for (const auto& info : all_codes()) {
    INFO(info.code);
    CHECK(std::find(seen.begin(), seen.end(), info.code) == seen.end());
    seen.emplace_back(info.code);
    CHECK(info.code.size() == 5);
    CHECK((info.code[0] == 'W') == (info.severity == Severity::warning));
    CHECK(info.text.back() != '.');
    CHECK(std::count(info.text.begin(), info.text.end(), '`') % 2 == 0);
  }
  CHECK(code_info(Code::support_mismatch).code == "E0305");
}

TEST_CASE("arguments are filled in; other braces stay", "[frontend]") {
  const auto d = make_diagnostic(Code::support_mismatch, {0, 1}, {"d", "positive", "x", "{3}"});
  CHECK(d.message == "`d` has support `positive`, but `x` is declared `{3}`");
}

TEST_CASE("the sink sorts by place and keeps equal reports once", "[frontend]") {
  Sink sink;
  sink.report(Code::unknown_name, {9, 10}, {"b"});
  sink.report(Code::unknown_name, {1, 2}, {"a"}).suggest("first");
  sink.report(Code::unknown_name, {1, 2}, {"a"}).suggest("second");
  const auto sorted = sink.sorted();
  REQUIRE(sorted.size() == 2);
  CHECK(sorted[0].help == "first");
  CHECK(sorted[1].message == "`b` is not declared");
  CHECK(sink.has_errors());
}

TEST_CASE("nearest name", "[frontend]") {
  const std::vector<std::string> names = {"normal", "half_normal", "lognormal", "sigma",
                                          "mu",     "tau",         "inv_logit", "X"};
  CHECK(nearest_name("nromal", names) == "normal");
  CHECK(nearest_name("invlogit", names) == "inv_logit");
  CHECK(nearest_name("halfnormal", names) == "half_normal");
  CHECK(nearest_name("Sigma", names) == "sigma");
  CHECK(nearest_name("x", names) == "X");
  CHECK(nearest_name("nu", names) == "mu");
  CHECK(nearest_name("y", names) == "");
  CHECK(nearest_name("gamma_poisson", names) == "");
  CHECK(nearest_name("theta", {}) == "");
}

TEST_CASE("text: primary span, labels, help", "[frontend]") {
  const Source source("eight_schools.elba", "param sigma: real\nsigma ~ half_normal(0, 1)\n");
  auto d = make_diagnostic(Code::support_mismatch, find(source, "half_normal"),
                           {"half_normal", "positive", "sigma", "real"});
  d.label(find(source, "real"), "declared here without a bound")
      .suggest("declare `param sigma: real<lower=0>`");
  CHECK(render_one(d, source) ==
        "error[E0305]: `half_normal` has support `positive`, but `sigma` is declared `real`\n"
        "  --> eight_schools.elba:2:9\n"
        "  1 | param sigma: real\n"
        "    |              ---- declared here without a bound\n"
        "  2 | sigma ~ half_normal(0, 1)\n"
        "    |         ^^^^^^^^^^^\n"
        "  = help: declare `param sigma: real<lower=0>`\n");
}

TEST_CASE("text: gaps between lines, several marks on one, tabs and wide letters", "[frontend]") {
  const Source source("m.elba", "a\nb\nc\nd\ne\nf\ng\nh\ni\n\tx = \xC3\xA9 + \xE6\xBC\xA2 + foo;\n");
  auto d = make_diagnostic(Code::unknown_name, find(source, "foo"), {"foo"});
  d.label(find(source, "b"), "here").label(find(source, "x"), "one").note("a note");
  CHECK(render_one(d, source) ==
        "error[E0201]: `foo` is not declared\n"
        "  --> m.elba:10:17\n"
        "   2 | b\n"
        "     | - here\n"
        "  ...\n"
        "  10 |     x = \xC3\xA9 + \xE6\xBC\xA2 + foo;\n"
        "     |     -            ^^^\n"
        "     |     one\n"
        "  = note: a note\n");
}

TEST_CASE("text: a span over lines, an empty span, no place", "[frontend]") {
  const Source source("m.elba", "abc\ndef\n");
  CHECK_THAT(render_one(make_diagnostic(Code::unknown_name, {1, 6}, {"x"}), source),
             Catch::EndsWith("  1 | abc\n    |  ^^\n"));
  CHECK_THAT(render_one(make_diagnostic(Code::missing_semicolon, {3, 3}, {"`abc`"}), source),
             Catch::EndsWith("  1 | abc\n    |    ^\n"));
  CHECK(render_one(make_diagnostic(Code::unknown_name, {}, {"x"}), source) ==
        "error[E0201]: `x` is not declared\n");
  CHECK(render_one(make_diagnostic(Code::unknown_name, {7, 900}, {"x"}), source) != "");
}

TEST_CASE("text: what could fool a terminal is not passed on", "[frontend]") {
  const Source source("m.elba", "a \x1B[2J b\n");
  const auto text = render_one(make_diagnostic(Code::unknown_name, {2, 3}, {"\x1B[31m"}), source);
  CHECK(text.find('\x1B') == std::string::npos);
}

TEST_CASE("text: a long line is cut around the place", "[frontend]") {
  const Source source("m.elba", std::string(5000, 'a') + "HERE" + std::string(100000, 'b'));
  const auto text = render_one(make_diagnostic(Code::unknown_name, {5000, 5004}, {"x"}), source);
  CHECK(text.size() < 1000);
  std::istringstream lines(text);
  std::string excerpt, carets;
  for (int i = 0; i < 3; ++i)
    std::getline(lines, excerpt);
  std::getline(lines, carets);
  CHECK(excerpt.substr(carets.find('^'), 4) == "HERE");
}

TEST_CASE("json for editors", "[frontend]") {
  const Source source("m.elba", "model m {\n  let a = \"x\xC3\xA9;\n}\n");
  const auto json = nlohmann::json::parse(render_json(parse(source).diagnostics, source));
  REQUIRE(json.size() == 1);
  CHECK(json[0]["code"] == "E0106");
  CHECK(json[0]["severity"] == "error");
  CHECK(json[0]["file"] == "m.elba");
  CHECK(json[0]["line"] == 2);
  CHECK(json[0]["column"] == 11);
  CHECK(json[0]["end_line"] == 2);
  CHECK(json[0]["notes"].is_array());
  CHECK(json[0]["help"].is_string());
  CHECK(nlohmann::json::parse(render_json({}, source)).empty());
}
