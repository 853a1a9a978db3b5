// lbfgs: L-BFGS by the two-loop recursion.
#include "runtime/inference/optimise/termination.h"

#include <cmath>
#include <limits>

#include "runtime/inference/vectors.h"

namespace elba::runtime {

namespace {

// The last pairs (step, fall of the gradient), as a ring.
class Memory {
 public:
  Memory(std::size_t size, int capacity)
      : steps_(capacity, std::vector<double>(size)), falls_(steps_), rho_(capacity), alpha_(capacity) {}

  void clear() { count_ = 0; }
  [[nodiscard]] bool is_empty() const { return count_ == 0; }

  // Minus the change of the gradient stands for the change of the gradient of -f.
  void add(const Place& from, const Place& to) {
    std::vector<double>&step = steps_[next_], &drop = falls_[next_];
    for (std::size_t k = 0; k < step.size(); ++k) {
      step[k] = to.x[k] - from.x[k];
      drop[k] = from.gradient[k] - to.gradient[k];
    }
    const double product = dot(step, drop), square = dot(drop, drop);
    if (!(product > 1e-14 * square) || !(square > 0)) return;
    rho_[next_] = 1 / product;
    scale_ = product / square;
    next_ = (next_ + 1) % steps_.size();
    count_ = std::min(count_ + 1, steps_.size());
  }

  // direction = H gradient
  void apply(const std::vector<double>& gradient, const OptimiseOptions& options,
             std::vector<double>& direction, std::vector<double>& scratch) {
    scratch = gradient;
    for (std::size_t j = 0; j < count_; ++j) {
      const std::size_t k = (next_ + steps_.size() - 1 - j) % steps_.size();
      alpha_[k] = rho_[k] * dot(steps_[k], scratch);
      add_multiple(scratch, -alpha_[k], falls_[k]);
    }
    if (options.precondition) {
      options.precondition(scratch.data(), direction.data());
    } else {
      const double scale = count_ ? scale_ : 1;
      for (std::size_t k = 0; k < direction.size(); ++k)
        direction[k] = scale * scratch[k];
    }
    for (std::size_t j = count_; j-- > 0;) {
      const std::size_t k = (next_ + steps_.size() - 1 - j) % steps_.size();
      add_multiple(direction, alpha_[k] - rho_[k] * dot(falls_[k], direction), steps_[k]);
    }
  }

 private:
  std::vector<std::vector<double>> steps_, falls_;
  std::vector<double> rho_, alpha_;
  std::size_t next_ = 0, count_ = 0;
  double scale_ = 1;
};

}  // namespace

OptimiseResult maximise(const Objective& objective, std::vector<double> start,
                        const OptimiseOptions& options) {
  const std::size_t n = objective.size;
  OptimiseResult result;
  Walker walker(objective, options.key, options.budget);
  Place here{std::move(start), std::vector<double>(n)}, there{std::vector<double>(n), std::vector<double>(n)};
  Memory memory(n, options.memory > 0 ? options.memory : std::clamp(static_cast<int>(n), 12, 100));
  std::vector<double> direction(n), scratch(n);

  const bool is_defined = walker.evaluate(here);
  result.stop = is_defined ? Stop::iterations : Stop::diverged;
  if (is_defined && options.visit) options.visit(here.x, here.value, here.gradient);
  int quiet = 0;
  while (is_defined && result.iterations < options.max_iterations && !walker.is_out_of_time(result.stop)) {
    memory.apply(here.gradient, options, direction, scratch);
    const double slope = dot(here.gradient, direction);
    result.expected_gain = 0.5 * std::max(slope, 0.0);
    const double tolerance = std::max(options.tolerance,
                                      4 * std::numeric_limits<double>::epsilon() * std::abs(here.value));
    const bool knows_scale = !memory.is_empty() || options.precondition;
    // Twice in a row, as the first pairs may misjudge the curvature.
    quiet = knows_scale && result.expected_gain <= tolerance ? quiet + 1 : 0;
    if (quiet >= 2 || largest(here.gradient) == 0) {
      result.stop = Stop::converged;
      break;
    }
    const double length = knows_scale ? 1.0 : std::min(1.0, 1 / std::sqrt(dot(here.gradient, here.gradient)));
    if (!(slope > 0) || !walker.search(here, direction, slope, length, there)) {
      if (memory.is_empty()) {
        result.stop = quiet > 0 ? Stop::converged : Stop::stalled;
        break;
      }
      memory.clear();
      continue;
    }
    memory.add(here, there);
    std::swap(here, there);
    if (options.visit) options.visit(here.x, here.value, here.gradient);
    ++result.iterations;
    if (options.budget.progress)
      options.budget.progress(
          {"optimise", static_cast<double>(result.iterations) / options.max_iterations, here.value});
  }
  return ended(std::move(result), std::move(here), walker, is_defined);
}

}  // namespace elba::runtime
