// starting_points: where ascents to a mode begin, beside the host's own start.
//
// Four kinds in turn: uniform in [-2, 2], as Stan's inits; around the host's start with the sizes that the
// best end so far has, times 1 to 30; around that end; and that end with the values of each block exchanged
// and some blocks mirrored, where the images and neighbours of a mode lie. Coordinates of transformed
// unknowns are spread by 2 at most: exp(2).
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/inference/map/fit.h"

namespace elba::runtime {

// The place of number `index` (from 1 on). Not looked at: the density may not be finite there.
[[nodiscard]] std::vector<double> map_start(const MapProblem& problem, const std::vector<double>& first,
                                            const std::vector<double>& best, std::uint64_t key,
                                            std::size_t index);

}  // namespace elba::runtime
