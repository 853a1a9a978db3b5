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

}  // namespace elba::test
