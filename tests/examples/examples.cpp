#include "tests/examples/examples.h"
#include "tests/support/paths.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <iterator>

namespace elba::test {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> example_folders() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(fs::path(elba::test::source_dir) / "examples"))
    if (fs::exists(entry.path() / "model.elba")) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

Loaded load(const fs::path& model, const fs::path& data_file, const std::string& name) {
  auto program = Program::compile(read_text(model), {.name = model.filename().string(), .model = name});
  for (const auto& diagnostic : program.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(program);
  auto data = data_file.empty() ? Result<Data>(Data()) : Data::from_json(read_text(data_file));
  for (const auto& diagnostic : data.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(data);
  auto bound = program->bind(*data);
  for (const auto& diagnostic : bound.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(bound);
  auto workspace = bound->workspace();
  for (const auto& diagnostic : workspace.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(workspace);
  return {*program, *bound, std::move(*workspace)};
}

double slope(Loaded& loaded, std::vector<double> u, std::size_t k) {
  const double h = 6e-6 * std::max(1.0, std::fabs(u[k])), centre = u[k];
  double high = 0, low = 0;
  u[k] = centre + h;
  REQUIRE(loaded.bound.log_density(*loaded.workspace, u, true, high, {}));
  u[k] = centre - h;
  REQUIRE(loaded.bound.log_density(*loaded.workspace, u, true, low, {}));
  return (high - low) / (2 * h);
}

}  // namespace elba::test
