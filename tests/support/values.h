// values: a model bound to data, and its log density without Jacobian with gradient, for tests that compare
// two ways of writing one model.
#pragma once

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

#include "api/elba.hpp"

namespace elba::test {

inline Bound bound_of(const std::string& text, const std::string& json) {
  INFO(text);
  const auto program = Program::compile(text);
  for (const auto& diagnostic : program.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(program);
  const auto data = Data::from_json(json);
  REQUIRE(data);
  const auto bound = program->bind(*data);
  for (const auto& diagnostic : bound.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(bound);
  return *bound;
}

struct Density {
  double value = 0;
  std::vector<double> gradient;
};

inline Density density_at(const Bound& bound, const std::vector<double>& u) {
  const auto workspace = bound.workspace();
  REQUIRE(workspace);
  Density out;
  out.gradient.resize(bound.dimension());
  REQUIRE(bound.dimension() == u.size());
  REQUIRE(bound.log_density(**workspace, u, false, out.value, out.gradient));
  return out;
}

// Two ways of writing one model: the same values and gradients at the points, and the gradient is that of
// differences.
inline void check_same(const Bound& a, const Bound& b, const std::vector<std::vector<double>>& points,
                       double digits = 1e-12) {
  for (const auto& u : points) {
    const auto one = density_at(a, u), other = density_at(b, u);
    REQUIRE(std::isfinite(other.value));
    CHECK(one.value == Approx(other.value).epsilon(digits));
    for (std::size_t k = 0; k < u.size(); ++k) {
      CHECK(one.gradient[k] == Approx(other.gradient[k]).epsilon(100 * digits).margin(100 * digits));
      auto up = u, down = u;
      up[k] += 1e-5, down[k] -= 1e-5;
      CHECK(one.gradient[k] ==
            Approx((density_at(a, up).value - density_at(a, down).value) / 2e-5).epsilon(1e-6).margin(1e-6));
    }
  }
}

}  // namespace elba::test
