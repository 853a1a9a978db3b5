#include "runtime/inference/map/starting_points.h"

#include <algorithm>
#include <cmath>

#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr double near = 2, widest_transformed = 2, jitter = 0.3, widest = 1.5;  // the last: powers of ten

}  // namespace

std::vector<double> map_start(const MapProblem& problem, const std::vector<double>& first,
                              const std::vector<double>& best, std::uint64_t key, std::size_t index) {
  const std::size_t n = first.size(), kind = index % 4;
  std::vector<MapProblem::Block> blocks = problem.blocks;
  if (blocks.empty())
    for (std::size_t k = 0; k < n; ++k)
      blocks.push_back({k, 1, true});
  const std::uint64_t own = fold_key(key, index);
  std::vector<double> u = first;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const auto& block = blocks[b];
    // Positions in the order of their keys: a permutation.
    std::vector<std::size_t> order(block.count);
    for (std::size_t k = 0; k < block.count; ++k)
      order[k] = block.first + k;
    if (kind == 0)
      std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
        return uniform(own, 3 * n + i) < uniform(own, 3 * n + j);
      });
    const bool is_mirrored = kind == 0 && block.is_real && uniform(own, 4 * n + b) < 0.5;
    double size = 0;
    for (const std::size_t k : order)
      size = std::max(size, std::fabs(best[k]));
    size = std::max(1.0, block.is_real ? size : std::min(size, widest_transformed));
    for (std::size_t j = 0; j < block.count; ++j) {
      const std::size_t k = block.first + j;
      // Of sd 1, without tails: among thousands of coordinates some would lie far out.
      const double z = std::sqrt(3.0) * (2 * uniform(own, n + k) - 1);
      if (kind == 1) u[k] = near * (2 * uniform(own, k) - 1);
      if (kind == 2)
        u[k] = first[k] + (block.is_real
                               ? size * math::pow(10, widest * static_cast<double>(index / 4 % 4) / 3)
                               : size) *
                              z;
      if (kind == 3) u[k] = best[k] + size * z;
      if (kind == 0) u[k] = (is_mirrored ? -1 : 1) * best[order[j]] + jitter * size * z;
    }
  }
  return u;
}

}  // namespace elba::runtime
