#include "runtime/inference/optimise/averaged_sgd.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <span>

#include "runtime/inference/diagnostics/summaries.h"
#include "runtime/inference/optimise/step_schedule.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr double momentum = 0.9, forget = 0.999, floor_of_square = 1e-16;
constexpr int most_failures = 5, windows = 5, least_window = 200;
constexpr int noise_draws = 32;                     // to measure the noise of gradients
constexpr std::uint64_t noise_stream = 0x57110000;  // of their keys

class Run {
 public:
  Run(const Objective& objective, std::vector<double> start, const StochasticOptions& options)
      : objective_(objective),
        options_(options),
        n_(objective.size),
        phi_(std::move(start)),
        next_(n_),
        gradient_(n_),
        part_(n_),
        first_(n_),
        second_(n_),
        units_(n_, 1.0) {
    // Evenly spread coordinates stand for all.
    judged_ = options.judged;
    for (std::size_t k = 0; judged_.empty() && k < n_ && !options.by_value; ++k)
      judged_.push_back(k);
    const std::size_t count = judged_.size(), traced = std::min(count, options.most_traced);
    for (std::size_t k = 0; k < traced; ++k)
      traced_.push_back(judged_[k * count / traced]);
    result_.phi = phi_;
    result_.step = options.step;
  }

  StochasticResult go() {
    is_recalled_ = recall();
    for (; level_ < options_.levels; ++level_, result_.step *= 0.5) {
      if (!is_recalled_) began_ = result_.iterations;
      if (!run_level()) {
        // A level that could not be finished takes nothing from the one before.
        if (is_good_enough_ && result_.stop == Stop::iterations)
          result_.phi = before_, result_.value = value_before_, result_.mcse = mcse_before_,
          result_.stop = Stop::converged;
        break;
      }
      ++result_.levels;
      measure_level();
      const bool is_precise = result_.mcse < error_limit();
      is_good_enough_ = is_precise && result_.remaining < options_.accuracy;
      const bool is_last = level_ + 1 == options_.levels || result_.iterations >= options_.max_iterations;
      if ((is_precise && result_.remaining < options_.tolerance) ||
          (is_good_enough_ && (is_last || result_.inefficiency > 1))) {
        result_.stop = Stop::converged;
        return std::move(result_);
      }
      if (is_last) {
        result_.stop = Stop::iterations;
        return std::move(result_);
      }
      before_ = result_.phi;
      value_before_ = result_.value;
      mcse_before_ = result_.mcse;
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] double error_limit() const {
    return options_.by_value ? options_.accuracy : options_.tolerance;
  }
  static double distance_of(double gain) { return std::sqrt(2 * std::max(gain, 0.0)); }

  // What the levels so far say about the way that is left.
  void measure_level() {
    Level level{.step = result_.step, .iterations = static_cast<double>(result_.iterations - began_)};
    if (!before_.empty()) {
      for (const std::size_t k : judged_)
        level.distance = std::max(level.distance, std::abs(result_.phi[k] - before_[k]) / units_[k]);
      if (options_.by_value) level.distance = distance_of(result_.value - value_before_);
      // The largest of many distances is large by noise alone.
      level.noise = math::hypot(result_.mcse, mcse_before_) *
                    std::sqrt(1 +
                              2 * math::log(static_cast<double>(std::max<std::size_t>(judged_.size(), 1))));
    }
    levels_.push_back(level);
    const Forecast found = forecast(levels_, options_.tolerance);
    result_.remaining = found.remaining;
    result_.inefficiency = found.inefficiency;
  }

  bool is_out_of_time() {
    if (options_.budget.is_over(begin_, result_.stop)) return true;
    return result_.iterations >= options_.max_iterations && (result_.stop = Stop::iterations, true);
  }

  // The mean of value and gradient over the particles; false when one is not finite.
  bool evaluate(const std::vector<double>& phi, double& value) {
    value = 0;
    std::fill(gradient_.begin(), gradient_.end(), 0.0);
    for (int m = 0; m < options_.particles; ++m) {
      double one = 0;
      ++result_.evaluations;
      const std::uint64_t key = fold_key(options_.key, draw_++);
      if (!objective_.evaluate(phi.data(), key, one, part_.data()) || !std::isfinite(one) ||
          !all_finite(part_.data(), n_))
        return false;
      if (is_landing_) options_.landing(phi.data(), key, part_.data());
      value += one / options_.particles;
      add_multiple(gradient_, 1.0 / options_.particles, part_);
    }
    return true;
  }

  // One step of Adam; a place that is not finite is tried again with other draws, then with half the step.
  bool step() {
    double value = 0;
    for (int failures = 0; !evaluate(phi_, value);) {
      if (is_stopped()) return (void)is_out_of_time(), false;  // cut short, which says nothing of the place
      ++result_.retried;
      if (++failures >= most_failures) return result_.stop = Stop::diverged, false;
      if (failures < 2) continue;
      for (std::size_t k = 0; k < n_; ++k)
        phi_[k] = 0.5 * (phi_[k] + last_good(k));
      result_.step *= 0.7;
    }
    safe_ = phi_;
    ++adam_steps_;
    const double correction1 = 1 - math::pow(momentum, adam_steps_),
                 correction2 = 1 - math::pow(forget, adam_steps_);
    for (std::size_t k = 0; k < n_; ++k) {
      first_[k] += (1 - momentum) * (gradient_[k] - first_[k]);
      second_[k] += (1 - forget) * (gradient_[k] * gradient_[k] - second_[k]);
      phi_[k] += result_.step * units_[k] * (first_[k] / correction1) /
                 std::sqrt(second_[k] / correction2 + floor_of_square);
    }
    values_.push_back(value);
    for (std::size_t j = 0; j < traced_.size(); ++j)
      history_[j].push_back(phi_[traced_[j]]);
    return true;
  }

  [[nodiscard]] double last_good(std::size_t k) const { return safe_.empty() ? result_.phi[k] : safe_[k]; }

  // All that the next block depends on, at intervals and at the end.
  void keep(bool is_over) {
    if (options_.record.journal == nullptr || (!is_over && !options_.record.journal->is_due(last_kept_)))
      return;
    ByteWriter writer;
    pass_state([&](const auto&... part) { writer.put_all(part...); });
    options_.record.keep(writer.take());
    last_kept_ = Journal::Clock::now();
  }
  bool recall() {
    const auto kept = options_.record.find();
    if (!kept) return false;
    ByteReader reader(*kept);
    pass_state([&](auto&... part) { reader.get_all(part...); });
    return reader.is_whole();
  }
  template <class Visit>
  void pass_state(Visit visit) {
    visit(phi_, first_, second_, units_, safe_, history_, blocks_, values_, draw_, adam_steps_, level_,
          began_, levels_, before_, value_before_, mcse_before_, is_good_enough_, next_check_, result_.phi,
          result_.value, result_.rhat, result_.effective_size, result_.mcse, result_.remaining,
          result_.inefficiency, result_.step, result_.levels, result_.iterations, result_.retried,
          result_.evaluations, result_.landing_levels, is_landing_);
  }

  // Whether `landing` makes gradients at phi less noisy, over all coordinates in units.
  bool does_landing_help() {
    if (!options_.landing) return false;
    double noise[2] = {0, 0};
    std::vector<double> sum[2] = {std::vector<double>(n_), std::vector<double>(n_)};
    for (int draw = 0; draw < noise_draws; ++draw) {
      const std::uint64_t key = fold_key(fold_key(options_.key, noise_stream), draw_++);
      double value = 0;
      ++result_.evaluations;
      if (!objective_.evaluate(phi_.data(), key, value, part_.data()) || !all_finite(part_.data(), n_))
        return false;
      for (int with = 0; with < 2; ++with) {
        if (with == 1) options_.landing(phi_.data(), key, part_.data());
        for (std::size_t k = 0; k < n_; ++k) {
          const double slope = units_[k] * part_[k];
          sum[with][k] += slope;
          noise[with] += slope * slope;
        }
      }
    }
    for (int with = 0; with < 2; ++with)
      for (const double total : sum[with])
        noise[with] -= total * total / noise_draws;
    return noise[1] < noise[0];
  }

  // Until an average is accepted. Sums over blocks of `check_every` iterates make every window's average
  // cheap.
  bool run_level() {
    if (!is_recalled_) {
      (void)refresh_units();
      is_landing_ = does_landing_help();
      if (is_stopped()) return (void)is_out_of_time(), take_last(), false;
      result_.landing_levels += is_landing_;
      forget_history();
      next_check_ = std::max(least_window, options_.check_every);
    }
    is_recalled_ = false;
    while (true) {
      const bool is_over = is_out_of_time();
      keep(is_over);
      if (is_over) return take_last(), false;
      std::vector<double> sum(n_, 0.0);
      for (int k = 0; k < options_.check_every; ++k) {
        if (!step()) return take_last(), false;
        add_multiple(sum, 1, phi_);
        ++result_.iterations;
      }
      blocks_.push_back(std::move(sum));
      if (options_.budget.progress)
        options_.budget.progress(
            {"optimise", static_cast<double>(result_.iterations) / options_.max_iterations,
             moments(std::span(values_).last(static_cast<std::size_t>(options_.check_every))).mean});
      if (static_cast<int>(values_.size()) < next_check_) continue;
      if (refresh_units()) {
        forget_history();
        next_check_ = std::max(least_window, options_.check_every);
        continue;
      }
      if (accept()) return true;
      // The checks grow with the history: spaced so that they cost a fixed share.
      next_check_ = static_cast<int>(static_cast<double>(values_.size()) * 1.2);
    }
  }

  void forget_history() {
    history_.assign(traced_.size(), {});
    values_.clear();
    blocks_.clear();
  }

  // Units follow the guide until they are right within a factor: true when they were not, and steps so far
  // were of another size.
  bool refresh_units() {
    if (!options_.units) return false;
    next_ = units_;
    options_.units(phi_.data(), next_.data());
    bool has_changed = false;
    for (std::size_t k = 0; k < n_; ++k)
      has_changed = has_changed || !(next_[k] < 1.5 * units_[k] && units_[k] < 1.5 * next_[k]);
    if (has_changed) std::swap(units_, next_);
    return has_changed;
  }

  // The most stationary of five windows at the end of the history, if any is; its average becomes the answer.
  bool accept() {
    const std::size_t count = values_.size(), block = static_cast<std::size_t>(options_.check_every);
    const double longest = 0.95 * static_cast<double>(count),
                 shortest = std::min<double>(least_window, longest);
    std::size_t best_blocks = 0;
    double best = std::numeric_limits<double>::infinity();
    for (int w = 0; w < windows; ++w) {
      const double length = shortest + (longest - shortest) * w / (windows - 1);
      const std::size_t whole = std::max<std::size_t>(1, static_cast<std::size_t>(length) / block);
      double worst = 0;
      if (options_.by_value) worst = split_rhat(std::span(values_).last(whole * block));
      for (const auto& trace : history_)
        worst = std::max(worst, split_rhat(std::span(trace).last(whole * block)));
      if (worst <= best) best = worst, best_blocks = whole;
    }
    result_.rhat = best;
    if (!(best <= options_.rhat_limit) || best_blocks == 0) return false;
    if (options_.by_value && is_rising(std::span(values_).last(best_blocks * block))) return false;
    take_average(best_blocks);
    return result_.effective_size >= options_.min_effective &&
           result_.mcse < std::max(error_limit(), result_.step);
  }

  // R-hat hardly sees a slow rise in a single noisy trace; the means of its halves do.
  static bool is_rising(std::span<const double> window) {
    constexpr double clear = 2.5;  // standard errors
    const auto first = window.first(window.size() / 2), second = window.last(window.size() / 2);
    return moments(second).mean - moments(first).mean >
           clear * math::hypot(mean_error(first), mean_error(second));
  }

  void take_average(std::size_t whole) {
    const std::size_t length = whole * static_cast<std::size_t>(options_.check_every);
    std::fill(next_.begin(), next_.end(), 0.0);
    for (std::size_t b = blocks_.size() - whole; b < blocks_.size(); ++b)
      add_multiple(next_, 1.0 / static_cast<double>(length), blocks_[b]);
    result_.phi = next_;
    result_.value = moments(std::span(values_).last(length)).mean;
    result_.effective_size = std::numeric_limits<double>::infinity();
    result_.mcse = 0;
    if (options_.by_value) {
      const std::span<const double> window = std::span(values_).last(length);
      result_.effective_size = effective_size(window);
      result_.mcse = distance_of(mean_error(window));
    }
    for (std::size_t j = 0; j < traced_.size(); ++j) {
      const std::span<const double> window = std::span(history_[j]).last(length);
      result_.effective_size = std::min(result_.effective_size, effective_size(window));
      result_.mcse = std::max(result_.mcse, mean_error(window) / units_[traced_[j]]);
    }
  }

  // The end came before an average was accepted: the second half of what there is.
  void take_last() {
    if (blocks_.size() >= 2) take_average(blocks_.size() / 2);
  }

  const Objective& objective_;
  const StochasticOptions& options_;
  std::size_t n_;
  std::vector<double> phi_, next_, gradient_, part_, first_, second_, units_, safe_;
  std::vector<std::size_t> judged_, traced_;
  std::vector<std::vector<double>> history_, blocks_;
  std::vector<double> values_;
  std::uint64_t draw_ = 0;
  int adam_steps_ = 0;
  int level_ = 0, began_ = 0, next_check_ = 0;  // began_: the iterations when the level began
  std::vector<Level> levels_;
  std::vector<double> before_;  // the average of the level before, with its error
  double value_before_ = 0, mcse_before_ = 0;
  bool is_good_enough_ = false;  // the last level's average
  bool is_recalled_ = false;
  Journal::Clock::time_point last_kept_ = Journal::Clock::now();
  bool is_landing_ = false;
  StochasticResult result_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

StochasticResult maximise_stochastic(const Objective& objective, std::vector<double> start,
                                     const StochasticOptions& options) {
  return Run(objective, std::move(start), options).go();
}

}  // namespace elba::runtime
