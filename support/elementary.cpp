// elementary: the functions of one number. Those of elementary_kernels.h are compiled with and without
// instructions for fused multiply-add, which give the same bits; erf, erfc and lgamma stand on them; the rest
// are SLEEF's.
//
//     erf     x P(x^2) below 1/2; erfc: exp(-x^2) (1 + 2 x)^-1 times a Chebyshev series in
//             (x - 3.75) / (x + 3.75) (Shepherd and Laframboise, Math. Comp. 36, 1981)
//     lgamma  (x - 1) (x - 2) P(x - 3/2) on [1, 2]; recurrence to there below 10; Stirling's series above
//
// Coefficients: interpolation at Chebyshev nodes with 60 digits.
#include "support/elementary.h"

#include <limits>
#include <numbers>

#include <sleef.h>

#include "support/elementary_kernels.h"
#include "support/elementary_lanes.h"

#ifdef __x86_64__
// The header hides these from code that is not itself compiled for such processors; they are called only
// where is_fused().
extern "C" {
#define ELBA_DECLARE(name) double Sleef_finz_##name##d1_u10purecfma(double);
ELBA_DECLARE(sin)
ELBA_DECLARE(cos)
ELBA_DECLARE(tan)
ELBA_DECLARE(asin)
ELBA_DECLARE(acos)
ELBA_DECLARE(atan)
ELBA_DECLARE(sinh)
ELBA_DECLARE(cosh)
ELBA_DECLARE(asinh)
ELBA_DECLARE(acosh)
ELBA_DECLARE(atanh)
ELBA_DECLARE(cbrt)
ELBA_DECLARE(exp2)
ELBA_DECLARE(log2)
ELBA_DECLARE(log10)
ELBA_DECLARE(lgamma)
ELBA_DECLARE(tgamma)
#undef ELBA_DECLARE
double Sleef_finz_atan2d1_u10purecfma(double, double);
double Sleef_finz_powd1_u10purecfma(double, double);
double Sleef_finz_hypotd1_u05purecfma(double, double);
}
#endif

namespace elba::math {

namespace {

using K = elementary::Kernels<elementary::OneLane>;
constexpr double infinity = std::numeric_limits<double>::infinity();

// The even and the odd terms apart, so that a processor can compute them side by side.
template <std::size_t n>
[[gnu::always_inline]] inline double polynomial(const double (&c)[n], double x) {
  static_assert(n % 2 == 0);
  const double square = x * x;
  double even = c[n - 2], odd = c[n - 1];
  for (std::size_t k = n - 2; k > 0; k -= 2) {
    even = __builtin_fma(even, square, c[k - 2]);
    odd = __builtin_fma(odd, square, c[k - 1]);
  }
  return __builtin_fma(odd, x, even);
}

// exp(-x^2), with what is lost in squaring x.
[[gnu::always_inline]] inline double exp_minus_square(double x) {
  const double square = x * x;
  return K::exp(-square) * (1 - __builtin_fma(x, x, -square));
}

// x >= 1/2
[[gnu::always_inline]] inline double erfc_tail(double x) {
  static constexpr double c[] = {
      0x1.2d75d0246cee8p+1,   -0x1.2cd0564f8c1b2p-8,  -0x1.59159e8868995p-4,  0x1.e50c3e7c7dccep-5,
      -0x1.b4c68f4569325p-6,  0x1.295e991a7d82ep-7,   -0x1.3c4c54f8d4198p-9,  0x1.014ed157220a8p-11,
      -0x1.221e6f7013079p-14, 0x1.15c3f597f0529p-18,  0x1.9f8f03ca85b30p-21,  -0x1.d601c320d4497p-23,
      0x1.71e1efc97479ep-27,  0x1.36bf2882831c5p-28,  -0x1.aa4d7b38036d6p-31, -0x1.15df5ac2773b4p-34,
      0x1.f8af065b9f07bp-36,  0x1.b6193351912bdp-43,  -0x1.0fc1b5aebfe51p-40, 0x1.24ed7ca231ac6p-45,
      0x1.2d826e7e524fbp-45,  -0x1.0d3ace398ee85p-49, -0x1.69738ce9e02f0p-50, 0x1.4937d9867ad8cp-54,
      0x1.be8cca0bfd987p-55};
  if (x > 27.3) return 0;
  const double t = (x - 3.75) / (x + 3.75), two_t = 2 * t;
  double b1 = 0, b2 = 0;
  for (std::size_t k = std::size(c) - 1; k > 0; --k) {
    const double b = __builtin_fma(two_t, b1, c[k] - b2);
    b2 = b1;
    b1 = b;
  }
  return exp_minus_square(x) * __builtin_fma(t, b1, 0.5 * c[0] - b2) / (1 + 2 * x);
}

[[gnu::always_inline]] inline double erf_near_zero(double x) {
  static constexpr double c[] = {0x1.20dd750429b6dp+0,  -0x1.812746b0379e6p-2,  0x1.ce2f21a042b28p-4,
                                 -0x1.b82ce3127f6d1p-6, 0x1.565bcd0aa3ed8p-8,   -0x1.c02db23c5e7d3p-11,
                                 0x1.f9a2a62fe9253p-14, -0x1.f4bb98aab31bep-17, 0x1.b775c94200bfbp-20,
                                 -0x1.39f7b53f1b575p-23};
  return x * polynomial(c, x * x);
}

// SLEEF has two forms, each with the same bits everywhere: one for processors with fused multiply-add, and
// one for others.
#ifdef __x86_64__
bool is_fused() {
  static const bool found = __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");
  return found;
}
#define ELBA_SLEEF(name, error, ...)                                 \
  (is_fused() ? Sleef_finz_##name##d1_##error##purecfma(__VA_ARGS__) \
              : Sleef_cinz_##name##d1_##error##purec(__VA_ARGS__))
#else
#define ELBA_SLEEF(name, error, ...) Sleef_finz_##name##d1_##error##purecfma(__VA_ARGS__)
#endif

// lgamma(1 + x), 0 <= x <= 1: as x itself keeps its digits near 1
[[gnu::always_inline]] inline double lgamma_one_plus(double x) {
  static constexpr double c[] = {
      0x1.eeb95b094c191p-2,  -0x1.2aed059bd608ap-3,  0x1.01af62a2929c0p-4,  -0x1.007aa83cee1acp-5,
      0x1.133423527f1f2p-6,  -0x1.34dbda14971e2p-7,  0x1.64f0664c4f943p-8,  -0x1.a5035232a7d25p-9,
      0x1.f814bab49d011p-10, -0x1.313e8a3ddad6fp-10, 0x1.750a7900f071ep-11, -0x1.cb44dee9fac00p-12,
      0x1.1c7e3a261c9ebp-12, -0x1.623f109df00eep-13, 0x1.b9e43433855c2p-14, -0x1.156abea920aefp-14,
      0x1.68f13e0fbb796p-15, -0x1.c85e4bc95846cp-16, 0x1.ba730a9784e07p-17, -0x1.18598e23bb974p-17,
      0x1.9759e019683d0p-17, -0x1.0467902760469p-17};
  return x * (x - 1) * polynomial(c, x - 0.5);
}

}  // namespace

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__SANITIZE_ADDRESS__)
#define ELBA_FUSED __attribute__((target_clones("fma", "default")))
#else
#define ELBA_FUSED
#endif
ELBA_FUSED double exp(double x) { return K::exp(x); }
ELBA_FUSED double log(double x) { return K::log(x); }
ELBA_FUSED double log1p(double x) { return K::log1p(x); }
ELBA_FUSED double expm1(double x) { return K::expm1(x); }
ELBA_FUSED double tanh(double x) { return K::tanh(x); }
ELBA_FUSED double sin(double x) {
  return std::fabs(x) <= K::largest_angle ? K::sin(x) : ELBA_SLEEF(sin, u10, x);
}
ELBA_FUSED double cos(double x) {
  return std::fabs(x) <= K::largest_angle ? K::cos(x) : ELBA_SLEEF(cos, u10, x);
}

ELBA_FUSED double erfc(double x) {
  if (std::fabs(x) < 0.5) return 1 - erf_near_zero(x);
  return x > 0 ? erfc_tail(x) : x < 0 ? 2 - erfc_tail(-x) : x;
}

ELBA_FUSED double erf(double x) {
  if (std::fabs(x) < 0.5) return erf_near_zero(x);
  return x > 0 ? 1 - erfc_tail(x) : x < 0 ? erfc_tail(-x) - 1 : x;
}

ELBA_FUSED double lgamma(double x) {
  if (std::isnan(x)) return x;
  if (std::isinf(x)) return infinity;
  if (x <= 0) {
    if (x == std::floor(x)) return infinity;
    if (x > -1e-16) return -K::log(-x);
    return ELBA_SLEEF(lgamma, u10, x);
  }
  if (x < 1e-16) return -K::log(x);
  if (x < 1) return lgamma_one_plus(x) - K::log(x);
  if (x <= 2) return lgamma_one_plus(x - 1);
  if (x < 10) {
    double product = 1;
    while (x > 2) {
      x -= 1;
      product *= x;
    }
    return lgamma_one_plus(x - 1) + K::log(product);
  }
  if (x > 1e305) return x * (K::log(x) - 1);
  const double r = 1 / x, w = r * r;
  static constexpr double stirling[] = {1 / 12.0,   -1 / 360.0,      1 / 1260.0, -1 / 1680.0,
                                        1 / 1188.0, -691 / 360360.0, 1 / 156.0,  -3617 / 122400.0};
  return __builtin_fma(x - 0.5, K::log(x) - 1,
                       __builtin_fma(r, polynomial(stirling, w), 0.91893853320467274178 - 0.5));
}

#undef ELBA_FUSED

double tan(double x) { return ELBA_SLEEF(tan, u10, x); }
double asin(double x) { return ELBA_SLEEF(asin, u10, x); }
double acos(double x) { return ELBA_SLEEF(acos, u10, x); }
double atan(double x) { return ELBA_SLEEF(atan, u10, x); }
double sinh(double x) { return ELBA_SLEEF(sinh, u10, x); }
double cosh(double x) { return ELBA_SLEEF(cosh, u10, x); }
double asinh(double x) { return ELBA_SLEEF(asinh, u10, x); }
double acosh(double x) { return ELBA_SLEEF(acosh, u10, x); }
double atanh(double x) { return ELBA_SLEEF(atanh, u10, x); }
double cbrt(double x) { return ELBA_SLEEF(cbrt, u10, x); }
double exp2(double x) { return ELBA_SLEEF(exp2, u10, x); }
double log2(double x) { return ELBA_SLEEF(log2, u10, x); }
double log10(double x) { return ELBA_SLEEF(log10, u10, x); }
double tgamma(double x) { return ELBA_SLEEF(tgamma, u10, x); }
double fma(double x, double y, double z) { return std::fma(x, y, z); }
double atan2(double y, double x) { return ELBA_SLEEF(atan2, u10, y, x); }
double pow(double x, double y) { return ELBA_SLEEF(pow, u10, x, y); }
double hypot(double x, double y) { return ELBA_SLEEF(hypot, u05, x, y); }

std::span<const LaneVersions> lane_versions() {
#ifdef ELBA_LANES
  namespace lanes = elementary::lanes;
  static const LaneVersions versions[] = {
#define ELBA_LANE(name, arity) {#name, lanes::four_##name(), lanes::eight_##name()},
#include "support/elementary_lanes.def"
#undef ELBA_LANE
  };
  return versions;
#else
  return {};
#endif
}

}  // namespace elba::math
