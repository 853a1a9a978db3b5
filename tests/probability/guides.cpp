// guides: @elbo and @draw against exact answers: evidence of conjugate models, quadrature, change of
// variables.
#include <algorithm>

#include "api/model/parameter_table.h"
#include "passes/explain.h"
#include "passes/guide/writer.h"
#include "passes/passes.h"
#include "tests/probability/probability.h"

using namespace elba;
using namespace elba::ir;
using namespace elba::probability;
using elba::runtime::ParameterKind;
using elba::runtime::ParameterTable;

namespace {

constexpr double log_two_pi = 1.8378770664093454836;

double log_normal(double x, double mean, double sd) {
  return -0.5 * std::pow((x - mean) / sd, 2) - std::log(sd) - 0.5 * log_two_pi;
}

std::string module_text(const std::string& dims, const std::string& model) {
  const std::size_t funcs = normal_text().find("  func");
  return "module @m level density {\n" + dims + normal_text().substr(0, funcs) + model +
         normal_text().substr(funcs) + "}\n";
}

Module guided(const std::string& text, const std::string& family) {
  Module module = passes::reparameterise(module_from(text));
  require_sound(module);
  module = passes::objective(passes::guide(passes::assign_guide(std::move(module), family)));
  require_sound(module);
  REQUIRE(print(module_from(print(module))) == print(module));
  return module;
}

ParameterTable table_of(Module model, Sizes sizes) {
  const passes::GuideTable table = passes::write_guide(model).table;
  complete_sizes(model, sizes);
  return evaluated(table, sizes);
}

// y_i ~ normal(mu, 2), mu ~ normal(1, 3): everything in closed form.
const std::string conjugate_text = module_text("  dim N\n", R"(
  func @model(%y: f64[N] data, %key: key key) -> () {
    %0 = dist 1.0, 3.0 {name="normal"} : dist<f64, 0>
    %1 = latent %0 {prior=1, site="mu", support="real"} : f64
    %2 = dist %1, 2.0 {name="normal"} : dist<f64, 0>
    observe %2, %y {role="data", site="y"}
    return
  }
)");
const std::vector<double> conjugate_y = {0.3, 2.1, -1.7, 4.4};

struct Conjugate {
  double mean, sd, evidence;
};
Conjugate conjugate_answer() {
  const double precision = 1.0 / 9 + static_cast<double>(conjugate_y.size()) / 4;
  double sum = 1.0 / 9;
  for (double y : conjugate_y)
    sum += y / 4;
  Conjugate answer{sum / precision, 1 / std::sqrt(precision), 0};
  // log p(y) = log p(mu) + log p(y | mu) - log p(mu | y), at any mu
  answer.evidence = log_normal(0.7, 1, 3) - log_normal(0.7, answer.mean, answer.sd);
  for (double y : conjugate_y)
    answer.evidence += log_normal(y, 0.7, 2);
  return answer;
}

}  // namespace

TEST_CASE("guides: in a conjugate model the exact guide reaches the log evidence, and no other does",
          "[probability]") {
  const std::string family = GENERATE("meanfield", "fullrank", "block");
  INFO(family);
  const Module module = guided(conjugate_text, family);
  const Conjugate exact = conjugate_answer();
  const Sizes sizes{{"N", static_cast<std::int64_t>(conjugate_y.size())}};
  const auto elbo = [&](double m, double s) {
    return normal_expectation(1, 6, [&](const std::vector<double>& eps) {
      return run_real(
          module, "elbo",
          {Tensor::vector(conjugate_y), Tensor::vector({m, softplus_inverse(s)}), Tensor::vector(eps)},
          sizes);
    });
  };
  REQUIRE(elbo(exact.mean, exact.sd) == Approx(exact.evidence).epsilon(1e-12));
  // ELBO = evidence - KL(q | posterior), everywhere
  for (const double shift : {-0.5, 0.3})
    for (const double factor : {0.5, 1.0, 1.7}) {
      const double kl = -std::log(factor) + 0.5 * (factor * factor + shift * shift / (exact.sd * exact.sd)) -
                        0.5;
      REQUIRE(elbo(exact.mean + shift, factor * exact.sd) == Approx(exact.evidence - kl).epsilon(1e-12));
    }
}

TEST_CASE("guides: the exact guide has constant importance weights", "[probability]") {
  const Module module = guided(conjugate_text, "meanfield");
  const Conjugate exact = conjugate_answer();
  const Sizes sizes{{"N", static_cast<std::int64_t>(conjugate_y.size())}};
  double last = 0;
  for (std::uint64_t key = 1; key < 20; ++key) {
    const auto drawn = run(
        module, "draw",
        {Tensor::vector(conjugate_y), Tensor::vector({exact.mean, softplus_inverse(exact.sd)}),
         noise_of(module, key, sizes)},
        sizes);
    const double u = drawn[0].values.at(0);
    REQUIRE(u != last);
    last = u;
    REQUIRE(drawn[2].values[0] == Approx(log_normal(u, exact.mean, exact.sd)).epsilon(1e-10));
    REQUIRE(drawn[1].values[0] - drawn[2].values[0] == Approx(exact.evidence).epsilon(1e-10));
  }
}

TEST_CASE("guides: full rank reaches the evidence of a regression with correlated coefficients",
          "[probability]") {
  // y_i ~ normal(a + b x_i, 0.5), a ~ normal(0, 2), b ~ normal(1, 1.5)
  const std::string text = module_text("  dim N\n", R"(
  func @model(%x: f64[N] data, %y: f64[N] data, %key: key key) -> () {
    %0 = dist 0.0, 2.0 {name="normal"} : dist<f64, 0>
    %1 = latent %0 {prior=1, site="a", support="real"} : f64
    %2 = dist 1.0, 1.5 {name="normal"} : dist<f64, 0>
    %3 = latent %2 {prior=1, site="b", support="real"} : f64
    %4 = mul %3, %x : f64[N]
    %5 = add %1, %4 : f64[N]
    %6 = dist %5, 0.5 {name="normal"} : dist<f64[N], 0>
    observe %6, %y {role="data", site="y"}
    return
  }
)");
  const std::vector<double> x = {0.5, 1.0, 2.0}, y = {1.2, 2.5, 2.9};
  double p_aa = 0.25, p_ab = 0, p_bb = 1 / 2.25, r_a = 0, r_b = 1 / 2.25;
  for (std::size_t i = 0; i < x.size(); ++i) {
    p_aa += 4, p_ab += 4 * x[i], p_bb += 4 * x[i] * x[i];
    r_a += 4 * y[i], r_b += 4 * x[i] * y[i];
  }
  const double det = p_aa * p_bb - p_ab * p_ab;
  const double mean_a = (p_bb * r_a - p_ab * r_b) / det, mean_b = (p_aa * r_b - p_ab * r_a) / det;
  const double v_aa = p_bb / det, v_ab = -p_ab / det, v_bb = p_aa / det;
  double evidence = log_normal(mean_a, 0, 2) + log_normal(mean_b, 1, 1.5) + log_two_pi - 0.5 * std::log(det);
  for (std::size_t i = 0; i < x.size(); ++i)
    evidence += log_normal(y[i], mean_a + mean_b * x[i], 0.5);

  const double l_aa = std::sqrt(v_aa), l_ba = v_ab / l_aa, l_bb = std::sqrt(v_bb - l_ba * l_ba);
  const Module full = guided(text, "fullrank");
  // What stands above the diagonal (here 7.0) must not matter.
  const Tensor phi = Tensor::vector(
      {mean_a, mean_b, softplus_inverse(l_aa), 7.0, l_ba, softplus_inverse(l_bb)});
  const double elbo = normal_expectation(2, 4, [&](const std::vector<double>& eps) {
    return run_real(full, "elbo", {Tensor::vector(x), Tensor::vector(y), phi, Tensor::vector(eps)},
                    {{"N", 3}});
  });
  REQUIRE(elbo == Approx(evidence).epsilon(1e-12));
  const auto drawn = run(
      full, "draw", {Tensor::vector(x), Tensor::vector(y), phi, noise_of(full, 5, {{"N", 3}})}, {{"N", 3}});
  REQUIRE(drawn[1].values[0] - drawn[2].values[0] == Approx(evidence).epsilon(1e-10));

  // The best factorised guide has the conditional standard deviations; it falls short by the KL between the
  // two Gaussians.
  const Module factorised = guided(text, "meanfield");
  const Tensor best = Tensor::vector(
      {mean_a, mean_b, softplus_inverse(1 / std::sqrt(p_aa)), softplus_inverse(1 / std::sqrt(p_bb))});
  const double short_elbo = normal_expectation(2, 4, [&](const std::vector<double>& eps) {
    return run_real(factorised, "elbo", {Tensor::vector(x), Tensor::vector(y), best, Tensor::vector(eps)},
                    {{"N", 3}});
  });
  REQUIRE(short_elbo == Approx(evidence - 0.5 * std::log(p_aa * p_bb / det)).epsilon(1e-12));
}

namespace {

// tau has a lower bound, theta a location and a scale that are unknown, sigma is a point parameter.
const std::string hierarchical_text = module_text("  dim J\n", R"(
  func @model(%y: f64[J] data, %key: key key) -> (double: f64) {
    %0 = param 0.0 {site="sigma", support="lower"} : f64
    %1 = dist 0.0, 5.0 {name="normal"} : dist<f64, 0>
    %2 = latent %1 {prior=1, site="mu", support="real"} : f64
    %3 = latent %1, 0.0 {prior=1, site="tau", support="lower"} : f64
    %4 = dist %2, %3 {name="normal"} : dist<f64, 0>
    %5 = latent %4 {CENTERINGprior=1, site="theta", support="real"} : f64[J]
    %6 = dist %5, %0 {name="normal"} : dist<f64[J], 0>
    observe %6, %y {role="data", site="y"}
    %7 = mul 2.0, %3 : f64
    return %7
  }
)");
std::string hierarchical(const std::string& centering) {
  std::string text = hierarchical_text;
  const std::string mark = "CENTERING";
  return text.replace(text.find(mark), mark.size(),
                      centering.empty() ? "" : "centering=\"" + centering + "\", ");
}

}  // namespace

TEST_CASE("reparameterise: the distribution of every site stays what it was", "[probability]") {
  const std::string asked = GENERATE("", "centered", "noncentered", "vip");
  INFO("centering " << asked);
  const Sizes sizes{{"J", 3}};
  const Tensor y = Tensor::vector({1.0, -0.5, 2.5});
  const Module original = passes::constrain(module_from(hierarchical(asked)));
  require_sound(original);
  const bool is_vip = asked.empty() || asked == "vip";
  const std::string family = GENERATE("meanfield", "fullrank", "lowrank(2)", "banded(2)", "block", "flow(2)",
                                      "delta");
  const Module module = guided(hierarchical(asked), family);
  const ParameterTable table = table_of(
      passes::assign_guide(passes::reparameterise(module_from(hierarchical(asked))), family), sizes);
  REQUIRE(table.latent_size == 5);

  std::mt19937_64 generator(7);
  std::normal_distribution<double> normal;
  for (std::uint64_t key = 1; key <= 5; ++key) {
    std::vector<double> phi(table.size);
    for (double& value : phi)
      value = 0.5 * normal(generator);
    std::vector<Tensor> arguments{y, Tensor::vector(phi)};
    if (table.noise_size > 0) arguments.push_back(noise_of(module, key, sizes));
    const auto drawn = run(module, "draw", arguments, sizes);
    const auto& u = drawn[0].values;  // sigma, mu, tau, theta[3]
    REQUIRE(u.size() == 6);
    // log p(z) = log p(theta) + log |d theta / d z|, d theta_j / d z_j = tau^(1 - c_j); no Jacobian for the
    // point parameter.
    double expected = run_real(original, "log_joint", {y, Tensor::vector(u), Tensor::real(1)}, sizes) - u[0];
    for (const auto& block : table.blocks)
      if (block.kind == ParameterKind::centering)
        for (std::size_t j = 0; j < 3; ++j)
          expected += u[2] / (1 + std::exp(phi[block.offset + j]));
    if (asked == "noncentered") expected += 3 * u[2];
    REQUIRE(drawn[1].values[0] == Approx(expected).epsilon(1e-11));
    // sigma comes from phi as it is
    for (const auto& run : table.shared)
      if (run.site == "sigma") REQUIRE(u[0] == phi[run.phi_offset]);
  }
  bool has_centering = false;
  for (const auto& block : table.blocks)
    has_centering = has_centering || block.kind == ParameterKind::centering;
  REQUIRE(has_centering == is_vip);
}

TEST_CASE("guides: the mean of the estimator is the ELBO by quadrature over log_joint", "[probability]") {
  // Two latents: mu (real, exact expectation of its prior) and tau (lower).
  const std::string text = module_text("  dim N\n", R"(
  func @model(%y: f64[N] data, %key: key key) -> () {
    %0 = dist 0.5, 2.0 {name="normal"} : dist<f64, 0>
    %1 = latent %0 {prior=1, site="mu", support="real"} : f64
    %2 = latent %0, 0.0 {prior=1, site="tau", support="lower"} : f64
    %3 = dist %1, %2 {name="normal"} : dist<f64, 0>
    observe %3, %y {role="data", site="y"}
    return
  }
)");
  const Sizes sizes{{"N", 2}};
  const Tensor y = Tensor::vector({0.4, 1.9});
  const Module joint = passes::constrain(module_from(text));
  const Module elbo = guided(text, "meanfield");
  const double m[2] = {0.8, -0.1}, s[2] = {0.4, 0.3};
  const Tensor phi = Tensor::vector({m[0], m[1], softplus_inverse(s[0]), softplus_inverse(s[1])});
  const double estimated = normal_expectation(2, 30, [&](const std::vector<double>& eps) {
    return run_real(elbo, "elbo", {y, phi, Tensor::vector(eps)}, sizes);
  });
  const double exact = normal_expectation(2, 30, [&](const std::vector<double>& eps) {
    const double u[2] = {m[0] + s[0] * eps[0], m[1] + s[1] * eps[1]};
    return run_real(joint, "log_joint", {y, Tensor::vector({u[0], u[1]}), Tensor::real(1)}, sizes) -
           log_normal(u[0], m[0], s[0]) - log_normal(u[1], m[1], s[1]);
  });
  REQUIRE(estimated == Approx(exact).epsilon(1e-11));
}

TEST_CASE("guides: the start puts means at u0 and standard deviations at sd0", "[probability]") {
  const Sizes sizes{{"J", 3}};
  const std::vector<double> u0 = {0.1, 0.2, 0.3, 1, 2, 3};  // sigma, mu, tau, theta
  const Module model = passes::reparameterise(module_from(hierarchical("")));
  for (const char* family : {"meanfield", "fullrank"}) {
    const ParameterTable table = table_of(passes::assign_guide(model, family), sizes);
    const auto phi = table.initial(u0, 0.25);
    REQUIRE(phi.size() == table.size);
    const auto softplus = [](double w) { return std::log1p(std::exp(w)); };
    const std::vector<double> mean(phi.begin(), phi.begin() + 5);
    REQUIRE(mean == std::vector<double>{0.2, 0.3, 1, 2, 3});
    for (const auto& block : table.blocks) {
      const std::size_t at = block.offset;
      if (block.kind == ParameterKind::scale)
        for (std::size_t i = 0; i < 5; ++i)
          REQUIRE(softplus(phi[at + i]) == Approx(0.25));
      if (block.kind == ParameterKind::factor)
        for (std::size_t i = 0; i < 25; ++i)
          REQUIRE((i % 6 == 0 ? softplus(phi[at + i]) == Approx(0.25) : phi[at + i] == 0));
      if (block.kind == ParameterKind::centering)
        for (std::size_t i = 0; i < 3; ++i)
          REQUIRE(phi[at + i] == 0);
      if (block.kind == ParameterKind::point) REQUIRE(phi[at] == 0.1);
    }
  }
}

TEST_CASE("reparameterise: a prior stated apart counts as one of the declaration", "[probability]") {
  const std::string apart = module_text("  dim J\n", R"(
  func @model(%y: f64[J] data, %key: key key) -> () {
    %0 = latent {site="theta", support="real"} : f64[J]
    %1 = dist 0.0, 5.0 {name="normal"} : dist<f64, 0>
    %2 = latent %1, 0.0 {prior=1, site="tau", support="lower"} : f64
    %3 = dist 0.5, %2 {name="normal"} : dist<f64, 0>
    observe %3, %0 {role="latent", site="theta"}
    %4 = dist %0, 1.0 {name="normal"} : dist<f64[J], 0>
    observe %4, %y {role="data", site="y"}
    return
  }
)");
  const Sizes sizes{{"J", 2}};
  const Tensor y = Tensor::vector({1.0, -0.5});
  const Module original = passes::constrain(module_from(apart));
  const Module module = guided(apart, "meanfield");
  const std::vector<double> phi = {0.3, -0.2, 0.1, 0.5, 0.2, -0.4, 0.7, -1.1};  // m[3], w[3], centering[2]
  const auto drawn = run(module, "draw", {y, Tensor::vector(phi), noise_of(module, 3, sizes)}, sizes);
  const auto& u = drawn[0].values;
  double expected = run_real(original, "log_joint", {y, Tensor::vector(u), Tensor::real(1)}, sizes);
  for (std::size_t j = 0; j < 2; ++j)
    expected += u[2] / (1 + std::exp(phi[6 + j]));
  REQUIRE(drawn[1].values[0] == Approx(expected).epsilon(1e-11));
}

namespace {

// Two known starts, then each element around a line through the two before it, with scales of their own: an
// unknown one, and one that stands behind the first read of the chain.
const std::string chain_text = module_text("  dim T\n", R"(
  func @model(%y: f64[T] data, %key: key key) -> () {
    %0 = dist 0.0, 5.0 {name="normal"} : dist<f64, 0>
    %1 = latent %0 {prior=1, site="mu", support="real"} : f64
    %2 = latent %0, 0.0 {prior=1, site="s", support="lower"} : f64
    %3 = latent {CENTERINGprior=0, site="h", support="real"} : f64[T]
    %4 = dist %1, 2.0 {name="normal"} : dist<f64, 0>
    %5 = nest (%i0 < 2) -> (stack f64[2]) {
      %6 = read %3, %i0 : f64
      yield %6
    }
    observe %4, %5 {role="latent", site="h"}
    %7 = nest (%i1 < T - 2) -> (stack f64[T - 2]) {
      %8 = add %i1, 1 : i64
      %9 = read %3, %8 : f64
      %10 = mul 2.0, %9 : f64
      %11 = read %3, %i1 : f64
      %12 = sub %10, %11 : f64
      yield %12
    }
    %13 = add %7, %1 : f64[T - 2]
    %14 = square %2 : f64
    %15 = nest (%i2 < T - 2) -> (stack f64[T - 2]) {
      %16 = read %y, %i2 : f64
      %17 = exp %16 : f64
      %18 = mul %14, %17 : f64
      yield %18
    }
    %19 = dist %13, %15 {name="normal"} : dist<f64[T - 2], 0>
    %20 = nest (%i3 < T - 2) -> (stack f64[T - 2]) {
      %21 = add %i3, 2 : i64
      %22 = read %3, %21 : f64
      yield %22
    }
    observe %19, %20 {role="latent", site="h"}
    %23 = dist %3, 1.0 {name="normal"} : dist<f64[T], 0>
    observe %23, %y {role="data", site="y"}
    return
  }
)");

}  // namespace

TEST_CASE("reparameterise: the distribution of a chain stays what it was", "[probability]") {
  const std::string asked = GENERATE("", "centered", "noncentered", "vip");
  INFO("centering " << asked);
  std::string text = chain_text;
  text.replace(text.find("CENTERING"), 9, asked.empty() ? "" : "centering=\"" + asked + "\", ");
  const Sizes sizes{{"T", 5}};
  const std::vector<double> data = {0.4, -0.3, 0.8, 0.1, -0.6};
  const Tensor y = Tensor::vector(data);
  const Module original = passes::constrain(module_from(text)), module = guided(text, "meanfield");
  const bool is_vip = asked.empty() || asked == "vip";
  std::mt19937_64 generator(5);
  std::normal_distribution<double> normal;
  for (std::uint64_t key = 1; key <= 4; ++key) {
    std::vector<double> phi(is_vip ? 15 : 14);  // m[7], w[7], centering
    for (double& value : phi)
      value = 0.5 * normal(generator);
    const auto drawn = run(module, "draw", {y, Tensor::vector(phi), noise_of(module, key, sizes)}, sizes);
    const auto& u = drawn[0].values;
    REQUIRE(u.size() == 7);
    // d h_t / d z_t = s_t^(1 - c), and none of those before it moves h_t's own scale.
    double log_scales = 2 * std::log(2.0);
    for (std::size_t t = 0; t < 3; ++t)
      log_scales += 2 * u[1] + data[t];
    const double share = is_vip ? 1 / (1 + std::exp(phi[14])) : asked == "noncentered" ? 1 : 0;
    REQUIRE(drawn[1].values[0] ==
            Approx(run_real(original, "log_joint", {y, Tensor::vector(u), Tensor::real(1)}, sizes) +
                   share * log_scales)
                .epsilon(1e-11));
    // Of what the guide drew, by hand.
    const auto& z = drawn[3].values;
    const double c = 1 - share, s = std::exp(z[1]);
    REQUIRE(u[2] == Approx(z[0] + std::pow(2.0, share) * (z[2] - c * z[0])).epsilon(1e-12));
    const double mean = 2 * u[3] - u[2] + z[0];
    REQUIRE(u[4] ==
            Approx(mean + std::pow(s * s * std::exp(data[0]), share) * (z[4] - c * mean)).epsilon(1e-12));
  }
}

TEST_CASE("drop_barren: what reaches nothing is drawn, not estimated", "[probability]") {
  const auto text = [](const std::string& observe) {
    return module_text("", R"(
  func @model(%y: f64[2] data, %key: key key) -> (twice: f64[2]) {
    %0 = dist 0.0, 5.0 {name="normal"} : dist<f64, 0>
    %1 = latent %0 {prior=1, site="mu", support="real"} : f64
    %2 = dist %1, 1.0 {name="normal"} : dist<f64, 0>
    %3 = latent %2 {prior=1, site="child", support="real"} : f64[2]
    %4 = dist %3, 1.0 {name="normal"} : dist<f64[2], 0>
    %5 = latent %4 {prior=1, site="grandchild", support="real"} : f64[2]
    %6 = latent %2, 0.0 {prior=1, site="narrowed", support="lower"} : f64
)" + observe + R"(
    %7 = mul 2.0, %y : f64[2]
    return %7
  }
)");
  };
  const Module module = passes::drop_barren(
      module_from(text("    observe %2, %y {role=\"data\", site=\"y\"}")));
  require_sound(module);
  const Func& model = *module.find("model");
  REQUIRE(model.result_names == std::vector<std::string>{"twice", "child", "grandchild"});
  std::vector<std::string> sites;
  for (const Op& op : model.body.ops)
    if (op.code == Opcode::latent) sites.push_back(op.attr_string("site"));
  // `narrowed` is restricted to a part of the support of its prior: nothing integrates to one there
  REQUIRE(sites == std::vector<std::string>{"mu", "narrowed"});

  // Seen through its child, a site is not barren: `mu` is a parent of `child`, which is observed.
  const auto kept = [&](const std::string& observe) {
    const Module dropped = passes::drop_barren(module_from(text(observe)));
    std::vector<std::string> names;
    for (const Op& op : dropped.find("model")->body.ops)
      if (op.code == Opcode::latent) names.push_back(op.attr_string("site"));
    return names;
  };
  REQUIRE(kept("    observe %4, %y {role=\"data\", site=\"y\"}") ==
          std::vector<std::string>{"mu", "child", "narrowed"});

  const Module prior_only = module_from(text(""));
  REQUIRE(print(passes::drop_barren(prior_only)) == print(prior_only));
}

TEST_CASE("explain: sites, factors and decisions", "[probability]") {
  const auto told = passes::explain(module_from(hierarchical("")));
  REQUIRE(told.unconstrained_size == "J + 3");
  const auto site = [&](const std::string& name) {
    return *std::find_if(told.sites.begin(), told.sites.end(), [&](const auto& s) { return s.name == name; });
  };
  REQUIRE(site("theta").centering == "vip");
  REQUIRE(site("theta").offset == "3");
  REQUIRE(site("theta").dist == "normal");
  REQUIRE(site("theta").coordinates == std::vector<std::string>{"theta[1..J]"});
  REQUIRE_FALSE(site("theta").analytic);
  REQUIRE(site("mu").analytic);
  REQUIRE(site("mu").centering == "centered");
  REQUIRE_FALSE(site("tau").analytic);
  REQUIRE(site("tau").analytic_reason == "its support is bounded");
  REQUIRE(site("sigma").role == "param");
  REQUIRE(told.factors.size() == 4);
  REQUIRE(told.factors[2].parents == std::vector<std::string>{"mu", "tau"});
  REQUIRE(told.factors[2].plates == std::vector<std::string>{"J"});
  REQUIRE(told.factors[3].role == "likelihood");
  REQUIRE(told.factors[3].parents == std::vector<std::string>{"sigma", "theta"});
}
