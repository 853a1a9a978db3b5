#include "runtime/inference/mcmc/nuts_chain.h"

#include <chrono>
#include <cmath>

#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

// Nesterov's dual averaging of ln step, towards a mean acceptance. Hoffman and Gelman 2014, algorithm 5.
class StepControl {
 public:
  explicit StepControl(double wanted) : wanted_(wanted) {}

  void restart(double step) {
    pull_ = math::log(10 * step);
    error_ = average_ = 0;
    count_ = 0;
    step_ = step;
  }
  void learn(double acceptance) {
    ++count_;
    const double n = static_cast<double>(count_), share = 1 / (n + 10), decay = math::pow(n, -0.75);
    error_ = (1 - share) * error_ + share * (wanted_ - acceptance);
    const double log_step = pull_ - std::sqrt(n) / 0.05 * error_;
    average_ = decay * log_step + (1 - decay) * average_;
    step_ = math::exp(log_step);
  }
  [[nodiscard]] double step() const { return step_; }
  [[nodiscard]] double averaged() const { return count_ > 0 ? math::exp(average_) : step_; }

 private:
  double wanted_, pull_ = 0, error_ = 0, average_ = 0, step_ = 1;
  int count_ = 0;
};

// The iterations after which the metric is renewed: windows that double, the last one stretched to the final
// phase.
std::vector<int> window_ends(int warmup) {
  int first = 75, last = 50, window = 25;
  if (warmup < first + window + last) {
    first = static_cast<int>(0.15 * warmup);
    last = static_cast<int>(0.1 * warmup);
    window = warmup - first - last;
  }
  std::vector<int> ends;
  for (int at = first; at < warmup - last; window *= 2) {
    int end = at + window;
    if (end + 2 * window > warmup - last) end = warmup - last;
    ends.push_back(end);
    at = end;
  }
  return ends;
}

// Uniform within 2 spreads of the start in every coordinate, closer when the density is not finite there.
bool find_start(const Objective& objective, const std::vector<double>& start,
                const std::vector<double>& spread, std::uint64_t key, NutsState& state) {
  const std::size_t n = start.size();
  state.x.resize(n);
  state.gradient.resize(n);
  for (std::uint64_t attempt = 0; attempt < 100; ++attempt) {
    const double reach = attempt < 50 ? 2.0 : 0.2;
    for (std::size_t k = 0; k < n; ++k)
      state.x[k] = start[k] +
                   reach * (spread.empty() ? 1.0 : spread[k]) * (2 * uniform(fold_key(key, attempt), k) - 1);
    if (objective.evaluate(state.x.data(), 0, state.log_density, state.gradient.data())) return true;
    if (is_stopped()) return false;
  }
  return false;
}

// Everything that the next transition depends on, and what has been drawn.
struct Walk {
  Chain chain;
  NutsState state;
  Metric metric;
  StepControl control;
  std::size_t next_window = 0;
  std::vector<double> window;  // draws of warm-up since the metric was renewed
  int iteration = 0;

  [[nodiscard]] std::string kept() const {
    ByteWriter writer;
    writer.put_all(chain.draws, chain.log_density, chain.transitions, chain.step, chain.evaluations, state.x,
                   state.gradient, state.log_density);
    metric.write(writer);
    writer.put_all(control, next_window, window, iteration);
    return writer.take();
  }
  [[nodiscard]] bool recall(const std::string& bytes) {
    ByteReader reader(bytes);
    reader.get_all(chain.draws, chain.log_density, chain.transitions, chain.step, chain.evaluations, state.x,
                   state.gradient, state.log_density);
    metric.read(reader);
    reader.get_all(control, next_window, window, iteration);
    return reader.is_whole();
  }
};

std::vector<double> squares(std::vector<double> values) {
  for (double& v : values)
    v *= v;
  return values;
}

}  // namespace

Chain run_chain(const Objective& objective, const std::vector<double>& start,
                const std::vector<double>& spread, std::uint64_t key, const NutsOptions& options,
                const Record& record, std::atomic<std::int64_t>& done) {
  const std::size_t n = start.size();
  const auto fresh = [&] {
    return Walk{{}, {}, Metric(n, options.is_dense, squares(spread)), StepControl(options.acceptance), 0,
                {}, 0};
  };
  Walk walk = fresh();
  auto& [chain, state, metric, control, next_window, window, iteration] = walk;
  std::int64_t& evaluations = chain.evaluations;
  const Objective counted{objective.size, [&objective, &evaluations](const double* x, std::uint64_t k,
                                                                     double& value, double* gradient) {
                            ++evaluations;
                            return objective.evaluate(x, k, value, gradient);
                          }};
  const auto kept = record.find();
  if (!kept || !walk.recall(*kept)) {
    walk = fresh();
    if (!find_start(counted, start, spread, fold_key(key, 0), state)) {
      chain.stop = Stop::diverged;
      if (is_stopped()) (void)options.budget.is_over(Journal::Clock::now(), chain.stop);
      return std::move(chain);
    }
    control.restart(reasonable_step(counted, metric, 1, fold_key(key, 1), state));
    chain.step = control.step();
    if (is_stopped()) {
      (void)options.budget.is_over(Journal::Clock::now(), chain.stop);
      return std::move(chain);
    }
  }
  done += iteration;
  const auto begin = Journal::Clock::now();
  auto last_kept = begin;
  const auto ends = options.length > 0 ? std::vector<int>{} : window_ends(options.warmup);
  const int first = ends.empty()           ? options.warmup
                    : options.warmup < 150 ? static_cast<int>(0.15 * options.warmup)
                                           : 75;
  NutsState before;
  bool is_whole = true;
  for (; iteration < options.warmup + options.draws && is_whole; ++iteration, ++done) {
    (void)options.budget.is_over(begin, chain.stop);
    if (chain.evaluations > options.most_evaluations) chain.stop = Stop::iterations;
    if (chain.stop != Stop::converged) break;
    if (record.journal != nullptr && record.journal->is_due(last_kept))
      record.keep(walk.kept()), last_kept = Journal::Clock::now();
    const bool is_warmup = iteration < options.warmup;
    const double step = is_warmup ? control.step() : chain.step;
    const std::uint64_t own_key = fold_key(fold_key(key, 2), static_cast<std::uint64_t>(iteration));
    before = state;
    const std::int64_t evaluations_before = evaluations;
    const Transition seen = options.length > 0
                                ? hmc_transition(counted, metric, step, options.length, own_key, state)
                                : nuts_transition(counted, metric, step, options.max_depth, own_key, state);
    if (is_stopped()) {  // in the middle of it: as if it had not begun
      state = before;
      evaluations = evaluations_before;
      (void)options.budget.is_over(begin, chain.stop);
      break;
    }
    if (!is_warmup) {
      chain.draws.insert(chain.draws.end(), state.x.begin(), state.x.end());
      chain.log_density.push_back(state.log_density);
      chain.transitions.push_back(seen);
      continue;
    }
    control.learn(seen.acceptance);
    if (iteration >= first && next_window < ends.size()) {
      window.insert(window.end(), state.x.begin(), state.x.end());
      if (iteration + 1 == ends[next_window]) {
        ++next_window;
        if (metric.adapt(window, window.size() / n))
          control.restart(reasonable_step(counted, metric, control.averaged(),
                                          fold_key(fold_key(key, 3), next_window), state));
        window.clear();
        is_whole = !is_stopped();  // a step that was looked for in vain is no state to go on from
      }
    }
    chain.step = control.averaged();
  }
  if (!is_whole) (void)options.budget.is_over(begin, chain.stop);
  if (record.journal != nullptr && is_whole) record.keep(walk.kept());
  return std::move(chain);
}

}  // namespace elba::runtime
