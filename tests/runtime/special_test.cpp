// Special functions against exact values; the limits are those stated at the head of runtime/special.cpp.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <span>

#include "runtime/abi.h"
#include "special_values.h"

namespace {

using Function = double (*)(double);
constexpr double ulp = std::numeric_limits<double>::epsilon();

struct Row {
  const char* name;
  Function function;
  std::span<const special_values::Point> points;
  double floor;  // errors are relative to max(|value|, floor)
  double limit;  // in ulp
};

const Row rows[] = {
    {"lgamma", elba_lgamma, special_values::lgamma, 1, 1.5},
    {"digamma", elba_digamma, special_values::digamma, 1, 2},
    {"trigamma", [](double x) { return elba_polygamma(1, x); }, special_values::trigamma, 0, 4},
    {"tetragamma", [](double x) { return elba_polygamma(2, x); }, special_values::tetragamma, 0, 4},
    {"pentagamma", [](double x) { return elba_polygamma(3, x); }, special_values::pentagamma, 0, 4},
    {"hexagamma", [](double x) { return elba_polygamma(4, x); }, special_values::hexagamma, 0, 4},
    {"phi", elba_phi, special_values::phi, std::numeric_limits<double>::min(), 2},
    {"phi_inv", elba_phi_inv, special_values::phi_inv, 0, 2},
    {"log1mexp", elba_log1mexp, special_values::log1mexp, 0, 1.5},
};

}  // namespace

TEST_CASE("special functions keep their stated accuracy", "[runtime]") {
  for (const Row& row : rows) {
    double worst = 0, at = 0;
    for (const auto& point : row.points) {
      const double error = std::abs(row.function(point.x) - point.y) / std::max(std::abs(point.y), row.floor);
      if (error > worst || std::isnan(error)) worst = error, at = point.x;
    }
    INFO(row.name << ": " << worst / ulp << " ulp at " << at);
    CHECK(worst <= row.limit * ulp);
  }
}

TEST_CASE("digamma is relative near its root", "[runtime]") {
  for (const auto& point : special_values::digamma)
    if (point.x >= 1.3 && point.x <= 1.6) {
      INFO(point.x);
      CHECK(std::abs(elba_digamma(point.x) - point.y) <= 2 * ulp * std::abs(point.y));
    }
}

TEST_CASE("special functions at the ends of their domains", "[runtime]") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(elba_phi(-infinity) == 0);
  CHECK(elba_phi(infinity) == 1);
  CHECK(elba_phi(-40) == 0);
  CHECK(elba_phi_inv(0) == -infinity);
  CHECK(elba_phi_inv(1) == infinity);
  CHECK(elba_phi_inv(0.5) == 0);
  CHECK(std::isnan(elba_phi_inv(-0.1)));
  CHECK(std::isnan(elba_phi_inv(1.1)));
  CHECK(elba_log1mexp(0) == -infinity);
  CHECK(elba_log1mexp(-infinity) == 0);
  CHECK(std::isnan(elba_log1mexp(0.1)));
  CHECK(std::isnan(elba_digamma(0)));
  CHECK(std::isnan(elba_digamma(-3)));
  CHECK(elba_digamma(infinity) == infinity);
  CHECK(elba_lgamma(0) == infinity);
  CHECK(elba_polygamma(0, 2.5) == elba_digamma(2.5));
  CHECK(elba_polygamma(1, infinity) == 0);
  CHECK(std::isnan(elba_polygamma(2, -0.5)));
  CHECK(std::isnan(elba_polygamma(1.5, 2)));
  for (Function f : {Function(elba_phi), Function(elba_phi_inv), Function(elba_digamma), Function(elba_log1mexp), Function(elba_lgamma)})
    CHECK(std::isnan(f(std::numeric_limits<double>::quiet_NaN())));
}
