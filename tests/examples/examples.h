// examples: what the tests of the examples share: finding, loading and binding them.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/elba.hpp"

namespace elba::test {

[[nodiscard]] std::string read_text(const std::filesystem::path& path);
// Folders of examples/, sorted.
[[nodiscard]] std::vector<std::filesystem::path> example_folders();

struct Loaded {
  Program program;
  Bound bound;
  std::unique_ptr<Workspace> workspace;
};
// `name`: which model of the file. Fails the running test with the diagnostics where something does not fit.
[[nodiscard]] Loaded load(const std::filesystem::path& model, const std::filesystem::path& data,
                          const std::string& name = {});

// Central difference of the log density (with Jacobian) in coordinate k.
[[nodiscard]] double slope(Loaded& loaded, std::vector<double> u, std::size_t k);

}  // namespace elba::test
