// eigenvector_check: eigenvectors whose eigenvalues are (nearly) equal have no derivative of their own, and
// what their derivatives leave out may matter.
//
//     at draws of the answer, or its mode:   gradient . v   against   (l(u + h v) - l(u - h v)) / 2 h
//
// Where a derivative of close eigenvectors was wanted (runtime/kernels/linalg.h) the gradient is compared
// with differences of the density in two directions, at two lengths of the step: their own disagreement is
// the error that is allowed for. One that is off by more means caution: climbs and samplers were led by it.
// Those of functions of the matrix are right (passes/derivative/dense_rules.cpp).
#include <algorithm>
#include <cmath>

#include "api/fit/fitter.h"
#include "runtime/kernels/linalg.h"
#include "support/elementary.h"

namespace elba {

namespace {

constexpr std::size_t most_gradient_points = 5;
constexpr double step = 1e-3, allowed = 1e-3, safety = 10;  // allowed: of the gradient's length

}  // namespace

void Fitter::check_eigenvectors(Posterior& posterior, const std::vector<double>& mode) {
  if (spans_of({ir::Opcode::eigh}).empty()) return;
  auto points = mode.empty() ? some_draws(posterior) : std::vector<std::vector<double>>{mode};
  points.resize(std::min(points.size(), most_gradient_points));
  const double jacobian = mode.empty() ? 1 : 0;
  const std::size_t n = bound_.dimension();
  Workspace::Impl& workspace = workspace_->impl();
  runtime::forget_close_eigenvalues();
  double worst = 0;
  for (const auto& u : points) {
    std::vector<double> gradient(n), moved(n), room(n);
    double value = 0;
    (void)call_log_joint(workspace, u, jacobian, value, gradient);
    double length = 0;
    for (const double g : gradient)
      length += g * g;
    length = std::sqrt(length);
    for (std::size_t direction = 0; direction < 2; ++direction) {
      const auto v = [&](std::size_t k) {
        return math::sin(12.9898 * static_cast<double>(k + 1) + 78.233 * static_cast<double>(direction + 1));
      };
      const auto at = [&](double by) {
        for (std::size_t k = 0; k < n; ++k)
          moved[k] = u[k] + by * v(k);
        double there = 0;
        (void)call_log_joint(workspace, moved, jacobian, there, {});
        return there;
      };
      const double wide = (at(step) - at(-step)) / (2 * step),
                   narrow = (at(step / 4) - at(-step / 4)) / (step / 2);
      double slope = 0, size = 0;
      for (std::size_t k = 0; k < n; ++k)
        slope += gradient[k] * v(k), size += v(k) * v(k);
      const double off = std::fabs(slope - narrow) - safety * std::fabs(wide - narrow);
      worst = std::max(worst, off / (length * std::sqrt(size) + std::fabs(narrow) + 1e-300));
    }
  }
  if (!runtime::saw_close_eigenvalues()) return;
  const bool is_wrong = worst > allowed;
  posterior.add(is_wrong ? Verdict::caution : Verdict::trust,
                is_wrong ? ReasonCode::eigenvector_gradient_wrong : ReasonCode::eigenvalues_close,
                {named_places(spans_of({ir::Opcode::eigh}))});
}

}  // namespace elba
