// Every example: its expected numbers, compiled code against the interpreter, gradients and Hessian products
// against differences, and the fit with no options.
#include <catch2/catch.hpp>

#include <cmath>

#include "api/model/handles.h"
#include "tests/examples/examples.h"
#include "tests/support/oracle.h"

namespace {

using namespace elba;
using namespace elba::test;
using Json = nlohmann::json;

double relative(double ours, double theirs) {
  return std::fabs(ours - theirs) / std::max(1.0, std::fabs(theirs));
}

struct Example {
  Loaded loaded;
  Json expected;
};

Example open(const std::filesystem::path& folder) {
  return {load(folder / "model.elba", folder / "data.json"),
          Json::parse(read_text(folder / "expected.json"))};
}

}  // namespace

TEST_CASE(
    "examples: the list names each, each says where its data come from, and those not simulated are in the "
    "licences",
    "[examples]") {
  const auto root = example_folders().front().parent_path();
  const std::string list = read_text(root / "README.md"), licences = read_text(root / "DATA-LICENCES.md");
  for (const auto& folder : example_folders()) {
    const std::string name = folder.filename().string(), readme = read_text(folder / "README.md");
    CAPTURE(name);
    CHECK(list.find("[" + name + "](" + name + ")") != std::string::npos);
    const auto data = readme.find("\nData: ");
    REQUIRE(data != std::string::npos);
    CHECK(readme.find("elba fit examples/" + name + "/model.elba --data examples/" + name + "/data.json") !=
          std::string::npos);
    const bool made_here = readme.find("simulated with", data) != std::string::npos;
    const std::string written = name.starts_with("diabetes_") ? "diabetes_*" : name;
    bool listed = false;
    for (const char* end : {",", ";", " |"})
      listed = listed || licences.find(" " + written + end) != std::string::npos;
    CHECK(made_here != listed);
  }
}

TEST_CASE("examples: log density and gradient as expected", "[examples]") {
  for (const auto& folder : example_folders())
    DYNAMIC_SECTION(folder.filename().string()) {
      auto [loaded, expected] = open(folder);
      const Json& point = expected["log_density_with_jacobian"];
      const auto u = point["unconstrained"].get<std::vector<double>>();
      REQUIRE(u.size() == loaded.bound.dimension());
      std::vector<double> gradient(u.size());
      double value = 0;
      REQUIRE(loaded.bound.log_density(*loaded.workspace, u, true, value, gradient));
      CHECK(relative(value, point["value"].get<double>()) < 1e-10);
      const auto slopes = point["gradient"].get<std::vector<double>>();
      for (std::size_t k = 0; k < u.size(); ++k) {
        CAPTURE(k, gradient[k], slopes[k]);
        CHECK(relative(gradient[k], slopes[k]) < 1e-8);
      }
    }
}

TEST_CASE("examples: compiled code agrees with the interpreter", "[examples]") {
  for (const auto& folder : example_folders())
    DYNAMIC_SECTION(folder.filename().string()) {
      auto [loaded, expected] = open(folder);
      const auto u = expected["log_density_with_jacobian"]["unconstrained"].get<std::vector<double>>();
      const auto oracle = oracle_log_joint(loaded.bound, u);
      for (const auto& diagnostic : oracle.diagnostics())
        UNSCOPED_INFO(diagnostic.message);
      REQUIRE(oracle);
      const double oracle_value = oracle->value;
      std::vector<double> gradient(u.size());
      double value = 0, alone = 0;
      REQUIRE(loaded.bound.log_density(*loaded.workspace, u, true, value, gradient));
      REQUIRE(loaded.bound.log_density(*loaded.workspace, u, true, alone, {}));
      CAPTURE(oracle_value, value);
      CHECK(relative(value, oracle_value) < 1e-12);
      CHECK(relative(alone, oracle_value) < 1e-12);
      for (std::size_t k = 0; k < u.size(); ++k) {
        CAPTURE(k, gradient[k], oracle->gradient[k]);
        CHECK(relative(gradient[k], oracle->gradient[k]) < 1e-10);
      }
    }
}

TEST_CASE("examples: gradients and Hessian products against differences", "[examples]") {
  for (const auto& folder : example_folders())
    DYNAMIC_SECTION(folder.filename().string()) {
      auto [loaded, expected] = open(folder);
      const auto u = expected["log_density_with_jacobian"]["unconstrained"].get<std::vector<double>>();
      const std::size_t n = u.size();
      std::vector<double> gradient(n), high(n), low(n), direction(n), product(n);
      double value = 0;
      REQUIRE(loaded.bound.log_density(*loaded.workspace, u, true, value, gradient));
      for (std::size_t k = 0; k < n; ++k) {
        const double expected_slope = slope(loaded, u, k);
        CAPTURE(k, gradient[k], expected_slope);
        CHECK(std::fabs(gradient[k] - expected_slope) <=
              1e-5 * (1 + std::fabs(expected_slope)) + 1e-9 * std::fabs(value));
        direction[k] = std::sin(1.0 + 2.0 * static_cast<double>(k));
      }
      constexpr double h = 1e-5;
      auto up = u, down = u;
      for (std::size_t k = 0; k < n; ++k) {
        up[k] += h * direction[k];
        down[k] -= h * direction[k];
      }
      REQUIRE(loaded.bound.log_density(*loaded.workspace, up, true, value, high));
      REQUIRE(loaded.bound.log_density(*loaded.workspace, down, true, value, low));
      REQUIRE(loaded.bound.hessian_product(*loaded.workspace, u, direction, product));
      double scale = 1;
      for (std::size_t k = 0; k < n; ++k)
        scale = std::max(scale, std::fabs(product[k]));
      for (std::size_t k = 0; k < n; ++k) {
        CAPTURE(k, product[k], (high[k] - low[k]) / (2 * h));
        CHECK(std::fabs(product[k] - (high[k] - low[k]) / (2 * h)) <= 1e-5 * scale);
      }
    }
}

TEST_CASE("examples: the same key gives the same bits", "[examples]") {
  for (const auto& folder : example_folders())
    DYNAMIC_SECTION(folder.filename().string()) {
      auto [loaded, expected] = open(folder);
      auto phi = loaded.bound.initial_phi("meanfield");
      REQUIRE(phi);
      std::vector<double> first(phi->size()), second(phi->size());
      double a = 0, b = 0;
      REQUIRE(loaded.bound.elbo_step(*loaded.workspace, "meanfield", *phi, 7, a, first));
      REQUIRE(loaded.bound.elbo_step(*loaded.workspace, "meanfield", *phi, 7, b, second));
      CHECK(a == b);
      CHECK(first == second);
    }
}

TEST_CASE("examples: the fit with no options is right, or says that it is not", "[examples]") {
  for (const auto& folder : example_folders())
    DYNAMIC_SECTION(folder.filename().string()) {
      auto [loaded, expected] = open(folder);
      auto posterior = loaded.bound.fit({});
      for (const auto& diagnostic : posterior.diagnostics())
        UNSCOPED_INFO(diagnostic.message);
      REQUIRE(posterior);
      std::map<std::string, Quantity> found;
      for (const Quantity& quantity : posterior->quantities)
        found[quantity.name] = quantity;
      double worst = 0, worst_ratio = 1;
      std::string worst_name;
      for (const auto& [name, reference] : expected["posterior"].items()) {
        REQUIRE(found.contains(name));
        const double sd = reference["sd"].get<double>();
        const double error = std::fabs(found[name].mean - reference["mean"].get<double>()) / sd;
        if (error > worst) {
          worst = error;
          worst_name = name;
        }
        const double ratio = found[name].sd / sd;
        if (std::fabs(std::log(ratio)) > std::fabs(std::log(worst_ratio))) worst_ratio = ratio;
      }
      CAPTURE(worst, worst_name, worst_ratio, posterior->method);
      INFO("verdict " << verdict_name(posterior->verdict));
      // A bad answer must carry the verdict; an answer that carries none must be good.
      CHECK((worst <= 0.1 || posterior->verdict == Verdict::do_not_trust));
    }
}
