// elementary_kernels: exp, log, log1p, expm1, tanh, sin and cos for one double or several, by the same
// operations in the same order, so that all give the same bits on every processor.
//
//     Kernels<FourLanes>::exp(x)[i] == Kernels<OneLane>::exp(x[i])
//
// Every product that is added to something is an explicit fused multiply-add; nothing else may be contracted
// (-ffp-contract=off). Methods: reduction by Cody and Waite with fused steps (Muller et al., Handbook of
// Floating-Point Arithmetic, 2nd ed., section 10.2), polynomials interpolated at Chebyshev nodes with 50
// digits, the forms of log and log1p of Tang (ACM TOMS 16, 1990) as sums that lose nothing near 1. The
// largest errors found, in units of the last place, stand in elementary.h. Leaves out: sin and cos above
// 2^20, which the caller does one by one; the sign of log1p(-0), which is 0 here.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace elba::elementary {

// What a set of lanes needs beyond the operators: a fused multiply-add, a choice, and the bits of its
// numbers.
struct OneLane {
  using D = double;
  using I = std::int64_t;
  using U = std::uint64_t;
  [[gnu::always_inline]] static D fma(D a, D b, D c) { return __builtin_fma(a, b, c); }
  [[gnu::always_inline]] static U bits(D x) { return std::bit_cast<U>(x); }
  [[gnu::always_inline]] static D number(U x) { return std::bit_cast<D>(x); }
  [[gnu::always_inline]] static bool all_within(D low, D x, D high) { return low <= x && x <= high; }
};

template <class L>
struct Kernels {
  using D = typename L::D;
  using I = typename L::I;
  using U = typename L::U;

  [[gnu::always_inline]] static D all(double x) { return D{} + x; }
  [[gnu::always_inline]] static D fma(D a, D b, D c) { return L::fma(a, b, c); }
  [[gnu::always_inline]] static D absolute(D x) { return L::number(L::bits(x) & ~sign); }
  [[gnu::always_inline]] static D with_sign_of(D x, D y) {
    return L::number(L::bits(x) | (L::bits(y) & sign));
  }

  // 2^k of a whole number k from -1022 to 1023.
  [[gnu::always_inline]] static D power_of_two(D k) {
    return L::number((L::bits(k + (shift + 1023)) & 2047) << 52);
  }

  // (exp(r) - 1 - r) / r^2, |r| <= log(2) / 2
  [[gnu::always_inline]] static D exp_rest(D r) {
    const D r2 = r * r, r4 = r2 * r2;
    const D a = fma(r, all(0x1.5555555555557p-3), all(0x1.0000000000000p-1)),
            b = fma(r, all(0x1.11111111100dcp-7), all(0x1.5555555555556p-5));
    const D c = fma(r, all(0x1.a01a01abe7fe1p-13), all(0x1.6c16c16c162d4p-10)),
            d = fma(r, all(0x1.71de0231960ebp-19), all(0x1.a01a01a6d889cp-16));
    const D e = fma(r, all(0x1.af4de97ca4194p-26), all(0x1.27e4db646b17ep-22)),
            f = fma(r2, all(0x1.1f730349868cep-29), e);
    return fma(r4, fma(r4, f, fma(r2, d, c)), fma(r2, b, a));
  }

  // exp(x) = 2^k p
  [[gnu::always_inline]] static D exp_fraction(D x, D& k) {
    const D r = reduce(x, k);
    return fma(r * r, exp_rest(r), r) + 1.;
  }

  // x = k log(2) + r
  [[gnu::always_inline]] static D reduce(D x, D& k) {
    const D t = fma(x, all(0x1.71547652b82fep+0), all(shift));
    k = t - shift;
    return fma(k, all(-0x1.ef35793c76730p-45), fma(k, all(-0x1.62e42fefa3800p-1), x));
  }

  [[gnu::always_inline]] static D exp(D x) {
    D k;
    if (L::all_within(all(-707.), x, all(707.))) [[likely]] {
      const D p = exp_fraction(x, k);
      return L::number(L::bits(p) + (L::bits(k + shift) << 52));
    }
    const D bounded = x < -746. ? all(-746.) : x > 710. ? all(710.) : x;  // not a number stays what it is
    const D p = exp_fraction(bounded, k);
    // In two steps: 2^1024 is no double, and subnormal results are rounded once.
    const D half = fma(k, all(0.5), all(shift)) - shift;
    return p * power_of_two(half) * power_of_two(k - half);
  }

  [[gnu::always_inline]] static D expm1(D x) {
    const D bounded = L::all_within(all(-700.), x, all(700.)) ? x
                      : x < -746.                             ? all(-746.)
                      : x > 710.                              ? all(710.)
                                                              : x;
    D k;
    const D r = reduce(bounded, k);
    const D m = fma(r * r, exp_rest(r), r);
    // exp(x) - 1 = 2 (2^(k-1) m + 2^(k-1) - 1/2); 2^-75 and less leave nothing beside 1/2
    const D t = power_of_two((k < -75. ? all(-75.) : k) - 1.);
    const D y = 2. * fma(t, m, t - 0.5);
    return absolute(x) < 0x1p-60 ? x : y;
  }

  // log(x) of the bits of x = 2^k m, sqrt(1/2) <= m < sqrt(2); f = m - 1
  [[gnu::always_inline]] static D split(U x, D& k) {
    const U t = x + (0x3ff0000000000000u - middle);
    k = L::number((t >> 52) | 0x4330000000000000u) - (0x1p52 + 1023.);
    return L::number((t & 0x000fffffffffffffu) + middle) - 1.;
  }
  // log(1 + f) + k log(2)
  [[gnu::always_inline]] static D log_sum(D f, D k) {
    const D s = f / (2. + f), z = s * s, w = z * z, half = 0.5 * f * f;
    const D a = fma(z, all(0x1.9999999995273p-2), all(0x1.5555555555558p-1)),
            b = fma(z, all(0x1.c71c62d5e53e0p-3), all(0x1.2492492dfd86cp-2));
    const D d = fma(z, all(0x1.39fdcceb4bb45p-3), all(0x1.7462b91b8df65p-3)),
            e = fma(w, fma(w, fma(w, all(0x1.2b5f68a50d903p-3), d), b), a);
    const D rest = fma(s, fma(z, e, half), k * 0x1.ef35793c76730p-45);
    return fma(k, all(0x1.62e42fefa3800p-1), f - (half - rest));
  }
  [[gnu::always_inline]] static D log_of_unusual(D x, D y) {
    const double inf = std::numeric_limits<double>::infinity();
    y = x == 0. ? all(-inf) : y;
    y = x == inf ? x : y;
    return x >= 0. ? y : all(std::numeric_limits<double>::quiet_NaN());
  }

  [[gnu::always_inline]] static D log(D x) {
    D k;
    if (L::all_within(all(0x1p-1022), x, all(std::numeric_limits<double>::max()))) [[likely]] {
      const D f = split(L::bits(x), k);
      return log_sum(f, k);
    }
    const auto is_small = x < 0x1p-1022;
    const D f = split(L::bits(is_small ? x * 0x1p54 : x), k);
    return log_of_unusual(x, log_sum(f, is_small ? k - 54. : k));
  }

  [[gnu::always_inline]] static D log1p(D x) {
    const D u = 1. + x, gained = u - 1.;
    const D lost = (1. - (u - gained)) + (x - gained);  // 1 + x = u + lost, exactly (Knuth's TwoSum)
    D k;
    const D m = split(L::bits(u), k);
    // f = (u + lost) / 2^k - 1, which is x itself where no factor is taken out
    const U t = L::bits(u) + (0x3ff0000000000000u - middle);
    const D f = fma(lost, L::number(0x7fe0000000000000u - (t & 0x7ff0000000000000u)), m);
    const D y = log_sum(f, k);
    return L::all_within(all(0x1p-1022), u, all(std::numeric_limits<double>::max())) ? y
                                                                                     : log_of_unusual(u, y);
  }

  // With e = expm1(-2 |x|): -e / (2 + e), whose digits do not cancel near 0.
  [[gnu::always_inline]] static D tanh(D x) {
    const D e = expm1(-2. * absolute(x));
    return with_sign_of(absolute(-e / (2. + e)), x);
  }

  static constexpr double largest_angle = 0x1p20;
  // quarter: how many right angles later
  [[gnu::always_inline]] static D turned_sine(D x, std::uint64_t quarter) {
    const D t = fma(x, all(0x1.45f306dc9c883p-1), all(shift)), k = t - shift;
    D r = fma(k, all(-0x1.921fb54442d18p+0), x);
    const D low = k * -0x1.1a62633145c07p-54, high = r + low;
    const D error = (r - high) + low + fma(k, all(-0x1.1a62633145c07p-54), -low) + k * 0x1.f1976b7ed8fbcp-110;
    r = high;
    const U q = L::bits(t) + quarter;
    const D z = r * r, z2 = z * z;
    const D s = fma(z2,
                    fma(z2,
                        fma(z2, all(-0x1.ab16f5caa198ap-41),
                            fma(z, all(0x1.61217d9252c03p-33), all(-0x1.ae645410e937bp-26))),
                        fma(z, all(0x1.71de3a545f836p-19), all(-0x1.a01a01a01992fp-13))),
                    fma(z, all(0x1.1111111111110p-7), all(-0x1.5555555555555p-3)));
    const D c = fma(z2,
                    fma(z2,
                        fma(z2, all(0x1.ab779550c8d9bp-45),
                            fma(z, all(-0x1.9394b8bd50ae1p-37), all(0x1.1eed8deac3dfep-29))),
                        fma(z, all(-0x1.27e4fb77125c5p-22), all(0x1.a01a01a019d06p-16))),
                    fma(z, all(-0x1.6c16c16c16c16p-10), all(0x1.5555555555555p-5)));
    const D half = 0.5 * z, one_less = 1. - half;
    const D sine = r + fma(r * z, s, error),
            cosine = one_less + (((1. - one_less) - half) + fma(z2, c, -r * error));
    const D y = (q & 1) == 0 ? sine : cosine;
    const D turned = L::number(L::bits(y) ^ ((q & 2) << 62));
    return turned;
  }
  [[gnu::always_inline]] static D sin(D x) {
    const D y = turned_sine(x, 0);
    return absolute(x) < 0x1p-30 ? x : y;
  }
  [[gnu::always_inline]] static D cos(D x) { return turned_sine(x, 1); }

 private:
  static constexpr double shift = 0x1.8p52;  // a double beside it holds a whole number in its last bits
  static constexpr std::uint64_t sign = 0x8000000000000000u, middle = 0x3fe6a09e667f3bcdu;  // of sqrt(1/2)
};

}  // namespace elba::elementary
