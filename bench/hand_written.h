// hand_written: the gradients of two examples as a careful programmer writes them: one pass over the data,
// plain C++ loops, -O3 -march=native. What the compiled models are measured against.
#pragma once

#include <cstdint>
#include <vector>

namespace elba::bench {

// examples/wells: u = (alpha, b_dist, b_arsenic).
struct Wells {
  std::vector<std::int32_t> switched;
  std::vector<double> dist100, arsenic;
  double gradient(const double* u, double* g) const;
};

// examples/radon: u = (g1, g2, b, log sa, log sy, a[J]).
struct Radon {
  std::vector<std::int32_t> county;  // 0-based
  std::vector<double> floor, u, y;
  double gradient(const double* u, double* g) const;
};

// GP regression (hand_gp.cpp): u = (log sf, log l, log sn).
struct GaussianProcess {
  std::vector<double> t, y;
  double gradient(const double* u, double* g) const;
};

}  // namespace elba::bench
