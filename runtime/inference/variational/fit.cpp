#include "runtime/inference/variational/fit.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "runtime/inference/optimise/averaged_sgd.h"
#include "runtime/inference/variational/assess.h"
#include "runtime/inference/variational/fixed_draws.h"
#include "runtime/inference/variational/gaussian_parameters.h"
#include "runtime/inference/variational/initialise.h"
#include "runtime/inference/variational/natural_gradient.h"
#include "runtime/inference/variational/path_gradient.h"
#include "runtime/kernels/rng.h"

namespace elba::runtime {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint64_t lent_key = 0x1E27, frozen_stream = 31, stochastic_stream = 32, natural_stream = 33;
constexpr std::size_t largest_frozen = 200'000;  // parameters; beyond, sums over designs are too slow
constexpr std::size_t large_guide = 5'000'000;   // parameters times noise; beyond, one start must do
constexpr int short_run = 30;
constexpr std::size_t most_points = 2'000;
constexpr std::int64_t least_affordable = 30;             // sums
constexpr std::int64_t least_sums = 40, most_sums = 200;  // of a short run
constexpr int particles = 8;
constexpr double grace = 1;             // seconds, where nobody watches the clock (interruption.h)
constexpr double assessed_share = 0.1;  // of the time that is given, for looking at what was found
constexpr double small_step = 0.01;
constexpr int long_blocks = 1000;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

class Fit {
 public:
  Fit(const FitProblem& problem, const FitOptions& options) : problem_(problem), options_(options) {}

  FitResult go() {
    say("start", 0);
    {
      const ProfileScope scope(options_.profile, "climb to a guide");
      if (!recall() && !climb()) return finish();
    }
    say("check", 0);
    // What was found is looked at even where time has run out, for a while.
    const Deadline deadline(options_.budget, grace - seconds_since(begin_));
    {
      const ProfileScope scope(options_.profile, "elbo on fresh draws");
      estimate_elbo(problem_, options_, deadline, result_, evidence_);
    }
    sample_guide(problem_, options_, deadline, result_, evidence_);
    return finish();
  }

 private:
  // False where no start has a finite ELBO.
  bool climb() {
    auto starts = problem_.warm.size() == problem_.guide_size && problem_.guide_size > 0
                      ? std::vector<std::vector<double>>{problem_.warm}
                      : starting_guides(problem_, options_, result_.evaluations);
    if (starts.empty()) {
      if (is_stopped()) (void)options_.budget.is_over(begin_, result_.stop);
      evidence_.elbo = std::numeric_limits<double>::quiet_NaN();
      return false;
    }
    result_.phi = starts[0];
    is_noise_known_ = problem_.guide_size <= largest_frozen && noise_can_be_lent(problem_, starts[0]);
    const bool is_natural = options_.climb == Climb::natural && is_noise_known_ && is_plain(problem_.family);
    const bool is_done = is_natural
                             ? climb_natural(starts[0])
                             : options_.climb == Climb::automatic && is_noise_known_ && climb_frozen(starts);
    if (!is_done && !is_over()) climb_stochastic(starts[0]);
    remember();
    return true;
  }

  // What a climb that came to its end leaves; one that was cut short is done again by a fit that goes on.
  void remember() {
    if (options_.record.journal == nullptr || is_over()) return;
    ByteWriter writer;
    writer.put_all(result_.phi, result_.stop, result_.algorithm, result_.elbo, result_.evaluations,
                   result_.iterations, evidence_.frozen_error, result_.iterates);
    options_.record.keep(writer.take());
  }
  bool recall() {
    const auto kept = options_.record.find();
    if (!kept) return false;
    ByteReader reader(*kept);
    reader.get_all(result_.phi, result_.stop, result_.algorithm, result_.elbo, result_.evaluations,
                   result_.iterations, evidence_.frozen_error, result_.iterates);
    return reader.is_whole();
  }

  void say(const char* phase, double fraction) const {
    if (options_.budget.progress) options_.budget.progress({phase, fraction, result_.elbo});
  }

  [[nodiscard]] bool is_over() const {
    return result_.stop == Stop::cancelled || result_.stop == Stop::seconds;
  }

  [[nodiscard]] Budget rest() const {
    Budget budget = options_.budget;
    budget.max_seconds = std::max(0.0, (1 - assessed_share) * budget.max_seconds - seconds_since(begin_));
    return budget;
  }

  [[nodiscard]] FrozenProblem with_noise() const {
    return {problem_.family,
            problem_.guide_size,
            problem_.noise_size,
            [this](const double* phi, const double* noise, double& value, double* gradient) {
              const LentNormals lent(lent_key, noise, problem_.noise_size);
              return problem_.elbo(phi, lent_key, value, gradient);
            },
            problem_.means,
            problem_.units};
  }

  // False when it came to where nothing is finite.
  bool climb_natural(const std::vector<double>& start) {
    NaturalOptions options;
    options.key = fold_key(options_.seed, natural_stream);
    options.budget = rest();
    NaturalResult found = maximise_natural(with_noise(), start, options);
    result_.evaluations += found.evaluations;
    result_.iterations += found.iterations;
    if (found.stop == Stop::diverged) return false;
    result_.algorithm = "natural gradients";
    result_.phi = std::move(found.phi);
    result_.stop = found.stop;
    result_.elbo = found.value;
    evidence_.frozen_error = found.error;
    return true;
  }

  // Both starts a short way, the better one to the end. False when draws cannot be frozen here.
  bool climb_frozen(const std::vector<std::vector<double>>& starts) {
    const FrozenProblem frozen = with_noise();
    FrozenOptions options;
    options.key = fold_key(options_.seed, frozen_stream);
    FrozenResult best;
    best.value = -std::numeric_limits<double>::infinity();
    bool is_cut = false;  // before it came to a value
    // Of a design, about.
    const auto sums = static_cast<std::int64_t>(std::min(4 * problem_.noise_size + 32, most_points));
    const std::int64_t affordable = std::max<std::int64_t>(least_affordable,
                                                           options_.most_climb_evaluations / sums);
    const bool is_large = problem_.guide_size * problem_.noise_size > large_guide;
    for (const auto& start : starts) {
      if (is_large && !best.phi.empty()) break;
      options.budget = rest();
      FrozenOptions brief = options;
      brief.max_iterations = short_run;
      brief.most_walks = 0;
      brief.error_limit = std::numeric_limits<double>::infinity();
      brief.tolerance = starts.size() > 1 ? 1e-3 : options.tolerance;
      // A start that needs far more than the first one did is a bad one.
      brief.max_sums = best.phi.empty()
                           ? std::min(most_sums, options_.most_sums)
                           : std::max<std::int64_t>(
                                 least_sums,
                                 3 * best.evaluations /
                                     static_cast<std::int64_t>(std::max<std::size_t>(best.points, 1)));
      brief.max_sums = std::min(brief.max_sums, affordable / 3);
      FrozenResult found = maximise_frozen(frozen, start, brief);
      result_.evaluations += found.evaluations;
      result_.iterations += found.iterations;
      is_cut = found.stop == Stop::cancelled || found.stop == Stop::seconds;
      if (is_cut) result_.stop = found.stop, result_.algorithm = "frozen draws";
      if (found.stop != Stop::diverged && std::isfinite(found.value) && found.value > best.value)
        best = std::move(found);
      if (best.stop == Stop::cancelled || best.stop == Stop::seconds ||
          seconds_since(begin_) > 0.3 * options_.budget.max_seconds)
        break;
    }
    if (best.phi.empty() && is_cut) return true;
    if (best.phi.empty()) return false;
    options.budget = rest();
    options.max_sums = std::min(options_.most_sums, affordable);
    FrozenResult found = maximise_frozen(frozen, best.phi, options);
    result_.evaluations += found.evaluations;
    result_.iterations += found.iterations;
    result_.algorithm = "frozen draws";
    result_.phi = found.phi;
    result_.stop = found.stop;
    result_.elbo = found.value;
    evidence_.frozen_error = found.error;
    return true;
  }

  void climb_stochastic(const std::vector<double>& start) {
    StochasticOptions options;
    options.key = fold_key(options_.seed, stochastic_stream);
    options.particles = particles;
    options.record = options_.record.part("gradients");
    options.budget = rest();
    if (problem_.family == GuideFamily::structured) {
      options.by_value = !problem_.has_normal_noise;
      // A bent guide creeps; what seems to stand still over few steps does not.
      if (options.by_value) options.check_every = long_blocks;
      if (!options.by_value) options.judged = problem_.means;
      // Many parameters share a coordinate's unit, and the start is near.
      if (!problem_.warm.empty()) options.step = small_step;
    }
    if (problem_.units.size() == problem_.guide_size)
      options.units = [this](const double*, double* units) {
        std::copy(problem_.units.begin(), problem_.units.end(), units);
      };
    else if (is_plain(problem_.family))
      options.units = [this](const double* phi, double* units) {
        guide_units(problem_.family, problem_.noise_size, problem_.guide_size, phi, units);
      };
    if (is_plain(problem_.family) && is_noise_known_)
      options.landing = [this, noise = std::vector<double>(problem_.noise_size)](
                            const double* phi, std::uint64_t key, double* gradient) mutable {
        fill_normal(key, 0, noise.size(), noise.data());
        add_landing(problem_.family, noise.size(), phi, noise.data(), gradient);
      };
    constexpr std::int64_t least_steps = 2'000;
    options.max_iterations = static_cast<int>(std::min<std::int64_t>(
        options.max_iterations, std::max(least_steps, options_.most_climb_evaluations / particles)));
    StochasticResult found = maximise_stochastic({problem_.guide_size, problem_.elbo}, start, options);
    if (found.stop != Stop::cancelled && found.stop != Stop::seconds) options.record.drop();
    result_.algorithm = "averaged stochastic gradients";
    result_.evaluations += found.evaluations;
    result_.iterations += found.iterations;
    result_.phi = std::move(found.phi);
    result_.stop = found.stop;
    result_.iterates = {found.rhat,      found.effective_size, found.mcse,
                        found.remaining, found.inefficiency,   found.levels};
  }

  FitResult finish() {
    evidence_.stop = result_.stop;
    result_.frozen_error = evidence_.frozen_error;
    evidence_.is_fullrank = problem_.family == GuideFamily::fullrank;
    Assessment judgement = judge(evidence_);
    result_.verdict = judgement.verdict;
    result_.reasons = std::move(judgement.reasons);
    result_.converged = result_.stop == Stop::converged || result_.stop == Stop::stalled;
    result_.seconds = seconds_since(begin_);
    say("check", 1);
    return std::move(result_);
  }

  const FitProblem& problem_;
  const FitOptions& options_;
  FitResult result_;
  Evidence evidence_;
  bool is_noise_known_ = false;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace

FitResult fit(const FitProblem& problem, const FitOptions& options) { return Fit(problem, options).go(); }

}  // namespace elba::runtime
