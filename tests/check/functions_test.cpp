// Every function of the table and of the library's text: the sum of its elements with weights, in a model
// whose arguments all move with unknowns. The value is that of an independent formula (function_values.inc,
// made with numpy and scipy), the compiled model agrees with the interpreter, and the gradient with a
// difference quotient. A function without a row in function_values.inc fails.
#include <catch2/catch.hpp>
#include <algorithm>
#include <cmath>
#include <set>

#include "api/elba.hpp"
#include "frontend/reference/reference.h"
#include "frontend/typed_tree/functions.h"
#include "ir/library.h"
#include "ir/ops.h"
#include "tests/support/oracle.h"

namespace {

using namespace elba;

struct Row {
  std::string name, expression;
  std::vector<double> elements;
};

const std::vector<Row> rows = {
#include "tests/check/function_values.inc"
};

const char* const data =
#include "tests/check/function_data.inc"
    ;

// What has tests of its own: `X'` is transpose, draws need a key, posterior is answered with a message,
// stop_gradient has no gradient.
const std::set<std::string> elsewhere = {"transpose", "posterior",   "stop_gradient",
                                         "key_fold",  "rng_normal",  "rng_uniform",
                                         "rng_gamma", "rng_poisson", "rng_binomial"};

std::string model_of(const Row& row) {
  const bool scalar = row.elements.size() == 1;
  const std::string text =
      "model m {\n"
      "  data x0: real[4]; data y0: real[4]; data v0: real[4]; data q0: real[4]; data w0: real[4]; data b0: "
      "real[3]; data r0: real[3]; data l0: real[2]; data z0: real[3];\n"
      "  data s0: real; data t0: real; data p0: real; data k0: real; data g: int<1, 3>[4]; data kn: "
      "real[10]; data pt: real[4]; data xs: real[5]; data ys: real[5];\n"
      "  data A0: real[3, 3]; data B0: real[3, 2]; data S0: real[3, 3]; data L0: real[3, 3]; data X0: "
      "real[4, 2]; data Y0: real[4, 2]; data Z0: real[3, 2];\n"
      "  latent u[3] ~ flat();\n"
      "  let x = x0 + 0.3 * [u[1], u[2], u[3], u[1] - u[2]]; let y = y0 + 0.2 * [u[3], u[1], u[2], u[3] - "
      "u[2]]; let v = v0 + 0.2 * [u[2], u[3], u[1], u[2]];\n"
      "  let q = q0 + 0.1 * [u[1], u[2], u[3], u[2]]; let w = w0 + 0.1 * [u[3], u[2], u[1], u[3]]; let b = "
      "b0 + 0.4 * u; let r = r0 - 0.3 * u;\n"
      "  let l = l0 + 0.2 * u[1:2]; let z = z0 + 0.1 * u; let s = s0 + 0.2 * u[1]; let t = t0 + 0.3 * u[2]; "
      "let p = p0 + 0.1 * u[3]; let k = k0 + 0.2 * u[1];\n"
      "  let A = A0 + 0.3 * outer(u, [1.0, -0.5, 0.7]); let B = B0 + 0.2 * outer(u, [1.0, 0.4]); let S = S0 "
      "+ 0.1 * (outer(u, [1.0, 1.0, 1.0]) + outer([1.0, 1.0, 1.0], u));\n"
      "  let L = L0 + 0.1 * diag(u); let X = X0 + 0.2 * outer([u[1], u[2], u[3], u[1]], [1.0, -0.6]); let Y "
      "= Y0 + 0.1 * outer([u[3], u[2], u[1], u[1]], [1.0, 0.3]);\n"
      "  let Z = Z0 + 0.2 * outer(u, [0.5, 1.0]);\n";
  if (scalar) return text + "  let value = " + row.expression + ";\n  factor 1.25 * value;\n}\n";
  return text + "  let value = to_vector(" + row.expression +
         ");\n  factor sum((1 + 0.25 * cos(2.0 * i)) * value[i] for i in 1:" +
         std::to_string(row.elements.size()) + ");\n}\n";
}

double expected_of(const Row& row) {
  if (row.elements.size() == 1) return 1.25 * row.elements[0];
  double total = 0;
  for (std::size_t i = 0; i < row.elements.size(); ++i)
    total += (1 + 0.25 * std::cos(2.0 * static_cast<double>(i + 1))) * row.elements[i];
  return total;
}

std::string messages(const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics)
    out += diagnostic.message + "\n";
  return out;
}

}  // namespace

TEST_CASE("functions: every row of the table and every function of the library has check values", "[check]") {
  std::set<std::string> tested = elsewhere;
  for (const Row& row : rows)
    tested.insert(row.name);
  auto names = frontend::function_names();
  for (auto& name : ir::library_function_names())
    names.push_back(std::move(name));
  for (const std::string& name : names) {
    INFO(name);
    CHECK(tested.contains(name));
  }
}

TEST_CASE("functions: what the library keeps to itself cannot be called and is on no page", "[check]") {
  int kept = 0;
  std::string text;
  for (const ir::FunctionFamily& family : ir::function_families())
    text += family.text;
  for (std::size_t at = text.find("\nfun _"); at != std::string::npos; at = text.find("\nfun _", at + 1)) {
    const std::string name = text.substr(at + 5, text.find('(', at) - at - 5);
    INFO(name);
    ++kept;
    CHECK(frontend::describe(name).empty());
    CHECK(frontend::function_page().find(name) == std::string::npos);
    const auto program = Program::compile("model m {\n  latent x ~ normal(0, 1);\n  factor " + name +
                                          "(x);\n}\n");
    REQUIRE_FALSE(program);
    CHECK(program.diagnostics().front().code == Code::unknown_function);
  }
  CHECK(kept >= 5);
  // The name is the user's as any other is.
  CHECK(
      Program::compile("fun _halley_w(x: real): real = 2 * x;\nmodel m {\n  latent x ~ normal(0, 1);\n  "
                       "factor _halley_w(x) + lambert_w0(exp(x));\n}\n"));
}

TEST_CASE("functions: every entry says what it gives", "[check]") {
  for (const auto& entry : frontend::function_reference()) {
    INFO(entry.name);
    REQUIRE_FALSE(entry.about.empty());
    for (const std::string& line : entry.about)
      CHECK(line.find_first_not_of(" .") != std::string::npos);
    CHECK(entry.about.front().find("Read but not compiled") == std::string::npos);
  }
  for (const auto rows_of_table :
       {frontend::scalar_functions(), frontend::reduction_functions(), frontend::array_functions(),
        frontend::draw_functions(), frontend::group_functions(), frontend::dense_functions()})
    for (const frontend::Function& row : rows_of_table) {
      INFO(row.name);
      CHECK((!row.doc.empty() || (row.opcode && !ir::op_info(*row.opcode).doc.empty())));
    }
}

TEST_CASE("functions: values, gradients, compiled against interpreted", "[check]") {
  const auto known = Data::from_json(data);
  REQUIRE(known);
  for (const Row& row : rows) {
    const std::string text = model_of(row);
    INFO(row.expression);
    auto program = Program::compile(text);
    INFO((program ? std::string() : messages(program.diagnostics())));
    CHECK(static_cast<bool>(program));
    if (!program) continue;
    auto bound = program->bind(*known);
    INFO((bound ? std::string() : messages(bound.diagnostics())));
    CHECK(static_cast<bool>(bound));
    if (!bound) continue;
    auto workspace = bound->workspace();
    INFO((workspace ? std::string() : messages(workspace.diagnostics())));
    CHECK(static_cast<bool>(workspace));
    if (!workspace) continue;
    const auto value_at = [&](const std::vector<double>& u, std::span<double> gradient) {
      double value = 0;
      (void)bound->log_density(**workspace, u, true, value, gradient);
      return value;
    };
    const std::vector<double> origin(3, 0.0);
    std::vector<double> gradient(3);
    const double value = value_at(origin, gradient), expected = expected_of(row);
    double scale = 1;
    for (double element : row.elements)
      scale = std::max(scale, std::abs(element));
    CHECK(value == Approx(expected).epsilon(1e-10).margin(1e-10 * scale));
    const auto oracle = test::oracle_log_joint(*bound, origin);
    CHECK(static_cast<bool>(oracle));
    if (oracle) CHECK(oracle->value == Approx(value).epsilon(1e-10).margin(1e-10 * scale));
    for (std::size_t k = 0; k < 3; ++k) {
      constexpr double h = 1e-5;
      std::vector<double> above = origin, below = origin;
      above[k] += h;
      below[k] -= h;
      const double quotient = (value_at(above, {}) - value_at(below, {})) / (2 * h);
      INFO("coordinate " << k);
      CHECK(gradient[k] == Approx(quotient).epsilon(1e-5).margin(1e-6 * scale));
      if (oracle) CHECK(oracle->gradient[k] == Approx(gradient[k]).epsilon(1e-8).margin(1e-8 * scale));
    }
  }
}
