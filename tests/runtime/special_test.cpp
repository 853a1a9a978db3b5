// Special functions against exact values; the limits are those stated at the head of
// runtime/kernels/special.cpp.
#include <catch2/catch.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/kernels/abi.h"
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

// Functions of several arguments. Derivatives of order two and more, and logarithms near 0, are differences
// of cumulants: their error is relative to what is subtracted.
TEST_CASE("functions of several arguments keep their stated accuracy", "[runtime]") {
  struct Value {
    std::string_view name;
    std::vector<double> x;
    double y;
  };
#define FUNCTION(name) constexpr std::string_view name = #name;
  FUNCTION(lbeta)
  FUNCTION(log_phi)
  FUNCTION(log_phi_partial)
  FUNCTION(log_gamma_p)
  FUNCTION(log_gamma_q)
  FUNCTION(log_gamma_partial)
  FUNCTION(gamma_p_inv)
  FUNCTION(log_beta_p)
  FUNCTION(log_beta_q)
  FUNCTION(log_beta_partial)
  FUNCTION(beta_p_inv)
  FUNCTION(owens_t)
  FUNCTION(log_ive)
  FUNCTION(log_kve)
  FUNCTION(bessel_j)
  FUNCTION(bessel_y)
#undef FUNCTION
  const Value values[] = {
#include "tests/runtime/incomplete_values.inc"
  };
  for (const Value& value : values) {
    const auto& x = value.x;
    double found = std::numeric_limits<double>::quiet_NaN(), limit = 2e-14;
    if (value.name == lbeta) found = elba_lbeta(x[0], x[1]), limit = 4e-15;
    if (value.name == log_phi) found = elba_log_phi(x[0]), limit = 1e-15;
    if (value.name == log_phi_partial) found = elba_log_phi_partial(x[0], x[1]), limit = 2e-13;
    if (value.name == log_gamma_p) found = elba_log_gamma_p(x[0], x[1]), limit = 2e-13;
    if (value.name == log_gamma_q) found = elba_log_gamma_q(x[0], x[1]), limit = 2e-13;
    if (value.name == log_gamma_partial) found = elba_log_gamma_partial(x[0], x[1], x[2]), limit = 1e-12;
    if (value.name == gamma_p_inv) found = elba_gamma_p_inv(x[0], x[1]);
    if (value.name == log_beta_p) found = elba_log_beta_p(x[0], x[1], x[2]), limit = 5e-14;
    if (value.name == log_beta_q) found = elba_log_beta_q(x[0], x[1], x[2]), limit = 5e-14;
    if (value.name == log_beta_partial) found = elba_log_beta_partial(x[0], x[1], x[2], x[3]), limit = 1e-12;
    if (value.name == beta_p_inv) found = elba_beta_p_inv(x[0], x[1], x[2]);
    if (value.name == owens_t) found = elba_owens_t(x[0], x[1]);
    if (value.name == log_ive) found = elba_log_ive(x[0], x[1]);
    if (value.name == log_kve) found = elba_log_kve(x[0], x[1]);
    if (value.name == bessel_j) found = elba_bessel_j(x[0], x[1]);
    if (value.name == bessel_y) found = elba_bessel_y(x[0], x[1]);
    INFO(value.name << " " << Catch::StringMaker<std::vector<double>>::convert(x) << ": " << found << " and "
                    << value.y);
    CHECK(std::abs(found - value.y) <= limit * std::abs(value.y));
  }
}

TEST_CASE("functions that densities are written with keep their stated accuracy", "[runtime]") {
  struct Value {
    std::string_view name;
    std::vector<double> x;
    double y;
  };
#define FUNCTION(name) constexpr std::string_view name = #name;
  // The first five are compiled in line: tests/codegen.
  FUNCTION(log1p_square)
  FUNCTION(log_quotient)
  FUNCTION(rate_gap)
  FUNCTION(exp_gap)
  FUNCTION(logit_gap)
  FUNCTION(log_minus)
  FUNCTION(lgamma_rest)
  FUNCTION(lgamma_rest_partial)
  FUNCTION(log_mills)
  FUNCTION(log_mills_partial)
  FUNCTION(log_phi_between)
  FUNCTION(log_phi_between_partial)
  FUNCTION(log_phi_exp)
  FUNCTION(log_skew_phi)
  FUNCTION(log_ive_rest)
#undef FUNCTION
  const Value values[] = {
#include "tests/runtime/density_values.inc"
  };
  const std::vector<std::string_view> in_line = {log1p_square, log_quotient, rate_gap, exp_gap, logit_gap};
  for (const Value& value : values) {
    const auto& x = value.x;
    if (std::find(in_line.begin(), in_line.end(), value.name) != in_line.end()) continue;
    double found = std::numeric_limits<double>::quiet_NaN(), limit = 1e-14, margin = 0;
    if (value.name == log_minus) found = elba_log_minus(x[0], x[1]), margin = 1e-19 * std::abs(x[1]);
    if (value.name == lgamma_rest) found = elba_lgamma_rest(x[0]);
    if (value.name == lgamma_rest_partial) found = elba_lgamma_rest_partial(x[0], x[1]), limit = 2e-13;
    if (value.name == log_mills) found = elba_log_mills(x[0]);
    if (value.name == log_mills_partial) found = elba_log_mills_partial(x[0], x[1]), limit = 3e-13;
    if (value.name == log_phi_between) found = elba_log_phi_between(x[0], x[1]);
    // Third derivatives are differences of those below.
    if (value.name == log_phi_between_partial) {
      const int code = static_cast<int>(x[0]);
      found = elba_log_phi_between_partial(x[0], x[1], x[2]);
      limit = code % 8 + code / 8 > 2 ? 1e-6 : 1e-12;
      margin = code % 8 + code / 8 > 2 ? 1e-9 : 0;
    }
    if (value.name == log_phi_exp) found = elba_log_phi_exp(x[0], x[1]);
    if (value.name == log_skew_phi) found = elba_log_skew_phi(x[0], x[1]);
    if (value.name == log_ive_rest) found = elba_log_ive_rest(x[0], x[1]), margin = 2e-14;
    INFO(value.name << " " << Catch::StringMaker<std::vector<double>>::convert(x) << ": " << found << " and "
                    << value.y);
    CHECK(std::abs(found - value.y) <= limit * std::abs(value.y) + margin);
  }
}

TEST_CASE("functions of several arguments at the ends of their domains", "[runtime]") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(elba_log_gamma_p(2, 0) == -infinity);
  CHECK(elba_log_gamma_q(2, 0) == 0);
  CHECK(elba_log_gamma_p(2, infinity) == 0);
  CHECK(elba_log_gamma_q(2, infinity) == -infinity);
  CHECK(elba_log_gamma_partial(1, 2, 0) == 0);
  CHECK(elba_log_beta_p(2, 3, 0) == -infinity);
  CHECK(elba_log_beta_q(2, 3, 1) == -infinity);
  CHECK(elba_log_beta_p(2, 3, 1) == 0);
  CHECK(elba_gamma_p_inv(2, 0) == 0);
  CHECK(elba_gamma_p_inv(2, 1) == infinity);
  CHECK(elba_beta_p_inv(2, 3, 1) == 1);
  CHECK(elba_log_phi(-infinity) == -infinity);
  CHECK(elba_log_phi(infinity) == 0);
  CHECK(elba_log_phi_partial(1, infinity) == 0);
  CHECK(elba_log_ive(0, 0) == 0);
  CHECK(elba_log_ive(1, 0) == -infinity);
  CHECK(elba_owens_t(infinity, 2) == 0);
  CHECK(elba_owens_t(0, infinity) == 0.25);
  for (const double broken :
       {elba_log_gamma_p(-1, 2), elba_log_gamma_q(0, 2), elba_log_gamma_p(1, -1), elba_log_beta_p(1, -1, 0.5),
        elba_log_beta_q(1, 1, 1.5), elba_gamma_p_inv(1, 2), elba_beta_p_inv(1, 1, -1),
        elba_log_gamma_partial(5, 1, 1), elba_log_beta_partial(5, 1, 1, 0.5), elba_log_phi_partial(5, 0),
        elba_lbeta(-1, 2), elba_log_kve(1, -1)})
    CHECK(std::isnan(broken));
  CHECK(std::isfinite(elba_log_ive(1e9, 1e12)));
  CHECK(std::isfinite(elba_log_gamma_p(1e-300, 1e-3)));
  CHECK(std::isfinite(elba_log_gamma_q(1e12, 1e12)));
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
  for (Function f : {Function(elba_phi), Function(elba_phi_inv), Function(elba_digamma),
                     Function(elba_log1mexp), Function(elba_lgamma)})
    CHECK(std::isnan(f(std::numeric_limits<double>::quiet_NaN())));
}
