// Conditionals whose other arm has no finite derivative: gradients and Hessian products are those of the arm
// taken, compiled and interpreted. Values by hand.
#include <catch2/catch.hpp>

#include <cmath>

#include "api/elba.hpp"
#include "tests/support/oracle.h"

namespace {

struct Row {
  const char* statements;                     // with an unknown vector u[2], all of whose prior is flat
  std::vector<double> at, gradient, product;  // Hessian times (1, 2)
};

const std::vector<Row> rows = {
    {"factor u[1] > 0 ? log(u[1]) : 0;", {-1, 0}, {0, 0}, {0, 0}},
    {"factor u[1] > 0 ? log(u[1]) : 0;", {0, 0}, {0, 0}, {0, 0}},
    {"factor u[1] > 0 ? log(u[1]) : 0;", {2, 0}, {0.5, 0}, {-0.25, 0}},
    {"factor u[1] == 0 ? 0 : sqrt(u[1]);", {0, 0}, {0, 0}, {0, 0}},
    {"factor u[1] == 0 ? 3 * u[2] : u[2] * u[1] / sqrt(u[1]);", {0, 0.5}, {0, 3}, {0, 0}},
    {"factor u[1] > 0 ? u[1] * log(u[1]) : u[1] * u[2];", {0, 0.7}, {0.7, 0}, {2, 1}},
    // The same value under two conditions, neither true; under two arms of one; under nested ones.
    {"let l = log(u[1]); factor u[1] > 0 ? l : 0; factor u[1] > 1 ? 2 * l : u[2];", {0, 0}, {0, 1}, {0, 0}},
    {"let l = log(u[1]); factor u[2] > 0 ? l : 3 * l;", {2, 1}, {0.5, 0}, {-0.25, 0}},
    {"let l = sqrt(u[1]); factor u[1] > 0 ? (u[2] > 0 ? l : 2 * l) : 0;", {0, 1}, {0, 0}, {0, 0}},
    {"factor max(log(u[1]), -3);", {0, 0}, {0, 0}, {0, 0}},
    {"factor max(sqrt(u[i]) + i for i in 1:2);", {0, 1}, {0, 0.5}, {0, -0.5}},
    // A loop inside an arm, an arm inside a loop, and loops that are fused though only one of them stands in
    // an arm.
    {"factor u[1] > 0 ? sum(log(u[1] * i) for i in 1:3) : 0;", {0, 0}, {0, 0}, {0, 0}},
    {"factor sum(u[i] > 0 ? u[i] * log(u[i]) : u[i] for i in 1:2);", {0, 1}, {1, 1}, {0, 2}},
    {"factor u[1] > 0 ? sum(log(u[1] * i) for i in 1:2) : 0; factor sum(square(u[i]) for i in 1:2);",
     {0, 1},
     {0, 2},
     {2, 4}},
    // In a recurrence: s2 = 1 / sqrt(u1) would be infinite.
    {"let s: real[3]; s[1] = u[2]; for t in 2:3 { s[t] = u[1] > 0 ? s[t-1] / sqrt(u[1]) : 2 * s[t-1]; } "
     "factor s[3];",
     {0, 1},
     {0, 4},
     {0, 0}},
};

}  // namespace

TEST_CASE("conditionals: what is not chosen has no part in the derivative", "[check]") {
  using namespace elba;
  for (const Row& row : rows) {
    INFO(row.statements << " at " << row.at[0] << ", " << row.at[1]);
    auto program = Program::compile("model m {\n  latent u[2] ~ flat();\n  " + std::string(row.statements) +
                                    "\n}\n");
    for (const auto& diagnostic : program.diagnostics())
      UNSCOPED_INFO(diagnostic.message);
    REQUIRE(program);
    auto bound = program->bind({});
    REQUIRE(bound);
    auto workspace = bound->workspace();
    REQUIRE(workspace);
    double value = 0;
    std::vector<double> gradient(2), product(2);
    REQUIRE(bound->log_density(**workspace, row.at, true, value, gradient));
    REQUIRE(bound->hessian_product(**workspace, row.at, std::vector<double>{1, 2}, product));
    const auto oracle = test::oracle_log_joint(*bound, row.at);
    REQUIRE(oracle);
    for (std::size_t k = 0; k < 2; ++k) {
      INFO("coordinate " << k + 1 << ": gradient " << gradient[k] << ", interpreted " << oracle->gradient[k]
                         << ", Hessian product " << product[k]);
      CHECK(gradient[k] == Approx(row.gradient[k]).margin(1e-12));
      CHECK(oracle->gradient[k] == Approx(row.gradient[k]).margin(1e-12));
      CHECK(product[k] == Approx(row.product[k]).margin(1e-12));
    }
  }
}
