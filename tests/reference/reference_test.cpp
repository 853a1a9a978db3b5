// Log densities and gradients against the numbers that Stan computed at fixed points (value and gradient within 1e-8 relative, 1e-10
// absolute near zero). Each model is the public posterior's, rewritten in Elba; points and data stand beside it. Where the wider
// reference folder lies beside the checkout, its points are used for models whose data are too large to keep here.
#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "api/elba.hpp"
#include "tests/support/paths.h"

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Deviation in units of the tolerance's scale: relative, and absolute below 1e-2 (1e-10 / 1e-8).
double deviation(double ours, double theirs) { return std::fabs(ours - theirs) / std::max(std::fabs(theirs), 1e-2); }

struct Worst {
  double value = 0, gradient = 0;
};

Worst compare(const fs::path& model, const Json& reference, const std::string& data_text) {
  auto program = elba::Program::compile(read(model), {.name = model.filename().string()});
  for (const auto& diagnostic : program.diagnostics()) UNSCOPED_INFO(diagnostic.message);
  REQUIRE(program);
  auto data = elba::Data::from_json(data_text);
  REQUIRE(data);
  auto bound = program->bind(*data);
  for (const auto& diagnostic : bound.diagnostics()) UNSCOPED_INFO(diagnostic.message);
  REQUIRE(bound);
  auto workspace = bound->workspace();
  for (const auto& diagnostic : workspace.diagnostics()) UNSCOPED_INFO(diagnostic.message);
  REQUIRE(workspace);
  REQUIRE(bound->dimension() == reference["unconstrained_names"].size());
  Worst worst;
  for (const Json& point : reference["points"]) {
    const auto u = point["unconstrained"].get<std::vector<double>>();
    std::vector<double> gradient(u.size());
    double plain = 0, with_jacobian = 0;
    REQUIRE(bound->log_density(**workspace, u, false, plain, {}));
    REQUIRE(bound->log_density(**workspace, u, true, with_jacobian, gradient));
    worst.value = std::max({worst.value, deviation(plain, point["log_density"].get<double>()), deviation(with_jacobian, point["log_density_with_jacobian"].get<double>())});
    const auto expected = point["gradient_with_jacobian"].get<std::vector<double>>();
    for (std::size_t k = 0; k < u.size(); ++k) worst.gradient = std::max(worst.gradient, deviation(gradient[k], expected[k]));
  }
  return worst;
}

}  // namespace

TEST_CASE("reference posteriors: log density and gradient as Stan's", "[reference]") {
  const fs::path folder = fs::path(elba::test::source_dir) / "tests/reference";
  const fs::path wider = fs::path(elba::test::source_dir) / "../shared/reference";
  std::vector<fs::path> models;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".elba") models.push_back(entry.path());
  std::sort(models.begin(), models.end());
  REQUIRE(models.size() >= 10);
  std::size_t compared = 0;
  for (const fs::path& model : models) {
    const std::string name = model.stem().string();
    fs::path points = folder / (name + ".json");
    fs::path data_folder = folder / "data";
    if (!fs::exists(points)) {
      points = wider / (name + ".json");
      data_folder = wider;
      if (!fs::exists(points)) continue;
    }
    DYNAMIC_SECTION(name) {
      const Json reference = Json::parse(read(points));
      const Worst worst = compare(model, reference, read(data_folder / reference["data"].get<std::string>()));
      CAPTURE(worst.value, worst.gradient);
      CHECK(worst.value <= 1e-8);
      CHECK(worst.gradient <= 1e-8);
    }
    ++compared;
  }
  CHECK(compared >= 10);
}
