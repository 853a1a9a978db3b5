// values: a model bound to data, and its log density without Jacobian with gradient, for tests that compare two ways of writing one model.
#pragma once

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "api/elba.hpp"

namespace elba::test {

inline Bound bound_of(const std::string& text, const std::string& json) {
  INFO(text);
  const auto program = Program::compile(text);
  for (const auto& diagnostic : program.diagnostics()) UNSCOPED_INFO(diagnostic.message);
  REQUIRE(program);
  const auto data = Data::from_json(json);
  REQUIRE(data);
  const auto bound = program->bind(*data);
  for (const auto& diagnostic : bound.diagnostics()) UNSCOPED_INFO(diagnostic.message);
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

}  // namespace elba::test
