// Goldens of what a user sees: each stage of three models as `emit`, `explain` and `check` print it, and the reports of files that must
// fail. tests/golden/stages/<model>/<stage>.txt; tests/golden/errors/<name>.elba, perhaps with <name>.data.json, and <name>.txt: what
// `elba check` prints, and its exit code. A name begins with `fail_` exactly when the command must fail.
#include <catch2/catch.hpp>

#include <set>

#include "api/elba.hpp"
#include "support/diagnostics.h"
#include "tests/support/command.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;
using namespace elba;

const fs::path root = elba::test::source_dir, goldens = root / "tests/golden";

// Run in the folder, so that messages name files without their place on this machine.
test::Run elba_in(const fs::path& folder, const std::string& arguments) { return test::run_elba(arguments, "2>&1", folder); }

}  // namespace

TEST_CASE("goldens of stages", "[golden]") {
  const std::pair<const char*, fs::path> models[] = {
      {"tiny", goldens / "stages/tiny"}, {"eight_schools", root / "examples/eight_schools"}, {"garch", root / "examples/garch"}};
  const std::pair<const char*, Stage> stages[] = {
      {"tokens", Stage::tokens}, {"ast", Stage::ast}, {"density", Stage::density}, {"tensor", Stage::tensor}, {"loop", Stage::loop}};
  for (const auto& [name, folder] : models) {
    INFO(name);
    const fs::path expected = goldens / "stages" / name;
    const auto program = Program::compile(test::file_text(folder / "model.elba"), {.name = "model.elba"});
    REQUIRE(program);
    for (const auto& [stage_name, stage] : stages) {
      INFO(stage_name);
      const auto text = program->emit(stage);
      REQUIRE(text);
      test::check_golden(expected / (std::string(stage_name) + ".txt"), *text);
    }
    const auto explanation = program->explain();
    REQUIRE(explanation);
    test::check_golden(expected / "explain.txt", explanation->text + "\n");
    test::check_golden(expected / "explain.json", explanation->json + "\n");
    for (const std::string format : {"text", "json"}) {
      const auto check = elba_in(folder, "check model.elba --format=" + format);
      CHECK(check.code == 0);
      test::check_golden(expected / (format == "text" ? "check.txt" : "check.json"), check.output);
    }
  }
}

TEST_CASE("goldens of reports", "[golden]") {
  const auto files = test::files_below(goldens / "errors", ".elba");
  std::set<std::string> codes;
  for (const auto& path : files) {
    const std::string name = path.stem().string();
    INFO(name);
    const bool has_data = fs::exists(path.parent_path() / (name + ".data.json"));
    const auto check = elba_in(path.parent_path(), "check " + name + ".elba" + (has_data ? " --data " + name + ".data.json" : ""));
    CHECK((check.code != 0) == name.starts_with("fail_"));
    CHECK(check.code != 5);
    test::check_golden(path.parent_path() / (name + ".txt"), check.output + "exit code " + std::to_string(check.code) + "\n");
    for (const CodeInfo& info : all_codes())
      if (check.output.find("[" + std::string(info.code) + "]") != std::string::npos) codes.emplace(info.code);
  }
  CHECK(codes.size() >= 35);
}

// The wording of style.md practice 12, as far as a rule can see it.
TEST_CASE("messages: lower-case start, no final full stop", "[golden]") {
  for (const CodeInfo& info : all_codes()) {
    INFO(info.code << ": " << info.text);
    const char first = info.text.front();
    CHECK_FALSE((first >= 'A' && first <= 'Z' && !info.text.starts_with("IR ")));
    CHECK_FALSE(info.text.ends_with("."));
    CHECK_FALSE(info.text.ends_with("!"));
  }
}
