#include "runtime/inference/optimise/maximise.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>

#include "runtime/inference/optimise/finite_difference_hessian.h"

namespace elba::runtime {

namespace {

constexpr int most_escapes = 20;
constexpr double beyond_reason = 1e15, farthest = 1e20;  // values, coordinates
constexpr std::size_t largest_measured = 500;  // coordinates; beyond, a Hessian by differences takes too long

class Climber {
 public:
  Climber(const Objective& objective, const HessianProduct& product, const AscentOptions& options)
      : options_(options) {
    objective_ = {objective.size,
                  [this, &objective](const double* x, std::uint64_t key, double& value, double* gradient) {
                    spend(1);
                    for (std::size_t k = 0; k < objective.size; ++k)
                      if (!(std::fabs(x[k]) < farthest)) return false;
                    return objective.evaluate(x, key, value, gradient) && value < beyond_reason;
                  }};
    if (product)
      product_ = [this, &product](const double* x, const double* v, double* out) {
        ++out_.products;
        spend(product_cost);
        return product(x, v, out);
      };
  }

  Ascent run(std::vector<double> start) {
    OptimiseResult found = climb(std::move(start));
    while (!is_over(found) && options_.look != Look::none && !is_lost(found)) {
      Terrain terrain = survey(objective_, product_, found.x, options_.look);
      out_.evaluations += terrain.evaluations;
      if (is_stopped()) {  // cut short, which says nothing of the place
        (void)options_.budget.is_over(std::chrono::steady_clock::now(), found.stop);
        break;
      }
      const bool goes_on = !terrain.higher.empty() && out_.escapes < most_escapes;
      if (goes_on) {
        ++out_.escapes;
        OptimiseResult next = climb(std::move(terrain.higher));
        if (next.value > found.value || is_over(next)) {
          if (next.value > found.value)
            found = std::move(next);
          else
            found.stop = next.stop;
          continue;
        }
      }
      heed(found, terrain);
      out_.terrain = std::move(terrain);
      break;
    }
    if (found.stop == Stop::cancelled && !is_cancelled()) found.stop = Stop::iterations;
    out_.end = std::move(found);
    return std::move(out_);
  }

 private:
  static bool is_over(const OptimiseResult& found) {
    return found.stop == Stop::diverged || found.stop == Stop::cancelled || found.stop == Stop::seconds;
  }

  [[nodiscard]] bool is_cancelled() const {
    return options_.budget.cancel != nullptr && options_.budget.cancel->load(std::memory_order_relaxed);
  }
  // The steps are told to end as the host would tell them.
  void spend(double work) {
    work_ += work;
    if (work_ > options_.most_work || is_cancelled()) must_end_.store(true, std::memory_order_relaxed);
  }

  bool is_lost(const OptimiseResult& found) {
    if (!options_.is_lost || found.stop == Stop::converged) return false;
    std::vector<double> gradient(found.x.size());
    double value = 0;
    ++out_.evaluations;
    return !objective_.evaluate(found.x.data(), 0, value, gradient.data()) ||
           options_.is_lost(found.x, gradient);
  }

  // A place where the curvature promises nothing more is a stationary one, whatever the steps ran into that
  // led there.
  static void heed(OptimiseResult& found, const Terrain& terrain) {
    if (!terrain.is_known || !std::isfinite(terrain.gain)) return;
    const bool is_stationary = terrain.gain <= value_noise(found.value) &&
                               std::all_of(
                                   terrain.open.begin(), terrain.open.end(), [&](const OpenDirection& open) {
                                     return std::fabs(open.slope) * open.unit <= value_noise(found.value);
                                   });
    if (is_stationary) found.expected_gain = terrain.gain;
    if (is_stationary && (found.stop == Stop::stalled || found.stop == Stop::iterations))
      found.stop = Stop::converged;
  }

  OptimiseResult climb(std::vector<double> start) {
    OptimiseOptions settings;
    settings.budget = options_.budget;
    settings.budget.cancel = &must_end_;
    OptimiseResult found;
    const auto take = [&](OptimiseResult next) {
      out_.iterations += next.iterations;
      out_.evaluations += next.evaluations;
      if (found.x.empty() || next.value > found.value ||
          (found.stop != Stop::converged && next.stop == Stop::converged &&
           next.value >= found.value - value_noise(found.value)))
        found = std::move(next);
      settings.budget.max_seconds = std::max(
          0.0, options_.budget.max_seconds -
                   std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count());
      settings.tolerance = std::max(1e-10, 1e-14 * std::fabs(found.value));
    };
    settings.max_iterations = product_ ? 300 : 3000;
    if (!product_) {
      take(options_.has_kinks ? maximise_kinked(objective_, std::move(start), settings)
                              : maximise(objective_, std::move(start), settings));
      if (is_over(found) || objective_.size > largest_measured) return found;
      settings.max_iterations = 1000;
      settings.precondition = measured_preconditioner(objective_, settings.key, found.x, found.evaluations);
      take(maximise(objective_, found.x, settings));
      return found;
    }
    take(maximise(objective_, std::move(start), settings));
    if (is_over(found) || is_lost(found)) return found;
    settings.max_iterations = 1000;
    OptimiseResult rested = maximise_newton(objective_, product_, found.x, settings);
    const bool is_smooth = rested.stop == Stop::converged;
    take(std::move(rested));
    if (is_smooth || is_over(found) || !options_.has_kinks || is_lost(found)) return found;
    settings.max_iterations = 3000;
    take(maximise_kinked(objective_, found.x, settings));
    if (is_over(found)) return found;
    settings.max_iterations = 1000;
    take(maximise_newton(objective_, product_, found.x, settings));
    return found;
  }

  Objective objective_;
  HessianProduct product_;
  const AscentOptions& options_;
  std::atomic<bool> must_end_{false};
  double work_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  Ascent out_;
};

}  // namespace

Ascent ascend(const Objective& objective, const HessianProduct& product, std::vector<double> start,
              const AscentOptions& options) {
  return Climber(objective, product, options).run(std::move(start));
}

}  // namespace elba::runtime
