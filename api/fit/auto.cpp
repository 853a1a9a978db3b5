// auto: the road that nobody has to choose: a ladder of methods, climbed until one of them is beyond
// doubt.
//
//     up to 40 coordinates   meanfield  ->  linear response  ->  fullrank  ->  block
//                              ->  nuts, started in the geometry of the best guide
//     up to 150              meanfield  ->  linear response  ->  block  ->  nuts  ->  fullrank  ->  nuts:
//                            a factor costs more than a first sample
//     beyond                 meanfield  ->  block  ->  nuts
//
// The answer is asked once more: are there modes that no rung has seen
// (runtime/inference/strategy/mode_search.h)? If so, a mixture of normal laws, one for each, is drawn from
// and weighted; where the weights cannot be trusted, neither can the answer.
//
// A block guide is for hierarchies only; a chain of more than 40 coordinates (passes/density/markov_order.h)
// has a banded guide first. Linear response (runtime/inference/variational/linear_response.h) is a rung where
// it costs no more than the fit that it is made from. A guide is beyond doubt when its verdict is trust and
// k-hat is below 0.3. Between that and the limit of 0.7 importance weights carry the answer: that is mostly
// right, but a heavy tail that no draw has reached looks the same (a narrow guide inside a wide posterior had
// k-hat 0.40 and half the sd). So the doubt is resolved by sampling, which costs more but is not blind there.
// Sampling is bounded in time by what the guides took; chains that do not agree yet are run again, three
// times as long, within a minute. Where sampling does not finish, the guide's verdict stands. These times are
// not measured but counted, as evaluations times the operations of one (passes/rewrite/operation_count.h) at
// 1e9 a second, so that the same rungs are climbed on every machine.
#include <algorithm>
#include <cmath>
#include <limits>

#include "api/fit/auto_strategy.h"
#include "passes/density/markov_order.h"
#include "passes/passes.h"
#include "passes/rewrite/operation_count.h"
#include "runtime/control/interruption.h"
#include "runtime/inference/strategy/identifiability.h"
#include "runtime/inference/strategy/withheld_spreads.h"
#include "support/elementary.h"

namespace elba {

namespace {

constexpr std::size_t fullrank_limit = 150;  // coordinates; beyond, the factor outgrows what should be spent
                                             // without being asked
constexpr double clear_khat = 0.3, slow_gradient = 2e-4;  // nominal seconds
constexpr std::size_t largest_block = 5'000;              // parameters of the guide
constexpr std::int64_t longest_lag = 8;                   // of a chain
constexpr std::size_t largest_chain = 20'000;             // parameters of its guide
constexpr double most_elbo_error = 1;                     // beyond, it says nothing
// Of what the guides took.
constexpr double climb_share = 0.1;        // of it for the climb to one guide
constexpr double guides_share = 0.4;       // of it for guides: a sampler needs the rest
constexpr double counted_seconds = 120;    // of all rungs, unless the host gives less
constexpr double call_operations = 2'000;  // around a call, of a sampler's step

bool is_clear(const Posterior& posterior) {
  return is_trusted(posterior) && posterior.guide() != nullptr && posterior.guide()->khat < clear_khat;
}

// Of chains nothing: 0, which no guide is better than.
double khat_of(const Posterior& posterior) {
  return posterior.guide() != nullptr ? posterior.guide()->khat : 0;
}

// Of a guide: 1.
double rhat_of(const Posterior& posterior) {
  return posterior.sampler() != nullptr ? posterior.sampler()->rhat : 1;
}

bool is_better_guide(const Posterior& a, const Posterior& b) {
  if (a.verdict != b.verdict) return a.verdict < b.verdict;
  return std::isfinite(a.guide()->khat) && a.guide()->khat < khat_of(b);
}

// Means within a tenth of an sd, sds within a tenth.
bool do_agree(const Posterior& a, const Posterior& b) {
  constexpr double most = 0.1;
  for (std::size_t k = 0; k < std::min(a.quantities.size(), b.quantities.size()); ++k) {
    const Quantity &one = a.quantities[k], &other = b.quantities[k];
    if (!(other.sd > 0) || runtime::has_no_sd(one) || runtime::has_no_sd(other)) continue;
    if (!(std::fabs(one.mean - other.mean) <= most * other.sd + 2 * math::hypot(one.mcse, other.mcse)) ||
        !(std::fabs(math::log(one.sd / other.sd)) <= most))
      return false;
  }
  return true;
}

}  // namespace

Fitter::AutoStrategy::AutoStrategy(Fitter& fitter) : f_(fitter) {
  for (const auto& unknown : f_.bound_.impl->program->signature.unknowns)
    has_params_ = has_params_ || unknown.is_param;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();  // until one is fitted
  guide_.diagnostics = GuideDiagnostics{.elbo = nan, .elbo_se = nan, .log_evidence = nan, .khat = nan};
}

Result<Posterior> Fitter::AutoStrategy::climb() {
  if (is_large()) climb_large();
  if (attempts_.empty() || !is_done()) {
    // What was told to end answers with the rungs that there are.
    if (auto status = climb_guides(); !status && (attempts_.empty() || !runtime::is_stopped()))
      return status.diagnostics();
  }
  return finish();
}

bool Fitter::AutoStrategy::is_large() {
  return !has_params_ && (f_.bound_.dimension() > small || f_.evaluation_seconds() > slow_gradient);
}

Status Fitter::AutoStrategy::climb_guides() {
  f_.most_climb_evaluations_ = static_cast<std::int64_t>(
      std::min(climb_share * most_counted() / f_.evaluation_seconds(), small_model_gradients()));
  auto first = f_.guided("meanfield", nullptr, !has_params_);
  if (!first) return first.diagnostics();
  if (first->is_usable)
    plain_ = first->start, take_start(std::move(first->start), first->posterior.guide()->elbo);
  count_guide(first->evaluations);
  consider(std::move(first->posterior));
  if (!is_done() && first->response && std::isfinite(first->response->guide()->khat)) {
    start_ = std::move(first->response_start);  // its ELBO says nothing: it is not the best of its family
    consider(std::move(*first->response));
  }
  const std::size_t n = f_.bound_.dimension();
  if (n <= small)
    widen("fullrank");
  else if (const std::string chain = chain_guide(); !chain.empty())
    widen(chain);
  if (is_hierarchy()) widen("block");
  sample();
  if (n > small && n <= fullrank_limit && widen("fullrank")) sample();
  return Done{};
}

Result<Posterior> Fitter::AutoStrategy::finish() {
  heed_refusal();
  if (GuideDiagnostics& guide = *guide_.guide(); guide.elbo_se > most_elbo_error)
    guide.elbo = guide.elbo_se = std::numeric_limits<double>::quiet_NaN();
  if (best_.sampler() != nullptr) best_.sampler()->guide = *guide_.guide();
  const auto searched = Clock::now();
  if (!has_params_ && !best_.interrupted && (joined_ || (f_.seconds_left() > 0 && diverging().empty()))) {
    auto joined = joined_ ? std::move(joined_) : f_.look_for_modes(best_);
    if (!joined && best_.verdict == Verdict::do_not_trust) joined = f_.join_modes(best_);
    if (joined) {
      attempts_.push_back(attempt_of(*joined));
      iterations_ += joined->iterations;
      best_ = std::move(*joined);
    }
  }
  best_.attempts = attempts_;
  best_.infer_seconds = best_.guide() != nullptr && best_.guide()->is_mixture
                            ? 0
                            : seconds_since(searched);  // a rung counts its own
  best_.iterations = iterations_;
  for (const Attempt& attempt : attempts_)
    best_.infer_seconds += attempt.seconds;
  best_.compile_seconds = f_.compile_seconds();
  return std::move(best_);
}

std::vector<std::string> Fitter::AutoStrategy::diverging() const {
  return runtime::diverging_unknowns(best_, f_.bound_.impl->coordinates);
}

bool Fitter::AutoStrategy::is_done() const {
  if (best_.interrupted || joined_ || !diverging().empty()) return true;
  return best_.sampler() != nullptr ? best_.verdict != Verdict::do_not_trust : is_clear(best_);
}

double Fitter::AutoStrategy::most_counted() const {
  return std::min(counted_seconds, f_.options_.max_seconds);
}

void Fitter::AutoStrategy::count_guide(std::int64_t evaluations) {
  guide_evaluations_ += evaluations;
  spent_ += static_cast<double>(evaluations) * f_.evaluation_seconds();
}

void Fitter::AutoStrategy::take_start(NutsStart start, double elbo) {
  if (can_start_ && !(elbo >= start_elbo_)) return;
  start_ = std::move(start);
  start_elbo_ = elbo;
  can_start_ = true;
}

void Fitter::AutoStrategy::consider(Posterior posterior) {
  attempts_.push_back(attempt_of(posterior));
  iterations_ += posterior.iterations;
  const SamplerDiagnostics* chains = posterior.sampler();
  const bool is_sampled = chains != nullptr;
  if (!is_sampled) {
    if (std::isnan(guide_.guide()->elbo) || is_better_guide(posterior, guide_)) {
      const GuideDiagnostics& found = *posterior.guide();
      guide_.verdict = posterior.verdict;
      guide_.diagnostics = GuideDiagnostics{.elbo = found.elbo,
                                            .elbo_se = found.elbo_se,
                                            .log_evidence = found.log_evidence,
                                            .khat = found.khat,
                                            .khat_threshold = found.khat_threshold};
    }
  }
  // A longer run in which too many transitions diverged, but which says the same as the one before, is no
  // worse than it.
  if (is_sampled && best_.sampler() != nullptr && best_.verdict == Verdict::caution &&
      posterior.verdict == Verdict::do_not_trust && chains->rhat <= chains->rhat_limit &&
      do_agree(best_, posterior))
    posterior.verdict = Verdict::caution;
  if (is_sampled)
    refusal_ = posterior.verdict == Verdict::do_not_trust &&
                       (!chains->out_of_budget || chains->rhat > nearly_met_rhat) && !posterior.interrupted &&
                       !posterior.reasons.empty()
                   ? posterior.reasons.front().text
                   : std::string();
  if (!refusal_.empty() && rhat_of(posterior) < nearly_met_rhat) refused_ = posterior;
  const bool was_interrupted = posterior.interrupted;
  if (attempts_.size() == 1 ||
      (is_sampled ? is_better_sample(posterior) : is_better_guide(posterior, best_))) {
    best_ = std::move(posterior);
  } else if (was_interrupted) {
    best_.interrupted = true;
    best_.add(Verdict::caution, ReasonCode::check_interrupted, {attempts_.back().method});
  }
}

void Fitter::AutoStrategy::heed_refusal() {
  if (refusal_.empty() || best_.sampler() != nullptr || is_clear(best_)) return;
  if (refused_) {
    best_ = std::move(*refused_);
    return;
  }
  best_.add(Verdict::do_not_trust, ReasonCode::not_confirmed, {refusal_});
}

bool Fitter::AutoStrategy::is_hierarchy() const {
  auto layout = layout_of(*f_.bound_.impl, "block");
  if (!layout) return false;
  for (const auto& block : layout->guide.blocks)
    if (block.kind == passes::BlockKind::slope) return layout->size <= largest_block;
  return false;
}

std::string Fitter::AutoStrategy::chain_guide() const {
  const ir::Module model = passes::inline_calls(without_predictions(f_.bound_.impl->program->density));
  const std::int64_t order = passes::chain_order(model, f_.bound_.impl->data->sizes);
  if (order < 1 || order > longest_lag) return {};
  const std::string family = "banded(" + std::to_string(order) + ")";
  auto layout = layout_of(*f_.bound_.impl, family);
  return layout && layout->size <= largest_chain ? family : std::string();
}

bool Fitter::AutoStrategy::widen(const std::string& family) {
  if (spent_ > guides_share * most_counted()) return false;
  if (is_done() || f_.seconds_left() < 0.2 * f_.options_.max_seconds) return false;
  auto found = f_.guided(family, can_start_ ? &start_ : nullptr, !has_params_);
  if (!found) return false;
  // A guide that did not arrive may still have come much nearer.
  constexpr double clearly_nearer = 1;
  const bool is_near = found->posterior.converged ||
                       found->posterior.guide()->elbo > start_elbo_ + clearly_nearer;
  const bool is_start = found->is_usable && is_near && !found->start.mean.empty();
  if (is_start) take_start(std::move(found->start), found->posterior.guide()->elbo);
  count_guide(found->evaluations);
  consider(std::move(found->posterior));
  return is_start;
}

double Fitter::evaluation_seconds() {
  if (evaluation_seconds_ > 0) return evaluation_seconds_;
  evaluation_seconds_ = call_operations / nominal_speed;
  PipelineOptions options;
  options.until = ir::Level::tensor;
  const auto module = run_pipeline(bound_.impl->program->density, {"log_joint.grad", "reparameterised"},
                                   options);
  const ir::Func* func = module ? module->find("log_joint.grad") : nullptr;
  if (func == nullptr) return evaluation_seconds_;
  Sizes sizes = bound_.impl->data->sizes;
  ir::complete_sizes(*module, sizes);
  return evaluation_seconds_ = (call_operations + passes::operations(*func, sizes)) / nominal_speed;
}

Result<Posterior> Fitter::climb() { return AutoStrategy(*this).climb(); }

}  // namespace elba
