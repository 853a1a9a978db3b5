#include "runtime/inference/mcmc/nuts_tree.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double divergence = 1000;  // in units of the energy

double log_sum(double a, double b) {
  const double most = std::max(a, b);
  return most == -infinity ? -infinity : most + math::log(math::exp(a - most) + math::exp(b - most));
}

struct End {
  std::vector<double> p, v;
};

// A piece of trajectory in the order of time, whichever way it was walked.
struct Segment {
  End first, last;
  std::vector<double> sum_p;
  double log_weight = -infinity;  // of its states, relative to the start
  NutsState proposal;
};

class Trajectory {
 public:
  Trajectory(const Objective& objective, const Metric& metric, double step, std::uint64_t key)
      : objective_(objective), metric_(metric), step_(step), key_(key) {}

  double energy(const NutsState& state) {
    metric_.velocity(state.p, v_);
    return 0.5 * dot(state.p, v_) - state.log_density;
  }

  void leapfrog(NutsState& state, double direction) {
    const double e = direction * step_;
    add_multiple(state.p, 0.5 * e, state.gradient);
    metric_.velocity(state.p, v_);
    add_multiple(state.x, e, v_);
    if (!objective_.evaluate(state.x.data(), 0, state.log_density, state.gradient.data())) {
      state.log_density = -infinity;
      std::fill(state.gradient.begin(), state.gradient.end(), 0.0);
    }
    add_multiple(state.p, 0.5 * e, state.gradient);
  }

  Segment single(const NutsState& state, double log_weight) {
    Segment segment;
    metric_.velocity(state.p, v_);
    segment.first = segment.last = {state.p, v_};
    segment.sum_p = state.p;
    segment.log_weight = log_weight;
    segment.proposal = state;
    return segment;
  }

  // 2^depth steps on from `edge`; nothing when the piece turns back in itself or leaves the region of finite
  // energy.
  std::optional<Segment> build(int depth, double direction, double start_energy, NutsState& edge,
                               Transition& seen) {
    if (depth == 0) {
      leapfrog(edge, direction);
      ++seen.steps;
      double gain = start_energy - energy(edge);
      if (std::isnan(gain)) gain = -infinity;
      seen.acceptance += std::min(1.0, math::exp(gain));
      if (gain < -divergence) {
        seen.is_divergent = true;
        return std::nullopt;
      }
      return single(edge, gain);
    }
    auto near = build(depth - 1, direction, start_energy, edge, seen);
    if (!near) return std::nullopt;
    auto far = build(depth - 1, direction, start_energy, edge, seen);
    if (!far) return std::nullopt;
    const double both = log_sum(near->log_weight, far->log_weight);
    if (math::log(next_uniform()) < far->log_weight - both) std::swap(near->proposal, far->proposal);
    NutsState proposal = std::move(near->proposal);
    bool goes_on = true;
    Segment whole = direction > 0 ? joined(std::move(*near), std::move(*far), goes_on)
                                  : joined(std::move(*far), std::move(*near), goes_on);
    whole.proposal = std::move(proposal);
    whole.log_weight = both;
    if (!goes_on) return std::nullopt;
    return whole;
  }

  // `goes_on` turns false when the two together turn back. The proposal is the caller's to choose.
  Segment joined(Segment&& early, Segment&& late, bool& goes_on) {
    Segment whole;
    whole.sum_p = early.sum_p;
    add_multiple(whole.sum_p, 1, late.sum_p);
    const auto onwards = [](const std::vector<double>& sum, const End& a, const End& b) {
      return dot(a.v, sum) > 0 && dot(b.v, sum) > 0;
    };
    goes_on = onwards(whole.sum_p, early.first, late.last);
    add_multiple(early.sum_p, 1, late.first.p);
    goes_on = goes_on && onwards(early.sum_p, early.first, late.first);
    add_multiple(late.sum_p, 1, early.last.p);
    goes_on = goes_on && onwards(late.sum_p, early.last, late.last);
    whole.first = std::move(early.first);
    whole.last = std::move(late.last);
    return whole;
  }

  double next_uniform() { return uniform(key_, draws_++); }

 private:
  const Objective& objective_;
  const Metric& metric_;
  double step_;
  std::uint64_t key_, draws_ = 0;
  std::vector<double> v_;
};

}  // namespace

Transition nuts_transition(const Objective& objective, const Metric& metric, double step, int max_depth,
                           std::uint64_t key, NutsState& state) {
  Transition seen;
  metric.draw_momentum(fold_key(key, 0), state.p);
  Trajectory trajectory(objective, metric, step, fold_key(key, 1));
  const double start_energy = trajectory.energy(state);
  seen.energy = start_energy;
  Segment whole = trajectory.single(state, 0.0);
  NutsState front = state, back = state;
  while (seen.depth < max_depth) {
    const bool forward = trajectory.next_uniform() > 0.5;
    auto added = trajectory.build(seen.depth, forward ? 1 : -1, start_energy, forward ? front : back, seen);
    if (!added) break;
    ++seen.depth;
    NutsState proposal = std::move(whole.proposal);
    const double old_weight = whole.log_weight, new_weight = added->log_weight;
    if (math::log(trajectory.next_uniform()) < new_weight - old_weight) proposal = std::move(added->proposal);
    bool goes_on = true;
    whole = forward ? trajectory.joined(std::move(whole), std::move(*added), goes_on)
                    : trajectory.joined(std::move(*added), std::move(whole), goes_on);
    whole.proposal = std::move(proposal);
    whole.log_weight = log_sum(old_weight, new_weight);
    if (!goes_on) break;
  }
  if (seen.steps > 0) seen.acceptance /= seen.steps;
  state = std::move(whole.proposal);
  seen.energy = trajectory.energy(state);
  return seen;
}

Transition hmc_transition(const Objective& objective, const Metric& metric, double step, double length,
                          std::uint64_t key, NutsState& state) {
  constexpr double jitter = 0.4, most_steps = 200;
  Transition seen;
  metric.draw_momentum(fold_key(key, 0), state.p);
  Trajectory trajectory(objective, metric, step, fold_key(key, 1));
  const double start_energy = trajectory.energy(state);
  const double own_length = length * (1 + jitter * (2 * trajectory.next_uniform() - 1));
  const int steps = static_cast<int>(std::clamp(std::round(own_length / step), 1.0, most_steps));
  NutsState end = state;
  double gain = 0;
  while (seen.steps < steps && !seen.is_divergent) {
    trajectory.leapfrog(end, 1);
    ++seen.steps;
    gain = start_energy - trajectory.energy(end);
    seen.is_divergent = !(gain >= -divergence);
  }
  seen.acceptance = seen.is_divergent ? 0 : std::min(1.0, math::exp(gain));
  seen.energy = start_energy;
  if (trajectory.next_uniform() < seen.acceptance) {
    state = std::move(end);
    seen.energy = start_energy - gain;
  }
  return seen;
}

double reasonable_step(const Objective& objective, const Metric& metric, double guess, std::uint64_t key,
                       const NutsState& state) {
  double step = guess, direction = 0;
  for (int attempt = 0; attempt < 100; ++attempt) {
    NutsState moved = state;
    metric.draw_momentum(fold_key(key, static_cast<std::uint64_t>(attempt)), moved.p);
    Trajectory trajectory(objective, metric, step, key);
    const double before = trajectory.energy(moved);
    trajectory.leapfrog(moved, 1);
    const double gain = before - trajectory.energy(moved);
    const bool is_accepted = gain > math::log(0.8);  // false for nan
    const double wanted = is_accepted ? 1 : -1;
    if (direction == 0) direction = wanted;
    if (wanted != direction) break;
    step *= direction > 0 ? 2 : 0.5;
    if (!(step < 1e7) || !(step > 1e-300)) break;
  }
  return step;
}

}  // namespace elba::runtime
