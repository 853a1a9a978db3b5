// combinators: the library and distributions made of distributions, by the battery: masses by quadrature or
// enumeration, cdf, quantile, sampler and compiled derivatives against differences; values far out against
// closed forms.
#include <cmath>
#include <regex>
#include <set>

#include "api/distribution_check.h"
#include "api/elba.hpp"
#include "ir/library.h"
#include "support/render.h"
#include "tests/probability/probability.h"

using namespace elba;

namespace {

struct Row {
  std::string name, statements;  // of a model with the site `x`
  std::vector<double> atoms;
  std::set<std::string> properties;  // that must have been looked at
};

// What the parts need besides the library: a count with a cdf in closed form.
const std::string declarations = R"(
dist geom(q: real<lower=0, upper=1>): int<lower=0> {
  logpmf(x) = log(q) + x * log1p(-q);
  cdf(x) = -expm1((x + 1) * log1p(-q));
  sample(u: uniform) = to_int(floor(log(u) / log1p(-q)));
  mean = (1 - q) / q;
}
dist gumbel_min(a: real, b: real<lower=0>): real {
  logpdf(x) = (x - a) / b - exp((x - a) / b) - log(b);
  cdf(x) = -expm1(-exp((x - a) / b));
  log_ccdf(x) = -exp((x - a) / b);
  log_cdf(x) = log1m_exp(-exp((x - a) / b));
}
)";

const std::string gauss = R"(
dist gauss(a: real, b: real<lower=0>): real {
  logpdf(x) = normal_logpdf(x, a, b);
  cdf(x) = normal_cdf(x, a, b);
  log_cdf(x) = log(Phi((x - a) / b));
  log_ccdf(x) = log(Phi((a - x) / b));
}
)";

const std::set<std::string> whole = {"integrates to 1", "cdf", "quantile inverts the cdf", "sampler",
                                     "derivatives"};
const std::set<std::string> counted = {"sums to 1", "derivatives"},
                            counted_whole = {"sums to 1", "cdf", "quantile inverts the cdf", "sampler",
                                             "derivatives"};

const std::vector<Row> rows = {
    {"truncated below",
     "param m: real; param s: real<lower=0>; latent x ~ truncated(normal(m, s), lower = 0.25);",
     {},
     whole},
    {"truncated above, by an unknown",
     "param b: real; param m: real; param s: real<lower=0>; latent x ~ truncated(logistic(m, s), upper = b);",
     {},
     whole},
    {"truncated on both sides",
     "param m: real; param s: real<lower=0>; latent x ~ truncated(normal(m, s), -1, 2.5);",
     {},
     whole},
    {"truncated, no quantile",
     "param m: real; param s: real<lower=0>; latent x ~ truncated(gumbel_min(m, s), lower = -0.5);",
     {},
     whole},
    {"truncated within a support",
     "param r: real<lower=0>; latent x ~ truncated(exponential(r), upper = 1.5);",
     {},
     whole},
    {"truncated twice",
     "param m: real; param s: real<lower=0>; latent x ~ truncated(truncated(normal(m, s), lower = -1), upper "
     "= 2);",
     {},
     whole},
    {"truncated counts",
     "param q: real<lower=0.2, upper=0.9>; data x: int<1, 6>; x ~ truncated(geom(q), 1, 6);",
     {},
     counted_whole},
    {"truncated counts, one side",
     "param q: real<lower=0.2, upper=0.9>; data x: int<lower=2>; x ~ truncated(geom(q), lower = 2);",
     {},
     counted_whole},
    {"truncated mixture",
     "param w: simplex[2]; param m: real; param s: real<lower=0>; latent x ~ truncated(mixture(w, normal(m, "
     "s), cauchy(0, 2)), -3, 4);",
     {},
     whole},
    {"mixture",
     "param w: simplex[3]; param m: real; param s: real<lower=0>; latent x ~ mixture(w, normal(m, s), "
     "logistic(0, s), cauchy(1, 2));",
     {},
     {"integrates to 1", "cdf", "sampler", "derivatives"}},
    {"mixture over components",
     "dim K; param w: simplex[K]; param m: real[K]; param s: real<lower=0>; latent x ~ mixture(w, normal(m, "
     "s));",
     {},
     {"integrates to 1", "cdf", "mean", "sampler", "derivatives"}},
    {"mixture of positive parts",
     "param w: simplex[2]; param r: real<lower=0>; latent x ~ mixture(w, exponential(r), lognormal(0, 0.5));",
     {},
     {"integrates to 1", "cdf", "mean", "sampler", "derivatives"}},
    {"mixture of different intervals",
     "param w: simplex[2]; param m: real; latent x ~ mixture(w, normal(m, 1), uniform(-3, 2));",
     {},
     {"integrates to 1", "cdf", "sampler", "derivatives"}},
    {"mixture of truncated parts",
     "param w: simplex[2]; param m: real; latent x ~ mixture(w, truncated(normal(m, 1), lower = 0), "
     "truncated(normal(m, 2), lower = 0));",
     {},
     {"integrates to 1", "cdf", "sampler", "derivatives"}},
    {"mixture of counts",
     "param w: simplex[2]; param q: real<lower=0.2, upper=0.9>; data x: int<lower=0>; x ~ mixture(w, "
     "geom(q), geom(0.4));",
     {},
     {"sums to 1", "cdf", "mean", "sampler", "derivatives"}},
    {"mixture of indices",
     "dim K; param w: simplex[2]; param p: simplex[K]; param q: simplex[K]; data x: int<1, K>; x ~ "
     "mixture(w, categorical(p), categorical(q));",
     {},
     {"sums to 1", "sampler", "derivatives"}},
    {"zero_inflated",
     "param p: real<0, 1>; param q: real<lower=0.2, upper=0.9>; data x: int<lower=0>; x ~ zero_inflated(p, "
     "geom(q));",
     {},
     {"sums to 1", "cdf", "mean", "sampler", "derivatives"}},
    {"zero_inflated over a bounded count",
     "param p: real<0, 1>; param q: real<0, 1>; data x: int<0, 6>; x ~ zero_inflated(p, binomial(6, q));",
     {},
     {"sums to 1", "mean", "sampler", "derivatives"}},
    {"zero_inflated, the part without zero",
     "param p: real<0, 1>; param q: real<lower=0.2, upper=0.9>; data x: int<lower=0>; x ~ zero_inflated(p, "
     "truncated(geom(q), lower = 1));",
     {},
     {"sums to 1", "cdf", "sampler", "derivatives"}},
    {"hurdle of counts",
     "param p: real<0, 1>; param r: real<lower=0>; data x: int<lower=0>; x ~ hurdle(p, poisson(r));",
     {},
     counted},
    {"hurdle of counts with a cdf",
     "param p: real<0, 1>; param q: real<lower=0.2, upper=0.9>; data x: int<lower=0>; x ~ hurdle(p, "
     "geom(q));",
     {},
     {"sums to 1", "cdf", "sampler", "derivatives"}},
    {"hurdle of positive reals",
     "param p: real<0, 1>; param s: real<lower=0>; data x: real<lower=0>; x ~ hurdle(p, lognormal(0.3, s));",
     {0},
     {"integrates to 1", "cdf", "mean", "sampler"}},
    {"hurdle of reals",
     "param p: real<0, 1>; param m: real; param s: real<lower=0>; data x: real<lower=0>; x ~ hurdle(p, "
     "normal(m, s));",
     {0},
     {"integrates to 1", "cdf", "sampler"}},
    {"censored above",
     "param s: real<lower=0>; data x: real; x ~ censored(lognormal(0.3, s), upper = 1.5);",
     {1.5},
     {"integrates to 1", "cdf", "sampler"}},
    {"censored on both sides",
     "param m: real; param s: real<lower=0>; data x: real; x ~ censored(normal(m, s), -0.5, 1.25);",
     {-0.5, 1.25},
     {"integrates to 1", "cdf", "sampler"}},
    {"censored counts",
     "param q: real<lower=0.2, upper=0.9>; data x: int<0, 4>; x ~ censored(geom(q), upper = 4);",
     {},
     {"sums to 1", "cdf", "sampler", "derivatives"}},
};

// The log density of a model at u = 0, with its gradient.
double density_at(const std::string& text, const Data& data, std::vector<double>& gradient) {
  const auto program = Program::compile(text, {.name = "test.elba"});
  INFO(render_text(program.diagnostics(), Source("test.elba", text)));
  REQUIRE(program);
  const auto bound = program->bind(data);
  REQUIRE(bound);
  const auto workspace = bound->workspace();
  REQUIRE(workspace);
  const std::vector<double> u(bound->dimension());
  gradient.assign(bound->dimension(), 0);
  double value = 0;
  REQUIRE(bound->log_density(**workspace, u, true, value, gradient));
  return value;
}

}  // namespace

TEST_CASE("combinators: the battery", "[probability]") {
  for (const Row& row : rows) {
    INFO(row.name);
    const auto found = check_site_distribution(declarations + "model m { " + row.statements + " }", row.name,
                                               {.points = 2, .draws = 600, .atoms = row.atoms});
    INFO(render_text(found.diagnostics(), Source("test.elba", row.statements)));
    REQUIRE(found);
    std::set<std::string> seen;
    for (const BatteryRow& property : *found) {
      INFO(property.property << ": " << property.detail);
      CHECK(property.ok());
      seen.insert(property.property);
    }
    for (const std::string& property : row.properties) {
      INFO(property);
      CHECK(seen.contains(property));
    }
  }
}

TEST_CASE("combinators: the battery finds what is wrong", "[probability]") {
  const auto failures = [](const std::string& member, const std::string& replacement) {
    std::string text =
        "dist expo(r: real<lower=0>): real<lower=0> {\n  logpdf(x) = log(r) - r * x;\n  sample(u: uniform) = "
        "-log1p(-u) / r;\n  cdf(x) = -expm1(-r * x);\n  quantile(u) = -log1p(-u) / r;\n  mean = 1 / r;\n  "
        "entropy = 1 - log(r);\n}\n";
    if (!member.empty()) text.replace(text.find(member), member.size(), replacement);
    const auto found = check_distributions(text + "model m {\n  latent x ~ expo(1);\n}\n");
    REQUIRE(found);
    std::set<std::string> out;
    for (const auto& row : *found)
      if (!row.ok()) out.insert(row.property);
    return out;
  };
  using Set = std::set<std::string>;
  CHECK(failures("", "") == Set{});
  CHECK(failures("log(r) - r", "2 * log(r) - r").contains("integrates to 1"));
  CHECK(failures("-expm1(-r * x)", "-expm1(-x)") == Set{"cdf"});
  CHECK(failures("quantile(u) = -log1p(-u) / r", "quantile(u) = -log1p(-u)") ==
        Set{"quantile inverts the cdf"});
  CHECK(failures("mean = 1 / r", "mean = r") == Set{"mean"});
  CHECK(failures("1 - log(r)", "1 + log(r)") == Set{"entropy"});
  CHECK(failures("sample(u: uniform) = -log1p(-u) / r", "sample(u: uniform) = -2 * log1p(-u) / r") ==
        Set{"sampler"});
}

TEST_CASE("combinators: far in the tail", "[probability]") {
  // ln phi(8.5) - ln(Q(8) - Q(9)) of the standard normal, its derivative in the location: 8.5 - (phi(8) -
  // phi(9)) / (Q(8) - Q(9))
  std::vector<double> gradient;
  const auto phi = [](double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi); };
  const double kept = 0.5 * std::erfc(8 / std::sqrt(2.0)) - 0.5 * std::erfc(9 / std::sqrt(2.0));
  Data data;
  data.set("y", {}, {8.5});
  const double value = density_at(
      gauss + "model m { data y: real; param m: real; y ~ truncated(gauss(m, 1), 8, 9); }", data, gradient);
  CHECK(value == Approx(std::log(phi(8.5) / kept)).epsilon(1e-12));
  CHECK(gradient[0] == Approx(8.5 - (phi(8) - phi(9)) / kept).epsilon(1e-9));
  // A cut beyond all digits of the cdf on its side: everything is kept.
  CHECK(
      density_at(gauss + "model m { data y: real; param m: real; y ~ truncated(gauss(m, 1), lower = -300); }",
                 data, gradient) == Approx(std::log(phi(8.5))).epsilon(1e-12));
  CHECK(gradient[0] == Approx(8.5).epsilon(1e-12));
}

TEST_CASE("combinators: derivatives stay finite where a part has density 0", "[probability]") {
  std::vector<double> gradient;
  Data data;
  data.set("y", {}, {5.0});
  data.set("c", {}, {0});
  data.set("w", {2}, {0.0, 1.0});
  // The first part is cut off below 5, or has weight 0.
  CHECK(density_at("model m { data y: real; param m: real; y ~ mixture([0.5, 0.5], truncated(normal(m, 1), "
                   "upper = 2), normal(m, 3)); }",
                   data, gradient) ==
        Approx(std::log(0.5) - 0.5 * 25 / 9.0 - std::log(3) - 0.5 * std::log(2 * std::numbers::pi))
            .epsilon(1e-13));
  CHECK(gradient[0] == Approx(5 / 9.0).epsilon(1e-13));
  density_at(
      "model m { data y: real; data w: simplex[2]; param m: real; y ~ mixture(w, normal(-m, 1), normal(m, "
      "3)); }",
      data, gradient);
  CHECK(gradient[0] == Approx(5 / 9.0).epsilon(1e-13));
  // No zeros from the count itself: P(0) = p.
  CHECK(density_at("model m { data c: int<lower=0>; param q: real; c ~ zero_inflated(0.25, "
                   "truncated(poisson(exp(q)), lower = 1)); }",
                   data, gradient) == Approx(std::log(0.25)).epsilon(1e-13));
  CHECK(gradient[0] == 0);
}

namespace {

// A declaration of the library as a user would write it: with the library's private functions, which a model
// cannot name, as functions of its own.
std::string as_a_user(std::string_view source) {
  std::string text(source);
  std::set<std::string> known;  // names, and paragraphs of them
  const std::regex private_name("\\b_[a-z]\\w*");
  for (bool has_more = true; has_more;) {
    has_more = false;
    const std::string seen = text;
    for (std::sregex_iterator it(seen.begin(), seen.end(), private_name), end; it != end; ++it)
      if (const std::string paragraph(ir::function_source(it->str()));
          known.insert(it->str()).second && known.insert(paragraph).second)
        text += "\n" + paragraph, has_more = true;
  }
  return std::regex_replace(text, private_name, "own$&");
}

}  // namespace

TEST_CASE("distributions: the battery over the library", "[probability]") {
  // Every declaration as a user would write it, at generated arguments.
  for (const std::string& name : ir::distribution_names()) {
    // flat does not integrate; the types of hypergeometric do not say that n <= a + b.
    if (name == "flat" || name == "hypergeometric") continue;
    INFO(name);
    const std::string text = as_a_user(ir::distribution_source(name));
    const auto found = check_distributions(text, {}, {.points = 2, .draws = 400});
    INFO(render_text(found.diagnostics(), Source("test.elba", text)));
    REQUIRE(found);
    CHECK(!found->empty());
    for (const BatteryRow& property : *found) {
      INFO(property.property << ": " << property.detail);
      CHECK(property.ok());
    }
  }
}
