// The embedded library is what the files say.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ir/library.h"
#include "tests/support/paths.h"

using namespace elba::ir;

namespace {

void check_folder(const std::string& folder, const std::string& extension,
                  const std::vector<std::string>& names, std::string_view (*source)(std::string_view)) {
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(elba::test::source_dir) + "/ir/library/" + folder)) {
    if (entry.path().extension() != extension) continue;
    ++files;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    INFO(entry.path());
    CHECK(source(entry.path().stem().string()) == text.str());
  }
  CHECK(names.size() == files);
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(source("no such thing").empty());
}

}  // namespace

TEST_CASE("distributions and transforms are embedded as their files stand", "[ir]") {
  check_folder("distributions", ".elba", distribution_names(), distribution_source);
  check_folder("transforms", ".ir", transform_names(), transform_source);
  check_folder(
      "combinators", ".template",
      {"censored", "hurdle", "mixture", "mixture_of_components", "tails", "truncated", "zero_inflated"},
      combinator_source);
}
