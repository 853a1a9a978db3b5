#include "tests/probability/probability.h"

#include <algorithm>

#include "frontend/frontend.h"
#include "passes/passes.h"
#include "tests/probability/structured_distributions.h"

namespace elba::probability {

using namespace ir;

const std::string& normal_text() {
  static const std::string text = R"(
  dist @normal(mu: f64, sigma: f64) scalar(f64) support(real) noise(normal))"
                                  R"( gaussian(elementwise) location_scale members(logpdf, sample)
  func @normal.logpdf(%x: f64, %mu: f64, %sigma: f64) -> (f64) {
    %0 = sub %x, %mu : f64
    %1 = div %0, %sigma : f64
    %2 = square %1 : f64
    %3 = mul -0.5, %2 : f64
    %4 = log %sigma : f64
    %5 = sub %3, %4 : f64
    %6 = sub %5, 0.91893853320467278 : f64
    return %6
  }
  func @normal.sample(%z: f64, %mu: f64, %sigma: f64) -> (f64) {
    %0 = mul %sigma, %z : f64
    %1 = add %mu, %0 : f64
    return %1
  }
)";
  return text;
}

Module module_from(const std::string& text) {
  auto parsed = parse_module(Source("test.ir", text));
  for (const Diagnostic& diagnostic : parsed.diagnostics())
    UNSCOPED_INFO(diagnostic.message);
  REQUIRE(parsed);
  require_sound(*parsed);
  return *parsed;
}

void require_sound(const Module& module) {
  const auto broken = verify(module);
  if (!broken.empty()) UNSCOPED_INFO(print(module));
  for (const std::string& line : broken)
    UNSCOPED_INFO(line);
  REQUIRE(broken.empty());
}

std::vector<Tensor> run(const Module& module, const std::string& func, const std::vector<Tensor>& arguments,
                        const Sizes& sizes) {
  Sizes complete = sizes;
  complete_sizes(module, complete);
  auto result = interpret(module, func, arguments, complete);
  for (const Diagnostic& diagnostic : result.diagnostics())
    UNSCOPED_INFO("@" << func << ": " << diagnostic.message);
  REQUIRE(result);
  return *result;
}

double run_real(const Module& module, const std::string& func, const std::vector<Tensor>& arguments,
                const Sizes& sizes) {
  const auto results = run(module, func, arguments, sizes);
  REQUIRE(results.at(0).values.size() == 1);
  return results[0].values[0];
}

Tensor key_of(std::uint64_t key) {
  Tensor result;
  result.scalar = Scalar::i64;
  result.key = key;
  return result;
}

Tensor tensor(std::vector<std::int64_t> shape, std::vector<double> values) {
  return {Scalar::f64, std::move(shape), std::move(values), 0};
}
Tensor integer(std::int64_t value) { return {Scalar::i64, {}, {static_cast<double>(value)}, 0}; }

Tensor noise_of(const Module& module, std::uint64_t key, const Sizes& sizes) {
  const Func* func = module.find("draw") != nullptr ? module.find("draw") : module.find("elbo");
  REQUIRE(func != nullptr);
  std::vector<double> normals;
  Sizes all = sizes;
  complete_sizes(module, all);
  for (const Param& param : func->params)
    if (param.role == Role::noise)
      normals.resize(static_cast<std::size_t>(func->type(param.value).shape.at(0).evaluate(all).value()));
  for (std::size_t k = 0; k < normals.size(); ++k)
    normals[k] = elba::ir::random::normal(key, k);
  return Tensor::vector(normals);
}

// Newton on the orthonormal Hermite polynomials h_k, whose recurrence does not overflow; weight 1 / sum
// h_k(x)^2.
std::vector<Node> gauss_hermite(int n) {
  const auto polynomials = [n](double x) {
    std::vector<double> h(static_cast<std::size_t>(n) + 1);
    h[0] = 1;
    if (n > 0) h[1] = x;
    for (int k = 1; k < n; ++k)
      h[k + 1] = (x * h[k] - std::sqrt(k) * h[k - 1]) / std::sqrt(k + 1);
    return h;
  };
  std::vector<Node> nodes;
  const double bound = 2 * std::sqrt(n) + 1;
  const int cells = 200 * n;
  for (int i = 0; i < cells; ++i) {
    double low = -bound + 2 * bound * i / cells, high = -bound + 2 * bound * (i + 1) / cells;
    const bool sign = polynomials(low)[n] > 0;
    if (sign == (polynomials(high)[n] > 0)) continue;
    for (int step = 0; step < 100; ++step) {
      const double middle = 0.5 * (low + high);
      (sign == (polynomials(middle)[n] > 0) ? low : high) = middle;
    }
    const double x = 0.5 * (low + high);
    const auto h = polynomials(x);
    double sum = 0;
    for (int k = 0; k < n; ++k)
      sum += h[k] * h[k];
    nodes.push_back({x, 1 / sum});
  }
  REQUIRE(static_cast<int>(nodes.size()) == n);
  return nodes;
}

double normal_expectation(int dim, int count, const std::function<double(const std::vector<double>&)>& f) {
  const auto nodes = gauss_hermite(count);
  std::vector<std::size_t> at(static_cast<std::size_t>(dim), 0);
  double total = 0;
  while (true) {
    std::vector<double> z;
    double weight = 1;
    for (std::size_t k : at) {
      z.push_back(nodes[k].x);
      weight *= nodes[k].weight;
    }
    total += weight * f(z);
    std::size_t axis = 0;
    while (axis < at.size() && ++at[axis] == nodes.size())
      at[axis++] = 0;
    if (axis == at.size()) return total;
  }
}

double log_abs_det(std::vector<std::vector<double>> a) {
  double total = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k; i < a.size(); ++i)
      if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
    std::swap(a[k], a[pivot]);
    total += std::log(std::abs(a[k][k]));
    for (std::size_t i = k + 1; i < a.size(); ++i)
      for (std::size_t j = a.size(); j-- > k;)
        a[i][j] -= a[i][k] / a[k][k] * a[k][j];
  }
  return total;
}

double softplus_inverse(double value) { return value + std::log(-std::expm1(-value)); }

double mass_over_coordinates(const Module& joint, std::size_t n, double reach, double step) {
  const auto count = static_cast<std::size_t>(2 * reach / step) + 1;
  std::vector<std::size_t> at(n, 0);
  double total = 0;
  while (true) {
    std::vector<double> u;
    for (std::size_t k : at)
      u.push_back(-reach + step * static_cast<double>(k));
    total += std::exp(run_real(joint, "log_joint", {Tensor::vector(u), Tensor::real(1)}));
    std::size_t axis = 0;
    while (axis < n && ++at[axis] == count)
      at[axis++] = 0;
    if (axis == n) return total * std::pow(step, static_cast<double>(n));
  }
}

double latent_mass(const std::string& declaration, std::size_t n, double reach, double step) {
  INFO(declaration);
  const Module joint = passes::constrain(
      passes::inline_calls(compiled("model m {\n  latent x: " + declaration + ";\n}\n")));
  require_sound(joint);
  return mass_over_coordinates(joint, n, reach, step);
}

Module compiled(const std::string& text) {
  auto result = compile_frontend(Source("test.elba", text));
  for (const Diagnostic& diagnostic : result.diagnostics)
    UNSCOPED_INFO(diagnostic.message << " at " << diagnostic.span.begin << " in " << diagnostic.file);
  INFO(text);
  REQUIRE(result.ok());
  require_sound(*result.module);
  return *result.module;
}

elba::Bound bound_model(const std::string& text, const std::string& json) {
  const auto fine = [](const auto& result) {
    for (const auto& diagnostic : result.diagnostics())
      UNSCOPED_INFO(diagnostic.message);
    REQUIRE(result);
  };
  const auto program = Program::compile(text);
  fine(program);
  const auto data = Data::from_json(json);
  fine(data);
  const auto bound = program->bind(*data);
  fine(bound);
  return *bound;
}

}  // namespace elba::probability
