// The search for a mode, on functions whose landscape is known.
#include "runtime/inference/map/fit.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "runtime/inference/optimise/optimality.h"
#include "runtime/inference/variational/laplace_pathfinder.h"

using namespace elba::runtime;

namespace {

// A function of n coordinates as a problem; curvature by differences of gradients.
MapProblem problem_of(std::size_t n, const std::function<double(const double*, double*)>& f) {
  MapProblem problem;
  problem.log_density = {n, [f](const double* u, std::uint64_t, double& value, double* gradient) {
                           value = f(u, gradient);
                           return std::isfinite(value);
                         }};
  problem.constrain = [n](const double* u, double* q) { return std::copy(u, u + n, q), true; };
  for (std::size_t k = 0; k < n; ++k)
    problem.quantity_names.push_back(std::string(1, static_cast<char>('a' + k)));
  return problem;
}

// The last coordinate is the logarithm of an unknown.
void make_last_positive(MapProblem& problem) {
  const std::size_t n = problem.log_density.size;
  problem.unknowns = [n](const double* u, std::vector<double>& values) {
    values.assign(u, u + n);
    values[n - 1] = std::exp(u[n - 1]);
    return true;
  };
  problem.constrain = [n](const double* u, double* q) {
    std::copy(u, u + n, q);
    q[n - 1] = std::exp(u[n - 1]);
    return true;
  };
  for (std::size_t k = 0; k < n; ++k)
    problem.blocks.push_back({k, 1, k + 1 < n});
}

std::string joined(const MapResult& found) {
  std::string text;
  for (const elba::Reason& reason : found.reasons)
    text += reason.text + "\n";
  return text;
}

double square(double x) { return x * x; }

}  // namespace

TEST_CASE("an ascent goes on from saddles, minima and places without curvature", "[runtime]") {
  const MapProblem saddle = problem_of(2, [](const double* u, double* g) {
    g[0] = 3 * u[1] - u[0] - std::pow(u[0], 3);
    g[1] = 3 * u[0] - u[1] - std::pow(u[1], 3);
    return 3 * u[0] * u[1] - 0.5 * (square(u[0]) + square(u[1])) -
           0.25 * (std::pow(u[0], 4) + std::pow(u[1], 4));
  });
  const MapProblem minimum = problem_of(1, [](const double* u, double* g) {
    return g[0] = 2 * u[0] - std::pow(u[0], 3), square(u[0]) - 0.25 * std::pow(u[0], 4);
  });
  const MapProblem monkey = problem_of(2, [](const double* u, double* g) {
    const double r = square(u[0]) + square(u[1]);
    g[0] = 3 * square(u[0]) - 3 * square(u[1]) - 4 * r * u[0];
    g[1] = -6 * u[0] * u[1] - 4 * r * u[1];
    return std::pow(u[0], 3) - 3 * u[0] * square(u[1]) - r * r;
  });
  const MapProblem kink = problem_of(1, [](const double* u, double* g) {
    return g[0] = (u[0] > 0 ? 1 : u[0] < 0 ? -1 : 0) - u[0], std::fabs(u[0]) - 0.5 * square(u[0]);
  });
  struct Case {
    const MapProblem& problem;
    double value;
  };
  for (const Case& c : {Case{saddle, 2}, Case{minimum, 1}, Case{monkey, 27.0 / 256}, Case{kink, 0.5}}) {
    const std::size_t n = c.problem.log_density.size;
    // One start, so that nothing but the look at the place itself leads away.
    const MapResult alone = fit_map(c.problem, std::vector<double>(n, 0.0), {}, 1);
    CHECK(alone.log_density == Approx(c.value).margin(1e-8));
    CHECK(alone.verdict == Verdict::caution);
    CHECK_THAT(joined(alone), Catch::Contains("one start only"));
    const MapResult found = fit_map(c.problem, std::vector<double>(n, 0.0), {});
    INFO(joined(found));
    CHECK(found.log_density == Approx(c.value).margin(1e-8));
    CHECK(found.verdict == Verdict::trust);
    CHECK(found.reached == found.starts);
    CHECK_THAT(joined(found), Catch::Contains("at another place that is as high"));
  }
}

TEST_CASE("a saddle of many coordinates is left by Lanczos steps", "[runtime]") {
  constexpr std::size_t n = 400;
  static_assert(n > largest_surveyed);
  const MapProblem problem = problem_of(n, [](const double* u, double* g) {
    double value = 0;
    for (std::size_t k = 0; k < n; k += 2) {
      const double a = u[k], b = u[k + 1];
      g[k] = 3 * b - a - std::pow(a, 3), g[k + 1] = 3 * a - b - std::pow(b, 3);
      value += 3 * a * b - 0.5 * (a * a + b * b) - 0.25 * (std::pow(a, 4) + std::pow(b, 4));
    }
    return value;
  });
  CHECK(fit_map(problem, std::vector<double>(n, 0.0), {}, 1).log_density == Approx(n).margin(1e-6));
}

TEST_CASE("a maximum that is no point is named with what can change", "[runtime]") {
  const MapProblem line = problem_of(3, [](const double* u, double* g) {
    g[0] = g[1] = -2 * (u[0] + u[1] - 3), g[2] = -2 * u[2];
    return -square(u[0] + u[1] - 3) - square(u[2]);
  });
  const MapProblem curve = problem_of(3, [](const double* u, double* g) {
    const double gap = u[0] * u[1] - 3;
    g[0] = -2 * gap * u[1], g[1] = -2 * gap * u[0], g[2] = -2 * u[2];
    return -square(gap) - square(u[2]);
  });
  for (const MapProblem* problem : {&line, &curve}) {
    const MapResult found = fit_map(*problem, {0, 0, 0}, {});
    INFO(joined(found));
    CHECK(found.log_density == Approx(0).margin(1e-9));
    CHECK(found.verdict == Verdict::caution);
    CHECK_THAT(joined(found), Catch::Contains("`a` and `b` can change together"));
  }
  // Neither a fourth power nor a wide prior is flat.
  const MapProblem fourth = problem_of(2, [](const double* u, double* g) {
    return g[0] = -4 * std::pow(u[0], 3), g[1] = -1e-12 * u[1], -std::pow(u[0], 4) - 0.5e-12 * square(u[1]);
  });
  const MapResult found = fit_map(fourth, {1, 1}, {});
  INFO(joined(found));
  CHECK(found.verdict == Verdict::trust);
}

TEST_CASE("a density without a maximum is not trusted, and what runs off is named", "[runtime]") {
  const auto refused = [](const MapProblem& problem, const std::string& word) {
    const MapResult found = fit_map(problem, std::vector<double>(problem.log_density.size, 0.0), {});
    INFO(joined(found));
    CHECK(found.verdict == Verdict::do_not_trust);
    CHECK_FALSE(found.converged);
    CHECK_THAT(joined(found), Catch::Contains(word));
  };
  refused(problem_of(1,
                     [](const double* u, double* g) {
                       return g[0] = 4 * std::pow(u[0], 3) - u[0], std::pow(u[0], 4) - 0.5 * square(u[0]);
                     }),
          "`a`");
  refused(problem_of(2, [](const double* u,
                           double* g) { return g[0] = 1, g[1] = -u[1], u[0] - 0.5 * square(u[1]); }),
          "`a` grows without end");
  // A bound that is never attained: classes that a line separates.
  refused(problem_of(1,
                     [](const double* u, double* g) {
                       return g[0] = -1 / (1 + std::exp(u[0])) * -1, -std::log1p(std::exp(-u[0]));
                     }),
          "`a` grows without end");
  // Two members of a hierarchy and their scale: all become one.
  MapProblem funnel = problem_of(3, [](const double* u, double* g) {
    const double precision = std::exp(-2 * u[2]), spread = square(u[0]) + square(u[1]);
    g[0] = -u[0] * precision - (u[0] - 1), g[1] = -u[1] * precision - (u[1] + 1),
    g[2] = -2 + spread * precision;
    return -2 * u[2] - 0.5 * spread * precision - 0.5 * (square(u[0] - 1) + square(u[1] + 1));
  });
  make_last_positive(funnel);
  refused(funnel, "`c` goes to 0");
  // The same behind a valley: the maximum near 40 is met from everywhere near.
  MapProblem hidden = problem_of(2, [](const double* u, double* g) {
    const double precision = std::exp(-2 * u[1]), data = 1600 - square(u[0]), x = u[0];
    g[0] = -x * precision + data * x / 400, g[1] = -1 + x * x * precision;
    return -u[1] - 0.5 * x * x * precision - square(data) / 1600;
  });
  make_last_positive(hidden);
  MapResult found = fit_map(hidden, {40, std::log(40)}, {}, 2);
  INFO(joined(found));
  CHECK(found.verdict == Verdict::do_not_trust);
  CHECK_THAT(joined(found), Catch::Contains("`b` goes to 0"));
}

TEST_CASE("a maximum on a bound is told from the plateau that a transform makes of one", "[runtime]") {
  // -3 s in s > 0: on the bound. (s - 1.5)^2: s = 1e-9 has no slope in log s, but is no maximum.
  MapProblem bound = problem_of(2, [](const double* u, double* g) {
    return g[0] = -2 * (u[0] - 1), g[1] = -3 * std::exp(u[1]), -square(u[0] - 1) - 3 * std::exp(u[1]);
  });
  MapProblem plateau = problem_of(2, [](const double* u, double* g) {
    const double s = std::exp(u[1]);
    g[0] = -2 * (u[0] - 1), g[1] = -2 * (s - 1.5) * s;
    return -square(u[0] - 1) - square(s - 1.5);
  });
  // A maximum on the bound and a higher one inside.
  MapProblem both = problem_of(2, [](const double* u, double* g) {
    const double s = std::exp(u[1]), hill = 5 * std::exp(-4 * square(s - 3));
    g[0] = -2 * (u[0] - 1), g[1] = (-1 - 8 * (s - 3) * hill) * s;
    return -square(u[0] - 1) - s + hill;
  });
  for (MapProblem* problem : {&bound, &plateau, &both})
    make_last_positive(*problem);
  const MapResult on = fit_map(bound, {0, 0}, {});
  INFO(joined(on));
  CHECK(on.verdict == Verdict::trust);
  CHECK(on.log_density == Approx(0).margin(1e-8));
  CHECK_THAT(joined(on), Catch::Contains("the maximum lies on a bound: `b` = 0"));
  for (const double start : {0.0, -21.0}) {
    const MapResult off = fit_map(plateau, {0, start}, {}, start < 0 ? 1 : 0);
    CHECK(off.log_density == Approx(0).margin(1e-10));
    CHECK(off.quantities[1].mean == Approx(1.5).margin(1e-5));
  }
  for (const double start : {0.0, -21.0}) {
    const MapResult inside = fit_map(both, {0, start}, {});
    CHECK(inside.quantities[1].mean == Approx(2.974).margin(2e-3));
    CHECK(inside.log_density == Approx(2.0127).margin(1e-3));
  }
}

TEST_CASE("a lower maximum that most starts come to is not the answer", "[runtime]") {
  // Two normal hills, the lower one at the start.
  const MapProblem problem = problem_of(1, [](const double* u, double* g) {
    const double a = std::exp(-0.5 * square(u[0])), b = 4 * std::exp(-0.5 * square(u[0] - 8));
    return g[0] = (-u[0] * a - (u[0] - 8) * b) / (a + b), std::log(a + b);
  });
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    FitOptions options;
    options.seed = seed;
    const MapResult found = fit_map(problem, {0}, options);
    CHECK(found.quantities[0].mean == Approx(8).margin(1e-6));
    CHECK(found.reached < found.starts);
    CHECK_THAT(joined(found), Catch::Contains("to lower maxima"));
  }
}

TEST_CASE("so many local maxima that the best is met once are said", "[runtime]") {
  // Hills of different heights on a lattice in five dimensions: cos(9 x) tilted.
  const MapProblem problem = problem_of(5, [](const double* u, double* g) {
    double value = 0;
    for (int k = 0; k < 5; ++k)
      value += 6 * std::cos(9 * u[k]) - square(u[k] - 3.3),
          g[k] = -54 * std::sin(9 * u[k]) - 2 * (u[k] - 3.3);
    return value;
  });
  const MapResult found = fit_map(problem, std::vector<double>(5, 0.0), {}, 12);
  INFO(joined(found));
  CHECK(found.starts >= 12);
  CHECK(found.verdict == Verdict::caution);
  CHECK_THAT(joined(found), Catch::Contains("there may be higher ones"));
}

TEST_CASE("rounding of a large sum is no kink", "[runtime]") {
  // 1e7 nats with errors of their last digits, which change from place to place.
  const MapProblem problem = problem_of(2, [](const double* u, double* g) {
    g[0] = -1e5 * (u[0] - 0.3), g[1] = -1e5 * (u[1] + 0.2);
    const double noise = std::sin(1e9 * u[0] + 3e9 * u[1]);
    return -1e7 - 0.5e5 * (square(u[0] - 0.3) + square(u[1] + 0.2)) + 2e-8 * noise;
  });
  const MapResult found = fit_map(problem, {0, 0}, {});
  INFO(joined(found));
  CHECK(found.verdict == Verdict::trust);
  CHECK(found.quantities[0].mean == Approx(0.3).margin(1e-6));
}

TEST_CASE("a normal law is not put on a saddle", "[runtime]") {
  FitProblem problem;
  problem.latent_size = 2;
  problem.log_joint = [](const double* u, std::uint64_t, double& value, double* g) {
    g[0] = 3 * u[1] - 2 * u[0] - std::pow(u[0], 3), g[1] = 3 * u[0] - 2 * u[1] - std::pow(u[1], 3);
    value = 3 * u[0] * u[1] - square(u[0]) - square(u[1]) - 0.25 * (std::pow(u[0], 4) + std::pow(u[1], 4));
    return true;
  };
  problem.constrain = [](const double* u, double* q) { return q[0] = u[0], true; };
  problem.quantity_names = {"a"};
  const HessianProduct product = [](const double* u, const double* v, double* out) {
    out[0] = 3 * v[1] - (2 + 3 * square(u[0])) * v[0], out[1] = 3 * v[0] - (2 + 3 * square(u[1])) * v[1];
    return true;
  };
  const FitResult found = fit_laplace(problem, product, {0, 0}, {});
  // a = b with 3 a - 2 a = a^3.
  REQUIRE(found.quantities.size() == 1);
  CHECK(std::fabs(found.quantities[0].guide_mean) == Approx(1).margin(0.05));
}
