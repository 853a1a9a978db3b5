// random: draws as pure functions of a key, for the interpreter. The definitions stand in docs/ir.md,
// "Randomness".
#pragma once

#include <array>
#include <cstdint>

namespace elba::ir::random {

// Philox4x32-10 of a counter under a 64-bit key.
[[nodiscard]] std::array<std::uint32_t, 4> philox(std::uint64_t key, std::array<std::uint32_t, 4> counter);

[[nodiscard]] std::uint64_t key_fold(std::uint64_t key, std::int64_t n);
[[nodiscard]] double uniform(std::uint64_t key, std::uint64_t k);
[[nodiscard]] double normal(std::uint64_t key, std::uint64_t k);
[[nodiscard]] double gamma(std::uint64_t key, double shape);
[[nodiscard]] std::int64_t poisson(std::uint64_t key, double rate);
[[nodiscard]] std::int64_t binomial(std::uint64_t key, std::int64_t n, double p);

}  // namespace elba::ir::random
