// gradients: the derivatives of @log_joint and @elbo against central differences, through every transform,
// reparameterised sites and both guide families. The transforms' scans and nests are what `differentiate`
// must cope with in practice.
#include "passes/guide/writer.h"
#include "passes/passes.h"
#include "tests/probability/probability.h"

using namespace elba;
using namespace elba::ir;
using namespace elba::probability;

namespace {

// Every support, batched where it can be, with the weights of a factor that makes each element matter.
const std::string supports_text = R"(module @m level density {
  dim J
  func @model(%y: f64[J] data, %key: key key) -> () {
    %0 = latent 0.5 {site="l", support="lower"} : f64[J]
    %1 = latent %0 {site="h", support="upper"} : f64[J]
    %2 = latent -1.0, 2.0 {site="i", support="interval"} : f64
    %3 = latent {site="s", support="simplex"} : f64[2, J]
    %4 = latent {site="o", support="ordered"} : f64[J]
    %5 = latent {site="L", support="cholesky_corr"} : f64[2, J, J]
    %6 = nest (%i0 < 2, %i1 < J, %i2 < J) -> (sum f64) {
      %7 = read %5, %i0, %i1, %i2 : f64
      %8 = read %3, %i0, %i1 : f64
      %9 = read %4, %i2 : f64
      %10 = read %y, %i1 : f64
      %11 = read %0, %i2 : f64
      %12 = read %1, %i1 : f64
      %13 = mul %7, %8 : f64
      %14 = mul %13, %9 : f64
      %15 = mul %11, %12 : f64
      %16 = add %14, %15 : f64
      %17 = mul %16, %10 : f64
      %18 = mul %17, %2 : f64
      yield %18
    }
    factor %6 {site="f"}
    return
  }
}
)";

std::string hierarchical_text() {
  const std::size_t funcs = normal_text().find("  func");
  return "module @m level density {\n  dim J\n" + normal_text().substr(0, funcs) + R"(
  func @model(%y: f64[J] data, %key: key key) -> () {
    %0 = param 0.0 {site="sigma", support="lower"} : f64
    %1 = dist 0.0, 5.0 {name="normal"} : dist<f64, 0>
    %2 = latent %1 {prior=1, site="mu", support="real"} : f64
    %3 = latent %1, 0.0 {prior=1, site="tau", support="lower"} : f64
    %4 = dist %2, %3 {name="normal"} : dist<f64, 0>
    %5 = latent %4 {prior=1, site="theta", support="real"} : f64[J]
    %6 = dist %5, %0 {name="normal"} : dist<f64[J], 0>
    observe %6, %y {role="data", site="y"}
    return
  }
)" + normal_text().substr(funcs) +
         "}\n";
}

void require_gradient(Module density, const std::string& name) {
  std::erase_if(density.funcs, [&](const Func& func) {
    return func.name != name && func.name.find('.') == std::string::npos;
  });
  Module module = density;
  for (const auto pass :
       {passes::inline_calls, passes::expand, passes::cse, passes::dce, passes::differentiate}) {
    module = pass(std::move(module));
    require_sound(module);
  }
  Sizes sizes{{"J", 3}};
  complete_sizes(density, sizes);
  const Func& func = *density.find(name);
  const auto n = static_cast<std::size_t>(
      func.type(func.params[1].value).shape.at(0).evaluate(sizes).value());
  std::vector<double> at(n);
  for (std::size_t i = 0; i < n; ++i)
    at[i] = 0.4 * std::sin(1.7 * static_cast<double>(i) + 0.4);
  const Tensor y = Tensor::vector({1.0, -0.5, 2.5}),
               last = name == "elbo" ? noise_of(density, 5, sizes) : Tensor::real(1);
  const auto value = [&](const std::vector<double>& x) {
    return run_real(density, name, {y, Tensor::vector(x), last}, sizes);
  };
  const auto found = run(module, name + ".grad", {y, Tensor::vector(at), last}, sizes);
  REQUIRE(found[0].values[0] == Approx(value(at)).epsilon(1e-12));
  for (std::size_t i = 0; i < n; ++i) {
    auto low = at, high = at;
    const double h = 6e-6 * std::max(1.0, std::abs(at[i]));
    low[i] -= h;
    high[i] += h;
    INFO("coordinate " << i);
    REQUIRE(found[1].values[i] == Approx((value(high) - value(low)) / (2 * h)).epsilon(1e-6).margin(1e-7));
  }
}

}  // namespace

TEST_CASE("gradients: log joint and ELBO through every transform", "[probability]") {
  const std::string text = GENERATE(as<std::string>(), supports_text, hierarchical_text());
  const Module model = module_from(text);
  require_gradient(passes::constrain(model), "log_joint");
  require_gradient(passes::objective(passes::guide(passes::reparameterise(model))), "elbo");
  require_gradient(
      passes::objective(passes::guide(passes::assign_guide(passes::reparameterise(model), "fullrank"))),
      "elbo");
}
