#include "runtime/inference/variational/path_gradient.h"
#include "runtime/kernels/softplus.h"

#include <cmath>

#include "support/elementary.h"

namespace elba::runtime {

void add_landing(NormalForm form, std::size_t noise_size, const double* phi, const double* noise,
                 double* gradient) {
  const std::size_t n = noise_size;
  if (form == NormalForm::diagonal) {
    for (std::size_t i = 0; i < n; ++i) {
      const double s = softplus(phi[n + i]);
      gradient[i] += noise[i] / s;
      gradient[n + i] += (noise[i] * noise[i] - 1) / s * softplus_slope(phi[n + i]);
    }
    return;
  }
  if (form != NormalForm::full) return;
  // v = L^-T e, from the last row up.
  const auto at = [n](std::size_t i, std::size_t j) { return n + i * n + j; };
  std::vector<double> v(noise, noise + n);
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k)
      v[i] -= phi[at(k, i)] * v[k];
    v[i] /= softplus(phi[at(i, i)]);
  }
  for (std::size_t i = 0; i < n; ++i) {
    gradient[i] += v[i];
    for (std::size_t j = 0; j < i; ++j)
      gradient[at(i, j)] += v[i] * noise[j];
    gradient[at(i, i)] += (v[i] * noise[i] - 1 / softplus(phi[at(i, i)])) * softplus_slope(phi[at(i, i)]);
  }
}

}  // namespace elba::runtime
