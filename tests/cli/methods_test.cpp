// The commands take what the table of methods has: every method with draws can be calibrated, a point is
// refused with a reason, and the help and the documents name them all.
#include <catch2/catch.hpp>

#include <string>

#include "api/model/methods.h"
#include "ir/guide_families.h"
#include "tests/support/command.h"

using elba::test::run_elba;
using elba::test::Scratch;

TEST_CASE("methods: sbc takes every method with draws", "[cli]") {
  const Scratch scratch;
  const auto model = scratch.file(
      "pair.elba",
      "model pair {\n  data y: real[3];\n  latent m ~ normal(0, 1);\n  latent z[2] ~ "
      "normal(m, 1);\n  y[1] ~ normal(z[1], 1);\n  y[2] ~ normal(z[2], 1);\n  y[3] ~ "
      "normal(m, 1);\n}\n");
  std::vector<std::string> names{"lowrank(2)", "lowrank:2"};
  for (const auto& method : elba::runtime::methods())
    if (!method.name.empty() && (method.gives & elba::runtime::draws) != 0) names.emplace_back(method.name);
  for (const auto& family : elba::ir::guide_family_names())
    if (family.takes_fixed_draws && !family.is_point) names.emplace_back(family.name);
  for (const std::string& name : names) {
    const auto found = run_elba("sbc " + model + " --method '" + name + "' --replications 20 --draws 19");
    INFO(name << "\n" << found.output);
    CHECK(found.code != 2);
    CHECK(found.output.find(name) != std::string::npos);
  }
  const auto point = run_elba("sbc " + model + " --method map --replications 20");
  CHECK(point.code == 2);
  CHECK_THAT(point.output, Catch::Contains("`map` gives a point and no draws"));
  const auto misspelt = run_elba("sbc " + model + " --method pathfindr --replications 20");
  CHECK(misspelt.code == 2);
  CHECK_THAT(misspelt.output, Catch::Contains("did you mean `pathfinder`?"));
}

TEST_CASE("methods: help and documents name them all", "[cli]") {
  const std::string help = run_elba("fit --help").output, page = run_elba("doc --page methods").output;
  for (const auto& method : elba::runtime::methods()) {
    if (method.name.empty()) continue;
    INFO(method.name);
    CHECK(help.find(method.name) != std::string::npos);
    CHECK(page.find("| `" + std::string(method.name) + "` |") != std::string::npos);
  }
  CHECK(page == elba::method_table());
}
