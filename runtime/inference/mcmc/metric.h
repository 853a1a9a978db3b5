// metric: the geometry in which a sampler moves: an estimate S of the posterior covariance, diagonal or
// dense.
//
//     momentum p ~ N(0, S^-1),   kinetic energy p' S p / 2,   velocity S p
//
// Source: Betancourt, "A conceptual introduction to Hamiltonian Monte Carlo", 2017, 4.2.1; the shrinkage of a
// short window's estimate towards a small multiple of the identity is Stan's (reference manual 2.33, "HMC
// algorithm parameters").
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/inference/checkpoint_log.h"

namespace elba::runtime {

class Metric {
 public:
  // S = diagonal of `variances`, or the identity when there are none.
  Metric(std::size_t size, bool is_dense, const std::vector<double>& variances = {});

  void draw_momentum(std::uint64_t key, std::vector<double>& p) const;
  void velocity(const std::vector<double>& p, std::vector<double>& v) const;

  // S from the draws seen since the last call (row-major, `count` of them). False, and no change, when they
  // are too few or degenerate.
  bool adapt(const std::vector<double>& draws, std::size_t count);

  void write(ByteWriter& writer) const { writer.put_all(scale_, covariance_, factor_); }
  void read(ByteReader& reader) { reader.get_all(scale_, covariance_, factor_); }

  [[nodiscard]] bool is_dense() const { return is_dense_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  bool is_dense_;
  std::vector<double> scale_;       // diagonal: S
  std::vector<double> covariance_;  // dense: S, row-major
  std::vector<double> factor_;      // dense: lower L of S = L L'
};

}  // namespace elba::runtime
