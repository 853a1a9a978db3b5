// newton: trust-region Newton; the step by conjugate gradients that end at the region's edge or at
// negative curvature.
#include <cmath>
#include <limits>

#include "runtime/inference/optimise/termination.h"
#include "runtime/inference/vectors.h"

namespace elba::runtime {

namespace {

struct Step {
  std::vector<double> move;
  double gain = 0;  // by the quadratic model
  bool at_edge = false;
};

class Region {
 public:
  Region(std::size_t n, const HessianProduct& product)
      : product_(product), residual_(n), direction_(n), curved_(n) {}

  // Steihaug: maximise g.s + s.H s / 2 within |s| <= radius, for -H as far as it is positive.
  bool solve(const Place& at, double radius, Step& step) {
    const std::size_t n = at.x.size();
    step.move.assign(n, 0.0);
    step.gain = 0;
    step.at_edge = false;
    residual_ = at.gradient;
    direction_ = residual_;
    double square = dot(residual_, residual_);
    const double enough = square * std::min(0.25, std::sqrt(square)) * 1e-2;
    for (std::size_t k = 0; k < 2 * n + 10 && square > 0; ++k) {
      if (!product_(at.x.data(), direction_.data(), curved_.data()) || !all_finite(curved_.data(), n))
        return false;
      const double curvature = -dot(direction_, curved_);
      const double length = square / curvature;
      const double dd = dot(direction_, direction_), sd = dot(step.move, direction_),
                   ss = dot(step.move, step.move);
      if (!(curvature > 0) || ss + 2 * length * sd + length * length * dd >= radius * radius) {
        const double to_edge = (-sd + std::sqrt(std::max(0.0, sd * sd + dd * (radius * radius - ss)))) / dd;
        step.gain += to_edge * dot(residual_, direction_) - 0.5 * to_edge * to_edge * curvature;
        add_multiple(step.move, to_edge, direction_);
        step.at_edge = true;
        return true;
      }
      step.gain += 0.5 * length * square;
      add_multiple(step.move, length, direction_);
      add_multiple(residual_, length, curved_);
      const double next = dot(residual_, residual_);
      if (next <= enough) break;
      for (std::size_t i = 0; i < n; ++i)
        direction_[i] = residual_[i] + next / square * direction_[i];
      square = next;
    }
    return true;
  }

 private:
  const HessianProduct& product_;
  std::vector<double> residual_, direction_, curved_;
};

}  // namespace

OptimiseResult maximise_newton(const Objective& objective, const HessianProduct& product,
                               std::vector<double> start, const OptimiseOptions& options) {
  const std::size_t n = objective.size;
  OptimiseResult result;
  Walker walker(objective, options.key, options.budget);
  Place here{std::move(start), std::vector<double>(n)}, there{std::vector<double>(n), std::vector<double>(n)};
  Region region(n, product);
  Step step;
  double radius = 1;
  const bool is_defined = walker.evaluate(here);
  result.stop = is_defined ? Stop::iterations : Stop::diverged;
  while (is_defined && result.iterations < options.max_iterations && !walker.is_out_of_time(result.stop)) {
    if (!region.solve(here, radius, step)) {
      result.stop = Stop::stalled;
      break;
    }
    result.expected_gain = step.gain;
    const double noise = 4 * std::numeric_limits<double>::epsilon() * std::abs(here.value);
    if (!step.at_edge && step.gain <= std::max(options.tolerance, noise)) {
      // The last step costs one evaluation and squares the error.
      for (std::size_t k = 0; k < n; ++k)
        there.x[k] = here.x[k] + step.move[k];
      if (walker.evaluate(there) && there.value >= here.value - 4 * noise) std::swap(here, there);
      result.stop = Stop::converged;
      break;
    }
    for (std::size_t k = 0; k < n; ++k)
      there.x[k] = here.x[k] + step.move[k];
    const double gain = walker.evaluate(there) ? there.value - here.value
                                               : -std::numeric_limits<double>::infinity();
    const double ratio = gain / step.gain;
    const double size = std::sqrt(dot(step.move, step.move));
    ++result.iterations;
    if (ratio > 0.75 && step.at_edge) radius *= 2.5;
    if (!(ratio > 0.25)) radius = 0.25 * size;
    if (ratio > 1e-4) std::swap(here, there);
    if (!(radius > 1e-14)) {
      result.stop = Stop::stalled;
      // What a smooth function would still promise; a small region hides it.
      if (region.solve(here, std::numeric_limits<double>::max(), step)) result.expected_gain = step.gain;
      break;
    }
    if (options.budget.progress)
      options.budget.progress(
          {"optimise", static_cast<double>(result.iterations) / options.max_iterations, here.value});
  }
  return ended(std::move(result), std::move(here), walker, is_defined);
}

}  // namespace elba::runtime
