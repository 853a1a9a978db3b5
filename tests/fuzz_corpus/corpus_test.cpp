// Every input of the fuzzers' corpus, those that once crashed among them, through the same entries in the
// ordinary test binary.
#include <catch2/catch.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz_corpus/entries.h"
#include "tests/support/paths.h"

namespace {

void run_folder(const std::string& name, std::string (*entry)(std::string_view)) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(elba::test::source_dir) /
                                                              "tests/fuzz/corpus" / name))
    files.push_back(file.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 10);
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    INFO(file.string());
    CHECK(entry(bytes) == "");
  }
}

}  // namespace

TEST_CASE("fuzz corpus: model text", "[fuzz_corpus]") { run_folder("model", elba::test::model_entry); }
TEST_CASE("fuzz corpus: IR text", "[fuzz_corpus]") { run_folder("ir", elba::test::ir_entry); }
TEST_CASE("fuzz corpus: data", "[fuzz_corpus]") { run_folder("data", elba::test::data_entry); }

// Texts that are easily made too large, each of which would crash, or take minutes, if nothing bounded what
// it asks for.
TEST_CASE("fuzz corpus: texts that repeat themselves", "[fuzz_corpus]") {
  const auto repeated = [](const std::string& part, int times) {
    std::string text;
    for (int k = 0; k < times; ++k)
      text += part;
    return text;
  };
  const auto numbered = [](const std::string& before, const std::string& after, int times) {
    std::string text;
    for (int k = 0; k < times; ++k)
      text += before + std::to_string(k) + after;
    return text;
  };
  const std::string open = "model m { dim N; latent x ~ normal(0, 1); ";
  const std::vector<std::string> texts = {
      open + "factor " + repeated("(", 20000) + "x" + repeated(")", 20000) + "; }",
      open + "factor " + repeated("-", 20000) + "x; }",
      open + "factor x" + repeated(" + x", 5000) + "; }",
      open + "factor x" + repeated("^x", 5000) + "; }",
      open + "factor " + repeated("x > 0 ? x : ", 5000) + "x; }",
      open + "factor " + repeated("[", 3000) + "x" + repeated("]", 3000) + "; }",
      open + "factor sum(x" + repeated("[1:N]", 2000) + "); }",
      open + numbered("for i", " in 1:N { ", 3000) + "factor x;" + repeated("}", 3001),
      open + numbered("let a", " = nowhere + 1;\n", 4000) + "}",
      open + numbered("factor nowhere", ";\n", 4000) + "}",
      "model m { dim N; data y: real[N" + repeated(", N", 4000) + "]; }",
      "model m { data y: real[" + repeated("(A + B + 1) * ", 60) + "1]; }",
      repeated("/*", 100000),
      repeated("model m { foo(bar) ~ ; ", 3000),
  };
  for (const std::string& text : texts) {
    INFO(text.substr(0, 80));
    CHECK(elba::test::model_entry(text) == "");
  }
}
