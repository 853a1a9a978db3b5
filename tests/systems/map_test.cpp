// The mode of models: at saddles, minima and bounds, of several maxima, and where there is none.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>

#include "systems.h"

using namespace elba;
using namespace elba::test::systems;

namespace {

std::string reasons_of(const Posterior& posterior) {
  std::string text;
  for (const Reason& reason : posterior.reasons)
    text += reason.text + "\n";
  return text;
}

Posterior mode_of(const Bound& bound, std::uint64_t seed = 1, const std::string& method = "map") {
  auto found = bound.fit({.method = method, .seed = seed});
  REQUIRE(found);
  return std::move(*found);
}

// Numbers of a file of data, made from a formula of the index.
template <class F>
std::string list_of(int count, F f) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += (i > 0 ? ", " : "") + std::to_string(f(i));
  return "[" + text + "]";
}

const char* const mixture =
    "model mix { dim N; data y: real[N]; param mu: real[2]; for i in 1:N { factor log_sum_exp(log(0.5) + "
    "normal_logpdf(y[i], mu[k], 0.5) for k in 1:2); } }";
const char* const rank_one =
    "model rank_one { dim N, D; data X: real[N, D]; param w: real[D]; param z: real[N]; X ~ normal(outer(z, "
    "w), 1); factor -0.005 * (sum(square(w)) + sum(square(z))); }";

}  // namespace

TEST_CASE("map and auto leave saddles and minima, with the same answer for twenty seeds", "[systems]") {
  const Bound mix = bound_of(mixture, R"({"y": [-2.0, -2.1, -1.9, 2.0, 2.1, 1.9]})");
  const Bound factors = bound_of(rank_one, R"({"X": [[3, 1], [-3, -1.2], [2, 1], [-2.2, -0.4]]})");
  const Bound minimum = bound_of(
      "model m { param a: real; param s: real<lower=0>; factor a^2 - a^4 / 4 - (s - 2)^2; }");
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    for (const char* method : {"map", "auto"}) {
      const Posterior two = mode_of(mix, seed, method);
      INFO(reasons_of(two));
      CHECK(two.method == "map");
      CHECK(two.verdict == Verdict::trust);
      CHECK(two.mode()->log_density == Approx(-5.593631).margin(1e-5));
      CHECK(mean_of(two, "mu[1]") == Approx(-2).margin(1e-4));  // the first in order, of two images
      CHECK(mean_of(two, "mu[2]") == Approx(2).margin(1e-4));
      const Posterior one = mode_of(factors, seed, method);
      CHECK(one.verdict == Verdict::trust);
      CHECK(one.mode()->log_density == Approx(-7.5177).margin(1e-3));
      const Posterior high = mode_of(minimum, seed, method);
      CHECK(high.verdict == Verdict::trust);
      CHECK(high.mode()->log_density == Approx(1).margin(1e-9));
    }
}

TEST_CASE("map says where a density has no maximum", "[systems]") {
  struct Case {
    const char *text, *data, *words;
  };
  const Case cases[] = {
      {"model m { latent a ~ normal(0, 1); factor a^4; }", "{}", "`a`"},
      {"model m { latent a ~ normal(0, 1); factor a^2; }", "{}", "`a`"},
      {"model m { param a: real; param b: real; factor 3 * a * b - a^2 / 2 - b^2 / 2; }", "{}",
       "without end"},
      {"model m { param x: real; param y: real; factor x^3 - 3 * x * y^2; }", "{}", "without end"},
      {"model m { dim N; data y: int<0, 1>[N]; data x: real[N]; param a: real; param b: real; y ~ "
       "bernoulli_logit(a + b * x); }",
       R"({"y": [0, 0, 0, 1, 1, 1], "x": [-2, -1, -0.5, 0.5, 1, 2]})", "`b` grows without end"},
      {"model m { param m: real; param s: real<lower=0>; factor 2 * normal_logpdf(1, m, s); }", "{}",
       "`s` goes to 0"},
      {"model m { dim J; data y: real[J]; latent mu ~ normal(0, 10); latent tau ~ half_normal(10); latent "
       "theta[J] ~ normal(mu, tau); y ~ normal(theta, 10); }",
       R"({"y": [28, 8, -3, 7, -1, 1, 18, 12]})", "`tau` goes to 0"},
      // A proper local maximum is what every start meets; a component that closes in on one observation is
      // found from it.
      {"model m { dim N; data y: real[N]; param mu: real[2]; param s: real<lower=0>[2]; for i in 1:N { "
       "factor log_sum_exp(log(0.5) + normal_logpdf(y[i], mu[k], s[k]) for k in 1:2); } }",
       R"({"y": [-3.1, -2.2, -3.9, -2.7, -3.4, -2.9, 2.2, 1.1, 3.3, 2.6, 1.7, 2.05]})", "goes to 0"},
  };
  for (const Case& c : cases) {
    const Posterior found = mode_of(bound_of(c.text, c.data));
    INFO(c.text << "\n" << reasons_of(found));
    CHECK(found.verdict == Verdict::do_not_trust);
    CHECK_THAT(reasons_of(found), Catch::Contains("the density has no maximum") && Catch::Contains(c.words));
  }
}

TEST_CASE("map names what is flat, and what lies on a bound", "[systems]") {
  struct Case {
    const char* text;
    Verdict verdict;
    const char* words;
    double value;
  };
  const Case cases[] = {
      {"model m { latent a ~ flat(); }", Verdict::caution, "`a` can change", 0},
      {"model m { latent p: real<lower=0, upper=1> ~ uniform(0, 1); }", Verdict::caution, "`p` can change",
       0},
      {"model m { param a: real; param b: real; factor -(a + b - 3)^2; }", Verdict::caution,
       "`a` and `b` can change together", 0},
      {"model m { param a: real; param b: real<lower=0>; factor -(a * b - 3)^2; }", Verdict::caution,
       "`a` and `b` can change together", 0},
      {"model m { param p: real<lower=0, upper=2>; param a: real; factor 2 * p - (a - p)^2; }",
       Verdict::trust, "on a bound: `p` = 2", 4},
      {"model m { param p: real<lower=-1, upper=3>[3]; factor sum(p[k]^2 for k in 1:3); }", Verdict::trust,
       "on a bound: `p[1]` = 3", 27},
      {"model m { param w: simplex[3]; factor 3 * log(w[1]) + 5 * log(w[2]); }", Verdict::trust,
       "on a bound: `w[3]` = 0", 3 * std::log(0.375) + 5 * std::log(0.625)},
      {"model m { param w: simplex[3]; factor 3 * log(w[1]) + 5 * log(w[2]) + 2 * log(w[3]); }",
       Verdict::trust, "each of", 3 * std::log(0.3) + 5 * std::log(0.5) + 2 * std::log(0.2)},
      {"model m { param c: ordered[3]; factor -(c[1] - 1)^2 - (c[2] - 0.5)^2 - (c[3] - 4)^2; }",
       Verdict::trust, "on a bound", -0.125},
      {"model m { param v: unit_vector[3]; factor 3 * v[1] + 4 * v[2]; }", Verdict::trust, "came there", 5},
      {"model m { param L: cholesky_corr[2]; factor -20 * (L[2, 1] - 0.6)^2; }", Verdict::trust, "each of",
       0},
      {"model m { param x: real; param z: real; factor -2 * abs(x - z) - (x - 1)^2 - (z - 2)^2; }",
       Verdict::trust, "came there", -0.5},
  };
  for (const Case& c : cases) {
    const Posterior found = mode_of(bound_of(c.text));
    INFO(c.text << "\n" << reasons_of(found));
    CHECK(found.verdict == c.verdict);
    CHECK(found.mode()->log_density == Approx(c.value).margin(1e-6));
    CHECK_THAT(reasons_of(found), Catch::Contains(c.words));
  }
}

TEST_CASE("positive params are brought back from the plateau beside their bound", "[systems]") {
  // Jaakkola and Jordan's bound is even in xi, so that xi = 0 is stationary: a minimum, which exp(u) turns
  // into a plateau without a slope.
  const auto bound = [](const char* init) {
    return bound_of(
        std::string("model jj { dim N; data y: int<0, 1>[N]; data x: real[N]; param m: real; param s: "
                    "real<lower=0>; param xi: real<lower=0>[N] init ") +
            init +
            "; for i in 1:N { factor (y[i] - 0.5) * m * x[i] - xi[i] / 2 - log1p_exp(-xi[i]) - tanh(xi[i] / "
            "2) / (4 * xi[i]) * (x[i]^2 * (m^2 + s^2) - xi[i]^2); } factor -0.5 * (m^2 + s^2) + log(s); }",
        R"({"y": [1, 1, 0, 1, 1, 0, 1, 1], "x": [2, 3, -2.5, 1, 4, 0.5, 3.5, -1]})");
  };
  const Posterior best = mode_of(bound("1"));
  CHECK(best.verdict == Verdict::trust);
  for (const char* init : {"1e-7", "1e-4", "1e3"}) {
    FitOptions options{.method = "map"};
    options.starts = 1;
    const auto alone = bound(init).fit(options);
    REQUIRE(alone);
    INFO(init << " " << reasons_of(*alone));
    CHECK(alone->mode()->log_density == Approx(best.mode()->log_density).margin(1e-7));
    const double spread = std::hypot(mean_of(*alone, "m"), mean_of(*alone, "s"));
    CHECK(mean_of(*alone, "xi[1]") == Approx(2 * spread).epsilon(1e-4));
    CHECK(mean_of(*alone, "xi[6]") == Approx(0.5 * spread).epsilon(1e-4));
    CHECK(mode_of(bound(init)).verdict == Verdict::trust);
  }
}

TEST_CASE("a small neural net has the same mode for twenty seeds", "[systems]") {
  const Bound net = bound_of(
      R"(model net {
  dim N;
  data x: real[N];
  data y: real[N];
  param a: real[3];
  param b: real[3];
  param c: real[3];
  param d: real;
  for i in 1:N { y[i] ~ normal(d + sum(c[k] * tanh(a[k] + b[k] * x[i]) for k in 1:3), 0.1); }
  factor -0.05 * (sum(square(a)) + sum(square(b)) + sum(square(c)));
})",
      R"({"x": )" + list_of(30, [](int i) { return -2 + 4.0 * i / 29; }) + R"(, "y": )" +
          list_of(30, [](int i) { return std::sin(2 * (-2 + 4.0 * i / 29)) + 0.1 * std::sin(37.0 * i); }) +
          "}");
  const Posterior first = mode_of(net);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Posterior found = mode_of(net, seed);
    INFO(reasons_of(found));
    CHECK(found.mode()->log_density == Approx(first.mode()->log_density).margin(1e-5));
  }
  CHECK(first.verdict == Verdict::trust);
  CHECK(first.mode()->reached > 1);
}

TEST_CASE("units hardly matter: data in hundred millions and in ten millionths have a mode like any other",
          "[systems]") {
  for (const double unit : {1e-7, 1e-3, 1.0, 1e5, 1e8}) {
    std::string y;
    for (int i = 0; i < 20; ++i) {
      char text[40];
      std::snprintf(text, sizeof text, "%s%.17g", i > 0 ? ", " : "", unit * (3 + std::sin(5.0 * i)));
      y += text;
    }
    const Bound bound = bound_of(
        "model m { dim N; data y: real[N]; param mu: real; param s: real<lower=0>; y ~ normal(mu, s); }",
        "{\"y\": [" + y + "]}");
    double mean = 0, square = 0;
    for (int i = 0; i < 20; ++i)
      mean += (3 + std::sin(5.0 * i)) / 20;
    for (int i = 0; i < 20; ++i)
      square += std::pow(3 + std::sin(5.0 * i) - mean, 2) / 20;
    const Posterior found = mode_of(bound);
    INFO(unit << "\n" << reasons_of(found));
    CHECK(found.verdict == Verdict::trust);
    CHECK(mean_of(found, "mu") == Approx(unit * mean).epsilon(1e-6));
    CHECK(mean_of(found, "s") == Approx(unit * std::sqrt(square)).epsilon(1e-5));
  }
}

TEST_CASE("rotations of two factors are flat, and said to be", "[systems]") {
  std::string rows;
  for (int i = 0; i < 12; ++i) {
    const double s = std::sin(1.3 * i), t = std::cos(2.9 * i);
    rows += (i > 0 ? ", " : "") + list_of(4, [&](int d) {
              return 2 * s * std::sin(1.0 + d) + 1.5 * t * std::cos(2.0 * d) +
                     0.2 * std::sin(7.0 * i + 3 * d);
            });
  }
  const Bound bound = bound_of(
      "model f { dim N, D; data X: real[N, D]; param w: real[2, D]; param z: real[N, 2]; X ~ normal(z @ w, "
      "0.5); factor -0.5 * (sum(square(w)) + sum(square(z))); }",
      "{\"X\": [" + rows + "]}");
  const Posterior first = mode_of(bound);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Posterior found = mode_of(bound, seed);
    CHECK(found.verdict == Verdict::caution);
    CHECK(found.mode()->log_density == Approx(first.mode()->log_density).margin(1e-5));
    CHECK_THAT(reasons_of(found), Catch::Contains("`w` and `z` can change together"));
  }
}

TEST_CASE("a likelihood of 1e5 rows has no kink", "[systems]") {
  const int count = 100'000;
  int ones = 0;
  const auto y = [](int i) { return (static_cast<std::int64_t>(i) * 7919 + i / 17) % 10 < 3 ? 1 : 0; };
  for (int i = 0; i < count; ++i)
    ones += y(i);
  const std::string data = "{\"y\": " + list_of(count, y) + "}";
  const double p = static_cast<double>(ones) / count,
               best = ones * std::log(p) + (count - ones) * std::log1p(-p);
  for (const char* text :
       {"model m { dim N; data y: int<0, 1>[N]; param p: real<lower=0, upper=1>; y ~ bernoulli(p); }",
        "model m { dim N; data y: int<0, 1>[N]; param a: real; y ~ bernoulli_logit(a); predict p = "
        "inv_logit(a); }",
        "model m { dim N; data y: int<0, 1>[N]; param p: real init 0.5; y ~ bernoulli(p); }",
        "model m { dim N; data y: int<0, 1>[N]; param p: real<lower=0, upper=1>; for i in 1:N { factor y[i] "
        "* log(p) + (1 - y[i]) * log(1 - p); } }"}) {
    const Posterior found = mode_of(bound_of(text, data));
    INFO(text << "\n" << reasons_of(found));
    CHECK(found.verdict == Verdict::trust);
    CHECK(found.mode()->log_density == Approx(best).epsilon(1e-12));
    CHECK(mean_of(found, "p") == Approx(p).epsilon(1e-6));
  }
}

TEST_CASE("the first ascent begins at `init`, and the best end wins", "[systems]") {
  const std::string text =
      "model m { param x: real init 29; factor log_sum_exp(3 + normal_logpdf(x, -5, 1), normal_logpdf(x, 30, "
      "1)); }";
  const Bound bound = bound_of(text);
  FitOptions options{.method = "map"};
  options.starts = 1;
  const auto alone = bound.fit(options);
  REQUIRE(alone);
  CHECK(alone->mode()->starts == 1);
  CHECK(mean_of(*alone, "x") == Approx(30).margin(1e-6));
  CHECK(alone->verdict == Verdict::caution);
  const Posterior found = mode_of(bound);
  INFO(reasons_of(found));
  CHECK(mean_of(found, "x") == Approx(-5).margin(1e-6));
  CHECK(found.mode()->reached < found.mode()->starts);
  options.starts = -1;
  CHECK_FALSE(bound.fit(options));
}

TEST_CASE("laplace goes on from a saddle", "[systems]") {
  const auto found =
      bound_of(
          "model m { latent a ~ normal(0, 1); latent b ~ normal(0, 1); factor 3 * a * b - (a^4 + b^4) / 4; }")
          .fit({.method = "laplace"});
  REQUIRE(found);
  // a = b with 3 a - a = a^3.
  CHECK(std::fabs(mean_of(*found, "a")) > 0.8);
  CHECK_THAT(reasons_of(*found), !Catch::Contains("no proper maximum"));
}
