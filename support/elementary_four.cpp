// elementary_four: 4 numbers at once, for processors with AVX2 and fused multiply-add. Each gives the bits of
// the function of one number: the same kernels, SLEEF's form that does not depend on the number of lanes, or
// that function, one by one.
#ifdef ELBA_LANES
#include <immintrin.h>
#include <sleef.h>

#include "support/elementary.h"
#include "support/elementary_kernels.h"
#include "support/elementary_lanes.h"

namespace elba::elementary::lanes {

namespace {

using Register = __m256d;
[[gnu::always_inline]] inline Register fused(Register a, Register b, Register c) {
  return _mm256_fmadd_pd(a, b, c);
}
[[gnu::always_inline]] inline bool all_between(Register low, Register x, Register high) {
  return _mm256_movemask_pd(
             _mm256_and_pd(_mm256_cmp_pd(low, x, _CMP_LE_OQ), _mm256_cmp_pd(x, high, _CMP_LE_OQ))) == 15;
}

#define ELBA_SLEEF(name) Sleef_finz_##name##d4_u10avx2
#include "support/elementary_body.h"

}  // namespace

#define ELBA_LANE(name, arity) \
  void* four_##name() { return reinterpret_cast<void*>(&name); }
#include "support/elementary_lanes.def"
#undef ELBA_LANE

}  // namespace elba::elementary::lanes
#endif
