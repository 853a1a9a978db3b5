// error pages: the wrong program of a page on syntax gives its code, and the right ones are read.
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
    const auto page = std::filesystem::path(elba::test::source_dir) / "docs/errors" /
                      (std::string(info.code) + ".md");
    INFO(page.filename());
    CHECK(std::filesystem::exists(page));
  }
}

TEST_CASE("programs of the pages behave as they say", "[frontend]") {
  for (const auto& info : all_codes()) {
    const auto path = std::filesystem::path(elba::test::source_dir) / "docs/errors" /
                      (std::string(info.code) + ".md");
    if (!std::filesystem::exists(path)) continue;
    INFO(info.code);
    const auto both = programs(read_file(path));
    const bool syntax = info.code.substr(0, 3) == "E01";
    for (std::size_t i = 0; i < both.size(); ++i) {
      INFO(both[i]);
      // A whole program of Stan is spoken of once its blocks have been found (frontend/stan_translation.h,
      // tests/check/stan_test.cpp).
      const std::string first(info.code == "E0148" ? "E0117" : info.code);
      if (syntax && i == 0)
        CHECK_THAT(codes(both[i]), Catch::StartsWith(first));
      else
        CHECK(codes(both[i]) == "");
    }
  }
}
