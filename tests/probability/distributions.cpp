// distributions: every declaration of the library, compiled by the front end and run by the interpreter: its
// density integrates (sums) to one, every member (cdf and its tails, quantile, mean, variance, mode, entropy,
// divergence) is that of the density, and the sampler has its distribution. The rows stand in
// distribution_table.h; gradients in distribution_gradients.cpp. Densities are compared with values computed
// in 40 digits from the textbook formulas.
#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "frontend/frontend.h"
#include "ir/library.h"
#include "passes/passes.h"
#include "tests/probability/distribution_table.h"
#include "tests/probability/probability.h"
#include "tests/probability/structured_distributions.h"

using namespace elba;
using namespace elba::ir;
using namespace elba::probability;

namespace {

struct Compiled {
  const Scalar1& of;
  Module module;
  std::vector<Tensor> arguments;

  explicit Compiled(const Scalar1& row) : of(row) {
    std::string list;
    for (const std::string& argument : row.arguments)
      list += (list.empty() ? "" : ", ") + argument;
    module = compiled("model m {\n  data x: " + row.type + ";\n  x ~ " + row.name + "(" + list + ");\n}\n");
    for (const std::string& argument : row.arguments)
      arguments.push_back(argument.find('.') == std::string::npos ? integer(std::stoll(argument))
                                                                  : Tensor::real(std::stod(argument)));
  }
  [[nodiscard]] bool has(const std::string& member) const {
    return module.find(of.name + "." + member) != nullptr;
  }
  [[nodiscard]] double operator()(const std::string& member) const {
    return run_real(module, of.name + "." + member, arguments);
  }
  [[nodiscard]] double operator()(const std::string& member, const Tensor& first) const {
    std::vector<Tensor> all{first};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_real(module, of.name + "." + member, all);
  }
  // Of a member with a second set of parameters.
  [[nodiscard]] double divergence(const Compiled& other) const {
    std::vector<Tensor> all = arguments;
    all.insert(all.end(), other.arguments.begin(), other.arguments.end());
    return run_real(module, of.name + ".kl", all);
  }
  [[nodiscard]] double density(double x) const { return std::exp((*this)("logpdf", Tensor::real(x))); }
  [[nodiscard]] double mass(std::int64_t x) const { return std::exp((*this)("logpdf", integer(x))); }
  [[nodiscard]] double draw(std::mt19937_64& generator) const {
    const std::string noise = module.find_dist(of.name)->noise;
    if (noise == "key") return (*this)("sample", key_of(generator()));
    if (noise == "normal")
      return (*this)("sample", Tensor::real(std::normal_distribution<double>()(generator)));
    REQUIRE(noise == "uniform");
    return (*this)("sample", Tensor::real(std::uniform_real_distribution<double>()(generator)));
  }
};

// Double exponential quadrature over (a, b), of which one end may be infinite: far below 1e-9 for what is
// smooth inside, also where the density grows without bound at an end.
double integrate(const std::function<double(double)>& f, double a, double b) {
  const double step = 1.0 / 32;
  double sum = 0;
  for (int k = -160; k <= 160; ++k) {
    const double t = step * k, s = 0.5 * std::numbers::pi * std::sinh(t),
                 ds = 0.5 * std::numbers::pi * std::cosh(t);
    double x, dx;
    if (std::isfinite(a) && std::isfinite(b)) {
      const double e = std::exp(-2 * std::abs(s));  // place of x from the nearer end, without cancellation
      const double gap = (b - a) * e / (1 + e);
      x = s < 0 ? a + gap : b - gap;
      dx = (b - a) * 2 * e / ((1 + e) * (1 + e)) * ds;
    } else {
      const double gap = std::exp(s);
      x = std::isfinite(a) ? a + gap : b - gap;
      dx = gap * ds;
    }
    if (x <= a || x >= b || !(dx > 1e-300) || !std::isfinite(dx)) continue;
    const double value = f(x);
    if (value != 0) sum += value * dx;
  }
  return sum * step;
}
double integrate_split(const Scalar1& row, const std::function<double(double)>& f) {
  return integrate(f, row.low, row.centre) + integrate(f, row.centre, row.high);
}

// Draws against probabilities of bins: chi squared below the quantile that a true distribution exceeds once
// in a million seeds (Wilson-Hilferty).
void require_counts(const std::vector<double>& counts, const std::vector<double>& probabilities) {
  double total = 0, statistic = 0;
  for (double count : counts)
    total += count;
  for (std::size_t i = 0; i < counts.size(); ++i)
    statistic += std::pow(counts[i] - total * probabilities[i], 2) / (total * probabilities[i]);
  const double freedom = static_cast<double>(counts.size() - 1), c = 2 / (9 * freedom);
  REQUIRE(statistic < freedom * std::pow(1 - c + 4.753 * std::sqrt(c), 3));
}

std::string title(const Scalar1& row) {
  std::string text = row.name;
  for (const std::string& argument : row.arguments)
    text += " " + argument;
  return text;
}

}  // namespace

TEST_CASE("distributions: continuous densities and their members", "[probability]") {
  for (const Scalar1& row : continuous) {
    INFO(title(row));
    const Compiled d(row);
    const auto expectation = [&](const std::function<double(double, double)>& of) {
      return integrate_split(row, [&](double x) {
        const double log_density = d("logpdf", Tensor::real(x));
        return log_density > -700 && log_density < 700 ? of(x, log_density) * std::exp(log_density) : 0;
      });
    };
    REQUIRE(expectation([](double, double) { return 1; }) == Approx(1).epsilon(1e-8));
    const double entropy = expectation([](double, double log_density) { return -log_density; });
    if (d.has("entropy")) REQUIRE(d("entropy") == Approx(entropy).epsilon(1e-7).margin(1e-9));
    if (d.has("mean") && std::isfinite(d("mean"))) {
      const double mean = expectation([](double x, double) { return x; });
      REQUIRE(d("mean") == Approx(mean).epsilon(1e-8).margin(1e-9));
      if (d.has("variance") && std::isfinite(d("variance")))
        REQUIRE(d("variance") ==
                Approx(expectation([&](double x, double) { return (x - mean) * (x - mean); })).epsilon(1e-5));
    }
    if (d.has("mode")) {
      const double mode = d("mode"), top = d("logpdf", Tensor::real(mode));
      for (const double step : {-1e-3, 1e-3})
        if (mode + step > row.low && mode + step < row.high && std::isfinite(top))
          REQUIRE(d("logpdf", Tensor::real(mode + step)) <= top);
    }
    if (!row.other.empty()) {
      Scalar1 second = row;
      second.arguments = row.other;
      const Compiled other(second);
      REQUIRE(d.has("kl"));
      REQUIRE(d.divergence(d) == Approx(0).margin(1e-12));
      REQUIRE(d.divergence(other) == Approx(-entropy - expectation([&](double x, double) {
                                       return other("logpdf", Tensor::real(x));
                                     })).epsilon(1e-7));
    }
    for (const double shift : {-1.1, -0.2, 0.0, 0.15, 0.9}) {
      const double x = row.centre + shift;
      if (x <= row.low || x >= row.high) continue;
      const double below = x <= row.centre
                               ? integrate([&](double v) { return d.density(v); }, row.low, x)
                               : integrate([&](double v) { return d.density(v); }, row.low, row.centre) +
                                     integrate([&](double v) { return d.density(v); }, row.centre, x);
      if (d.has("cdf")) REQUIRE(d("cdf", Tensor::real(x)) == Approx(below).epsilon(1e-8).margin(1e-14));
      if (d.has("log_cdf") && below > 1e-9)
        REQUIRE(d("log_cdf", Tensor::real(x)) == Approx(std::log(below)).epsilon(1e-7).margin(1e-8));
      if (d.has("log_ccdf") && below < 1 - 1e-7)
        REQUIRE(d("log_ccdf", Tensor::real(x)) == Approx(std::log1p(-below)).epsilon(1e-6).margin(1e-8));
      if (d.has("quantile") && below > 1e-9 && below < 1 - 1e-7)
        REQUIRE(d("quantile", Tensor::real(below)) == Approx(x).epsilon(1e-6).margin(1e-7));
    }
    // The quantile inverts the cdf far out too, as far as x is known to its rounding; those of 1 / gamma know
    // u to the rounding of 1 - u.
    const double rounding = std::numeric_limits<double>::epsilon(),
                 of_u = row.name.find("inv_") != std::string::npos && row.name != "inv_gaussian" ? rounding
                                                                                                 : 0;
    if (d.has("quantile") && d.has("cdf"))
      for (const double u : {1e-12, 1e-5, 0.3, 0.5, 0.9, 1 - 1e-9}) {
        INFO(u);
        const double x = d("quantile", Tensor::real(u)),
                     error = of_u + 4 * rounding * std::abs(x) * d.density(x);
        CHECK(d("cdf", Tensor::real(x)) == Approx(u).epsilon(1e-9).margin(error));
        if (d.has("log_cdf"))
          CHECK(d("log_cdf", Tensor::real(x)) ==
                Approx(std::log(u)).epsilon(1e-9).margin(rounding + error / u));
        if (d.has("log_ccdf"))
          CHECK(d("log_ccdf", Tensor::real(x)) ==
                Approx(std::log1p(-u)).epsilon(1e-9).margin(error / (1 - u) * 2));
      }
  }
}

TEST_CASE("distributions: discrete densities and their members", "[probability]") {
  for (const Scalar1& row : discrete) {
    INFO(title(row));
    const Compiled d(row);
    std::optional<Compiled> other;
    Scalar1 second = row;
    second.arguments = row.other;
    if (!row.other.empty()) other.emplace(second);
    double total = 0, mean = 0, square = 0, entropy = 0, divergence = 0, most = 0;
    const auto low = static_cast<std::int64_t>(row.low), high = static_cast<std::int64_t>(row.high);
    for (std::int64_t x = low; x <= high; ++x) {
      const double p = d.mass(x), at = static_cast<double>(x);
      if (d.has("quantile") && p > 1e-9 && total < 0.999) {
        REQUIRE(d("quantile", Tensor::real(total + 0.01 * p)) == at);
        REQUIRE(d("quantile", Tensor::real(total + 0.99 * p)) == at);
      }
      total += p;
      mean += at * p;
      square += at * at * p;
      most = std::max(most, p);
      entropy -= p > 0 ? p * std::log(p) : 0;
      if (other && p > 0) divergence += p * (std::log(p) - (*other)("logpdf", integer(x)));
      INFO(x);
      if (d.has("cdf")) REQUIRE(d("cdf", integer(x)) == Approx(total).epsilon(1e-11));
      if (d.has("log_cdf"))
        REQUIRE(d("log_cdf", integer(x)) == Approx(std::log(total)).epsilon(1e-10).margin(1e-11));
      if (d.has("log_ccdf") && total < 1 - 1e-6)
        REQUIRE(d("log_ccdf", integer(x)) == Approx(std::log1p(-total)).epsilon(1e-7).margin(1e-10));
    }
    REQUIRE(total == Approx(1).epsilon(1e-11));
    if (d.has("mean")) REQUIRE(d("mean") == Approx(mean).epsilon(1e-10));
    if (d.has("variance")) REQUIRE(d("variance") == Approx(square - mean * mean).epsilon(1e-9));
    if (d.has("mode")) REQUIRE(d.mass(static_cast<std::int64_t>(d("mode"))) == Approx(most).epsilon(1e-12));
    if (d.has("entropy")) REQUIRE(d("entropy") == Approx(entropy).epsilon(1e-10));
    if (other) REQUIRE(d.divergence(*other) == Approx(divergence).epsilon(1e-9));
    if (d.has("cdf") && row.type.starts_with("int<lower=0")) REQUIRE(d("cdf", integer(-1)) == 0);
  }
}

TEST_CASE("distributions: tails in digits", "[probability]") {
  struct Value {
    std::string name;
    std::vector<std::string> arguments;
    std::string member;
    double x, expected;
  };
  // mpmath, 40 digits
  const std::vector<Value> values = {
      {"normal", {"0.5", "2.0"}, "log_cdf", -80.0, -814.64591484756847},
      {"normal", {"0.5", "2.0"}, "log_ccdf", 400.0, -19956.247280178898},
      {"half_normal", {"2.5"}, "log_ccdf", 200.0, -3204.6079741763304},
      {"lognormal", {"0.5", "0.8"}, "log_ccdf", 1e12, -579.51574210471511},
      {"student_t", {"4.5", "1.0", "2.0"}, "log_cdf", -1e8, -78.115826325197711},
      {"student_t", {"4.5", "1.0", "2.0"}, "cdf", 1.001, 0.50018877340080245},
      {"half_student_t", {"3.5", "2.0"}, "log_ccdf", 1e9, -68.835787997432977},
      {"half_student_t", {"3.5", "2.0"}, "log_cdf", 1e-9, -21.712739428205913},
      {"cauchy", {"0.5", "2.0"}, "log_cdf", -1e15, -34.990359100200141},
      {"gamma", {"2.5", "1.5"}, "log_ccdf", 900.0, -1339.4717821581264},
      {"gamma", {"2.5", "1.5"}, "log_cdf", 1e-100, -575.83358408058808},
      {"inv_gamma", {"2.5", "1.5"}, "log_cdf", 0.001, -1489.313852456615},
      {"beta", {"2.5", "1.75"}, "log_cdf", 1e-80, -459.51913415268535},
      {"gumbel", {"0.5", "1.5"}, "log_ccdf", 90.0, -59.666666666666667},
      {"weibull", {"1.5", "2.0"}, "log_cdf", 1e-20, -70.117273560661289},
      {"poisson", {"3.5"}, "log_ccdf", 300, -1047.019650061836},
      {"poisson", {"400.0"}, "log_cdf", 10, -355.16451469503123},
      {"neg_binomial_2", {"3.5", "2.5"}, "log_ccdf", 500, -262.30230581699053},
      {"geometric", {"1.0e-12"}, "cdf", 3, 3.9999999999939999e-12},
  };
  for (const Value& value : values) {
    std::string type;
    bool is_discrete = false;
    for (const auto* table : {&continuous, &discrete})
      for (const Scalar1& row : *table)
        if (row.name == value.name) {
          type = row.type;
          is_discrete = table == &discrete;
        }
    const Scalar1 row{value.name, value.arguments, type};
    INFO(title(row) << " " << value.member << " at " << value.x);
    const double found = Compiled(row)(
        value.member, is_discrete ? integer(static_cast<std::int64_t>(value.x)) : Tensor::real(value.x));
    REQUIRE(found == Approx(value.expected).epsilon(1e-12));
  }
}

TEST_CASE("distributions: samplers have the distribution of the density", "[probability]") {
  std::mt19937_64 generator(42);
  for (const Scalar1& row : continuous) {
    INFO(title(row));
    const Compiled d(row);
    REQUIRE(d.has("sample"));
    std::vector<double> pilot(400);
    for (double& x : pilot)
      x = d.draw(generator);
    std::sort(pilot.begin(), pilot.end());
    // Ten bins between places of a first sample; their probabilities by quadrature, the counts from a second
    // sample.
    std::vector<double> edges;
    for (int i = 1; i < 10; ++i)
      edges.push_back(pilot[static_cast<std::size_t>(40 * i)]);
    std::vector<double> probabilities(10), counts(10);
    for (std::size_t i = 0; i < 10; ++i) {
      const double low = i == 0 ? row.low : edges[i - 1], high = i == 9 ? row.high : edges[i];
      const auto density = [&](double x) { return d.density(x); };
      // an integral across the centre is split there, for densities with a kink
      probabilities[i] = low < row.centre && row.centre < high
                             ? integrate(density, low, row.centre) + integrate(density, row.centre, high)
                             : integrate(density, low, high);
    }
    for (int k = 0; k < 3000; ++k)
      counts[static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), d.draw(generator)) -
                                      edges.begin())] += 1;
    require_counts(counts, probabilities);
  }
  for (const Scalar1& row : discrete) {
    INFO(title(row));
    const Compiled d(row);
    REQUIRE(d.has("sample"));
    const int draws = 3000;
    std::map<std::int64_t, double> seen;
    for (int k = 0; k < draws; ++k)
      seen[static_cast<std::int64_t>(d.draw(generator))] += 1;
    // Values are joined until a bin expects at least 10.
    std::vector<double> counts{0}, probabilities{0};
    for (auto x = static_cast<std::int64_t>(row.low); x <= static_cast<std::int64_t>(row.high); ++x) {
      if (probabilities.back() * draws >= 10) {
        counts.push_back(0);
        probabilities.push_back(0);
      }
      probabilities.back() += d.mass(x);
      counts.back() += seen[x];
      seen.erase(x);
    }
    REQUIRE(seen.empty());
    if (probabilities.back() * draws < 10) {
      counts[counts.size() - 2] += counts.back();
      probabilities[probabilities.size() - 2] += probabilities.back();
      counts.pop_back();
      probabilities.pop_back();
    }
    require_counts(counts, probabilities);
  }
}

TEST_CASE("distributions: log densities in digits", "[probability]") {
  std::set<std::string> met;
  for (const DensityValue& value : density_values) {
    met.insert(value.name);
    std::string type;
    const auto same = [&](const Scalar1& row) { return row.name == value.name; };
    const bool is_discrete = std::any_of(discrete.begin(), discrete.end(), same);
    for (const auto* table : {&continuous, &discrete})
      for (const Scalar1& row : *table)
        if (same(row)) type = row.type;
    const Scalar1 row{value.name, value.arguments, type};
    INFO(title(row) << " at " << value.x);
    const double found = Compiled(row)(
        "logpdf", is_discrete ? integer(static_cast<std::int64_t>(value.x)) : Tensor::real(value.x));
    REQUIRE(found ==
            Approx(value.expected).epsilon(1e-13).margin(std::abs(value.expected) < 1e-10 ? 1e-22 : 0));
  }
  for (const auto& table : {continuous, discrete})
    for (const Scalar1& row : table) {
      INFO(row.name << " has no value in digits");
      REQUIRE(met.contains(row.name));
    }
}

TEST_CASE("distributions: every declaration of the library is in a test", "[probability]") {
  std::set<std::string> tested = {"flat"};
  tested.merge(structured_names());
  for (const auto& table : {continuous, discrete})
    for (const Scalar1& row : table)
      tested.insert(row.name);
  for (const std::string& name : distribution_names()) {
    INFO(name);
    REQUIRE(tested.contains(name));
  }
}

TEST_CASE("distributions: categorical and categorical_logit", "[probability]") {
  std::mt19937_64 generator(11);
  std::uniform_real_distribution<double> uniform;
  const std::vector<double> p = {0.1, 0.45, 0.25, 0.2};
  for (const std::string name : {"categorical", "categorical_logit"}) {
    INFO(name);
    const Module module = compiled(
        "model m {\n  dim K;\n  data q: " + std::string(name == "categorical" ? "simplex[K]" : "real[K]") +
        ";\n  data x: int<1, K>;\n  x ~ " + name + "(q);\n}\n");
    std::vector<double> q = p;
    if (name == "categorical_logit")
      for (double& value : q)
        value = std::log(value) + 700;
    for (std::size_t k = 0; k < 4; ++k)
      REQUIRE(run_real(module, name + ".logpdf",
                       {integer(static_cast<std::int64_t>(k) + 1), Tensor::vector(q)}) ==
              Approx(std::log(p[k])).epsilon(1e-12));
    std::vector<double> counts(4);
    for (int draw = 0; draw < 20000; ++draw) {
      std::vector<double> u(4);
      for (double& value : u)
        value = uniform(generator);
      counts.at(static_cast<std::size_t>(
                    run_real(module, name + ".sample", {Tensor::vector(u), Tensor::vector(q)})) -
                1) += 1;
    }
    require_counts(counts, p);
  }
}
