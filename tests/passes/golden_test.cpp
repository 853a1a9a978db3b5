// Goldens: tests/golden/passes/<pass>/<behaviour>.ir holds a module, the passes to run, and the module they give.
//
//     // what the file shows
//     // RUN: simplify dce
//     module @t level tensor { ... }
//     // EXPECT
//     module @t level tensor { ... }
//
// With ELBA_UPDATE_GOLDENS=1 in the environment the expected part is rewritten instead of compared.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ir/text.h"
#include "tests/passes/harness.h"

namespace {

using namespace elba;

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("goldens of passes", "[passes]") {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(ELBA_SOURCE_DIR) + "/tests/golden/passes"))
    if (entry.path().extension() == ".ir") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() > 15);
  const char* const update = std::getenv("ELBA_UPDATE_GOLDENS");
  for (const auto& path : files) {
    INFO(path.filename().string());
    const std::string text = contents(path), run = "// RUN: ", expect = "// EXPECT\n";
    const auto at_run = text.find(run), at_expect = text.find(expect);
    REQUIRE(at_run != std::string::npos);
    const std::string input = text.substr(0, at_expect);
    const std::string names = text.substr(at_run + run.size(), text.find('\n', at_run) - at_run - run.size());
    const std::string given = ir::print(test::run_passes(test::parsed(input), names));
    if (update != nullptr && std::string(update) == "1") {
      std::ofstream(path) << input << expect << given;
      continue;
    }
    REQUIRE(at_expect != std::string::npos);
    CHECK(given == text.substr(at_expect + expect.size()));
  }
}
