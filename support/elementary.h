// elementary: exp, log and their kin with the same bits on every processor. The C library chooses among
// versions by the processor that it meets, and changes between its releases; so do its vector functions. What
// computes here calls these, compiled code and interpreter alike.
//
// Largest error found, in units of the last place (tests/runtime/elementary_test.cpp):
//
//     exp 1.0    log 0.83    log1p 1.4    expm1 1.9    tanh 2.5    sin, cos 0.9    erf 2.2    erfc 4.7
//     lgamma 2.3 of max(|lgamma|, 1), 8 near its roots at 1 and 2
//
// The rest are SLEEF's (N. Shibata, F. Petrogalli, IEEE TPDS 31, 2020), in the form whose bits do not depend
// on the processor: within 1 unit. On processors without fused multiply-add the same bits come from software,
// more slowly. Leaves out: rounding modes other than to nearest, errno, floating-point flags.
#pragma once

#include <cmath>
#include <concepts>
#include <span>
#include <string_view>

namespace elba::math {

double exp(double x);
double log(double x);
double log1p(double x);
double expm1(double x);
double tanh(double x);
double sin(double x);
double cos(double x);
double tan(double x);
double asin(double x);
double acos(double x);
double atan(double x);
double atan2(double y, double x);
double sinh(double x);
double cosh(double x);
double asinh(double x);
double acosh(double x);
double atanh(double x);
double erf(double x);
double erfc(double x);
double pow(double x, double y);
double hypot(double x, double y);
double cbrt(double x);
double exp2(double x);
double log2(double x);
double log10(double x);
double lgamma(double x);  // log |gamma(x)|, without a global sign
double tgamma(double x);
double fma(double x, double y, double z);

// The interpreter's wide numbers: the 80-bit functions of the C library have one version.
#define ELBA_WIDE(name) \
  inline long double name(long double x) { return std::name(x); }
ELBA_WIDE(exp)
ELBA_WIDE(log)
ELBA_WIDE(log1p)
ELBA_WIDE(expm1)
ELBA_WIDE(tanh)
ELBA_WIDE(sin)
ELBA_WIDE(cos)
ELBA_WIDE(tan)
ELBA_WIDE(asin)
ELBA_WIDE(acos)
ELBA_WIDE(atan)
ELBA_WIDE(sinh)
ELBA_WIDE(cosh)
ELBA_WIDE(asinh)
ELBA_WIDE(acosh)
ELBA_WIDE(atanh)
ELBA_WIDE(erf)
ELBA_WIDE(erfc)
ELBA_WIDE(cbrt)
ELBA_WIDE(exp2)
ELBA_WIDE(log2)
ELBA_WIDE(log10)
ELBA_WIDE(tgamma)
#undef ELBA_WIDE
inline long double pow(long double x, long double y) { return std::pow(x, y); }
inline long double hypot(long double x, long double y) { return std::hypot(x, y); }
inline long double atan2(long double y, long double x) { return std::atan2(y, x); }
#define ELBA_INTEGRAL(name)              \
  template <std::integral T>             \
  double name(T x) {                     \
    return name(static_cast<double>(x)); \
  }
ELBA_INTEGRAL(exp)
ELBA_INTEGRAL(log)
ELBA_INTEGRAL(log1p)
ELBA_INTEGRAL(log2)
ELBA_INTEGRAL(log10)
ELBA_INTEGRAL(exp2)
ELBA_INTEGRAL(lgamma)
ELBA_INTEGRAL(tgamma)
#undef ELBA_INTEGRAL
template <class X, class Y>
  requires(std::integral<X> || std::integral<Y>)
auto pow(X x, Y y) {
  using Real = decltype(1.0 * x * y);
  return pow(static_cast<Real>(x), static_cast<Real>(y));
}

// Versions for several numbers at once, by the name of the function: null where this build has none. The
// callers are those of __m256d and __m512d, one for each argument.
struct LaneVersions {
  std::string_view name;
  void* four;   // needs AVX2 and FMA
  void* eight;  // needs AVX-512 F and DQ
};
std::span<const LaneVersions> lane_versions();

}  // namespace elba::math
