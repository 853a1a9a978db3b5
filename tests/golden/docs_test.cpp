// The models of the documents: each block ```elba of docs/*.md, ARCHITECTURE.md and README.md compiles, each
// ```elba fail is refused with the code that it names. A block without a model (a distribution, a function)
// is compiled in front of an empty one.
#include <catch2/catch.hpp>

#include <regex>
#include <set>
#include <sstream>

#include "api/elba.hpp"
#include "api/model/methods.h"
#include "frontend/reference/reference.h"
#include "frontend/typed_tree/functions.h"
#include "ir/library.h"
#include "support/render.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace {

struct Block {
  std::string text;
  int line = 0;
  bool fails = false;
};

// Blocks may be indented, as parts of a list are.
std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  std::istringstream lines(page);
  bool inside = false;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const auto begin = line.find_first_not_of(' ');
    const std::string bare = begin == std::string::npos ? std::string() : line.substr(begin);
    if (inside && bare == "```")
      inside = false;
    else if (inside)
      blocks.back().text += line + "\n";
    else if ((inside = bare == "```elba" || bare == "```elba fail"))
      blocks.push_back({"", number + 1, bare != "```elba"});
  }
  return blocks;
}

}  // namespace

TEST_CASE("models in the documents compile", "[golden]") {
  namespace fs = std::filesystem;
  using namespace elba;
  const fs::path root = elba::test::source_dir;
  std::vector<fs::path> pages;
  for (const fs::path& folder : {root, root / "docs"})
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".md") pages.push_back(entry.path());
  std::size_t compiled = 0;
  for (const auto& page : pages) {
    for (const Block& block : blocks_of(test::file_text(page))) {
      std::string text = block.text;
      if (text.find("model ") == std::string::npos)
        text += "model empty {\n  data empty_y: real;\n  empty_y ~ normal(0, 1);\n}\n";
      const auto program = Program::compile(text, {.name = page.filename().string()});
      const std::string report = render_text(program.diagnostics(), Source(page.filename().string(), text));
      INFO(page.filename().string() << ", line " << block.line << "\n" << report);
      CHECK(static_cast<bool>(program) != block.fails);
      if (program) {
        const auto loops = program->emit(Stage::loop);
        CHECK(loops);
        ++compiled;
      } else {
        for (const Diagnostic& diagnostic : program.diagnostics())
          CHECK_THAT(text, Catch::Contains(std::string(code_info(diagnostic.code).code)));
      }
    }
  }
  CHECK(compiled >= 6);
}

TEST_CASE("the pages of distributions and functions are those of the tables", "[golden]") {
  using namespace elba;
  const std::string folder = std::string(elba::test::source_dir) + "/docs/";
  test::check_golden(folder + "distributions.md", frontend::distribution_page());
  test::check_golden(folder + "functions.md", frontend::function_page());
}

TEST_CASE("the table of methods is that of their rows", "[golden]") {
  const std::string page = elba::test::file_text(std::string(elba::test::source_dir) + "/docs/inference.md");
  INFO(elba::method_table());
  CHECK(page.find(elba::method_table()) != std::string::npos);
  for (const auto& method : elba::runtime::methods())
    CHECK(&elba::runtime::method(method.id) == &method);
}

TEST_CASE("every distribution and function has an entry whose example compiles", "[golden]") {
  using namespace elba;
  std::set<std::string> described;
  std::size_t without = 0;
  for (const auto& entries : {frontend::distribution_reference(), frontend::function_reference()}) {
    for (const auto& entry : entries) {
      described.insert(entry.name);
      INFO(entry.name << "\n" << entry.program);
      CHECK(!entry.signature.empty());
      if (!entry.members.empty()) CHECK(!entry.about.empty());
      CHECK(!entry.family.empty());
      CHECK_THAT(frontend::describe(entry.name), Catch::Contains(entry.signature));
      if (entry.example.empty()) {
        ++without;
        continue;
      }
      CHECK_THAT(entry.program, Catch::Contains(entry.example));
      const auto program = Program::compile(entry.program, {.name = entry.name});
      INFO(render_text(program.diagnostics(), Source(entry.name, entry.program)));
      CHECK(program);
      if (program) CHECK(program->emit(Stage::loop));
    }
  }
  CHECK(without <= 1);  // `posterior`
  for (const auto& names : {frontend::function_names(), ir::distribution_names()})
    for (const std::string& name : names) {
      INFO(name);
      CHECK(described.contains(name));
    }
}

TEST_CASE("files that the documents name exist", "[golden]") {
  namespace fs = std::filesystem;
  const fs::path root = elba::test::source_dir;
  const std::regex path(
      "`((support|grammar|frontend|ir|passes|codegen|runtime|api|cli|bench|scripts|docs|examples|tests)/"
      "[A-Za-z0-9_./-]+)`");
  std::vector<fs::path> pages = elba::test::files_below(root / "docs", ".md");
  for (const char* page : {"README.md", "ARCHITECTURE.md", "examples/README.md", "tests/reference/README.md"})
    pages.push_back(root / page);
  for (const fs::path& page : pages) {
    const std::string text = elba::test::file_text(page);
    for (std::sregex_iterator at(text.begin(), text.end(), path), end; at != end; ++at) {
      const std::string named = (*at)[1];
      const bool placeholder = named.find("NAME") != std::string::npos ||
                               named.find("CODE") != std::string::npos ||
                               named.find("elba_tests") != std::string::npos;
      INFO(page.filename().string() << " names " << named);
      CHECK((placeholder || fs::exists(root / named)));
    }
  }
}

TEST_CASE("names of other languages are answered with ours", "[golden]") {
  using namespace elba;
  CHECK_THAT(frontend::describe("dnorm"), Catch::Contains("normal(mu, 1 / sqrt(tau))"));
  CHECK(frontend::describe("no_such_thing").empty());
  CHECK(frontend::nearest_entry("nromal") == "normal");
}
