// Data files: what is read, what is refused and how a mistake is named; nothing crashes on broken text.
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <ctime>
#include <limits>

#include "runtime/data/data.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;

namespace {

const Field& field_of(const DataResult& result, const char* name) {
  REQUIRE(!result.error);
  const Field* field = result.data.find(name);
  REQUIRE(field != nullptr);
  return *field;
}

const DataError& problem_of(const DataResult& result) {
  if (result.error) return *result.error;
  REQUIRE(result.data.unreadable.size() == 1);
  return result.data.unreadable[0];
}

}  // namespace

TEST_CASE("JSON fields keep shape, order and kind", "[runtime]") {
  const auto result = read_json_data(R"({ "N": 3, "x": [[1, 2.5], [3, -4e-2], [5, 6]],
      "k":[1,2,3], "empty": [], "hollow": [[],[]], "big": 9007199254740993, "cube": [[[1,2]],[[3,4]]],
      "neg": -7, "\u00e9\ud83d\ude00": 1, "whole": 2.0, "flag": true })");
  CHECK(result.data.order == std::vector<std::string>{"N", "x", "k", "empty", "hollow", "big", "cube", "neg",
                                                      "\xC3\xA9\xF0\x9F\x98\x80", "whole", "flag"});
  const Field& n = field_of(result, "N");
  CHECK(n.shape.empty());
  CHECK(n.values == std::vector<double>{3});
  CHECK(n.all_integers);
  const Field& x = field_of(result, "x");
  CHECK(x.shape == std::vector<std::int64_t>{3, 2});
  CHECK(x.values == std::vector<double>{1, 2.5, 3, -0.04, 5, 6});
  CHECK(!x.all_integers);
  CHECK(field_of(result, "k").all_integers);
  CHECK(field_of(result, "empty").shape == std::vector<std::int64_t>{0});
  CHECK(field_of(result, "hollow").shape == std::vector<std::int64_t>{2, 0});
  CHECK(!field_of(result, "big").all_integers);
  CHECK(field_of(result, "cube").shape == std::vector<std::int64_t>{2, 1, 2});
  CHECK(field_of(result, "cube").values == std::vector<double>{1, 2, 3, 4});
  CHECK(field_of(result, "neg").values[0] == -7);
  CHECK(field_of(result, "whole").all_integers);
  CHECK(field_of(result, "flag").values[0] == 1);
  CHECK(result.data.find("absent") == nullptr);
}

TEST_CASE("JSON missing values and infinities", "[runtime]") {
  const auto result = read_json_data(
      R"({"m": [1, null, "NaN", "NA", NaN, NA, 2], "i": ["Inf", "-Infinity", Infinity, -Inf, "+inf"], )"
      R"("huge": [1e400, -1e999, 1e-999], "text": ["3", "4.5"]})");
  const Field& m = field_of(result, "m");
  CHECK(m.missing == std::vector<std::size_t>{1, 2, 3, 4, 5});
  CHECK(m.all_integers);
  CHECK(std::isnan(m.values[2]));
  CHECK(m.values[6] == 2);
  const Field& i = field_of(result, "i");
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(i.values == std::vector<double>{infinity, -infinity, infinity, -infinity, infinity});
  CHECK(i.missing.empty());
  CHECK(!i.all_integers);
  CHECK(field_of(result, "huge").values == std::vector<double>{infinity, -infinity, 0});
  CHECK(field_of(result, "text").values == std::vector<double>{3, 4.5});
}

TEST_CASE("a mistake in a JSON field names field, place and value", "[runtime]") {
  struct Case {
    const char* text;
    DataErrorKind kind;
    const char *field, *index, *value;
  };
  const Case cases[] = {
      {R"({"x": [[1, 2], [3]]})", DataErrorKind::ragged, "x", "[2]", ""},
      {R"({"x": [[1, 2], [3, 4], [5, 6, 7]]})", DataErrorKind::ragged, "x", "[3]", ""},
      {R"({"x": [[1, 2], 3]})", DataErrorKind::ragged, "x", "[2]", ""},
      {R"({"x": [1, [2]]})", DataErrorKind::ragged, "x", "[2]", ""},
      {R"({"x": [[], [1]]})", DataErrorKind::ragged, "x", "[2]", ""},
      {R"({"x": [[1, "two"]]})", DataErrorKind::not_a_number, "x", "[1, 2]", "\"two\""},
      {R"({"x": "hello"})", DataErrorKind::not_a_number, "x", "", "\"hello\""},
      {R"({"x": {"a": [1, {"}": "]"}]}, "y": 2})", DataErrorKind::not_a_number, "x", "", "{...}"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    const auto result = read_json_data(c.text);
    CHECK(!result.error);
    const DataError& problem = problem_of(result);
    CHECK(problem.kind == c.kind);
    CHECK(problem.field == c.field);
    CHECK(problem.index == c.index);
    CHECK(problem.value == c.value);
    CHECK(!problem.message.empty());
    CHECK(problem.line == 1);
    // An array keeps its other elements.
    const Field* kept = result.data.find("x");
    CHECK((kept != nullptr) == (problem.kind == DataErrorKind::not_a_number && !problem.index.empty()));
    if (kept != nullptr) CHECK(kept->unread == std::vector<std::size_t>{1});
  }
  // The other fields are still there.
  CHECK(field_of(read_json_data(cases[7].text), "y").values[0] == 2);
}

TEST_CASE("JSON that cannot be read at all", "[runtime]") {
  struct Case {
    const char* text;
    DataErrorKind kind;
    std::size_t line, column;
  };
  const Case cases[] = {
      {"", DataErrorKind::syntax, 1, 1},
      {"[1, 2]", DataErrorKind::not_an_object, 1, 1},
      {"{\"x\": 1", DataErrorKind::syntax, 1, 8},
      {"{\"x\" 1}", DataErrorKind::syntax, 1, 6},
      {"{\"x\": [1, 2}", DataErrorKind::syntax, 1, 12},
      {"{\"x\": [1,, 2]}", DataErrorKind::syntax, 1, 10},
      {"{\"x\": 1}\n\n x", DataErrorKind::syntax, 3, 2},
      {"{\"x\": 1,\n \"y\": 1.2.3}", DataErrorKind::syntax, 2, 7},
      {"{\"x\": abc}", DataErrorKind::syntax, 1, 7},
      {"{x: 1}", DataErrorKind::syntax, 1, 2},
      {"{\"x\": 1, \"x\": 2}", DataErrorKind::duplicate_name, 1, 16},
      {"{\"x: 1}", DataErrorKind::syntax, 1, 8},
      {"{\"\\u12\": 1}", DataErrorKind::syntax, 1, 8},
      {"{\"x\": -}", DataErrorKind::syntax, 1, 7},
      {"{\"x\": 1}}", DataErrorKind::syntax, 1, 9},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    const auto result = read_json_data(c.text);
    REQUIRE(result.error);
    CHECK(result.error->kind == c.kind);
    CHECK(result.error->line == c.line);
    CHECK(result.error->column == c.column);
    CHECK(result.data.fields.empty());
  }
}

TEST_CASE("limits hold for JSON and CSV", "[runtime]") {
  const DataLimits limits{.bytes = 1000, .elements = 5, .names = 2, .axes = 3};
  const auto kind = [&](const std::string& text) {
    return read_json_data(text, limits).error.value_or(DataError{DataErrorKind::ragged}).kind;
  };
  CHECK(kind(R"({"x": [1,2,3,4,5,6]})") == DataErrorKind::too_large);
  CHECK(kind(R"({"x": 1, "y": 2, "z": 3})") == DataErrorKind::too_large);
  CHECK(kind(R"({"x": [[[[1]]]]})") == DataErrorKind::too_deep);
  CHECK(kind("{\"x\": 1}" + std::string(1000, ' ')) == DataErrorKind::too_large);
  CHECK(read_json_data("{\"x\":" + std::string(1'000'000, '[')).error->kind == DataErrorKind::too_deep);
  CHECK(read_json_data("{\"x\":" +
                       [] {
                         std::string text;
                         for (int k = 0; k < 100'000; ++k)
                           text += "{\"a\":";
                         return text;
                       }())
            .error->kind == DataErrorKind::too_deep);
  CHECK(read_csv_data("a,b,c\n1,2,3\n", limits).error->kind == DataErrorKind::too_large);
  CHECK(read_csv_data("a\n1\n2\n3\n4\n5\n6\n", limits).error->kind == DataErrorKind::too_large);
}

TEST_CASE("CSV columns become vectors", "[runtime]") {
  const auto result = read_csv_data(
      "\xEF\xBB\xBFn,\"a \"\"b\"\"\", z\r\n1,2.5,NA\r\n2,\"3\",\r\n\r\n3,-Inf, 7 \r\n");
  CHECK(result.data.order == std::vector<std::string>{"n", "a \"b\"", "z"});
  CHECK(field_of(result, "n").values == std::vector<double>{1, 2, 3});
  CHECK(field_of(result, "n").shape == std::vector<std::int64_t>{3});
  CHECK(field_of(result, "n").all_integers);
  CHECK(field_of(result, "a \"b\"").values ==
        std::vector<double>{2.5, 3, -std::numeric_limits<double>::infinity()});
  CHECK(field_of(result, "z").missing == std::vector<std::size_t>{0, 1});
  CHECK(field_of(result, "z").values[2] == 7);
}

TEST_CASE("CSV with text, row names and mistakes", "[runtime]") {
  DataLimits limits;
  limits.unread = 1;  // the second text leaves the column out
  const auto text = read_csv_data(",who,x\nr1,\"Smith, J.\nline two\",1\nr2,Lee,TRUE\n", limits);
  CHECK(field_of(text, "x").values == std::vector<double>{1, 1});
  CHECK(text.data.fields.size() == 1);
  const DataError& problem = problem_of(text);
  CHECK(problem.field == "who");
  CHECK(problem.index == "[1]");
  CHECK(problem.value == "\"Smith, J. line two\"");

  // Single cells of text, and rows of another length, leave the rest to be looked at.
  const auto mixed = read_csv_data("a,b\n1,2\n3\n4,five\n6,7,8\n");
  CHECK(field_of(mixed, "a").values == std::vector<double>{1, 3, 4, 6});
  CHECK(field_of(mixed, "b").unread == std::vector<std::size_t>{1, 2});
  REQUIRE(mixed.data.unreadable.size() == 3);
  CHECK(mixed.data.unreadable[0].kind == DataErrorKind::ragged);
  CHECK(mixed.data.unreadable[0].line == 3);
  CHECK(mixed.data.unreadable[1].index == "[3]");
  CHECK(mixed.data.unreadable[2].line == 5);

  struct Case {
    const char* text;
    DataErrorKind kind;
    std::size_t line;
  };
  const Case cases[] = {
      {"", DataErrorKind::syntax, 1},
      {"a,a\n1,2\n", DataErrorKind::duplicate_name, 1},
      {"a,b\n1,\"2\n", DataErrorKind::syntax, 3},
      {"a,b\n\"1\"x,2\n", DataErrorKind::syntax, 2},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    const auto result = read_csv_data(c.text);
    REQUIRE(result.error);
    CHECK(result.error->kind == c.kind);
    CHECK(result.error->line == c.line);
  }
  const auto only_header = read_csv_data("a,b");
  CHECK(field_of(only_header, "b").shape == std::vector<std::int64_t>{0});
}

TEST_CASE("index_text counts from one, row by row", "[runtime]") {
  CHECK(index_text({}, 0).empty());
  CHECK(index_text({4}, 2) == "[3]");
  CHECK(index_text({3, 2}, 5) == "[3, 2]");
  CHECK(index_text({2, 3, 4}, 13) == "[2, 1, 2]");
}

TEST_CASE("broken data text is reported and never crashes", "[runtime]") {
  const std::string good =
      R"({"N": 3, "x": [[1, 2.5e3], [null, "NaN"]], "s": "te\u00e9xt", "o": {"a": [1]}})";
  const std::string csv = "a,\"b c\",d\n1,\"2\",NA\n3,x,5\n";
  for (std::size_t cut = 0; cut <= good.size(); ++cut) {
    const auto result = read_json_data(std::string_view(good).substr(0, cut));
    CHECK(result.error.has_value() == (cut < good.size()));
  }
  for (std::uint64_t trial = 0; trial < 3000; ++trial) {
    std::string text = trial % 2 ? good : csv;
    for (std::uint64_t k = 0; k < 3; ++k) {
      const std::uint64_t word = fold_key(trial, k);
      text[word % text.size()] = static_cast<char>(word >> 40);
    }
    const auto result = trial % 2 ? read_json_data(text) : read_csv_data(text);
    for (const auto& [name, field] : result.data.fields) {
      std::size_t size = 1;
      for (const std::int64_t axis : field.shape)
        size *= static_cast<std::size_t>(axis);
      CHECK(size == field.values.size());
    }
  }
}

TEST_CASE("a megabyte of JSON is read in about ten milliseconds", "[runtime]") {
  std::string text = "{\"x\": [";
  for (std::size_t k = 0; text.size() < 1'000'000; ++k)
    text += (k ? ", " : "") + std::to_string(normal(1, k));
  text += "]}";
  double best = HUGE_VAL;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const std::clock_t start = std::clock();
    const auto result = read_json_data(text);
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    REQUIRE(!result.error);
  }
  INFO(1e3 * best << " ms");
  CHECK(best < 0.1);  // ten times the aim, for sanitizers and busy machines
}
