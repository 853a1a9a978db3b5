// golden: comparison of whole texts with files. With ELBA_UPDATE_GOLDENS=1 in the environment a file is
// rewritten instead, and the change is for `git diff` to show.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace elba::test {

[[nodiscard]] std::string file_text(const std::filesystem::path& path);
// The files of a folder and below it with this extension (".ir"), sorted.
[[nodiscard]] std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder,
                                                             const std::string& extension);
void check_golden(const std::filesystem::path& path, const std::string& given);

// A golden that holds what is read and what is expected of it: a program or module, perhaps a line `// DATA`
// and a data file, a line `// EXPECT`, the expected text.
struct GoldenCase {
  std::string input;
  std::string data;  // empty: none
};
[[nodiscard]] GoldenCase golden_case(const std::filesystem::path& path);
[[nodiscard]] std::string expected_text(
    const std::filesystem::path& path);  // empty where it is not known yet
void check_expected(const std::filesystem::path& path, const std::string& given);

}  // namespace elba::test
