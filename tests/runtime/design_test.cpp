// Cubature: moments of the standard normal in few and many dimensions, and expectations that are known.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "runtime/inference/variational/quadrature.h"
#include "runtime/kernels/abi.h"
#include "runtime/kernels/rng.h"

using namespace elba::runtime;

TEST_CASE("designs integrate first and second moments exactly", "[runtime]") {
  for (const std::size_t d : {1, 2, 3, 5, 6, 10, 15, 89, 300}) {
    for (const std::size_t effort : {1, 2}) {
      if (d > 100 && effort > 1) continue;
      const Design design = make_design(d, 7, effort);
      REQUIRE(design.count == design.weights.size());
      REQUIRE(design.points.size() == design.count * d);
      double total = 0, least = 1;
      std::vector<double> first(d), second(d * d), third(d), fourth(d);
      for (std::size_t k = 0; k < design.count; ++k) {
        const auto x = design.point(k);
        const double w = design.weights[k];
        total += w;
        least = std::min(least, w);
        for (std::size_t i = 0; i < d; ++i) {
          first[i] += w * x[i];
          third[i] += w * x[i] * x[i] * x[i];
          fourth[i] += w * std::pow(x[i], 4);
          for (std::size_t j = 0; j < d; ++j)
            second[i * d + j] += w * x[i] * x[j];
        }
      }
      INFO(d << " dimensions, " << design.count << " points");
      CHECK(total == Approx(1).epsilon(1e-12));
      CHECK(least > 0);
      double worst1 = 0, worst2 = 0, worst3 = 0, worst4 = 0;
      for (std::size_t i = 0; i < d; ++i) {
        worst1 = std::max(worst1, std::abs(first[i]));
        worst3 = std::max(worst3, std::abs(third[i]));
        worst4 = std::max(worst4, std::abs(fourth[i] - 3));
        for (std::size_t j = 0; j < d; ++j)
          worst2 = std::max(worst2, std::abs(second[i * d + j] - (i == j)));
      }
      CHECK(worst1 < 1e-11);
      CHECK(worst2 < 1e-10);
      CHECK(worst3 < 1e-11);
      if (d <= 5) {
        CHECK(worst4 < 1e-11);
      } else {
        double mean4 = 0;
        for (const double v : fourth)
          mean4 += v / static_cast<double>(d);
        CHECK(mean4 == Approx(3).epsilon(0.1));
      }
      CHECK(design.count <= 2000 * effort);
    }
  }
  CHECK(make_design(0, 1).count == 1);
  const Design large = make_design(2000, 3);
  double square = 0;
  for (std::size_t k = 0; k < large.count; ++k)
    square += large.weights[k] * large.point(k)[17] * large.point(k)[17];
  CHECK(square == Approx(1).epsilon(1e-12));
}

TEST_CASE("designs integrate smooth functions of few variables to many digits", "[runtime]") {
  for (const std::size_t d : {1, 2, 3, 4, 5}) {
    const Design design = make_design(d, 5);
    double exponential = 0, soft = 0;
    for (std::size_t k = 0; k < design.count; ++k) {
      double s = 0;
      for (const double x : design.point(k))
        s += x;
      s *= 0.5 / std::sqrt(static_cast<double>(d));
      exponential += design.weights[k] * std::exp(s);
      soft += design.weights[k] * std::log1p(std::exp(s));
    }
    INFO(d);
    // E exp(s) with s ~ N(0, 1/4); E log(1 + e^s) by quadrature.
    const double limits[] = {1e-13, 1e-12, 1e-11, 2e-6, 1e-4};
    CHECK(std::abs(exponential - std::exp(0.125)) < limits[d - 1]);
    CHECK(std::abs(soft - 0.72349280106597597) < 10 * limits[d - 1]);
  }
}

TEST_CASE("regression takes out what polynomials explain", "[runtime]") {
  struct Case {
    std::size_t dimension;
    double limit;
  };
  // exp of a linear form: exact mean exp(v / 2), v = 0.09. A thousand draws reach 3.1 sd, and polynomials of
  // degree 2 no further: more would be extrapolated.
  for (const Case c :
       {Case{0, 1e-15}, Case{1, 1e-3}, Case{3, 1e-3}, Case{10, 2e-3}, Case{89, 2e-2}, Case{5000, 4e-2}}) {
    const std::size_t n = 1000, d = c.dimension;
    std::vector<double> points(n * d), values(n);
    fill_normal(21, 0, points.size(), points.data());
    for (std::size_t k = 0; k < n; ++k) {
      double s = 0;
      for (std::size_t i = 0; i < d; ++i)
        s += points[k * d + i];
      values[k] = std::exp(0.3 * s / std::sqrt(std::max(1.0, static_cast<double>(d))));
    }
    const Expectation found = regress_mean(points, d, values);
    const double truth = d == 0 ? 1 : std::exp(0.045);
    INFO(d << ": " << found.mean - truth << " +- " << found.error);
    CHECK(std::abs(found.mean - truth) <= 4 * found.error + 1e-8);
    CHECK(found.error < c.limit);
  }
}
