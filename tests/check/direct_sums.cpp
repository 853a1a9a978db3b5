#include "tests/check/direct_sums.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "api/elba.hpp"
#include "frontend/frontend.h"
#include "ir/interpret.h"
#include "ir/verify.h"
#include "passes/passes.h"

namespace elba::test::direct {

namespace {

using ir::Tensor;
using Json = nlohmann::json;

void flatten(const Json& json, Tensor& tensor, std::size_t depth) {
  if (!json.is_array()) {
    tensor.values.push_back(json.get<double>());
    return;
  }
  if (tensor.shape.size() == depth) tensor.shape.push_back(static_cast<std::int64_t>(json.size()));
  for (const Json& part : json)
    flatten(part, tensor, depth + 1);
}

double interpreted(const std::string& text, const Json& data,
                   const std::map<std::string, std::int64_t>& sizes, const Vector& u) {
  auto result = compile_frontend(Source("m.elba", text));
  REQUIRE(result.ok());
  auto module = *result.module;
  for (const char* pass : {"inline_calls", "constrain"})
    module = passes::find_pass(pass)->run(std::move(module));
  const auto broken = ir::verify(module);
  REQUIRE((broken.empty() ? std::string() : broken.front()) == "");
  const auto* func = module.find("log_joint");
  std::vector<Tensor> arguments;
  for (const auto& param : func->params) {
    if (data.contains(param.name)) {
      Tensor tensor;
      tensor.scalar = func->type(param.value).scalar;
      flatten(data[param.name], tensor, 0);
      arguments.push_back(std::move(tensor));
    } else {
      arguments.push_back(func->type(param.value).shape.empty() ? Tensor::real(1)
                                                                : Tensor::vector(Vector(u)));
    }
  }
  auto all = sizes;
  ir::complete_sizes(module, all);
  const auto value = ir::interpret(module, "log_joint", arguments, all);
  if (!value) FAIL(value.diagnostics().front().message);
  return (*value)[0].values[0];
}

}  // namespace

void agree(const std::string& text, const std::string& data_text,
           const std::map<std::string, std::int64_t>& sizes, const Vector& u,
           const std::function<double(const Vector&)>& expected) {
  INFO(text);
  auto program = Program::compile(text, {});
  for (const auto& diagnostic : program.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(program);
  auto data = Data::from_json(data_text);
  REQUIRE(data);
  auto bound = program->bind(*data);
  for (const auto& diagnostic : bound.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(bound);
  auto workspace = bound->workspace();
  REQUIRE(workspace);
  REQUIRE(bound->dimension() == u.size());
  Vector gradient(u.size());
  double value = 0;
  REQUIRE(bound->log_density(**workspace, u, true, value, gradient));
  CHECK(value == Approx(expected(u)).epsilon(1e-10).margin(1e-10));
  CHECK(interpreted(text, Json::parse(data_text), sizes, u) == Approx(value).epsilon(1e-10).margin(1e-10));
  for (std::size_t k = 0; k < u.size(); ++k) {
    const double h = 1e-5;
    Vector up = u, down = u;
    up[k] += h;
    down[k] -= h;
    INFO("coordinate " << k);
    CHECK(gradient[k] == Approx((expected(up) - expected(down)) / (2 * h)).epsilon(1e-6).margin(1e-6));
  }
}

}  // namespace elba::test::direct
