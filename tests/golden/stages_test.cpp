// Goldens of what a user sees: each stage of three models as `emit`, `explain` and `check` print it, and the
// reports of files that must fail. tests/golden/stages/<model>/<stage>.txt; tests/golden/errors/<name>.elba:
// the program, perhaps `// DATA` and <name>.data.json, `// EXPECT`, and what `elba check` prints, and its
// exit code; a first line `// elba check --pedantic` gives the command options. A name begins with `fail_`
// exactly when the command must fail. tests/golden/commands/<name>.txt: lines `$ elba ...` of the shell, each
// followed by what it prints, and its exit code where it is not 0; the files that they read lie beside.
#include <catch2/catch.hpp>

#include <map>
#include <sstream>

#include "api/elba.hpp"
#include "ir/interpret.h"
#include "ir/text.h"
#include "support/diagnostics.h"
#include "support/render.h"
#include "tests/support/command.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;
using namespace elba;

const fs::path root = elba::test::source_dir, goldens = root / "tests/golden";

// The options that the first line of a model states.
std::string options_of(const std::string& model) {
  const std::string opening = "// elba check ";
  const std::string line = model.substr(0, model.find('\n'));
  return line.starts_with(opening) ? " " + line.substr(opening.size()) : "";
}

// Codes of which no golden can exist, and why.
const std::map<std::string, std::string> without_golden = {
    {"E0125", "the command reads no text that is so long; a host may give one"},
    {"E0514", "what the memory for a stack is refused for depends on the machine"},
    {"E0802", "a pass that breaks the IR: none does, and nothing that a user writes can make it"},
    {"E0999", "a defect of Elba: one that could be shown here would be mended instead"},
};

// Run in the folder, so that messages name files without their place on this machine.
test::Run elba_in(const fs::path& folder, const std::string& arguments) {
  return test::run_elba(arguments, "2>&1", folder);
}

}  // namespace

TEST_CASE("goldens of stages", "[golden]") {
  const std::pair<const char*, fs::path> models[] = {{"tiny", goldens / "stages/tiny"},
                                                     {"eight_schools", root / "examples/eight_schools"},
                                                     {"garch", root / "examples/garch"}};
  const std::pair<const char*, Stage> stages[] = {{"tokens", Stage::tokens},
                                                  {"ast", Stage::ast},
                                                  {"density", Stage::density},
                                                  {"tensor", Stage::tensor},
                                                  {"loop", Stage::loop}};
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
  for (const auto& path : files) {
    const std::string name = path.stem().string();
    INFO(name);
    const auto [program, data] = test::golden_case(path);
    const test::Scratch scratch;
    (void)scratch.file(name + ".elba", program);
    if (!data.empty()) (void)scratch.file(name + ".data.json", data);
    const auto check = elba_in(scratch.path, "check " + name + ".elba" + options_of(program) +
                                                 (data.empty() ? "" : " --data " + name + ".data.json"));
    CHECK((check.code != 0) == name.starts_with("fail_"));
    CHECK(check.code != 5);
    test::check_expected(path, check.output + "exit code " + std::to_string(check.code) + "\n");
  }
}

TEST_CASE("goldens of commands", "[golden]") {
  for (const auto& path : test::files_below(goldens / "commands", ".txt")) {
    INFO(path.filename().string());
    std::istringstream lines(test::file_text(path));
    std::string given;
    std::size_t commands = 0;
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("$ ")) {
        if (commands == 0) given += line + "\n";  // what the file shows
        continue;
      }
      const auto run = test::run_shell(line.substr(2), path.parent_path());
      CHECK(run.code != 5);
      given += line + "\n" + run.output;
      if (run.code != 0) given += "exit code " + std::to_string(run.code) + "\n";
      ++commands;
    }
    CHECK(commands > 0);
    test::check_golden(path, given);
  }
}

// What the interpreter says when it stops; no command runs it on text of a user.
TEST_CASE("golden of a report of the interpreter", "[golden]") {
  const fs::path path = goldens / "errors/fail_interpreter.ir";
  const Source source("stops.ir", test::golden_case(path).input);
  const auto module = ir::parse_module(source);
  REQUIRE(module);
  const auto result = ir::interpret(*module, "model", {ir::Tensor::vector({1, 2, 3})}, {});
  REQUIRE(!result);
  test::check_expected(path, render_text(result.diagnostics(), source));
}

TEST_CASE("every code has a golden", "[golden]") {
  std::string all;
  for (const auto& path : test::files_below(goldens, ".txt"))
    all += test::file_text(path);
  for (const std::string extension : {".elba", ".ir"})
    for (const auto& path : test::files_below(goldens / "errors", extension))
      all += test::expected_text(path);
  for (const CodeInfo& info : all_codes()) {
    const std::string code(info.code);
    INFO(code);
    CHECK((all.find("[" + code + "]") != std::string::npos) == !without_golden.contains(code));
  }
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
