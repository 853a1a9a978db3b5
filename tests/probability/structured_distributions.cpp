// structured_distributions: the library's distributions of vectors, matrices and ordered values: log
// densities against values computed apart (scipy 1.11; the normaliser of lkj_corr by quadrature), total mass,
// and samplers against densities: with draws x of p, the mean of q(x) / p(x) is 1 for any q of the same
// support, and the mean of -ln p(x) is the entropy.
#include <algorithm>
#include <set>

#include "frontend/frontend.h"
#include "ir/library.h"
#include "passes/passes.h"
#include "tests/probability/structured_distributions.h"

using namespace elba;
using namespace elba::ir;
using namespace elba::probability;

namespace {

using Arguments = std::vector<Tensor>;

struct Structured {
  std::string name, dims;                                    // "K"
  std::vector<std::pair<std::string, std::string>> formals;  // name, type
  std::string type;                                          // of a value
  Arguments arguments;
  std::vector<Arguments> near;  // other distributions of the family, for the test of the sampler
  Tensor x;
  double expected;  // log density at x
};

Tensor integers(std::vector<double> values) {
  Tensor out = Tensor::vector(std::move(values));
  out.scalar = Scalar::i64;
  return out;
}

const Tensor scale = tensor({3, 3}, {2.0, 0.3, -0.2, 0.3, 1.0, 0.1, -0.2, 0.1, 1.5});
const Tensor precision = tensor({3, 3}, {1.4, -0.2, 0.1, -0.2, 0.9, 0.3, 0.1, 0.3, 1.2});
const Tensor location = Tensor::vector({0.1, 0.2, -0.3}), other_location = Tensor::vector({0.3, 0.1, -0.2});
const Tensor point = Tensor::vector({0.4, -1.2, 2.0});
const Tensor cuts = Tensor::vector({-1.0, 0.4, 1.7}), other_cuts = Tensor::vector({-1.2, 0.1, 1.5});

Tensor factor_of(const Tensor& matrix) {
  const auto n = static_cast<std::size_t>(matrix.shape[0]);
  Tensor factor = matrix;
  auto& f = factor.values;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      if (j > i) {
        f[i * n + j] = 0;
        continue;
      }
      double rest = matrix.values[i * n + j];
      for (std::size_t k = 0; k < j; ++k)
        rest -= f[i * n + k] * f[j * n + k];
      f[i * n + j] = i == j ? std::sqrt(rest) : rest / f[j * n + j];
    }
  return factor;
}

Tensor scaled(Tensor tensor, double by) {
  for (double& value : tensor.values)
    value *= by;
  return tensor;
}

const std::vector<Structured>& structured() {
  const auto real = [](double value) { return Tensor::real(value); };
  static const std::vector<Structured> rows = {
      {"mvn",
       "K",
       {{"mu", "real[K]"}, {"S", "cov_matrix[K]"}},
       "real[K]",
       {location, scale},
       {{other_location, scale}, {location, scaled(scale, 0.9)}},
       point,
       -6.569013198877854},
      {"mvn_chol",
       "K",
       {{"mu", "real[K]"}, {"L", "cholesky_cov[K]"}},
       "real[K]",
       {location, factor_of(scale)},
       {{other_location, factor_of(scale)}},
       point,
       -6.569013198877854},
      {"mvn_prec",
       "K",
       {{"mu", "real[K]"}, {"P", "cov_matrix[K]"}},
       "real[K]",
       {location, precision},
       {{other_location, precision}, {location, scaled(precision, 1.1)}},
       point,
       -5.925137388233445},
      {"mvn_prec_chol",
       "K",
       {{"mu", "real[K]"}, {"L", "cholesky_cov[K]"}},
       "real[K]",
       {location, factor_of(precision)},
       {{other_location, factor_of(precision)}},
       point,
       -5.925137388233445},
      {"mvn_low_rank",
       "K, R",
       {{"mu", "real[K]"}, {"W", "real[K, R]"}, {"d", "real<lower=0>[K]"}},
       "real[K]",
       {location, tensor({3, 2}, {1.0, 0.5, -0.4, 0.2, 0.3, 0.8}), Tensor::vector({0.5, 0.7, 1.1})},
       {{location, tensor({3, 2}, {0.9, 0.4, -0.4, 0.2, 0.3, 0.8}), Tensor::vector({0.5, 0.7, 1.0})},
        {other_location, tensor({3, 2}, {1.0, 0.5, -0.4, 0.2, 0.3, 0.8}), Tensor::vector({0.5, 0.7, 1.1})}},
       point,
       -6.210588539719792},
      {"multi_student_t",
       "K",
       {{"nu", "real<lower=0>"}, {"mu", "real[K]"}, {"S", "cov_matrix[K]"}},
       "real[K]",
       {real(4.5), location, scale},
       {{real(6), location, scale}, {real(4.5), other_location, scaled(scale, 0.9)}},
       point,
       -6.509659722671188},
      {"multi_student_t_chol",
       "K",
       {{"nu", "real<lower=0>"}, {"mu", "real[K]"}, {"L", "cholesky_cov[K]"}},
       "real[K]",
       {real(4.5), location, factor_of(scale)},
       {{real(6), location, factor_of(scale)}, {real(4.5), other_location, factor_of(scale)}},
       point,
       -6.509659722671188},
      {"lkj_corr",
       "K",
       {{"eta", "real<lower=0>"}},
       "corr_matrix[K]",
       {real(2.5)},
       {{real(3)}, {real(2.2)}},
       tensor({3, 3}, {1, 0.3, -0.2, 0.3, 1, 0.5, -0.2, 0.5, 1}),
       -1.1627054179922096},
      // lkj_corr's value and the Jacobian sum (K - i) ln L[i, i] of L -> L L' on the entries below the
      // diagonal
      {"lkj_chol",
       "K",
       {{"eta", "real<lower=0>"}},
       "cholesky_corr[K]",
       {real(2.5)},
       {{real(3)}, {real(2.2)}},
       factor_of(tensor({3, 3}, {1, 0.3, -0.2, 0.3, 1, 0.5, -0.2, 0.5, 1})),
       -1.1627054179922096 + 0.5 * std::log(0.91)},
      {"wishart",
       "K",
       {{"nu", "real<lower=0>"}, {"S", "cov_matrix[K]"}},
       "cov_matrix[K]",
       {real(5.5), scale},
       {{real(6), scale}, {real(5.5), scaled(scale, 0.95)}},
       precision,
       -11.843911910459573},
      {"inv_wishart",
       "K",
       {{"nu", "real<lower=0>"}, {"S", "cov_matrix[K]"}},
       "cov_matrix[K]",
       {real(5.5), scale},
       {{real(6), scale}, {real(5.5), scaled(scale, 1.05)}},
       precision,
       -8.565976697729955},
      {"wishart_chol",
       "K",
       {{"nu", "real<lower=0>"}, {"LS", "cholesky_cov[K]"}},
       "cholesky_cov[K]",
       {real(5.5), factor_of(scale)},
       {{real(6), factor_of(scale)}, {real(5.5), factor_of(scaled(scale, 0.95))}},
       factor_of(precision),
       -9.359130609715976},
      {"inv_wishart_chol",
       "K",
       {{"nu", "real<lower=0>"}, {"LS", "cholesky_cov[K]"}},
       "cholesky_cov[K]",
       {real(5.5), factor_of(scale)},
       {{real(6), factor_of(scale)}, {real(5.5), factor_of(scaled(scale, 1.05))}},
       factor_of(precision),
       -6.081195396986358},
      {"multinomial",
       "K",
       {{"n", "int<lower=0>"}, {"p", "simplex[K]"}},
       "int<lower=0>[K]",
       {integer(7), Tensor::vector({0.2, 0.5, 0.3})},
       {{integer(7), Tensor::vector({0.25, 0.4, 0.35})}, {integer(7), Tensor::vector({0.2, 0.45, 0.35})}},
       integers({2, 0, 5}),
       -6.194217408774458},
      {"multinomial_logit",
       "K",
       {{"n", "int<lower=0>"}, {"eta", "real[K]"}},
       "int<lower=0>[K]",
       {integer(7), Tensor::vector({0.3, -1.0, 2.0})},
       {{integer(7), Tensor::vector({0.4, -1.1, 2.0})}, {integer(7), Tensor::vector({0.3, -0.8, 1.8})}},
       integers({2, 0, 5}),
       -1.8186229280919992},
      {"dirichlet_multinomial",
       "K",
       {{"n", "int<lower=0>"}, {"alpha", "real<lower=0>[K]"}},
       "int<lower=0>[K]",
       {integer(7), Tensor::vector({0.7, 1.5, 2.2})},
       {{integer(7), Tensor::vector({0.9, 1.5, 2.0})}, {integer(7), Tensor::vector({0.7, 1.2, 2.2})}},
       integers({2, 0, 5}),
       -3.658152328398185},
      {"dirichlet",
       "K",
       {{"alpha", "real<lower=0>[K]"}},
       "simplex[K]",
       {Tensor::vector({0.7, 1.5, 2.2})},
       {{Tensor::vector({0.9, 1.5, 2.0})}, {Tensor::vector({0.8, 1.6, 2.4})}},
       Tensor::vector({0.2, 0.5, 0.3}),
       0.7705614339969316},
      {"categorical",
       "K",
       {{"p", "simplex[K]"}},
       "int<1, K>",
       {Tensor::vector({0.2, 0.5, 0.3})},
       {{Tensor::vector({0.25, 0.4, 0.35})}},
       integer(2),
       -0.6931471805599453},
      {"categorical_logit",
       "K",
       {{"eta", "real[K]"}},
       "int<1, K>",
       {Tensor::vector({0.3, -1.0, 2.0})},
       {{Tensor::vector({0.2, -0.9, 1.8})}},
       integer(3),
       -0.20902076654506052},
      {"ordered_logistic",
       "M",
       {{"eta", "real"}, {"c", "ordered[M]"}},
       "int<1, M + 1>",
       {real(0.6), cuts},
       {{real(0.8), cuts}, {real(0.6), other_cuts}},
       integer(2),
       -1.2651945641928577},
      {"ordered_probit",
       "M",
       {{"eta", "real"}, {"c", "ordered[M]"}},
       "int<1, M + 1>",
       {real(0.6), cuts},
       {{real(0.8), cuts}, {real(0.6), other_cuts}},
       integer(2),
       -1.0052831638726292},
      {"gaussian_random_walk",
       "T",
       {{"sigma", "real<lower=0>"}, {"start", "real<lower=0>"}},
       "real[T]",
       {real(0.7), real(2)},
       {{real(0.65), real(1.9)}, {real(0.68), real(1.7)}},
       Tensor::vector({0.5, 1.1, 0.2}),
       -3.961740443316907},
      {"gaussian_ar1",
       "T",
       {{"mu", "real"}, {"phi", "real<lower=-1, upper=1>"}, {"sigma", "real<lower=0>"}},
       "real[T]",
       {real(0.4), real(0.6), real(0.7)},
       {{real(0.3), real(0.6), real(0.7)}, {real(0.4), real(0.5), real(0.68)}},
       Tensor::vector({0.5, 1.1, 0.2}),
       -2.7266690129895816},
  };
  return rows;
}

// The distribution alone: a model with every parameter and the value as data.
Module density_of(const Structured& row) {
  std::string text = "model m {\n  dim " + row.dims + ";\n", list;
  for (const auto& [name, type] : row.formals) {
    text += "  data " + name + ": " + type + ";\n";
    list += (list.empty() ? "" : ", ") + name;
  }
  return compiled(text + "  data x: " + row.type + ";\n  x ~ " + row.name + "(" + list + ");\n}\n");
}

double log_density(const Module& module, const Structured& row, const Tensor& x, const Arguments& arguments) {
  Arguments all{x};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_real(module, row.name + ".logpdf", all);
}

const Sizes sizes{{"K", 3}, {"T", 3}, {"M", 3}, {"R", 2}};

Tensor draw(const Module& module, const Structured& row, std::mt19937_64& generator) {
  const std::string noise = module.find_dist(row.name)->noise;
  Arguments all{key_of(generator())};
  if (noise == "normal") {
    all[0] = row.x;
    for (double& value : all[0].values)
      value = std::normal_distribution<double>()(generator);
  }
  if (noise == "uniform") {
    // of the shape that the sampler asks for: one number, or one for each class
    all[0] =
        module.find(row.name + ".sample")->type(module.find(row.name + ".sample")->params[0].value).rank() ==
                0
            ? Tensor::real(0)
            : Tensor::vector({0, 0, 0});
    for (double& value : all[0].values)
      value = std::uniform_real_distribution<double>()(generator);
  }
  all.insert(all.end(), row.arguments.begin(), row.arguments.end());
  return run(module, row.name + ".sample", all, sizes).at(0);
}

}  // namespace

std::set<std::string> probability::structured_names() {
  std::set<std::string> names;
  for (const Structured& row : structured())
    names.insert(row.name);
  return names;
}

std::vector<probability::StructuredDistribution> probability::structured_distributions() {
  const auto text = [](const Tensor& tensor) {
    std::string out;
    for (const double value : tensor.values)
      out += (out.empty() ? "" : ", ") + std::to_string(static_cast<long long>(value));
    return tensor.shape.empty() ? out : "[" + out + "]";
  };
  std::vector<StructuredDistribution> distributions;
  for (const Structured& row : structured()) {
    std::string json;
    for (const auto& [dim, size] : sizes)
      if (row.dims.find(dim) != std::string::npos)
        json += (json.empty() ? "{" : ", ") + ("\"" + dim + "\": " + std::to_string(size));
    for (std::size_t k = 0; k < row.formals.size(); ++k)
      if (row.formals[k].second.starts_with("int"))
        json += ", \"" + row.formals[k].first + "\": " + text(row.arguments[k]);
    if (row.type.starts_with("int")) json += ", \"x\": " + text(row.x);
    distributions.push_back({row.name, row.dims, row.formals, row.type, json + "}"});
  }
  return distributions;
}

TEST_CASE("structured distributions: log densities in digits", "[probability]") {
  for (const Structured& row : structured()) {
    INFO(row.name);
    REQUIRE(log_density(density_of(row), row, row.x, row.arguments) == Approx(row.expected).epsilon(1e-12));
  }
}

TEST_CASE("structured distributions: samplers have the distribution of the density", "[probability]") {
  std::mt19937_64 generator(20240723);
  constexpr int draws = 3000;
  for (const Structured& row : structured()) {
    INFO(row.name);
    const Module module = density_of(row);
    std::vector<double> ratios(row.near.size()), squares(row.near.size());
    double surprise = 0, surprise_squared = 0;
    for (int k = 0; k < draws; ++k) {
      const Tensor x = draw(module, row, generator);
      const double log_p = log_density(module, row, x, row.arguments);
      REQUIRE(std::isfinite(log_p));
      surprise -= log_p / draws;
      surprise_squared += log_p * log_p / draws;
      for (std::size_t i = 0; i < row.near.size(); ++i) {
        const double ratio = std::exp(log_density(module, row, x, row.near[i]) - log_p);
        ratios[i] += ratio / draws;
        squares[i] += ratio * ratio / draws;
      }
    }
    // Five standard errors of the mean.
    for (std::size_t i = 0; i < ratios.size(); ++i)
      REQUIRE(ratios[i] == Approx(1).margin(5 * std::sqrt((squares[i] - ratios[i] * ratios[i]) / draws)));
    if (module.find(row.name + ".entropy")) {
      const double error = std::sqrt((surprise_squared - surprise * surprise) / draws);
      REQUIRE(run_real(module, row.name + ".entropy", row.arguments) == Approx(surprise).margin(5 * error));
    }
  }
}

TEST_CASE("structured distributions: means and variances of draws", "[probability]") {
  std::mt19937_64 generator(77);
  constexpr int draws = 4000;
  const auto moments = [&](const std::string& name, auto&& of_draw) {
    for (const Structured& row : structured()) {
      if (row.name != name) continue;
      const Module module = density_of(row);
      std::vector<double> sum, squares;
      for (int k = 0; k < draws; ++k) {
        const std::vector<double> values = of_draw(draw(module, row, generator).values);
        sum.resize(values.size());
        squares.resize(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
          sum[i] += values[i] / draws;
          squares[i] += values[i] * values[i] / draws;
        }
      }
      // The member `mean` where there is one.
      if (const auto* mean = module.find(name + ".mean")) {
        const auto expected = run(module, mean->name, row.arguments, sizes).at(0).values;
        for (std::size_t i = 0; i < expected.size() && i < sum.size(); ++i) {
          INFO(name << " element " << i);
          REQUIRE(sum[i] ==
                  Approx(expected[i]).margin(5 * std::sqrt((squares[i] - sum[i] * sum[i]) / draws) + 1e-12));
        }
      }
      for (std::size_t i = 0; i < sum.size(); ++i)
        squares[i] -= sum[i] * sum[i];
      return std::pair(sum, squares);
    }
    return std::pair(std::vector<double>{}, std::vector<double>{});
  };
  const auto itself = [](const std::vector<double>& values) { return values; };
  // Var W_ii = 2 nu S_ii^2
  const auto wishart = moments("wishart", itself);
  for (std::size_t i = 0; i < 3; ++i)
    REQUIRE(wishart.second[4 * i] == Approx(2 * 5.5 * std::pow(scale.values[4 * i], 2)).epsilon(0.15));
  moments("inv_wishart", itself);
  // L L' of the Cholesky forms has the mean of the matrices
  const auto product = [](const std::vector<double>& l) {
    return std::vector<double>{l[0] * l[0], l[3] * l[0], l[3] * l[3] + l[4] * l[4],
                               l[6] * l[6] + l[7] * l[7] + l[8] * l[8]};
  };
  const auto chol = moments("wishart_chol", product);
  const std::vector<double> mean = {5.5 * 2.0, 5.5 * 0.3, 5.5 * 1.0, 5.5 * 1.5};
  for (std::size_t i = 0; i < 4; ++i)
    REQUIRE(chol.first[i] == Approx(mean[i]).margin(5 * std::sqrt(chol.second[i] / draws)));
  // Each correlation under LKJ is 2 beta(a, a) - 1, a = eta + (K - 2) / 2: mean 0, variance 1 / (2 a + 1)
  for (const std::string name : {"lkj_corr", "lkj_chol"}) {
    INFO(name);
    const bool is_factor = name == "lkj_chol";
    const auto r = moments(name, [&](const std::vector<double>& x) {
      return is_factor ? std::vector<double>{x[3], x[6], x[6] * x[3] + x[7] * x[4]}
                       : std::vector<double>{x[3], x[6], x[7]};
    });
    for (std::size_t i = 0; i < 3; ++i) {
      REQUIRE(r.first[i] == Approx(0).margin(5 * std::sqrt(r.second[i] / draws)));
      REQUIRE(r.second[i] == Approx(1.0 / 7).epsilon(0.12));
    }
  }
  // P(x[1]) is binomial(7, 0.2)
  const auto counts = moments("multinomial", itself);
  for (std::size_t i = 0; i < 3; ++i) {
    const double p = std::vector<double>{0.2, 0.5, 0.3}[i];
    REQUIRE(counts.first[i] == Approx(7 * p).margin(5 * std::sqrt(7 * p * (1 - p) / draws)));
    REQUIRE(counts.second[i] == Approx(7 * p * (1 - p)).epsilon(0.12));
  }
  for (const std::string name :
       {"mvn", "mvn_prec", "mvn_prec_chol", "mvn_low_rank", "multi_student_t", "ordered_logistic",
        "ordered_probit", "multinomial_logit", "dirichlet_multinomial", "dirichlet"})
    moments(name, itself);
  const auto walk = moments("gaussian_random_walk", itself);
  REQUIRE(walk.second[2] == Approx(4 + 2 * 0.49).epsilon(0.12));
  const auto ar1 = moments("gaussian_ar1", itself);
  for (std::size_t t = 0; t < 3; ++t)
    REQUIRE(ar1.second[t] == Approx(0.49 / 0.64).epsilon(0.12));
}

TEST_CASE("structured distributions: probabilities sum to one", "[probability]") {
  for (const Structured& row : structured()) {
    const Module module = density_of(row);
    INFO(row.name);
    if (row.type == "int<1, M + 1>") {
      double total = 0;
      for (std::int64_t x = 1; x <= 4; ++x)
        total += std::exp(log_density(module, row, integer(x), row.arguments));
      REQUIRE(total == Approx(1).epsilon(1e-13));
      // far out, where 1 - F has no digits left
      Arguments far = row.arguments;
      far[0] = Tensor::real(row.name == "ordered_logistic" ? 300 : 20);
      REQUIRE(std::isfinite(log_density(module, row, integer(2), far)));
      far[0] = Tensor::real(row.name == "ordered_logistic" ? -300 : -20);
      REQUIRE(std::isfinite(log_density(module, row, integer(3), far)));
    }
    if (row.type == "int<lower=0>[K]") {
      double total = 0;
      for (int a = 0; a <= 7; ++a)
        for (int b = 0; a + b <= 7; ++b)
          total += std::exp(
              log_density(module, row, integers({double(a), double(b), double(7 - a - b)}), row.arguments));
      REQUIRE(total == Approx(1).epsilon(1e-12));
      REQUIRE(log_density(module, row, integers({1, 2, 3}), row.arguments) ==
              -std::numeric_limits<double>::infinity());
    }
  }
}

TEST_CASE("structured distributions: ordered values in digits", "[probability]") {
  const std::map<std::string, std::vector<double>> expected = {
      {"ordered_logistic",
       {-1.7839007408883387, -1.2651945641928577, -1.2036591771534277, -1.3873353251154312}},
      {"ordered_probit",
       {-2.9040780103022463, -1.0052831638726292, -0.8128463417041912, -1.997558846986297}}};
  for (const Structured& row : structured())
    if (const auto it = expected.find(row.name); it != expected.end())
      for (std::int64_t x = 1; x <= 4; ++x)
        REQUIRE(log_density(density_of(row), row, integer(x), row.arguments) ==
                Approx(it->second[static_cast<std::size_t>(x) - 1]).epsilon(1e-12));
}

// Gamma functions of nu are of the size nu ln nu; their difference is not.
TEST_CASE("structured distributions: multi_student_t of many degrees of freedom is mvn", "[probability]") {
  const auto row = [](const std::string& name) {
    return *std::find_if(structured().begin(), structured().end(),
                         [&](const Structured& each) { return each.name == name; });
  };
  const auto value = [&](const std::string& name, const Arguments& arguments) {
    const Structured its = row(name);
    return log_density(density_of(its), its, its.x, arguments);
  };
  for (const auto& [heavy, light] :
       {std::pair{"multi_student_t", "mvn"}, std::pair{"multi_student_t_chol", "mvn_chol"}}) {
    const auto& arguments = row(heavy).arguments;
    CHECK(value(heavy, {Tensor::real(1e11), arguments[1], arguments[2]}) ==
          Approx(value(light, {arguments[1], arguments[2]})).epsilon(1e-9));
  }
}

TEST_CASE("structured distributions: matrices integrate to one over their coordinates", "[probability]") {
  REQUIRE(latent_mass("corr_matrix[2] ~ lkj_corr(2.5)", 1, 10, 0.1) == Approx(1).epsilon(1e-9));
  REQUIRE(latent_mass("corr_matrix[3] ~ lkj_corr(3.0)", 3, 4, 0.4) == Approx(1).epsilon(1e-4));
  REQUIRE(latent_mass("cov_matrix[1] ~ wishart(3.5, [[0.8]])", 1, 25, 0.1) == Approx(1).epsilon(1e-9));
  REQUIRE(latent_mass("cov_matrix[2] ~ wishart(9.0, [[0.2, 0.05], [0.05, 0.1]])", 3, 6, 0.2) ==
          Approx(1).epsilon(1e-4));
  REQUIRE(latent_mass("cov_matrix[2] ~ inv_wishart(9.0, [[5.0, 1.0], [1.0, 6.0]])", 3, 6, 0.2) ==
          Approx(1).epsilon(1e-4));
  REQUIRE(latent_mass("cholesky_cov[2] ~ wishart_chol(9.0, [[0.4, 0.0], [0.1, 0.3]])", 3, 6, 0.2) ==
          Approx(1).epsilon(1e-4));
  REQUIRE(latent_mass("cholesky_cov[2] ~ inv_wishart_chol(9.0, [[2.2, 0.0], [0.4, 2.4]])", 3, 6, 0.2) ==
          Approx(1).epsilon(1e-4));
}
