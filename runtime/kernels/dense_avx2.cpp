// dense_avx2: the dense kernels for machines with AVX2 and FMA (runtime/CMakeLists.txt sets the flags of this
// file alone).
#ifdef ELBA_DENSE_AVX2
#define Eigen eigen_avx2
#define EIGEN_STACK_ALLOCATION_LIMIT 0
#include <Eigen/Dense>

#define ELBA_DENSE_SET avx2
#define ELBA_DENSE_TABLE dense_avx2
#include "runtime/kernels/dense_kernels.h"
#endif
