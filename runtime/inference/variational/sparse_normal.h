// sparse_normal: a normal law by its precision matrix, which is sparse where unknowns are conditionally
// independent (groups, chains).
//
//     P (-H) P' = L L',   P a permutation that keeps L sparse        x = mean + P' L^-T w,   w ~ N(0, I)
//
// Both directions cost as many operations as L has entries: of order J for J groups that share a few
// unknowns, where a dense factor costs J^2. Source: Rue and Held, "Gaussian Markov Random Fields", 2005,
// section 2.4. Eigen stays behind the implementation.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace elba::runtime {

struct MatrixEntry {
  std::size_t row = 0, column = 0;
  double value = 0;
};

class SparseNormal {
 public:
  // The lower triangle of the precision; entries of one place are added. Null where it is not positive
  // definite, or not finite.
  static std::shared_ptr<const SparseNormal> make(std::vector<double> mean,
                                                  const std::vector<MatrixEntry>& lower);
  ~SparseNormal();

  [[nodiscard]] const std::vector<double>& mean() const;
  [[nodiscard]] double log_det() const;                    // of the precision
  void place(const double* w, double* x) const;            // x = mean + P' L^-T w
  void pull_back(const double* by_x, double* by_w) const;  // the gradient by w, from that by x
  void solve(const double* g, double* out) const;          // precision^-1 g
  [[nodiscard]] double log_density(const double* x) const;
  [[nodiscard]] std::size_t entries() const;  // of L

 private:
  struct Impl;
  explicit SparseNormal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace elba::runtime
