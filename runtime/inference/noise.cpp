#include "runtime/inference/noise.h"

#include "runtime/kernels/abi.h"

namespace elba::runtime {

const double* Noise::of(std::uint64_t key) {
  elba_rng_normal(key, static_cast<std::int64_t>(values_.size()), values_.data());
  return values_.data();
}

}  // namespace elba::runtime
