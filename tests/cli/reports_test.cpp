// What the command line reports of models and data: every mistake of a file in one run, and JSON that editors
// can rely on.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "tests/support/command.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using elba::test::Run;
using elba::test::run_elba;
using elba::test::Scratch;

std::vector<std::string> messages(const Json& diagnostics) {
  std::vector<std::string> out;
  for (const Json& item : diagnostics)
    out.push_back(item["code"].get<std::string>() + " " + item["message"].get<std::string>());
  return out;
}

}  // namespace

TEST_CASE("ten mistakes in one JSON file: field, index, value and declaration of each", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("m.elba", R"(model m {
  dim N, D, J;
  data county: int<1, J>[N];
  data x: real<lower=0>[N];
  data X: real[N, D];
  data w: simplex[D];
  data S: cov_matrix[D];
  data o: ordered[D];
  data v: real[N];
  data u: real[J];
  data t: real;
  data r: real[N, D];
  data gone: real[N];
  data weight: real[N];
  latent mu ~ normal(0, 1);
  v ~ normal(mu + x + X[:, 1] + gone + weight + w[1] + S[1, 1] + o[1] + t + r[:, 1] + u[county], 1);
})");
  const auto data = scratch.file("d.json", R"({
  "county": [1, 2.5, 9, 0],
  "x": [0.5, -1, "high", 2],
  "X": [[1, 2], [3], [4, 5], [6, 7]],
  "w": [0.5, 0.4],
  "S": [[1, 0.5], [0.4, 1]],
  "o": [2, 1],
  "v": [1, null, 3, NaN],
  "u": [1, 2],
  "t": [1, 2],
  "r": [[1, 2, 3, 4], [5, 6, 7, 8]],
  "Weight": [1, 1, 1, 1],
  "extra": 3
})");
  const auto run = run_elba("check " + model + " --data " + data + " --format=json", "2>/dev/null");
  CHECK(run.code == 3);
  const auto said = messages(Json::parse(run.output)["diagnostics"]);
  const std::vector<std::string> expected = {
      "W0601 the data hold `extra`, which the model does not declare",
      "E0605 `county[2]` is 2.5, but `county` is declared `int<1, J>[N]`",
      "E0604 `county[3]` is 9, but `county` is declared `int<1, J>[N]`",
      "E0604 `county[4]` is 0, but `county` is declared `int<1, J>[N]`",
      "E0611 `x[3]` is `\"high\"` in the data, but `x` is declared `real<lower=0>[N]`",
      "E0604 `x[2]` is -1, but `x` is declared `real<lower=0>[N]`",
      "E0613 `X[2]` has 1 element, the rows before have 2, but `X` is declared `real[N, D]`",
      "E0604 `w` sums to 0.9, not to 1, but `w` is declared `simplex[D]`",
      "E0604 `S[2,1]` is 0.4, its mirror element 0.5, but `S` is declared `cov_matrix[D]`",
      "E0604 `o[2]` is 1, not above 2 before it, but `o` is declared `ordered[D]`",
      "E0606 `v[2]` is missing (`null` or NaN), but `v` is declared `real[N]`",
      "E0606 `v[4]` is missing (`null` or NaN), but `v` is declared `real[N]`",
      "E0602 `t` has shape [2] in the data, but is declared `real`",
      "E0602 `r` has shape [2, 4] in the data, but is declared `real[N, D]`",
      "E0601 the data have no `gone`",
      "E0601 the data have no `weight`",
  };
  CHECK(said == expected);
  CHECK_THAT(run.output, Catch::Contains("did you mean `weight`"));
}

TEST_CASE("ten mistakes in one CSV file", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("m.elba", R"(model m {
  dim N, J = 3;
  data county: int<1, J>[N];
  data x: real<lower=0>[N];
  data p: real<0, 1>[N];
  data k: int<lower=0>[N];
  data y: real[N];
  data Z: real[N, 2];
  data offset: real[N];
  latent mu ~ normal(0, 1);
  y ~ normal(mu + x + p + k + county + Z[:, 1] + offset, 1);
})");
  const auto data = scratch.file("d.csv",
                                 "county,x,p,k,y,Z,ofset,spare\n"
                                 "1,0.5,0.1,0,1.5,1,1,1\n"
                                 "4,-1,0.2,1,NA,1,1,1\n"
                                 "2,1,1.2,two,2.5,1,1,1\n"
                                 "1.5,1,0.1,-3,2.5,1,1,1\n"
                                 "2,1,0.1\n"
                                 "2,1,0.1,3,1,1,1,1,9\n");
  const auto run = run_elba("check " + model + " --data " + data + " --format=json", "2>/dev/null");
  CHECK(run.code == 3);
  const std::vector<std::string> expected = {
      "E0607 the data cannot be read: line 6 has 3 cells, the header has 8",
      "E0607 the data cannot be read: line 7 has 9 cells, the header has 8",
      "W0601 the data hold `spare`, which the model does not declare",
      "E0605 `county[4]` is 1.5, but `county` is declared `int<1, J>[N]`",
      "E0604 `county[2]` is 4, but `county` is declared `int<1, J>[N]`",
      "E0604 `x[2]` is -1, but `x` is declared `real<lower=0>[N]`",
      "E0604 `p[3]` is 1.2, but `p` is declared `real<0, 1>[N]`",
      "E0611 `k[3]` is `\"two\"` in the data, but `k` is declared `int<lower=0>[N]`",
      "E0604 `k[4]` is -3, but `k` is declared `int<lower=0>[N]`",
      "E0606 `y[2]` is missing (`null` or NaN), but `y` is declared `real[N]`",
      "E0602 `Z` has shape [6] in the data, but is declared `real[N, 2]`",
      "E0601 the data have no `offset`",
  };
  CHECK(messages(Json::parse(run.output)["diagnostics"]) == expected);
}

TEST_CASE("a limit of `censored` and a declared bound may be infinite, other data not", "[cli]") {
  const Scratch scratch;
  const auto data = scratch.file("data.json",
                                 R"({"y": [1, 2, 3], "g": [1, 2, 1], "limit": ["inf", 2, 3.5], )"
                                 R"("of_group": [-Infinity, 0], "one": -1e999, "least": ["-inf", 0, 0]})");
  const auto check = [&](const std::string& declared, const std::string& statement) {
    const auto model = scratch.file("m.elba",
                                    "model m { dim N, J; data g: int<1, J>[N]; data limit: real[N]; data "
                                    "of_group: real[J]; data one: real; data least: real[N]; data y: " +
                                        declared + "[N]; latent a ~ normal(0, 1); " + statement +
                                        " y ~ normal(a * limit .* least * one + of_group[g], 1); }");
    return run_elba("check " + model + " --data " + data);
  };
  const auto infinite = [](const Run& run) {
    std::string names;
    for (const char* name : {"limit[1]", "of_group[1]", "one", "least[1]"})
      if (run.output.find("error[E0604]: `" + std::string(name) + "` is ") != std::string::npos)
        names += std::string(names.empty() ? "" : " ") + name;
    return std::to_string(run.code) + ": " + names;
  };
  CHECK(infinite(check("real", "")) == "3: limit[1] of_group[1] one least[1]");
  CHECK(infinite(check("real<lower=least>", "y ~ censored(normal(a, 1), upper=limit);")) ==
        "3: of_group[1] one");
  CHECK(infinite(check("real<lower=least>",
                       "for n in 1:N { y[n] ~ censored(normal(a, 1), of_group[g[n]], limit[n]); }")) ==
        "3: one");
  CHECK(infinite(check("real", "y[2:N] ~ censored(normal(a, 1), one, limit[2:N]);")) ==
        "3: of_group[1] least[1]");
  CHECK(infinite(check("real", "y ~ truncated(normal(a, 1), one, limit);")) ==
        "3: limit[1] of_group[1] one least[1]");
}

TEST_CASE("more mistakes of one kind than are worth a report are counted", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("m.elba",
                                  "model m {\n  dim N;\n  data x: real<lower=0>[N];\n  latent s ~ "
                                  "half_normal(1);\n  x ~ exponential(s);\n}\n");
  const auto data = scratch.file("d.json", R"({"x": [-1, -2, -3, -4, -5, -6, -7, 1]})");
  const auto run = run_elba("check " + model + " --data " + data, "2>&1");
  CHECK_THAT(run.output, Catch::Contains("`x[5]` is -5") && !Catch::Contains("`x[6]`") &&
                             Catch::Contains("and 2 more values like this"));
}

TEST_CASE("warnings are part of every JSON answer, and stand once on standard error otherwise", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file("m.elba",
                                  "model m {\n  dim N;\n  data y: real[N];\n  latent mu ~ normal(0, 1);\n  "
                                  "latent spare ~ normal(0, 1);\n  y ~ normal(mu, 1);\n}\n");
  const auto data = scratch.file("d.json", R"({"y": [1, 2, 3], "left_over": 1})");
  const auto points = scratch.file("p.json", R"({"points": [{"unconstrained": [0, 0]}]})");
  const std::string both = model + " --data " + data + " --cache off";
  const std::pair<std::string, std::size_t> commands[] = {{"check " + both, 2},
                                                          {"fit " + both, 2},
                                                          {"log-density " + both + " --at " + points, 2},
                                                          {"bench " + both + " --seconds 0.01", 2},
                                                          {"explain " + model, 1}};
  for (const auto& [command, count] : commands) {
    INFO(command);
    const auto json = run_elba(command + " --format=json", "2>&1");
    CHECK(json.code == 0);
    const Json parsed = Json::parse(json.output);
    const auto said = messages(parsed["diagnostics"]);
    CHECK(said.size() == count);
    const auto text = run_elba(command, "2>&1 >/dev/null");
    for (const std::string code : {"W0001", "W0005", "W0601"}) {
      const auto first = text.output.find("[" + code + "]");
      CHECK((first != std::string::npos) ==
            (std::count_if(said.begin(), said.end(),
                           [&](const std::string& m) { return m.starts_with(code); }) > 0));
      if (first != std::string::npos)
        CHECK(text.output.find("[" + code + "]", first + 1) == std::string::npos);
    }
  }
  // Also where the command fails after the warnings.
  const auto bad = scratch.file("bad.json", "{\"y\": [1, 2,]}");
  const auto failed = run_elba("fit " + model + " --data " + bad + " --format=json", "2>&1");
  CHECK(failed.code == 3);
  const Json reports = Json::parse(failed.output)["diagnostics"];
  REQUIRE(!reports.empty());
  CHECK(reports.back()["code"] == "E0607");
  CHECK(reports.back()["file"] == bad);
  CHECK(reports.back()["line"] == 1);
  CHECK(reports.back()["column"] == 13);
  CHECK(reports.front()["severity"] == "warning");
}

namespace {

// A line and column, both from 1, as a byte of the text; nothing when there is no such place.
std::optional<std::size_t> byte_at(const std::string& text, std::int64_t line, std::int64_t column) {
  std::size_t at = 0;
  for (; line > 1; --line) {
    at = text.find('\n', at);
    if (at == std::string::npos) return std::nullopt;
    ++at;
  }
  const std::size_t end = std::min(text.find('\n', at), text.size());
  const std::size_t byte = at + static_cast<std::size_t>(column) - 1;
  if (line < 1 || column < 1 || byte > end) return std::nullopt;
  return byte;
}

const std::vector<std::string> keys{"code",     "severity",   "kind",   "message", "file", "line", "column",
                                    "end_line", "end_column", "labels", "notes",   "help", "fixes"};
const std::vector<std::string> places{"line", "column", "end_line", "end_column"};

void check_place(const Json& item, const std::string& text) {
  for (const std::string& key : places)
    REQUIRE(item[key].is_number_integer());
  const auto from = byte_at(text, item["line"], item["column"]),
             to = byte_at(text, item["end_line"], item["end_column"]);
  REQUIRE(from.has_value());
  REQUIRE(to.has_value());
  CHECK(*from <= *to);
}

// The fixes of one report, from the last to the first, so that earlier places stay what they are.
std::string with_fixes(std::string text, const Json& fixes) {
  struct Edit {
    std::size_t from, to;
    std::string text;
  };
  std::vector<Edit> edits;
  for (const Json& fix : fixes)
    edits.push_back({byte_at(text, fix["line"], fix["column"]).value(),
                     byte_at(text, fix["end_line"], fix["end_column"]).value(),
                     fix["text"].get<std::string>()});
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.from > b.from; });
  for (const Edit& edit : edits)
    text.replace(edit.from, edit.to - edit.from, edit.text);
  return text;
}

}  // namespace

TEST_CASE("JSON of every program that fails: keys, types, order, places; and a fix mends what it says",
          "[cli]") {
  const fs::path folder = fs::path(elba::test::source_dir) / "tests/golden/errors";
  const Scratch scratch;
  std::size_t reports = 0, mended = 0;
  for (const auto& path : elba::test::files_below(folder, ".elba")) {
    const std::string name = path.filename().string(), stem = path.stem().string();
    if (!name.starts_with("fail_")) continue;
    INFO(name);
    const auto [text, data] = elba::test::golden_case(path);
    (void)scratch.file(name, text);
    if (!data.empty()) (void)scratch.file(stem + ".data.json", data);
    const auto run = run_elba(
        "check " + name + (data.empty() ? "" : " --data " + stem + ".data.json") + " --format=json",
        "2>/dev/null", scratch.path);
    CHECK(run.code != 0);
    const Json out = Json::parse(run.output);
    REQUIRE(out.contains("signature"));
    REQUIRE(!out["diagnostics"].empty());
    std::pair<std::int64_t, std::int64_t> before{0, 0};
    bool has_error = false;
    for (const Json& item : out["diagnostics"]) {
      ++reports;
      INFO(item.dump(2));
      std::vector<std::string> found;
      for (const auto& [key, value] : item.items())
        found.push_back(key);
      REQUIRE(found == keys);
      for (const char* key : {"code", "severity", "kind", "message", "file", "help"})
        REQUIRE(item[key].is_string());
      for (const char* key : {"labels", "notes", "fixes"})
        REQUIRE(item[key].is_array());
      CHECK((item["severity"] == "error" || item["severity"] == "warning"));
      has_error = has_error || item["severity"] == "error";
      CHECK(item["message"].get<std::string>().find("{0}") == std::string::npos);
      if (item["file"] != name || item["line"] == 0) continue;  // of the data, or of no place
      check_place(item, text);
      const std::pair<std::int64_t, std::int64_t> place{item["line"], item["column"]};
      if (item["kind"] == "user") {
        CHECK(before <= place);
        before = place;
      }
      for (const Json& label : item["labels"])
        check_place(label, text);
      for (const Json& note : item["notes"])
        CHECK(note.is_string());
      for (const Json& fix : item["fixes"]) {
        REQUIRE(fix["text"].is_string());
        check_place(fix, text);
      }
      if (item["fixes"].empty()) continue;
      // The same report does not come again from the text with its fixes applied.
      const auto fixed = scratch.file("fixed.elba", with_fixes(text, item["fixes"]));
      const auto again = run_elba("check fixed.elba --format=json", "2>/dev/null", scratch.path);
      ++mended;
      // Beyond it there may be more of its kind, which only a text without it shows.
      const auto count_same = [&](const Json& report) {
        return std::count_if(report["diagnostics"].begin(), report["diagnostics"].end(),
                             [&](const Json& other) {
                               return other["code"] == item["code"] && other["message"] == item["message"] &&
                                      other["line"] == item["line"];
                             });
      };
      const auto same_before = count_same(out), same_after = count_same(Json::parse(again.output));
      INFO(again.output);
      CHECK(same_after < same_before);
    }
    CHECK(has_error);
  }
  CHECK(reports > 250);
  CHECK(mended > 40);
}
