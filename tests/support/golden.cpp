#include "tests/support/golden.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

namespace elba::test {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view data_line = "// DATA\n", expect_line = "// EXPECT\n";

// `text` before and after a line, which opens the text or follows a line break.
std::pair<std::string, std::string> split_at(const std::string& text, std::string_view line) {
  auto at = text.find(line);
  while (at != std::string::npos && at > 0 && text[at - 1] != '\n')
    at = text.find(line, at + 1);
  if (at == std::string::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at + line.size())};
}

}  // namespace

std::string file_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::vector<fs::path> files_below(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == extension) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void check_golden(const fs::path& path, const std::string& given) {
  const char* const update = std::getenv("ELBA_UPDATE_GOLDENS");
  if (update != nullptr && std::string_view(update) == "1") {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << given;
    return;
  }
  INFO(path.string() << " differs; ELBA_UPDATE_GOLDENS=1 rewrites it");
  CHECK(given == file_text(path));
}

GoldenCase golden_case(const fs::path& path) {
  const auto [input, data] = split_at(split_at(file_text(path), expect_line).first, data_line);
  return {input, data};
}

std::string expected_text(const fs::path& path) { return split_at(file_text(path), expect_line).second; }

void check_expected(const fs::path& path, const std::string& given) {
  check_golden(path, split_at(file_text(path), expect_line).first + std::string(expect_line) + given);
}

}  // namespace elba::test
