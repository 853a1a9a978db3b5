// Elementary functions against the 80-bit ones of the C library, and those of several numbers against those
// of one.
#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "support/elementary.h"

using namespace elba;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Function {
  const char* name;
  double (*value)(double);
  long double (*truth)(long double);
  double low, high;  // where it is measured
  bool is_exponent;  // of 2, with either sign where low < 0 is allowed
  bool is_signed;
  double units;      // promised, of the last place
  double floor = 0;  // of the value against which errors are taken
};

long double wide_lgamma(long double x) {
  int sign = 0;
  return ::lgammal_r(x, &sign);
}

const Function functions[] = {
    {"exp", math::exp, expl, -745, 709, false, false, 1.1},
    {"exp", math::exp, expl, -60, 3, true, true, 1.1},
    {"log", math::log, logl, -1074, 1023.9, true, false, 0.9},
    {"log", math::log, logl, 0.5, 2, false, false, 0.9},
    {"log1p", math::log1p, log1pl, -0.999999, 3, false, false, 1.5},
    {"log1p", math::log1p, log1pl, -70, -0.1, true, true, 1.5},
    {"log1p", math::log1p, log1pl, 1, 1e10, false, false, 0.9},
    {"expm1", math::expm1, expm1l, -40, 709, false, false, 2},
    {"expm1", math::expm1, expm1l, -70, 1, true, true, 2},
    {"tanh", math::tanh, tanhl, -25, 25, false, false, 3},
    {"tanh", math::tanh, tanhl, -70, 4, true, true, 3},
    {"sin", math::sin, sinl, -10, 10, false, false, 1},
    {"sin", math::sin, sinl, -1e6, 1e6, false, false, 1},
    {"sin", math::sin, sinl, -60, 1, true, true, 1},
    {"sin", math::sin, sinl, 20, 60, true, true, 1.1},
    {"cos", math::cos, cosl, -10, 10, false, false, 1},
    {"cos", math::cos, cosl, -1e6, 1e6, false, false, 1},
    {"tan", math::tan, tanl, -10, 10, false, false, 1.1},
    {"asin", math::asin, asinl, -1, 1, false, false, 1.1},
    {"acos", math::acos, acosl, -1, 1, false, false, 1.1},
    {"atan", math::atan, atanl, -50, 50, true, true, 1.1},
    {"sinh", math::sinh, sinhl, -50, 9, true, true, 1.1},
    {"cosh", math::cosh, coshl, -50, 9, true, true, 1.1},
    {"erf", math::erf, erfl, -6, 6, false, false, 2.5},
    {"erf", math::erf, erfl, -60, 1, true, true, 2.5},
    {"erfc", math::erfc, erfcl, -6, 26, false, false, 5},
    {"cbrt", math::cbrt, cbrtl, -300, 300, true, true, 1.1},
    {"log2", math::log2, log2l, -300, 300, true, false, 1.1},
    {"log10", math::log10, log10l, -300, 300, true, false, 1.1},
    {"lgamma", math::lgamma, wide_lgamma, 0, 12, false, false, 2.5, 1},
    {"lgamma", math::lgamma, wide_lgamma, -300, 900, true, false, 2.5, 1},
    {"lgamma", math::lgamma, wide_lgamma, 0.9, 2.1, false, false, 8},
};

double units_off(double found, long double wanted, double floor) {
  if (std::isnan(found) && std::isnan(wanted)) return 0;
  if (static_cast<long double>(found) == wanted || found == static_cast<double>(wanted)) return 0;
  if (!std::isfinite(found) || !std::isfinite(static_cast<double>(wanted))) return infinity;
  const double size = std::max(std::fabs(static_cast<double>(wanted)), floor);
  return static_cast<double>(std::fabs(static_cast<long double>(found) - wanted)) /
         (std::nextafter(size, infinity) - size);
}

std::vector<double> arguments(const Function& f, int count) {
  std::mt19937_64 engine(7);
  std::uniform_real_distribution<double> uniform(f.low, f.high);
  std::vector<double> x(static_cast<std::size_t>(count));
  for (std::size_t k = 0; k < x.size(); ++k) {
    x[k] = uniform(engine);
    if (f.is_exponent) x[k] = std::exp2(x[k]) * (f.is_signed && k % 2 == 1 ? -1 : 1);
  }
  return x;
}

bool same_bits(double a, double b) {
  return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b));
}

#ifdef __x86_64__
using Four = __m256d (*)(__m256d);
using Eight = __m512d (*)(__m512d);

__attribute__((target("avx2"))) void call_four(void* f, const double* x, double* y) {
  _mm256_storeu_pd(y, reinterpret_cast<Four>(f)(_mm256_loadu_pd(x)));
}
__attribute__((target("avx512f"))) void call_eight(void* f, const double* x, double* y) {
  _mm512_storeu_pd(y, reinterpret_cast<Eight>(f)(_mm512_loadu_pd(x)));
}
#endif

}  // namespace

TEST_CASE("elementary functions are within what they promise", "[runtime]") {
  for (const Function& f : functions) {
    INFO(f.name << " on [" << f.low << ", " << f.high << "]");
    double worst = 0, at = 0;
    for (const double x : arguments(f, 50'000))
      if (const double off = units_off(f.value(x), f.truth(x), f.floor); off > worst) {
        worst = off;
        at = x;
      }
    INFO("worst at " << at);
    CHECK(worst <= f.units);
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double x : {0.0, -0.0, 1.0, -1.0, infinity, -infinity, nan, 5e-324, -5e-324, 1e-310, 1e308,
                         -1e308, 0.5, -0.5, 710.0, -746.0}) {
    CAPTURE(x);
    CHECK(units_off(math::exp(x), expl(x), 0) <= 1.1);
    CHECK(units_off(math::log(x), logl(x), 0) <= 1.1);
    CHECK(units_off(math::log1p(x), log1pl(x), 0) <= 1.1);
    CHECK(units_off(math::expm1(x), expm1l(x), 0) <= 2);
    CHECK(units_off(math::tanh(x), tanhl(x), 0) <= 3);
    CHECK(units_off(math::erf(x), erfl(x), 0) <= 2.5);
    CHECK(units_off(math::erfc(x), erfcl(x), 0) <= 5);
    CHECK(units_off(math::lgamma(x), wide_lgamma(x), 1) <= 2);
    CHECK(std::signbit(math::tanh(x)) == std::signbit(std::tanh(x)));
  }
  for (const auto& [x, y] : std::vector<std::pair<double, double>>{{2, 0.5},
                                                                   {-8, 3},
                                                                   {0, 0},
                                                                   {0, -1},
                                                                   {1e300, 2},
                                                                   {infinity, -1},
                                                                   {-2, 0.5},
                                                                   {0.3, 17.5},
                                                                   {1, nan}}) {
    CAPTURE(x, y);
    CHECK(units_off(math::pow(x, y), powl(x, y), 0) <= 1.1);
  }
}

#ifdef __x86_64__
TEST_CASE("several numbers at once have the bits of one", "[runtime]") {
  const bool has_four = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_eight = has_four && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
  if (!has_four) return;  // nothing to compare on this processor
  std::size_t compared = 0;
  for (const math::LaneVersions& versions : math::lane_versions())
    for (const Function& f : functions) {
      if (versions.name != f.name) continue;
      INFO(f.name << " on [" << f.low << ", " << f.high << "]");
      auto x = arguments(f, 8'000);
      for (const double special :
           {0.0, -0.0, infinity, -infinity, std::numeric_limits<double>::quiet_NaN(), 1e308, 5e-324, -745.5})
        x.push_back(special);
      std::size_t differ = 0;
      for (std::size_t k = 0; k + 8 <= x.size(); k += 8) {
        double y[8];
        for (int width : {4, 8}) {
          if (width == 8 && !has_eight) continue;
          if (width == 4)
            for (int half : {0, 4})
              call_four(versions.four, &x[k + static_cast<std::size_t>(half)], y + half);
          else
            call_eight(versions.eight, &x[k], y);
          for (std::size_t i = 0; i < 8; ++i)
            differ += !same_bits(y[i], f.value(x[k + i]));
        }
      }
      CHECK(differ == 0);
      ++compared;
    }
  CHECK(compared >= 15);
}
#endif
