// Whole programs: the examples, the reference models and those of the language document compile and verify,
// or give the limitation that their first line names.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "frontend/frontend.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "support/render.h"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<fs::path> models(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".elba") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::set<std::string> codes(const elba::FrontendResult& result, bool errors_only) {
  std::set<std::string> out;
  for (const auto& diagnostic : result.diagnostics)
    if (!errors_only || diagnostic.severity() == elba::Severity::error)
      out.emplace(elba::code_info(diagnostic.code).code);
  return out;
}

void compiles(const std::string& text, const std::string& name) {
  const elba::Source source(name, text);
  const auto result = elba::compile_frontend(source);
  INFO(elba::render_text(result.diagnostics, source));
  REQUIRE(result.ok());
  const auto broken = elba::ir::verify(*result.module);
  CHECK((broken.empty() ? std::string() : broken.front()) == "");
  const std::string printed = elba::ir::print(*result.module);
  const auto again = elba::ir::parse_module(elba::Source(name, printed));
  REQUIRE(again);
  CHECK(elba::ir::print(*again) == printed);
}

}  // namespace

TEST_CASE("examples and reference models compile", "[check]") {
  const fs::path root(elba::test::source_dir);
  for (const char* folder : {"examples", "tests/reference"}) {
    for (const auto& path : models(root / folder)) {
      if (path.parent_path().filename() == "later") continue;  // waits for what is a known limitation
      INFO(path.string());
      compiles(read(path), path.filename().string());
    }
  }
}

TEST_CASE("programs of the language document", "[check]") {
  int compiled = 0, limited = 0;
  for (const auto& path : models(fs::path(elba::test::source_dir) / "tests/check/language")) {
    const std::string text = read(path);
    INFO(path.string());
    std::istringstream line(text.substr(0, text.find('\n')));
    std::string word;
    std::set<std::string> expected;
    while (line >> word)
      if (word.size() == 5 && word[0] == 'E') expected.insert(word);
    if (expected.empty()) {
      compiles(text, path.filename().string());
      ++compiled;
      continue;
    }
    const auto result = elba::compile_frontend(elba::Source(path.filename().string(), text));
    CHECK(codes(result, true) == expected);
    for (const auto& diagnostic : result.diagnostics)
      CHECK((diagnostic.severity() == elba::Severity::warning ||
             elba::code_info(diagnostic.code).kind == elba::DiagnosticKind::limitation));
    ++limited;
  }
  CHECK(compiled >= 9);
  CHECK(limited >= 9);
}

TEST_CASE("pages of diagnostics say what is true", "[check]") {
  int pages = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(elba::test::source_dir) / "docs/errors")) {
    const std::string code = entry.path().stem().string();
    const bool ours = code.size() == 5 && (code[0] == 'E' ? code[1] == '0' && code[2] >= '2' && code[2] <= '5'
                                                          : code.substr(0, 3) == "W00");
    // Many files, little memory and characters that nobody sees do not stand on a page.
    if (!ours || code == "E0220" || code == "E0514" || code == "W0028") continue;
    const std::string page = read(entry.path());
    INFO(entry.path().string());
    std::vector<std::string> blocks;
    for (std::size_t at = page.find("```elba\n"); at != std::string::npos;
         at = page.find("```elba\n", at + 8))
      blocks.push_back(page.substr(at + 8, page.find("```", at + 8) - at - 8));
    REQUIRE(blocks.size() >= 2);
    const bool pedantic = page.find("--pedantic") != std::string::npos;
    // "Wrong, with `--guide r`:" compiles the first program with that choice.
    const std::string asks = "Wrong, with `--guide ";
    const std::size_t asked = page.find(asks);
    const std::string guide = asked == std::string::npos
                                  ? ""
                                  : page.substr(asked + asks.size(),
                                                page.find('`', asked + asks.size()) - asked - asks.size());
    const auto wrong = elba::compile_frontend(elba::Source("wrong.elba", blocks[0]), {}, {}, pedantic, guide),
               right = elba::compile_frontend(elba::Source("right.elba", blocks[1]), {}, {}, pedantic);
    CHECK(codes(wrong, code[0] == 'E') == std::set<std::string>{code});
    const auto left = codes(right, true);
    CHECK(left.count(code) == 0);
    for (const auto& diagnostic : right.diagnostics)
      if (diagnostic.severity() == elba::Severity::error)
        CHECK(elba::code_info(diagnostic.code).kind == elba::DiagnosticKind::limitation);
    ++pages;
  }
  CHECK(pages >= 60);
}
