// gaussian_parameters: the two Gaussian families in the runtime's terms: phi <-> (m, L), jumps to the fixed
// point, and a preconditioner. Eigen stays behind the implementation.
#pragma once

#include <memory>
#include <vector>

#include "runtime/inference/variational/fit.h"

namespace elba::runtime {

// The size of one posterior unit of every coordinate of phi: sd for means, the same in terms of a width's own
// coordinate, 1 elsewhere.
void guide_units(NormalForm form, std::size_t noise_size, std::size_t guide_size, const double* phi,
                 double* units);

// The number of coordinates of phi that are means and widths; the rest is behind them.
[[nodiscard]] std::size_t gaussian_size(NormalForm form, std::size_t noise_size);

// What one pass over a design tells about a guide: mean gradient, and B = sum_k w_k g_k e_k' (row-major; its
// diagonal only when large).
struct Slopes {
  std::vector<double> mean;   // n
  std::vector<double> cross;  // [n, n], or n
  bool is_diagonal = false;
};

// Change of gradients when a coordinate behind the Gaussian ones moves by one, R of them, and the gradient
// there.
struct RestSlopes {
  std::vector<double> by_mean;   // [R, n]: of the gradients of the means; empty: not measured
  std::vector<double> by_rest;   // [R, R], or [R] when by_mean is empty
  std::vector<double> gradient;  // [R]
};

// The quadratic model of the ELBO around phi.
class GaussianModel {
 public:
  GaussianModel(NormalForm form, std::size_t noise_size, const std::vector<double>& phi, const Slopes& slopes,
                const RestSlopes& rest = {});
  ~GaussianModel();

  // phi after a jump, shortened to `share` of it. Coordinates that are not Gaussian stay.
  [[nodiscard]] std::vector<double> jump(double share) const;
  // The largest move of a mean in such a jump, in posterior sd by the same model.
  [[nodiscard]] double mean_move() const;
  // phi with its rest moved by `move`, and the means moved along as the coupling predicts.
  [[nodiscard]] std::vector<double> move_rest(const std::vector<double>& phi,
                                              const std::vector<double>& move) const;
  // out = an approximate inverse of minus the Hessian by the rest alone, the means always at their best,
  // times g.
  void precondition_rest(const double* g, double* out) const;
  // out = an approximate inverse of minus the Hessian of the ELBO by phi, times g.
  void precondition(const double* g, double* out) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace elba::runtime
