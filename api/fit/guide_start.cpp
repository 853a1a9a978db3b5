#include "api/fit/guide_start.h"

#include <cmath>

#include "runtime/inference/variational/linear_response.h"
#include "runtime/inference/vectors.h"

namespace elba {

void add_geometry(runtime::GuideStart& start, const runtime::ParameterTable& parameters,
                  const DrawCoordinates& draw, const std::vector<double>& phi) {
  const std::size_t n = parameters.latent_size;
  std::vector<double> noise(parameters.noise_size), mean(n), moved(n), covariance(n * n);
  if (!draw(phi.data(), noise.data(), mean.data())) return;
  for (std::size_t k = 0; k < noise.size(); ++k) {
    noise[k] = 1;
    if (!draw(phi.data(), noise.data(), moved.data())) return;
    noise[k] = 0;
    for (std::size_t i = 0; i < n; ++i)
      moved[i] -= mean[i];
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i && moved[i] != 0; ++j)
        covariance[i * n + j] += moved[i] * moved[j];
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      covariance[j * n + i] = covariance[i * n + j];
  std::vector<double> factor;
  if (!runtime::all_finite(covariance) || !runtime::lower_factor(covariance, n, factor)) return;
  start.mean = std::move(mean);
  start.factor = std::move(factor);
  for (std::size_t i = 0; i < n; ++i)
    start.spread.push_back(std::sqrt(covariance[i * n + i]));
}

}  // namespace elba
