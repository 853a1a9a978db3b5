// rng: Philox one element at a time, and in blocks of 16 with AVX2 where the machine has it. Both round
// alike, as no multiplication is contracted with an addition (cmake/toolchain.cmake).
#include "runtime/kernels/rng.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/control/interruption.h"
#include "runtime/kernels/abi.h"
#include "runtime/kernels/normal_quantile.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define ELBA_HAS_AVX2_PATH 1
#include <immintrin.h>
#endif

namespace elba::runtime {

namespace {

constexpr std::uint32_t multiplier_a = 0xD2511F53, multiplier_b = 0xCD9E8D57, weyl_a = 0x9E3779B9,
                        weyl_b = 0xBB67AE85;
constexpr std::size_t lanes = 16;
constexpr std::uint32_t fold_tag = 0x46;

std::uint32_t low(std::uint64_t word) { return static_cast<std::uint32_t>(word); }
std::uint32_t high(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }

// 52 bits and a half: with 53 the largest would round to 1.
double unit(std::uint64_t bits) {
  return (static_cast<double>(static_cast<std::int64_t>(bits >> 12)) + 0.5) * 0x1p-52;
}

std::uint64_t words(std::uint64_t key, std::uint64_t index, std::uint32_t tag) {
  const auto w = philox({low(index), high(index), tag, 0}, {low(key), high(key)});
  return static_cast<std::uint64_t>(w[1]) << 32 | w[0];
}

void uniforms_plain(std::uint64_t key, std::uint64_t first, double* out) {
  for (std::size_t k = 0; k < lanes; ++k)
    out[k] = unit(words(key, first + k, 0));
}

void centres_plain(const double* p, double* out) {
  for (std::size_t k = 0; k < lanes; ++k)
    out[k] = normal_quantile_centre(p[k] - 0.5);
}

#ifdef ELBA_HAS_AVX2_PATH

// Words stand in the low halves of 64-bit lanes; vpmuludq ignores the high halves, so nothing need be masked
// until the end.
__attribute__((target("avx2"))) void uniforms_avx2(std::uint64_t key, std::uint64_t first, double* out) {
  constexpr int groups = static_cast<int>(lanes / 4);
  __m256i c0[groups], c1[groups], c2[groups], c3[groups];
  for (int g = 0; g < groups; ++g) {
    const std::uint64_t start = first + 4 * static_cast<std::uint64_t>(g);
    c0[g] = _mm256_add_epi64(_mm256_set1_epi64x(static_cast<std::int64_t>(start)),
                             _mm256_set_epi64x(3, 2, 1, 0));
    c1[g] = _mm256_srli_epi64(c0[g], 32);
    c2[g] = c3[g] = _mm256_setzero_si256();
  }
  const __m256i by_a = _mm256_set1_epi64x(multiplier_a), by_b = _mm256_set1_epi64x(multiplier_b);
  std::uint32_t key_a = low(key), key_b = high(key);
  for (int round = 0; round < 10; ++round) {
    const __m256i keys_a = _mm256_set1_epi64x(key_a), keys_b = _mm256_set1_epi64x(key_b);
#pragma GCC unroll 4
    for (int g = 0; g < groups; ++g) {
      const __m256i a = _mm256_mul_epu32(c0[g], by_a), b = _mm256_mul_epu32(c2[g], by_b);
      c0[g] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(b, 32), c1[g]), keys_a);
      c2[g] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(a, 32), c3[g]), keys_b);
      c1[g] = b;
      c3[g] = a;
    }
    key_a += weyl_a;
    key_b += weyl_b;
  }
  // The top 52 bits become the fraction of a number in [1, 2): exact, and no conversion of integers is
  // needed.
  const __m256i mask = _mm256_set1_epi64x(0xFFFFFFFF), one = _mm256_set1_epi64x(0x3FF0000000000000);
  for (int g = 0; g < groups; ++g) {
    const __m256i bits = _mm256_or_si256(_mm256_slli_epi64(c1[g], 32), _mm256_and_si256(c0[g], mask));
    const __m256d shifted = _mm256_castsi256_pd(_mm256_or_si256(_mm256_srli_epi64(bits, 12), one));
    _mm256_storeu_pd(out + 4 * g,
                     _mm256_add_pd(_mm256_sub_pd(shifted, _mm256_set1_pd(1.0)), _mm256_set1_pd(0x1p-53)));
  }
}

typedef double Four __attribute__((vector_size(32)));

// The formula of normal_quantile_centre in the same order, so that every element has the same bits.
__attribute__((target("avx2"))) void centres_avx2(const double* p, double* out) {
  for (std::size_t k = 0; k < lanes; k += 4) {
    Four q;
    __builtin_memcpy(&q, p + k, sizeof q);
    q -= 0.5;
    Four value;
    quantile_centre_of(q, value);
    __builtin_memcpy(out + k, &value, sizeof value);
  }
}

const bool has_avx2 = __builtin_cpu_supports("avx2");
void block_of_uniforms(std::uint64_t key, std::uint64_t first, double* out) {
  has_avx2 ? uniforms_avx2(key, first, out) : uniforms_plain(key, first, out);
}
void block_of_centres(const double* p, double* out) {
  has_avx2 ? centres_avx2(p, out) : centres_plain(p, out);
}

#else

void block_of_uniforms(std::uint64_t key, std::uint64_t first, double* out) {
  uniforms_plain(key, first, out);
}
void block_of_centres(const double* p, double* out) { centres_plain(p, out); }

#endif

void block_of_normals(std::uint64_t key, std::uint64_t first, double* out) {
  double p[lanes];
  block_of_uniforms(key, first, p);
  block_of_centres(p, out);
  for (std::size_t k = 0; k < lanes; ++k)
    if (std::abs(p[k] - 0.5) > quantile_centre) out[k] = normal_quantile(p[k]);
}

template <class Block>
void fill(Block block, std::uint64_t key, std::uint64_t first, std::size_t count, double* out) {
  std::size_t done = 0;
  for (; done + lanes <= count; done += lanes)
    block(key, first + done, out + done);
  if (done == count) return;
  double rest[lanes];
  block(key, first + done, rest);
  for (std::size_t k = 0; done + k < count; ++k)
    out[done + k] = rest[k];
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = static_cast<std::uint64_t>(c[0]) * multiplier_a,
                        b = static_cast<std::uint64_t>(c[2]) * multiplier_b;
    c = {high(b) ^ c[1] ^ key[0], low(b), high(a) ^ c[3] ^ key[1], low(a)};
    key = {key[0] + weyl_a, key[1] + weyl_b};
  }
  return c;
}

double uniform(std::uint64_t key, std::uint64_t index) { return unit(words(key, index, 0)); }
double normal(std::uint64_t key, std::uint64_t index) { return normal_quantile(uniform(key, index)); }
std::uint64_t fold_key(std::uint64_t key, std::uint64_t index) { return words(key, index, fold_tag); }

void fill_uniform(std::uint64_t key, std::uint64_t first, std::size_t count, double* out) {
  fill(block_of_uniforms, key, first, count, out);
}
void fill_normal(std::uint64_t key, std::uint64_t first, std::size_t count, double* out) {
  fill(block_of_normals, key, first, count, out);
}

}  // namespace elba::runtime

namespace {

// In parts, of which element k is what it is in the whole, with checks whether to stop.
void fill_in_parts(void (*fill)(std::uint64_t, std::uint64_t, std::size_t, double*), std::uint64_t key,
                   std::size_t count, double* out) {
  constexpr std::size_t part = std::size_t{1} << 20;
  for (std::size_t first = 0; first < count; first += part) {
    if (first > 0 && elba::runtime::is_stopped())
      return void(std::fill(out + first, out + count, std::numeric_limits<double>::quiet_NaN()));
    fill(key, first, std::min(part, count - first), out + first);
  }
}

}  // namespace

extern "C" {

std::uint64_t elba_key_fold(std::uint64_t key, std::int64_t index) {
  return elba::runtime::fold_key(key, static_cast<std::uint64_t>(index));
}

void elba_rng_normal(std::uint64_t key, std::int64_t n, double* out) {
  fill_in_parts(elba::runtime::fill_normal, key, static_cast<std::size_t>(n), out);
}

void elba_rng_uniform(std::uint64_t key, std::int64_t n, double* out) {
  fill_in_parts(elba::runtime::fill_uniform, key, static_cast<std::size_t>(n), out);
}

}  // extern "C"
