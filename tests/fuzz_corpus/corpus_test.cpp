// Every input of the fuzzers' corpus, those that once crashed among them, through the same entries in the ordinary test binary.
#include <catch2/catch.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz_corpus/entries.h"

namespace {

void run_folder(const std::string& name, std::string (*entry)(std::string_view)) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(ELBA_SOURCE_DIR) / "tests/fuzz/corpus" / name)) files.push_back(file.path());
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
