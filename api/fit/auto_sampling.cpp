// auto_sampling: the samplers of `auto`: chains in the geometry of a normal distribution that has the
// posterior's shape (large models), and chains started from the best guide.
#include <algorithm>
#include <cmath>
#include <limits>

#include "api/fit/auto_strategy.h"

namespace elba {

namespace {

constexpr int shaped_warmup = 100, shaped_draws = 1500, most_shaped = 3;
// Of a transition; nominal, beyond which fewer draws must do.
constexpr double shaped_steps = 6, shaped_seconds = 40;
constexpr int brief_warmup = 500, most_attempts = 5, more = 3;  // times the draws of the attempt before
constexpr double careful = 0.95, most_careful = 0.99;       // acceptance wanted where transitions diverged
constexpr double good_size = 400, few_divergences = 0.001;  // as the sampler is judged
constexpr double separate_rhat = 1.2;
constexpr double hopeless_rhat = 1.5;  // chains that far apart will not meet in three times as many steps
constexpr double most_values = 3e7;    // draws times quantities
// Of what the guides took.
constexpr double least_sampling_seconds = 1.5, most_sampling_seconds = 60, sampling_share = 10;
// Of a chain of so many unknowns, where they are cheap; more by the square of their number.
constexpr double most_sampled_gradients = 100'000, few_unknowns = 5;

}  // namespace

void Fitter::AutoStrategy::climb_large() {
  std::int64_t evaluations = 0;
  auto starts = f_.nested_starts(evaluations);
  count_guide(evaluations);
  if (starts.empty()) return;
  if (auto weighed = f_.weighed_normal(starts.front())) consider(std::move(*weighed));
  if (!attempts_.empty() && is_done()) return;
  double least = std::numeric_limits<double>::infinity();
  std::size_t best = 0;
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const double rhat = sample_shaped(starts[k]);
    if (best_.interrupted || best_.verdict == Verdict::trust) return;
    if (rhat < least) least = rhat, best = k;
  }
  start_ = plain_ = std::move(starts[best]);
  start_elbo_ = -std::numeric_limits<double>::infinity();
  can_start_ = true;
  sample(true);
}

double Fitter::AutoStrategy::sample_shaped(const NutsStart& start) {
  FitOptions options = f_.options_;
  options.warmup = std::min(options.warmup, shaped_warmup);
  const double second = f_.evaluation_seconds() +
                        static_cast<double>(2 * start.law->entries()) / nominal_speed;
  if (shaped_steps * (options.draws + options.chains * options.warmup) * second > shaped_seconds)
    options.draws = std::min(options.draws, shaped_draws);
  for (int attempt = 0;; ++attempt) {
    const double limit = std::min(most_sampling_seconds, 0.5 * (most_counted() - spent_));
    const runtime::ProfileScope scope(&f_.profile_, "hmc");
    auto found = fit_nuts(f_.bound_, options, start,
                          {.seconds = f_.seconds_left(),
                           .evaluations = static_cast<std::int64_t>(limit / second),
                           .is_shaped = true,
                           .record = f_.record("hmc")});
    if (!found) return std::numeric_limits<double>::infinity();
    const SamplerDiagnostics chains = *found->sampler();
    const double rhat = chains.rhat, cost = 2 * static_cast<double>(found->iterations) / options.chains *
                                            second;  // four chains on two threads
    const bool is_enough = is_trusted(*found) || found->interrupted, is_whole = !chains.out_of_budget;
    const bool has_diverged = static_cast<double>(chains.divergences) >
                              few_divergences * static_cast<double>(found->draw_count);
    spent_ += cost;
    consider(std::move(*found));
    if (is_enough || !is_whole || has_diverged || !(rhat < nearly_met_rhat) || attempt == most_shaped - 1 ||
        more * cost > most_counted() - spent_)
      return has_diverged ? rhat + 1 : rhat;
    options.draws *= more;
  }
}

double Fitter::AutoStrategy::small_model_gradients() const {
  const double times_few = std::max(1.0, static_cast<double>(f_.bound_.dimension()) / few_unknowns);
  return most_sampled_gradients * times_few * times_few;
}

bool Fitter::AutoStrategy::is_better_sample(const Posterior& posterior) const {
  const SamplerDiagnostics &chains = *posterior.sampler(), *best = best_.sampler();
  if (posterior.verdict != Verdict::do_not_trust) {
    if (best == nullptr || posterior.verdict != best_.verdict)
      return best == nullptr || posterior.verdict < best_.verdict;
    return posterior.draw_count > best_.draw_count ||
           (posterior.draw_count == best_.draw_count && chains.divergences <= best->divergences);
  }
  if (best != nullptr)
    return !chains.out_of_budget && !posterior.interrupted &&
           (best_.verdict == Verdict::do_not_trust ||
            posterior.draw_count > best_.draw_count);  // longer, so it knows more
  return best_.verdict == Verdict::do_not_trust && posterior.draw_count > 0 && chains.rhat < nearly_met_rhat;
}

bool Fitter::AutoStrategy::try_modes() {
  Posterior copy = best_;
  joined_ = f_.look_for_modes(copy);
  if (joined_ && joined_->verdict != Verdict::trust) joined_.reset();
  return joined_.has_value();
}

void Fitter::AutoStrategy::sample(bool insists) {
  if ((!attempts_.empty() && is_done() && !(insists && best_.verdict == Verdict::caution)) || has_params_ ||
      !can_start_ || f_.seconds_left() <= 0)
    return;
  FitOptions options = f_.options_;
  options.warmup = std::min(options.warmup, brief_warmup);
  const double second = f_.evaluation_seconds() +
                        static_cast<double>(start_.law ? 2 * start_.law->entries() : start_.factor.size()) /
                            nominal_speed;  // with the affine map around it
  const double most_seconds = std::clamp(small_model_gradients() * second, least_sampling_seconds,
                                         most_sampling_seconds);
  const double left = std::max(least_sampling_seconds, 0.5 * (most_counted() - spent_));
  double limit = std::min(left, std::clamp(sampling_share * static_cast<double>(guide_evaluations_) * second,
                                           least_sampling_seconds, most_seconds));
  bool is_plain = start_.factor.empty() && !start_.law;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    const runtime::ProfileScope scope(&f_.profile_, "nuts");
    auto found = fit_nuts(f_.bound_, options, is_plain ? plain_ : start_,
                          {.seconds = f_.seconds_left(),
                           .evaluations = static_cast<std::int64_t>(limit / second),
                           .record = f_.record("nuts")});
    if (!found) return;
    const Attempt sampled = attempt_of(*found);
    const SamplerDiagnostics& chains = *sampled.sampler();
    const bool is_enough = is_trusted(*found),
               is_short = !(chains.rhat <= chains.rhat_limit) || !(chains.low_ess >= good_size);
    const bool has_diverged = static_cast<double>(chains.divergences) >
                              few_divergences * static_cast<double>(found->draw_count);
    const double spent = static_cast<double>(found->iterations) / options.chains * second;
    consider(std::move(*found));
    spent_ += 2 * spent;  // four chains on two threads
    if (best_.interrupted || is_enough || spent_ > most_counted()) return;
    limit = std::min(most_seconds, 0.5 * (most_counted() - spent_));
    if (attempt == 0 && !(chains.rhat <= separate_rhat) && try_modes()) return;
    if (!(chains.rhat < hopeless_rhat)) {
      if (is_plain) return;
      is_plain = true;  // a guide that did not arrive may have axes that lead nowhere
      continue;
    }
    if (!is_short && !has_diverged) return;  // energies and depths stay what they are in longer chains
    const int longer = has_diverged && !is_short ? 1 : more;
    const double size = static_cast<double>(longer * options.draws) *
                        static_cast<double>(std::max<std::size_t>(1, best_.quantities.size()));
    if (more * spent > limit || more * sampled.seconds > f_.seconds_left() || size > most_values) return;
    if (has_diverged && options.acceptance >= most_careful) {
      if (is_plain) return;
      is_plain = true;
    }
    options.warmup = std::max(options.warmup, 2 * brief_warmup);
    options.draws *= longer;
    if (chains.divergences > 0) options.acceptance = options.acceptance < careful ? careful : most_careful;
  }
}

}  // namespace elba
