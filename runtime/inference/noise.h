// noise: the standard normals that a draw of a guide is made of, as a pure function of a key.
#pragma once

#include <cstdint>
#include <vector>

namespace elba::runtime {

class Noise {
 public:
  explicit Noise(std::size_t size) : values_(size) {}
  // Element k depends on (key, k) only. Valid until the next call; nan from where this thread is told to
  // stop.
  [[nodiscard]] const double* of(std::uint64_t key);

 private:
  std::vector<double> values_;
};

}  // namespace elba::runtime
