// nuts_check: the fit against a sampler, quantity by quantity (`--check nuts`).
//
//     gap = |mean - mean_nuts| / sd_nuts,   ratio = sd / sd_nuts,   worst first by max(gap, |ln ratio|)
//
// A gap above 0.3 sd or a ratio outside [0.7, 1.4] means that the fit must not be trusted, whatever its own
// diagnostics say; unless the chains cannot be trusted either, which is then what is said. Gaps that the
// sampler's own Monte Carlo error explains do not count.
#include <fmt/format.h>

#include <algorithm>

#include "api/fit/fitter.h"
#include "support/elementary.h"

namespace elba {

namespace {

constexpr double gap_limit = 0.3, least_ratio = 0.7, most_ratio = 1.4;

double size(const Disagreement& d) {
  return std::max(d.mean_gap, std::fabs(math::log(std::max(d.sd_ratio, 1e-300))));
}

}  // namespace

void Fitter::check_by_nuts(Posterior& posterior) {
  if (posterior.guide() == nullptr) return;
  const auto unchecked = [&](const std::string& why) {
    posterior.add(Verdict::caution, ReasonCode::check_not_possible, {why});
  };
  if (posterior.guide()->is_mixture) return unchecked("chains stay in the mode where they start");
  FitOptions sampling = options_;
  sampling.draws = std::max(options_.draws, 4000);
  const auto begin = Clock::now();
  auto sampled = this->sampled(sampling, "check nuts");
  if (!sampled) return unchecked(sampled.diagnostics().front().message);
  sampled->infer_seconds = seconds_since(begin);
  posterior.interrupted = sampled->interrupted;
  for (const Quantity& theirs : sampled->quantities)
    for (const Quantity& ours : posterior.quantities) {
      if (ours.name != theirs.name || !(theirs.sd > 0) || has_no_sd(ours) || has_no_sd(theirs)) continue;
      const double gap = std::max(0.0, std::fabs(ours.mean - theirs.mean) -
                                           2 * math::hypot(ours.mcse, theirs.mcse)) /
                         theirs.sd;
      posterior.disagreements.push_back({ours.name, gap, ours.sd / theirs.sd});
    }
  std::stable_sort(posterior.disagreements.begin(), posterior.disagreements.end(),
                   [](const auto& a, const auto& b) { return size(a) > size(b); });
  posterior.infer_seconds += sampled->infer_seconds;
  const auto is_off = [](const Disagreement& d) {
    return d.mean_gap > gap_limit || d.sd_ratio < least_ratio || d.sd_ratio > most_ratio;
  };
  const auto off = std::find_if(posterior.disagreements.begin(), posterior.disagreements.end(), is_off);
  if (sampled->verdict == Verdict::do_not_trust) {
    posterior.add(Verdict::caution, ReasonCode::check_not_trusted,
                  {sampled->reasons.empty() ? "they did not finish" : sampled->reasons.front().text});
    // Chains that do not agree with each other may still have been where the fit was not.
    if (off == posterior.disagreements.end() || sampled->draw_count == 0) return;
  }
  if (posterior.disagreements.empty()) return;
  const Disagreement& worst = off != posterior.disagreements.end() ? *off : posterior.disagreements.front();
  const bool does_disagree = is_off(worst);
  posterior.add(does_disagree ? Verdict::do_not_trust : Verdict::trust,
                does_disagree ? ReasonCode::nuts_disagrees : ReasonCode::nuts_agrees,
                {worst.name, fmt::format("{:.2f}", worst.mean_gap), fmt::format("{:.2f}", worst.sd_ratio)});
}

void Fitter::heed_chains(Posterior& posterior) {
  constexpr double apart = 1.1;  // R-hat
  // Chains of several modes do not meet, and a mixture of the modes need not care.
  if (posterior.verdict != Verdict::trust || posterior.sampler() != nullptr ||
      (posterior.guide() != nullptr && posterior.guide()->is_mixture))
    return;
  const auto last = std::find_if(posterior.attempts.rbegin(), posterior.attempts.rend(),
                                 [](const Attempt& attempt) { return attempt.sampler() != nullptr; });
  if (last == posterior.attempts.rend() || !(last->sampler()->rhat > apart)) return;
  posterior.add(Verdict::caution, ReasonCode::checking_chains_disagree,
                {last->method, fmt::format("{:.2f}", last->sampler()->rhat)});
}

}  // namespace elba
