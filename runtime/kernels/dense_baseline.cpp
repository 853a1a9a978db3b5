// dense_baseline: the dense kernels for every machine, and the choice between the sets.
#define Eigen eigen_baseline
#define EIGEN_STACK_ALLOCATION_LIMIT 0
#include <Eigen/Dense>

#define ELBA_DENSE_SET baseline
#define ELBA_DENSE_TABLE dense_baseline
#include "runtime/kernels/dense_kernels.h"

namespace elba::runtime {

const DenseKernels& dense() {
#ifdef ELBA_DENSE_AVX2
  static const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has_avx2 ? dense_avx2 : dense_baseline;
#else
  return dense_baseline;
#endif
}

}  // namespace elba::runtime
