// transforms: for every support, through `constrain`: inverse after forward is the identity, the image lies
// in the support, and the log Jacobian is log |det| of the numerical Jacobian; values of the Stan reference
// manual's formulas at points worked out by hand.
#include "ir/supports.h"
#include "passes/density/sites.h"
#include "passes/passes.h"
#include "tests/probability/probability.h"

using namespace elba;
using namespace elba::ir;
using namespace elba::probability;

namespace {

struct Case {
  std::string support, bounds, type;
  Sizes sizes;
};

const std::vector<Case> cases = {
    {"real", "", "f64", {}},
    {"real", "", "f64[K, 2]", {{"K", 3}}},
    {"lower", "0.5", "f64", {}},
    {"lower", "-3.0", "f64[K]", {{"K", 4}}},
    {"upper", "-1.0", "f64[2, 2]", {}},
    {"interval", "-1.0, 2.5", "f64", {}},
    {"interval", "0.0, 1.0", "f64[K]", {{"K", 3}}},
    {"simplex", "", "f64[2]", {}},
    {"simplex", "", "f64[5]", {}},
    {"simplex", "", "f64[K]", {{"K", 4}}},
    {"simplex", "", "f64[2, K]", {{"K", 3}}},
    {"simplex", "", "f64[N, K + 1]", {{"K", 3}, {"N", 2}}},
    {"ordered", "", "f64[1]", {}},
    {"ordered", "", "f64[K]", {{"K", 4}}},
    {"ordered", "", "f64[2, 2, K]", {{"K", 3}}},
    {"positive_ordered", "", "f64[1]", {}},
    {"positive_ordered", "", "f64[K]", {{"K", 4}}},
    {"positive_ordered", "", "f64[2, 2, K]", {{"K", 3}}},
    {"unit_vector", "", "f64[K]", {{"K", 3}}},
    {"unit_vector", "", "f64[2, 4]", {}},
    {"sum_to_zero", "", "f64[2]", {}},
    {"sum_to_zero", "", "f64[K]", {{"K", 5}}},
    {"sum_to_zero", "", "f64[2, K + 1]", {{"K", 3}}},
    {"cholesky_corr", "", "f64[1, 1]", {}},
    {"cholesky_corr", "", "f64[2, 2]", {}},
    {"cholesky_corr", "", "f64[4, 4]", {}},
    {"cholesky_corr", "", "f64[K, K]", {{"K", 3}}},
    {"cholesky_corr", "", "f64[2, K, K]", {{"K", 4}}},
    {"cholesky_corr", "", "f64[N, K + 2, K + 2]", {{"K", 1}, {"N", 2}}},
    {"cholesky_cov", "", "f64[1, 1]", {}},
    {"cholesky_cov", "", "f64[3, 3]", {}},
    {"cholesky_cov", "", "f64[2, K, K]", {{"K", 4}}},
    {"corr_matrix", "", "f64[1, 1]", {}},
    {"corr_matrix", "", "f64[2, 2]", {}},
    {"corr_matrix", "", "f64[K, K]", {{"K", 4}}},
    {"corr_matrix", "", "f64[N, K + 2, K + 2]", {{"K", 1}, {"N", 2}}},
    {"cov_matrix", "", "f64[1, 1]", {}},
    {"cov_matrix", "", "f64[K, K]", {{"K", 3}}},
    {"cov_matrix", "", "f64[N, 2, 2]", {{"N", 2}}},
    {"row_stochastic_matrix", "", "f64[2, 4]", {}},
    {"row_stochastic_matrix", "", "f64[N, K]", {{"K", 3}, {"N", 4}}},
    {"column_stochastic_matrix", "", "f64[4, 2]", {}},
    {"column_stochastic_matrix", "", "f64[2, N, K]", {{"K", 3}, {"N", 4}}},
    {"sum_to_zero_matrix", "", "f64[2, 2]", {}},
    {"sum_to_zero_matrix", "", "f64[N, K]", {{"K", 3}, {"N", 4}}},
};

// A model of one latent without prior: its log joint density is the log Jacobian alone.
Module constrained(const Case& c) {
  std::string dims;
  for (const auto& [name, size] : c.sizes)
    dims += "  dim " + name + "\n";
  const std::string text = "module @m level density {\n" + dims +
                           "  func @model(%key: key key) -> () {\n    %0 = latent " + c.bounds +
                           " {site=\"x\", support=\"" + c.support + "\"} : " + c.type +
                           "\n    return\n  }\n}\n";
  Module module = passes::constrain(module_from(text));
  require_sound(module);
  // The text form holds everything, derived dims included.
  REQUIRE(print(module_from(print(module))) == print(module));
  return module;
}

std::int64_t coordinates(const Module& module, const Sizes& sizes) {
  const Func& func = *module.find("constrain");
  Sizes complete = sizes;
  complete_sizes(module, complete);
  return func.type(func.params[0].value).shape.at(0).evaluate(complete).value();
}

// The entries of x that determine it, in an order that makes the map square; all of them for a hyperplane,
// whose measure is that of the space around it (then the Jacobian is that of the metric).
std::vector<double> free_entries(const std::string& support, const Tensor& x) {
  const auto last = x.shape.empty() ? 1 : x.shape.back();
  const auto height = x.shape.size() < 2 ? 1 : x.shape[x.shape.size() - 2];
  std::vector<double> entries;
  for (std::int64_t at = 0; at < static_cast<std::int64_t>(x.values.size()); ++at) {
    const std::int64_t column = at % last, row = at / last % height;
    if ((support == "simplex" || support == "row_stochastic_matrix") && column == last - 1) continue;
    if (support == "column_stochastic_matrix" && row == height - 1) continue;
    if ((support == "cholesky_corr" || support == "corr_matrix") && column >= row) continue;
    if ((support == "cholesky_cov" || support == "cov_matrix") && column > row) continue;
    entries.push_back(x.values[static_cast<std::size_t>(at)]);
  }
  return entries;
}

// What data of the type are held to, each event by itself, and to a much smaller tolerance than theirs where
// it can be seen.
void require_conditions(const std::string& support, const Tensor& x) {
  const SupportInfo& row = *find_support(support);
  if (row.event_rank == 0) return;
  const std::span<const std::int64_t> event(x.shape.end() - row.event_rank, x.shape.end());
  std::size_t count = 1;
  for (std::int64_t size : event)
    count *= static_cast<std::size_t>(size);
  for (std::size_t at = 0; at < x.values.size(); at += count) {
    const auto broken = violation(row, std::span(x.values).subspan(at, count), event);
    INFO(support << ": " << (broken ? broken->found : ""));
    REQUIRE(!broken);
  }
}

void require_in_support(const Case& c, const Tensor& x) {
  const auto last = static_cast<std::size_t>(x.shape.empty() ? 1 : x.shape.back());
  double sum = 0;
  for (std::size_t at = 0; at < x.values.size(); ++at) {
    const double value = x.values[at];
    const std::size_t column = at % last, row = at / last % last;
    REQUIRE(std::isfinite(value));
    if (at == 0) require_conditions(c.support, x);
    if (c.support == "lower") REQUIRE(value > std::stod(c.bounds));
    if (c.support == "upper") REQUIRE(value < std::stod(c.bounds));
    if (c.support == "interval") {
      REQUIRE(value > std::stod(c.bounds));
      REQUIRE(value < std::stod(c.bounds.substr(c.bounds.find(',') + 1)));
    }
    if (c.support == "simplex") {
      REQUIRE(value > 0);
      sum = column == 0 ? value : sum + value;
      if (column == last - 1) REQUIRE(sum == Approx(1).epsilon(1e-14));
    }
    if ((c.support == "ordered" || c.support == "positive_ordered") && column > 0)
      REQUIRE(value > x.values[at - 1]);
    if (c.support == "positive_ordered") REQUIRE(value > 0);
    if (c.support == "cholesky_corr") {
      if (column > row) REQUIRE(value == 0);
      if (column == row) REQUIRE(value > 0);
      sum = column == 0 ? value * value : sum + value * value;
      if (column == last - 1) REQUIRE(sum == Approx(1).epsilon(1e-14));
    }
  }
}

// J' J, whose determinant is the square of the volume that the map gives a unit cube.
std::vector<std::vector<double>> gram(const std::vector<std::vector<double>>& jacobian) {
  const std::size_t n = jacobian.front().size();
  std::vector<std::vector<double>> product(n, std::vector<double>(n));
  for (const auto& row : jacobian)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        product[i][j] += row[i] * row[j];
  return product;
}

double log_jacobian(const Module& module, const std::vector<double>& u, const Sizes& sizes) {
  return run_real(module, "log_joint", {Tensor::vector(u), Tensor::real(1)}, sizes);
}

}  // namespace

TEST_CASE("transforms: round trip, support and Jacobian", "[probability]") {
  std::mt19937_64 generator(20240511);
  std::normal_distribution<double> normal;
  for (const Case& c : cases) {
    INFO(c.support << " " << c.type);
    const Module module = constrained(c);
    const auto n = static_cast<std::size_t>(coordinates(module, c.sizes));
    for (const double spread : {0.3, 1.5}) {
      std::vector<double> u(n);
      for (double& value : u)
        value = spread * normal(generator);
      const Tensor x = run(module, "constrain", {Tensor::vector(u)}, c.sizes).at(0);
      require_in_support(c, x);

      const Tensor back = run(module, "unconstrain", {x}, c.sizes).at(0);
      REQUIRE(back.values.size() == n);
      REQUIRE(run_real(module, "log_joint", {Tensor::vector(u), Tensor::real(0)}, c.sizes) == 0);
      if (c.support == "unit_vector") {
        // The length of u is free: the inverse is a point of the sphere, and the measure is a normal
        // distribution of u.
        double squares = 0;
        for (double value : u)
          squares += value * value;
        REQUIRE(log_jacobian(module, u, c.sizes) == Approx(-0.5 * squares).epsilon(1e-14));
        const Tensor again = run(module, "constrain", {back}, c.sizes).at(0);
        for (std::size_t i = 0; i < n; ++i)
          REQUIRE(again.values[i] == Approx(x.values[i]).epsilon(1e-14).margin(1e-15));
        continue;
      }
      for (std::size_t i = 0; i < n; ++i)
        REQUIRE(back.values[i] == Approx(u[i]).epsilon(1e-9).margin(1e-10));

      std::vector<std::vector<double>> jacobian(n, std::vector<double>(n));
      for (std::size_t j = 0; j < n; ++j) {
        const double h = 6e-6 * std::max(1.0, std::abs(u[j]));
        auto low = u, high = u;
        low[j] -= h;
        high[j] += h;
        const auto at_low = free_entries(c.support,
                                         run(module, "constrain", {Tensor::vector(low)}, c.sizes).at(0));
        const auto at_high = free_entries(c.support,
                                          run(module, "constrain", {Tensor::vector(high)}, c.sizes).at(0));
        jacobian.resize(at_low.size(), std::vector<double>(n));
        for (std::size_t i = 0; i < at_low.size(); ++i)
          jacobian[i][j] = (at_high[i] - at_low[i]) / (2 * h);
      }
      const bool is_square = jacobian.size() == n;
      REQUIRE((is_square || c.support.starts_with("sum_to_zero")));
      const double expected = is_square ? log_abs_det(jacobian) : 0.5 * log_abs_det(gram(jacobian));
      REQUIRE(log_jacobian(module, u, c.sizes) == Approx(expected).epsilon(1e-8).margin(1e-7));
    }
  }
}

TEST_CASE("transforms: far coordinates stay finite", "[probability]") {
  for (const Case& c : cases) {
    const Module module = constrained(c);
    const auto n = static_cast<std::size_t>(coordinates(module, c.sizes));
    for (const double far : {-300.0, 300.0}) {
      INFO(c.support << " " << c.type << " at " << far);
      const std::vector<double> u(n, far);
      const Tensor x = run(module, "constrain", {Tensor::vector(u)}, c.sizes).at(0);
      REQUIRE(x.values.size() >= u.size());
      for (double value : x.values)
        REQUIRE(std::isfinite(value));
      REQUIRE(std::isfinite(log_jacobian(module, u, c.sizes)));
    }
  }
}

TEST_CASE("transforms: Stan's coordinates", "[probability]") {
  const auto at = [](const Case& c, const std::vector<double>& u) {
    return run(constrained(c), "constrain", {Tensor::vector(u)}, c.sizes).at(0).values;
  };
  const auto jacobian = [](const Case& c, const std::vector<double>& u) {
    return log_jacobian(constrained(c), u, c.sizes);
  };

  SECTION("simplex: 0 is the centre; the Jacobian there is (1/3)(2/3) (1/2)(1/2)(2/3) = 1/27") {
    const Case c{"simplex", "", "f64[3]", {}};
    for (double value : at(c, {0, 0}))
      REQUIRE(value == Approx(1.0 / 3).epsilon(1e-14));
    REQUIRE(jacobian(c, {0, 0}) == Approx(-std::log(27.0)).epsilon(1e-14));
  }
  SECTION(
      "simplex: the first break at u = ln 2 + ln 3 takes inv_logit(ln 3) = 3/4, the second at u = -ln 3 "
      "takes 1/4 of the rest") {
    const auto x = at({"simplex", "", "f64[3]", {}}, {std::log(6.0), -std::log(3.0)});
    REQUIRE(x[0] == Approx(0.75).epsilon(1e-14));
    REQUIRE(x[1] == Approx(0.0625).epsilon(1e-14));
    REQUIRE(x[2] == Approx(0.1875).epsilon(1e-14));
  }
  SECTION("cholesky_corr: rows from tanh; tanh(ln 2) = 3/5, tanh(ln 3) = 4/5") {
    const Case c{"cholesky_corr", "", "f64[3, 3]", {}};
    const auto x = at(c, {std::log(2.0), std::log(3.0), std::log(2.0)});
    const std::vector<double> expected = {1, 0, 0, 0.6, 0.8, 0, 0.8, 0.36, 0.48};
    for (std::size_t i = 0; i < 9; ++i)
      REQUIRE(x[i] == Approx(expected[i]).epsilon(1e-14));
    // sum ln(1 - z^2) over the three, and half of ln(1 - 0.8^2) for entry (3, 2)
    REQUIRE(jacobian(c, {std::log(2.0), std::log(3.0), std::log(2.0)}) ==
            Approx(2 * std::log(0.64) + std::log(0.36) + 0.5 * std::log(0.36)).epsilon(1e-13));
  }
  SECTION("interval and ordered") {
    REQUIRE(at({"interval", "-1.0, 3.0", "f64", {}}, {std::log(3.0)})[0] == Approx(2).epsilon(1e-14));
    REQUIRE(jacobian({"interval", "-1.0, 3.0", "f64", {}}, {std::log(3.0)}) ==
            Approx(std::log(4 * 0.75 * 0.25)).epsilon(1e-14));
    const auto x = at({"ordered", "", "f64[3]", {}}, {-1, 0, std::log(2.0)});
    REQUIRE(x == std::vector<double>{-1, 0, 2});
    REQUIRE(jacobian({"ordered", "", "f64[3]", {}}, {-1, 0.5, 0.25}) == Approx(0.75));
  }
}

TEST_CASE("constrain: the bound of a latent may be another latent", "[probability]") {
  const Module module = passes::constrain(module_from(R"(module @m level density {
  dim J
  func @model(%top: f64[J] data, %key: key key) -> () {
    %0 = latent 0.0, 1.0 {site="a", support="interval"} : f64
    %1 = sub 1.0, %0 : f64
    %2 = latent 0.0, %1 {site="b", support="interval"} : f64
    %3 = latent %top {site="c", support="upper"} : f64[J]
    return
  }
})"));
  require_sound(module);
  const Tensor top = Tensor::vector({1, 2, 3});
  const std::vector<double> u = {0.4, -0.7, 0.1, 0.2, -0.3};
  const auto x = run(module, "constrain", {top, Tensor::vector(u)}, {{"J", 3}});
  const double a = 1 / (1 + std::exp(-0.4));
  REQUIRE(x[0].values[0] == Approx(a));
  REQUIRE(x[1].values[0] == Approx((1 - a) / (1 + std::exp(0.7))));
  REQUIRE(x[2].values[1] == Approx(2 - std::exp(0.2)));
  const auto back = run(module, "unconstrain", {top, x[0], x[1], x[2]}, {{"J", 3}}).at(0).values;
  for (std::size_t i = 0; i < u.size(); ++i)
    REQUIRE(back[i] == Approx(u[i]));
  const double expected = std::log(a * (1 - a)) + std::log((1 - a)) - std::log1p(std::exp(0.7)) -
                          std::log1p(std::exp(-0.7)) + 0.1 + 0.2 - 0.3;
  REQUIRE(run_real(module, "log_joint", {top, Tensor::vector(u), Tensor::real(1)}, {{"J", 3}}) ==
          Approx(expected));
}

TEST_CASE("constrain: @initial has params at their start and latents at 0", "[probability]") {
  const std::string text = R"(module @m level density {
  dim J
  func @model(%y: f64[J] data, %key: key key) -> () {
    %0 = latent 0.0 {site="tau", support="lower"} : f64
    %1 = param 0.0, 0.5 {has_init=1, site="w", support="lower"} : f64[J]
    %2 = param %0, %y {has_init=1, site="v", support="lower"} : f64[J]
    %3 = param {site="b", support="real"} : f64
    return
  }
})";
  const Module module = passes::constrain(module_from(text));
  require_sound(module);
  // tau starts at exp(0) = 1, the bound of v; the order of u is that of the declarations
  const auto u = run(module, "initial", {Tensor::vector({2, 5}), key_of(1)}, {{"J", 2}}).at(0).values;
  const std::vector<double> expected = {0, std::log(0.5), std::log(0.5), 0, std::log(4.0), 0};
  REQUIRE(u.size() == expected.size());
  for (std::size_t i = 0; i < u.size(); ++i)
    REQUIRE(u[i] == Approx(expected[i]).margin(1e-15));

  std::string plain = text;
  for (const std::string mark : {", 0.5 {has_init=1", ", %y {has_init=1"})
    plain.replace(plain.find(mark), mark.size(), " {has_init=0");
  REQUIRE(passes::constrain(module_from(plain)).find("initial") == nullptr);
}
