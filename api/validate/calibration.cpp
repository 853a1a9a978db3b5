#include "api/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "api/model/draw_table.h"
#include "api/model/guarded.h"
#include "api/model/handles.h"
#include "api/model/methods.h"
#include "api/output/unguarded.h"
#include "api/simulation.h"
#include "runtime/control/interruption.h"
#include "runtime/control/threads.h"
#include "runtime/inference/diagnostics/uniformity.h"
#include "runtime/kernels/rng.h"

namespace elba {

namespace {

constexpr std::uint64_t simulation_stream = 0x5bc, fit_stream = 1, tie_stream = 2, truth_stream = 3;
constexpr int least_replications = 20, most_longer = 3;
constexpr double most_left_out = 0.5;

enum class Outcome { pending, ranked, distrusted, failed };

struct Replication {
  Outcome outcome = Outcome::pending;
  std::vector<int> ranks;  // of each quantity
  std::string why;         // of a failure
};

bool is_sampler(const std::string& method) {
  const auto choice = parse_method(method);
  return choice && choice->method->kind == MethodKind::sampler;
}

class Run {
 public:
  Run(const CalibrationOptions& options, Simulator simulator)
      : options_(options),
        is_sampler_(is_sampler(options.fit.method)),
        simulator_(std::move(simulator)),
        replications_(static_cast<std::size_t>(options.replications)) {}

  Result<Calibration> go(const Program& fitted, const JitOptions& jit) {
    runtime::Watch watch(options_.cancel, std::numeric_limits<double>::infinity());
    const runtime::StopScope scope(watch);
    auto first = simulator_.draw(truth_key(0));
    if (!first) return first.diagnostics();
    auto bound = fitted.bind(first->data, jit);
    if (!bound) return bound.diagnostics();
    bound_ = std::move(*bound);
    // The first alone: what the others need is compiled by it, and what is wrong with model or method is said
    // as an error.
    if (auto status = replicate(0); !status) return status.diagnostics();
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    const unsigned chains = static_cast<unsigned>(std::max(1, options_.fit.chains));
    runtime::run_threads(
        is_sampler_ ? std::max(1U, cores / chains) : cores, [this](std::size_t, runtime::Watch& of_all) {
          const Boundary inside;
          const runtime::StopScope own(of_all);
          for (std::size_t k = next_++; k < replications_.size() && !is_stopped(); k = next_++)
            (void)replicate(k);
        });
    return judged();
  }

 private:
  [[nodiscard]] bool is_stopped() const {
    return runtime::is_stopped() || (options_.cancel != nullptr && *options_.cancel);
  }
  // The simulator folds attempts into its key; no other stream may be one of them.
  [[nodiscard]] std::uint64_t truth_key(std::size_t k) const {
    return runtime::fold_key(key_of(k), truth_stream);
  }
  [[nodiscard]] std::uint64_t key_of(std::size_t k) const {
    return runtime::fold_key(runtime::fold_key(options_.fit.seed, simulation_stream), k);
  }

  Status replicate(std::size_t k) {
    Replication& own = replications_[k];
    const auto fail = [&](const std::vector<Diagnostic>& diagnostics) -> Status {
      if (is_stopped()) return diagnostics;  // cut short, which is no failure
      own.outcome = Outcome::failed;
      own.why = diagnostics.empty() ? "" : diagnostics[0].message;
      tell();
      return diagnostics;
    };
    Result<Simulation> drawn = [&] {
      const std::lock_guard lock(mutex_);
      return simulator_.draw(truth_key(k));
    }();
    if (!drawn) return fail(drawn.diagnostics());
    auto bound = bound_.rebind(drawn->data);
    if (!bound) return fail(bound.diagnostics());
    FitOptions fit = options_.fit;
    fit.seed = runtime::fold_key(key_of(k), fit_stream);
    fit.cancel = options_.cancel;
    auto posterior = bound->fit(fit);
    // Chains that are too sticky for L independent draws run longer.
    for (int longer = 0; posterior && posterior->sampler() != nullptr && is_sampler_ &&
                         posterior->ess() < options_.ranks && !posterior->interrupted && longer < most_longer;
         ++longer) {
      fit.draws *= 2;
      posterior = bound->fit(fit);
    }
    if (!posterior) return fail(posterior.diagnostics());
    if (posterior->interrupted || is_stopped()) return Done{};
    if (posterior->draw_count == 0)
      return fail({make_diagnostic(Code::method_not_applicable, {},
                                   {posterior->method, "it gives no draws to rank a value among"})
                       .suggest("use `--method auto` or `nuts`")});
    own.outcome = posterior->verdict == Verdict::do_not_trust || posterior->ess() < options_.ranks
                      ? Outcome::distrusted
                      : Outcome::ranked;
    if (own.outcome == Outcome::ranked) {
      auto ranks = ranks_of(*bound, *posterior, drawn->truth, runtime::fold_key(key_of(k), tie_stream));
      if (!ranks) return fail(ranks.diagnostics());
      own.ranks = std::move(*ranks);
    }
    tell();
    return Done{};
  }

  Result<std::vector<int>> ranks_of(const Bound& bound, const Posterior& posterior,
                                    const std::vector<SimulatedArray>& truth, std::uint64_t key) const {
    const std::size_t unknowns = bound.impl->coordinates.value_size, columns = posterior.draw_names.size();
    std::vector<double> row;
    for (const SimulatedArray& array : truth)
      row.insert(row.end(), array.values.begin(), array.values.end());
    auto workspace = bound.workspace();
    if (!workspace) return workspace.diagnostics();
    const auto log_density = [&](std::span<const double> values) {
      double value = 0;
      const auto u = unconstrained_row(bound, **workspace, values);
      return u && bound.log_density(**workspace, *u, true, value, {}) ? value : std::nan("");
    };
    row.push_back(log_density(row));
    std::vector<int> below(unknowns + 1, 0), equal(unknowns + 1, 0);
    for (int k = 0; k < options_.ranks; ++k) {
      const auto at = static_cast<std::size_t>((k + 0.5) * static_cast<double>(posterior.draw_count) /
                                               options_.ranks);
      const std::span<const double> draw(posterior.draws.data() + at * columns, unknowns);
      for (std::size_t j = 0; j <= unknowns; ++j) {
        const double value = j < unknowns ? draw[j] : log_density(draw);
        below[j] += value < row[j];
        equal[j] += value == row[j];
      }
    }
    for (std::size_t j = 0; j <= unknowns; ++j)
      below[j] += static_cast<int>(runtime::uniform(key, j) * (equal[j] + 1));
    return below;
  }

  void tell() {
    const int done = ++done_;
    if (!options_.progress) return;
    const std::lock_guard lock(tell_);
    options_.progress(done);
  }

  [[nodiscard]] std::string words(const CalibratedQuantity& quantity, double n) const {
    // Both in their own standard errors under uniformity.
    const double shift = (quantity.mean_rank - 0.5) * std::sqrt(12 * n),
                 spread = (quantity.spread - 1) * std::sqrt(n / 0.8);
    if (std::fabs(shift) >= std::fabs(spread))
      return shift < 0 ? "its draws lie too high" : "its draws lie too low";
    return spread > 0 ? "its posterior is too narrow" : "its posterior is too wide";
  }

  Calibration judged() const {
    Calibration out;
    out.model = bound_.impl->program->signature.model;
    out.method = options_.fit.method;
    out.interrupted = is_stopped();
    out.quantities.resize(bound_.constrained_names().size() + 1);
    for (std::size_t j = 0; j < out.quantities.size(); ++j)
      out.quantities[j].name = j + 1 < out.quantities.size() ? bound_.constrained_names()[j] : "log density";
    std::string why;
    for (const Replication& one : replications_) {
      out.replications += one.outcome != Outcome::pending;
      out.distrusted += one.outcome == Outcome::distrusted;
      out.failed += one.outcome == Outcome::failed;
      if (why.empty()) why = one.why;
      for (std::size_t j = 0; j < one.ranks.size(); ++j)
        out.quantities[j].ranks.push_back(one.ranks[j]);
    }
    out.limit = options_.level / static_cast<double>(out.quantities.size());
    std::vector<const CalibratedQuantity*> wrong;
    for (CalibratedQuantity& quantity : out.quantities) {
      describe(quantity);
      quantity.p = runtime::uniformity_p(quantity.ranks, options_.ranks);
      if (quantity.p >= out.limit) continue;
      quantity.finding = words(quantity, static_cast<double>(quantity.ranks.size()));
      wrong.push_back(&quantity);
    }
    std::stable_sort(wrong.begin(), wrong.end(), [](const auto* a, const auto* b) { return a->p < b->p; });
    const int left_out = out.distrusted + out.failed, counted = out.replications - left_out;
    for (const CalibratedQuantity* quantity : wrong)
      out.reasons.push_back(fmt::format("the ranks of `{}` are not uniform (p {:.1e}, limit {:.1e}): {}",
                                        quantity->name, quantity->p, out.limit, quantity->finding));
    const bool has_enough = counted >= least_replications,
               is_usable = left_out <= most_left_out * out.replications;
    if (!has_enough)
      out.reasons.push_back(
          fmt::format("only {} replications count, too few to say anything ({} are the least)", counted,
                      least_replications));
    if (!is_usable)
      out.reasons.push_back("most fits could not be used, so that nothing is known of the others");
    if (out.failed > 0)
      out.reasons.push_back(fmt::format("{} {} without an answer: {}", out.failed,
                                        out.failed == 1 ? "fit ended" : "fits ended", why));
    if (out.distrusted > 0)
      out.reasons.push_back(
          fmt::format("{} {} left out: their own verdict is not to trust them, or they hold fewer than {} "
                      "independent draws",
                      out.distrusted, out.distrusted == 1 ? "fit is" : "fits are", options_.ranks));
    out.passes = wrong.empty() && has_enough && is_usable;
    return out;
  }

  void describe(CalibratedQuantity& quantity) const {
    if (quantity.ranks.empty()) return;
    const double n = static_cast<double>(quantity.ranks.size()), bins = options_.ranks + 1;
    double mean = 0, square = 0;
    for (const int rank : quantity.ranks) {
      const double place = (rank + 0.5) / bins;
      mean += place / n;
      square += (place - 0.5) * (place - 0.5) / n;
    }
    quantity.mean_rank = mean;
    quantity.spread = square * 12;
  }

  const CalibrationOptions& options_;
  const bool is_sampler_;
  Simulator simulator_;
  Bound bound_;
  std::vector<Replication> replications_;
  std::atomic<std::size_t> next_{1};
  std::atomic<int> done_{0};
  std::mutex mutex_, tell_;
};

}  // namespace

Result<Calibration> unguarded::calibrate(const Program& simulated, const Program& fitted, const Data& given,
                                         const CalibrationOptions& options, const JitOptions& jit) {
  const auto choice = parse_method(options.fit.method);
  if (choice && (choice->method->gives & runtime::draws) == 0)
    return make_diagnostic(Code::method_not_applicable, {},
                           {options.fit.method, "it gives no draws to rank a value among"})
        .suggest("use `--method auto` or `nuts`");
  for (const auto& unknown : simulated.impl->signature.unknowns)
    if (unknown.is_param)
      return make_diagnostic(Code::simulation_not_possible, unknown.span,
                             {"`" + unknown.name + "` is a param, which has no law to be drawn from"})
          .suggest("declare it `latent`, with a prior");
  auto simulator = Simulator::make(simulated, given, {}, jit);
  if (!simulator) return simulator.diagnostics();
  return Run(options, std::move(*simulator)).go(fitted, jit);
}

}  // namespace elba
