// distribution_gradients: the derivative of the log density and of every smooth member of each scalar
// distribution, in the value and in every real parameter, against central differences. The rows are those of
// distribution_table.h.
//
//     latent x ~ flat(); latent a1 ~ flat(); ..; factor gamma_logpdf(x, a1, a2);
//     @log_joint.grad(u) against differences of @log_joint(u)
#include <optional>
#include <set>

#include "frontend/frontend.h"
#include "passes/passes.h"
#include "tests/probability/distribution_table.h"
#include "tests/probability/probability.h"

using namespace elba;
using namespace elba::ir;
using namespace elba::probability;

namespace {

struct Case {
  std::string text;
  std::vector<double> at;
};

// The member as a function of free reals; a whole number stays as it is.
Case free_case(const Scalar1& row, const std::string& member, std::optional<std::string> value) {
  Case out;
  std::string declarations, list;
  const auto add = [&](const std::string& written) {
    std::string shown = written;
    if (written.find('.') != std::string::npos) {
      shown = "v" + std::to_string(out.at.size());
      declarations += "  latent " + shown + " ~ flat();\n";
      out.at.push_back(std::stod(written));
    }
    list += (list.empty() ? "" : ", ") + shown;
  };
  if (value) add(*value);
  for (const std::string& argument : row.arguments)
    add(argument);
  out.text = "model m {\n" + declarations + "  factor " + row.name + "_" + member + "(" + list + ");\n}\n";
  return out;
}

void require_gradient(const Case& one) {
  INFO(one.text);
  auto front = compile_frontend(Source("test.elba", one.text));
  for (const Diagnostic& diagnostic : front.diagnostics)
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(front.ok());
  Module density = passes::constrain(passes::inline_calls(*front.module));
  std::erase_if(density.funcs, [](const Func& func) {
    return func.name != "log_joint" && func.name.find('.') == std::string::npos;
  });
  Module module = density;
  for (const auto pass :
       {passes::inline_calls, passes::expand, passes::cse, passes::dce, passes::differentiate})
    module = pass(std::move(module));
  require_sound(module);
  const auto value = [&](const std::vector<double>& u) {
    return run_real(density, "log_joint", {Tensor::vector(u), Tensor::real(0)});
  };
  const auto found = run(module, "log_joint.grad", {Tensor::vector(one.at), Tensor::real(0)});
  // A moment that does not exist has no derivative.
  if (std::isinf(value(one.at)) && found[0].values[0] == value(one.at)) return;
  REQUIRE(found[0].values[0] == Approx(value(one.at)).epsilon(1e-11));
  for (std::size_t i = 0; i < one.at.size(); ++i) {
    // Fourth order: two pairs of steps.
    const double h = 1e-4 * std::max(1e-3, std::abs(one.at[i]));
    double difference = 0;
    for (const auto& [steps, weight] : {std::pair(1.0, 2.0 / 3), std::pair(2.0, -1.0 / 12)}) {
      auto low = one.at, high = one.at;
      low[i] -= steps * h;
      high[i] += steps * h;
      difference += weight * (value(high) - value(low)) / h;
    }
    INFO("v" << i << ": " << found[1].values[i] << " and " << difference);
    CHECK(found[1].values[i] ==
          Approx(difference).epsilon(1e-6).margin(1e-7 * (1 + std::abs(found[0].values[0]))));
  }
}

// Members that the distribution has, from its compiled declaration.
std::set<std::string> members_of(const Scalar1& row) {
  std::string list;
  for (const std::string& argument : row.arguments)
    list += (list.empty() ? "" : ", ") + argument;
  auto front = compile_frontend(Source(
      "test.elba", "model m {\n  data x: " + row.type + ";\n  x ~ " + row.name + "(" + list + ");\n}\n"));
  REQUIRE(front.ok());
  const auto& members = front.module->find_dist(row.name)->members;
  return {members.begin(), members.end()};
}

std::string written(double x) {
  char digits[40];
  std::snprintf(digits, sizeof digits, "%.17g", x);
  const std::string text = digits;
  return text.find_first_of(".e") == std::string::npos ? text + ".0"
         : text.find('.') == std::string::npos
             ? text.substr(0, text.find('e')) + ".0" + text.substr(text.find('e'))
             : text;
}

}  // namespace

TEST_CASE("distributions: gradients of continuous ones, in the value and in every parameter",
          "[probability]") {
  for (const Scalar1& row : continuous) {
    const auto members = members_of(row);
    std::vector<double> places;
    for (const double shift : {-1.3, -0.35, 0.21, 1.7})
      if (row.centre + shift > row.low + 0.02 && row.centre + shift < row.high - 0.02)
        places.push_back(row.centre + shift);
    for (const double x : places)
      for (const std::string member : {"logpdf", "cdf", "log_cdf", "log_ccdf"})
        if (members.contains(member)) require_gradient(free_case(row, member, written(x)));
    if (members.contains("quantile"))
      for (const char* u : {"0.07", "0.83"})
        require_gradient(free_case(row, "quantile", u));
    for (const std::string member : {"mean", "variance", "entropy"})
      if (members.contains(member) && !row.arguments.empty())
        require_gradient(free_case(row, member, std::nullopt));
  }
}

TEST_CASE("distributions: gradients of discrete ones, in every parameter", "[probability]") {
  for (const Scalar1& row : discrete) {
    const auto members = members_of(row);
    for (const double x : {0.0, 1.0, 4.0}) {
      if (x > row.high) continue;
      for (const std::string member : {"logpdf", "cdf", "log_cdf", "log_ccdf"})
        if (members.contains(member) && !(x == row.high && member == "log_ccdf")) {
          const Case one = free_case(row, member, std::to_string(static_cast<int>(x)));
          if (!one.at.empty() && row.arguments.back() != "1.0e12") require_gradient(one);
        }
    }
  }
}
