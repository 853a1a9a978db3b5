// elementary_eight: 8 numbers at once, for processors with AVX-512. Each gives the bits of the function of one number: the same kernels, SLEEF's form that does not depend on the
// number of lanes, or that function, one by one.
#ifdef ELBA_LANES
#include <immintrin.h>
#include <sleef.h>

#include "support/elementary.h"
#include "support/elementary_kernels.h"
#include "support/elementary_lanes.h"

namespace elba::elementary::lanes {

namespace {

using Register = __m512d;

struct Lanes {
  typedef double D __attribute__((vector_size(64)));
  typedef std::int64_t I __attribute__((vector_size(64)));
  typedef std::uint64_t U __attribute__((vector_size(64)));
  [[gnu::always_inline]] static D fma(D a, D b, D c) { return (D)_mm512_fmadd_pd((Register)a, (Register)b, (Register)c); }
  [[gnu::always_inline]] static U bits(D x) { return (U)x; }
  [[gnu::always_inline]] static D number(U x) { return (D)x; }
  [[gnu::always_inline]] static bool all_within(D low, D x, D high) { return (_mm512_cmp_pd_mask((Register)low, (Register)x, _CMP_LE_OQ) & _mm512_cmp_pd_mask((Register)x, (Register)high, _CMP_LE_OQ)) == 255; }
};
using K = Kernels<Lanes>;

template <double (*one)(double)>
Register one_by_one(Register x) {
  for (int i = 0; i < 8; ++i) x[i] = one(x[i]);
  return x;
}

bool is_far(Register x) {
  bool found = false;
  for (int i = 0; i < 8; ++i) found |= !(__builtin_fabs(x[i]) <= K::largest_angle);
  return found;
}

Register exp(Register x) { return (Register)K::exp((Lanes::D)x); }
Register log(Register x) { return (Register)K::log((Lanes::D)x); }
Register log1p(Register x) { return (Register)K::log1p((Lanes::D)x); }
Register expm1(Register x) { return (Register)K::expm1((Lanes::D)x); }
Register tanh(Register x) { return (Register)K::tanh((Lanes::D)x); }
Register sin(Register x) { return is_far(x) ? one_by_one<math::sin>(x) : (Register)K::sin((Lanes::D)x); }
Register cos(Register x) { return is_far(x) ? one_by_one<math::cos>(x) : (Register)K::cos((Lanes::D)x); }
Register erf(Register x) { return one_by_one<math::erf>(x); }
Register erfc(Register x) { return one_by_one<math::erfc>(x); }
Register tan(Register x) { return Sleef_finz_tand8_u10avx512f(x); }
Register asin(Register x) { return Sleef_finz_asind8_u10avx512f(x); }
Register acos(Register x) { return Sleef_finz_acosd8_u10avx512f(x); }
Register atan(Register x) { return Sleef_finz_atand8_u10avx512f(x); }
Register sinh(Register x) { return Sleef_finz_sinhd8_u10avx512f(x); }
Register cosh(Register x) { return Sleef_finz_coshd8_u10avx512f(x); }
Register pow(Register x, Register y) { return Sleef_finz_powd8_u10avx512f(x, y); }

}  // namespace

#define ELBA_LANE(name, arity) \
  void* eight_##name() { return reinterpret_cast<void*>(&name); }
#include "support/elementary_lanes.def"
#undef ELBA_LANE

}  // namespace elba::elementary::lanes
#endif
