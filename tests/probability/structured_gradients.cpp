// structured_gradients: the distributions of vectors, matrices and ordered values through compiled code, with
// the value and every real parameter as unknowns of their types: gradients against central differences and
// against the interpreter; divergences between multivariate normal distributions, one distribution in all its
// forms.
#include <catch2/catch.hpp>

#include "api/elba.hpp"
#include "tests/probability/structured_distributions.h"
#include "tests/support/oracle.h"

namespace {

using namespace elba;

struct Compiled {
  Bound bound;
  std::unique_ptr<Workspace> workspace;
  double value(const std::vector<double>& u, std::span<double> gradient = {}) const {
    double out = 0;
    REQUIRE(bound.log_density(*workspace, u, true, out, gradient));
    return out;
  }
};

Compiled compiled(const std::string& text, const std::string& json) {
  const Bound bound = probability::bound_model(text, json);
  auto workspace = bound.workspace();
  REQUIRE(workspace);
  return {bound, std::move(*workspace)};
}

void require_gradient(const Compiled& model, const std::vector<double>& u) {
  std::vector<double> gradient(u.size());
  const double value = model.value(u, gradient);
  REQUIRE(std::isfinite(value));
  const auto oracle = test::oracle_log_joint(model.bound, u);
  REQUIRE(oracle);
  CHECK(oracle->value == Approx(value).epsilon(1e-11));
  for (std::size_t k = 0; k < u.size(); ++k) {
    // Five points: the error is of order h^4.
    constexpr double h = 2e-4;
    double slope = 0;
    for (const auto& [steps, weight] : {std::pair(1.0, 2.0 / 3), std::pair(2.0, -1.0 / 12)}) {
      auto low = u, high = u;
      low[k] -= steps * h;
      high[k] += steps * h;
      slope += weight * (model.value(high) - model.value(low)) / h;
    }
    INFO("coordinate " << k << ": compiled " << gradient[k] << ", interpreted " << oracle->gradient[k]
                       << ", difference " << slope);
    CHECK(gradient[k] == Approx(slope).epsilon(1e-7).margin(1e-8 * (1 + std::abs(value))));
    CHECK(oracle->gradient[k] == Approx(gradient[k]).epsilon(1e-9).margin(1e-9));
  }
}

std::vector<double> somewhere(std::size_t n, double phase) {
  std::vector<double> u(n);
  for (std::size_t k = 0; k < n; ++k)
    u[k] = 0.6 * std::sin(phase + 2.3 * static_cast<double>(k));
  return u;
}

}  // namespace

TEST_CASE("structured distributions: gradients in the value and in every parameter, compiled",
          "[probability]") {
  for (const auto& [name, dims, formals, type, counts] : probability::structured_distributions()) {
    std::string text = "model m {\n  dim " + dims + ";\n", list = "x";
    for (const auto& [formal, formal_type] : formals) {
      const bool integer = formal_type.starts_with("int");
      // Degrees of freedom of a Wishart distribution are more than K - 1 = 2, which its types do not say.
      const bool is_wishart = name.find("wishart") != std::string::npos && formal == "nu";
      text += is_wishart ? "  latent nu: real<lower=2> ~ flat();\n"
              : integer  ? "  data " + formal + ": " + formal_type + ";\n"
                         : "  latent " + formal + ": " + formal_type + " ~ flat();\n";
      list += ", " + formal;
    }
    const bool integer = type.starts_with("int");
    text += (integer ? "  data x: " + type + ";\n" : "  latent x: " + type + " ~ flat();\n") + "  factor " +
            name + (integer ? "_logpmf(" : "_logpdf(") + list + ");\n}\n";
    INFO(text);
    const Compiled model = compiled(text, counts);
    for (const double phase : {0.4, 1.9})
      require_gradient(model, somewhere(model.bound.dimension(), phase));
  }
}

TEST_CASE(
    "structured distributions: divergences of multivariate normal distributions, one distribution in all "
    "forms",
    "[probability]") {
  const std::string distributions = R"(
  latent u[3] ~ flat();
  let m = [0.1, 0.2, -0.3] + 0.2 * u;
  let m2 = [0.3, 0.1, -0.2] - 0.1 * u;
  let W = [[1.0, 0.5], [-0.4, 0.2], [0.3, 0.8]] + 0.1 * outer(u, [1.0, -1.0]);
  let d = [0.5, 0.7, 1.1] + 0.1 * u;
  let W2 = [[0.4, -0.5], [0.9, 0.1], [0.2, 0.6]];
  let d2 = [0.9, 0.6, 0.8] + 0.2 * u;
  let S = W @ W' + diag(d);
  let S2 = W2 @ W2' + diag(d2);
)";
  const std::vector<double> u = {0.2, -0.1, 0.15};
  const double expected = 0.5449090635606322;  // numpy
  for (const std::string call : {"mvn_kl(m, S, m2, S2)", "mvn_chol_kl(m, chol(S), m2, chol(S2))",
                                 "mvn_prec_kl(m, inverse_spd(S), m2, inverse_spd(S2))",
                                 "mvn_prec_chol_kl(m, chol(inverse_spd(S)), m2, chol(inverse_spd(S2)))",
                                 "mvn_low_rank_kl(m, W, d, m2, W2, d2)"}) {
    INFO(call);
    const Compiled model = compiled("model m {" + distributions + "  factor " + call + ";\n}\n", "{}");
    CHECK(model.value(u) == Approx(expected).epsilon(1e-12));
    require_gradient(model, u);
  }
  // Of a distribution from itself there is none.
  CHECK(compiled("model m {" + distributions +
                     "  factor mvn_kl(m, S, m, S) + mvn_low_rank_kl(m, W, d, m, W, d);\n}\n",
                 "{}")
            .value(u) == Approx(0).margin(1e-13));
}
