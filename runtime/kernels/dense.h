// dense: the blocked kernels behind linalg.cpp, compiled once for any x86-64 or other machine and once for
// machines with AVX2 and FMA, where a factorisation runs two to four times as fast. Chosen once, by what the
// processor says. All matrices are row-major.
#pragma once

#include <cstdint>

namespace elba::runtime {

struct DenseKernels {
  // l[n, n]: its lower triangle is replaced by the factor of the symmetric matrix that it holds. False when
  // it is not positive definite.
  bool (*factor)(std::int64_t n, double* l);
  // x[n, k] := l^-1 x, or l^-T x.
  void (*solve)(std::int64_t n, std::int64_t k, bool is_transposed, const double* l, double* x);
  // g[n, n], lower triangle: the adjoint of the factor l becomes that of the matrix.
  void (*factor_adjoint)(std::int64_t n, const double* l, double* g);
  // c[m, n] := op(a) op(b).
  void (*multiply)(std::int64_t m, std::int64_t n, std::int64_t k, bool trans_a, bool trans_b,
                   const double* a, const double* b, double* c);
};

extern const DenseKernels dense_baseline;
#ifdef ELBA_DENSE_AVX2
extern const DenseKernels dense_avx2;
#endif

const DenseKernels& dense();

}  // namespace elba::runtime
