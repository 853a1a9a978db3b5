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

// While it lives, `rng_normal key` of this key yields `values` on this thread instead of the key's own
// stream: how inference hands a compiled ELBO the noise of a cubature rule or of an antithetic pair. Within
// one evaluation the stream is constant, so that all that compilers assume of it holds. `values` is read at
// each evaluation and may change in between. Nests; the innermost lender counts.
class LentNormals {
 public:
  LentNormals(std::uint64_t key, const double* values, std::size_t count);
  ~LentNormals();
  LentNormals(const LentNormals&) = delete;
  LentNormals& operator=(const LentNormals&) = delete;

  std::uint64_t key;
  const double* values;
  std::size_t count;

 private:
  const LentNormals* outer_;
};

}  // namespace elba::runtime
