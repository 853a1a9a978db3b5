// normal_mixture: an equal mixture of normal laws whose covariances are a diagonal changed in few directions,
// or dense.
//
//     C = A^1/2 (I + Q (G - I) Q') A^1/2,   A diagonal, Q orthonormal [n, r], G positive definite [r, r], G = L L'
//     draw      m + A^1/2 (z + Q (L - I) Q' z),   z ~ N(0, I)
//     log det C = sum ln A_ii + 2 sum ln L_ii
//
// A diagonal law has r = 0, a dense one A = I, Q = I, G = C. Source: Zhang, Carpenter, Gelman, Vehtari,
// "Pathfinder", 2022, algorithm 4. Eigen stays behind the implementation.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace elba::runtime {

struct NormalPart {
  std::vector<double> mean, diagonal;  // n: m and the diagonal of A
  std::vector<double> basis;           // Q, [n, r] row-major; empty: the identity
  std::vector<double> factor;          // L, [r, r] row-major, lower
  std::size_t rank = 0;
};

// The normal law at a place of a quasi-Newton path: C = diag(d) + [D Y, S] M [D Y, S]' of the pairs (steps S,
// falls Y of the gradient, each [count, n] row-major), mean = x + C gradient. False: not positive definite.
[[nodiscard]] bool quasi_newton_part(const std::vector<double>& x, const std::vector<double>& gradient,
                                     const std::vector<double>& diagonal, const std::vector<double>& steps,
                                     const std::vector<double>& falls, std::size_t count, NormalPart& part);
// From a precision matrix [n, n]; false when it is not positive definite.
[[nodiscard]] bool precision_part(const std::vector<double>& mean, const std::vector<double>& precision,
                                  NormalPart& part);

// From a covariance matrix [n, n]; false when it is not positive definite.
[[nodiscard]] bool covariance_part(const std::vector<double>& mean, const std::vector<double>& covariance,
                                   NormalPart& part);

class NormalMixture {
 public:
  explicit NormalMixture(std::vector<NormalPart> parts);
  [[nodiscard]] std::size_t size() const { return parts_.size(); }
  void draw(std::size_t part, std::uint64_t key, double* u) const;
  [[nodiscard]] double log_density(const double* u) const;

 private:
  [[nodiscard]] double log_density(const NormalPart& part, const double* u) const;
  std::vector<NormalPart> parts_;
};

}  // namespace elba::runtime
