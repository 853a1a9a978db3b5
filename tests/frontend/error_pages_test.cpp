// error pages: the wrong program of a page on syntax gives its code, and the right ones are read.
#include "frontend/frontend.h"
#include "tests/frontend/helpers.h"
#include "tests/support/paths.h"

using namespace elba;
using namespace elba::test;

namespace {

std::vector<std::string> programs(const std::string& page) {
  std::vector<std::string> out;
  const std::string fence = "```elba\n";
  for (auto at = page.find(fence); at != std::string::npos; at = page.find(fence, at + 1)) {
    const auto begin = at + fence.size();
    out.push_back(page.substr(begin, page.find("\n```", begin) - begin));
  }
  return out;
}

}  // namespace

TEST_CASE("every code has a page", "[frontend]") {
  for (const auto& info : all_codes()) {
    const auto page = std::filesystem::path(elba::test::source_dir) / "docs/errors" / (std::string(info.code) + ".md");
    INFO(page.filename());
    CHECK(std::filesystem::exists(page));
  }
}

TEST_CASE("programs of the pages behave as they say", "[frontend]") {
  for (const auto& info : all_codes()) {
    const auto path = std::filesystem::path(elba::test::source_dir) / "docs/errors" / (std::string(info.code) + ".md");
    if (!std::filesystem::exists(path)) continue;
    INFO(info.code);
    const auto both = programs(read_file(path));
    const bool syntax = info.code.substr(0, 3) == "E01";
    for (std::size_t i = 0; i < both.size(); ++i) {
      INFO(both[i]);
      // A program of another language is told as a whole, by the front end and not by the parser.
      if (i == 0 && info.code == "E0148")
        CHECK(code_info(compile_frontend(Source("m.elba", both[i])).diagnostics.at(0).code).code == info.code);
      else if (syntax && i == 0)
        CHECK_THAT(codes(both[i]), Catch::StartsWith(std::string(info.code)));
      else
        CHECK(codes(both[i]) == "");
    }
  }
}
