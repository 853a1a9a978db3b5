// Goldens: tests/golden/passes/<pass>/<behaviour>.ir holds a module, the passes to run, and the module they
// give.
//
//     // what the file shows
//     // RUN: simplify dce
//     module @t level tensor { ... }
//     // EXPECT
//     module @t level tensor { ... }
//
// With ELBA_UPDATE_GOLDENS=1 in the environment the expected part is rewritten instead of compared.
#include <catch2/catch.hpp>

#include "ir/text.h"
#include "passes/passes.h"
#include "tests/passes/harness.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

TEST_CASE("goldens of passes", "[passes]") {
  using namespace elba;
  const auto files = test::files_below(std::string(elba::test::source_dir) + "/tests/golden/passes", ".ir");
  REQUIRE(files.size() > 15);
  for (const auto& path : files) {
    INFO(path.filename().string());
    const std::string input = test::golden_case(path).input, run = "// RUN: ";
    const auto at_run = input.find(run);
    REQUIRE(at_run != std::string::npos);
    const std::string names = input.substr(at_run + run.size(),
                                           input.find('\n', at_run) - at_run - run.size());
    test::check_expected(path, ir::print(test::run_passes(test::parsed(input), names)));
  }
}

// A pass without a golden of its own does not pass: a file in the folder of its name that runs it.
TEST_CASE("every pass has a golden", "[passes]") {
  using namespace elba;
  for (const auto& pass : passes::all_passes()) {
    INFO(pass.name);
    const std::string folder = std::string(elba::test::source_dir) + "/tests/golden/passes/" +
                               std::string(pass.name);
    bool is_run = false;
    for (const auto& path : test::files_below(folder, ".ir")) {
      const std::string text = test::file_text(path);
      const auto at = text.find("// RUN: ");
      REQUIRE(at != std::string::npos);
      const std::string line = " " + text.substr(at + 8, text.find('\n', at) - at - 8) + " ";
      is_run = is_run || line.find(" " + std::string(pass.name) + " ") != std::string::npos;
    }
    CHECK(is_run);
  }
}
