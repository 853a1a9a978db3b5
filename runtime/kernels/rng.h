// rng: counter-based randomness (docs/ir.md, Randomness): every draw is a pure function of a key and a
// number.
//
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011 (Philox4x32-10).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace elba::runtime {

[[nodiscard]] std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key);

[[nodiscard]] double uniform(std::uint64_t key, std::uint64_t index);  // in (0, 1), never an end
[[nodiscard]] double normal(std::uint64_t key, std::uint64_t index);
[[nodiscard]] std::uint64_t fold_key(std::uint64_t key, std::uint64_t index);

// Elements first, first + 1, ... of the same streams; about 8 ns a normal.
void fill_uniform(std::uint64_t key, std::uint64_t first, std::size_t count, double* out);
void fill_normal(std::uint64_t key, std::uint64_t first, std::size_t count, double* out);

}  // namespace elba::runtime
