#include "runtime/inference/strategy/sampler_check.h"

#include <algorithm>
#include <cmath>

#include "runtime/inference/number.h"
#include "runtime/inference/strategy/withheld_spreads.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr double gap_limit = 0.3, least_ratio = 0.7, most_ratio = 1.4;

double size(const Disagreement& d) {
  return std::max(d.mean_gap, std::fabs(math::log(std::max(d.sd_ratio, 1e-300))));
}

}  // namespace

void compare_with_chains(Posterior& posterior, const Posterior& chains) {
  for (const Quantity& theirs : chains.quantities)
    for (const Quantity& ours : posterior.quantities) {
      if (ours.name != theirs.name || !(theirs.sd > 0) || has_no_sd(ours) || has_no_sd(theirs)) continue;
      const double gap = std::max(0.0, std::fabs(ours.mean - theirs.mean) -
                                           2 * math::hypot(ours.mcse, theirs.mcse)) /
                         theirs.sd;
      posterior.disagreements.push_back({ours.name, gap, ours.sd / theirs.sd});
    }
  std::stable_sort(posterior.disagreements.begin(), posterior.disagreements.end(),
                   [](const auto& a, const auto& b) { return size(a) > size(b); });
  const auto is_off = [](const Disagreement& d) {
    return d.mean_gap > gap_limit || d.sd_ratio < least_ratio || d.sd_ratio > most_ratio;
  };
  const auto off = std::find_if(posterior.disagreements.begin(), posterior.disagreements.end(), is_off);
  if (chains.verdict == Verdict::do_not_trust) {
    posterior.add(Verdict::caution, ReasonCode::check_not_trusted,
                  {chains.reasons.empty() ? "they did not finish" : chains.reasons.front().text});
    // Chains that do not agree with each other may still have been where the fit was not.
    if (off == posterior.disagreements.end() || chains.draw_count == 0) return;
  }
  if (posterior.disagreements.empty()) return;
  const Disagreement& worst = off != posterior.disagreements.end() ? *off : posterior.disagreements.front();
  const bool does_disagree = is_off(worst);
  posterior.add(does_disagree ? Verdict::do_not_trust : Verdict::trust,
                does_disagree ? ReasonCode::nuts_disagrees : ReasonCode::nuts_agrees,
                {worst.name, number(worst.mean_gap), number(worst.sd_ratio)});
}

void note_unmixed_chains(Posterior& posterior) {
  constexpr double apart = 1.1;  // R-hat
  // Chains of several modes do not meet, and a mixture of the modes need not care.
  if (posterior.verdict != Verdict::trust || posterior.sampler() != nullptr ||
      (posterior.guide() != nullptr && posterior.guide()->is_mixture))
    return;
  const auto last = std::find_if(posterior.attempts.rbegin(), posterior.attempts.rend(),
                                 [](const Attempt& attempt) { return attempt.sampler() != nullptr; });
  if (last == posterior.attempts.rend() || !(last->sampler()->rhat > apart)) return;
  posterior.add(Verdict::caution, ReasonCode::checking_chains_disagree,
                {last->method, number(last->sampler()->rhat)});
}

}  // namespace elba::runtime
