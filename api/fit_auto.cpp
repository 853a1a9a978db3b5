// fit_auto: the road that nobody has to choose: a ladder of methods, climbed until one of them is beyond doubt.
//
//     meanfield  ->  fullrank (up to 150 coordinates)  ->  nuts, started in the geometry of the best guide
//
// A guide is beyond doubt when its verdict is trust and k-hat is below 0.3. Between that and the limit of 0.7 importance weights carry the
// answer: that is mostly right, but a heavy tail that no draw has reached looks the same (a narrow guide inside a wide posterior had k-hat
// 0.40 and half the sd). So the doubt is resolved by sampling, which costs more but is not blind there. Sampling is bounded in time by what
// the guides took; where it does not finish, the guide's verdict stands. When it does finish, a guide that is reported nevertheless must
// agree with it.
#include <algorithm>

#include "api/fitter.h"

namespace elba {

namespace {

constexpr std::size_t fullrank_limit = 150;   // coordinates; beyond, the factor outgrows what should be spent without being asked
constexpr double clear_khat = 0.3;
constexpr int brief_warmup = 500;
constexpr double least_sampling_seconds = 5, most_sampling_seconds = 60, sampling_share = 10;   // of what the guides took

bool is_clear(const Posterior& posterior) { return posterior.verdict == Verdict::trust && posterior.khat < clear_khat; }

bool is_better_guide(const Posterior& a, const Posterior& b) {
  if (a.verdict != b.verdict) return a.verdict < b.verdict;
  return std::isfinite(a.khat) && a.khat < b.khat;
}

Rung rung_of(const Posterior& posterior) {
  return {posterior.method, posterior.verdict, posterior.elbo, posterior.khat, posterior.infer_seconds, posterior.rhat, posterior.divergences};
}

}  // namespace

Result<Posterior> Fitter::climb() {
  std::vector<Rung> rungs;
  double guide_seconds = 0;
  std::int64_t iterations = 0;
  const auto add = [&](const Posterior& posterior) {
    rungs.push_back(rung_of(posterior));
    guide_seconds += posterior.infer_seconds;
    iterations += posterior.iterations;
  };
  const auto finish = [&](Posterior posterior) {
    posterior.rungs = rungs;
    posterior.infer_seconds = 0;
    for (const Rung& rung : rungs) posterior.infer_seconds += rung.seconds;
    posterior.iterations = iterations;
    posterior.compile_seconds = compile_seconds();
    return posterior;
  };
  auto first = guided("meanfield");
  if (!first) return first.diagnostics();
  add(first->posterior);
  if (first->posterior.interrupted || is_clear(first->posterior)) return finish(std::move(first->posterior));

  GuidedFit best = std::move(*first);
  NutsStart start = best.start;
  bool can_start = best.is_usable;
  if (bound_.dimension() <= fullrank_limit && seconds_left() > 0.2 * options_.max_seconds) {
    if (auto second = guided("fullrank")) {
      add(second->posterior);
      if (second->is_usable && second->posterior.converged) start = second->start, can_start = true;
      if (second->posterior.interrupted || is_better_guide(second->posterior, best.posterior)) best = std::move(*second);
      if (best.posterior.interrupted || is_clear(best.posterior)) return finish(std::move(best.posterior));
    }
  }
  const auto& unknowns = bound_.impl->program->signature.unknowns;
  const bool has_params = std::any_of(unknowns.begin(), unknowns.end(), [](const auto& unknown) { return unknown.is_param; });
  if (has_params || !can_start) return finish(std::move(best.posterior));

  FitOptions sampling = options_;
  sampling.warmup = std::min(options_.warmup, brief_warmup);
  const double limit = std::clamp(sampling_share * guide_seconds, least_sampling_seconds, most_sampling_seconds);
  auto sampled = fit_nuts(bound_, sampling, start, std::min(limit, seconds_left()));
  if (!sampled) return finish(std::move(best.posterior));
  add(*sampled);
  // Once more, longer and with more care, where that can be paid.
  if (!sampled->interrupted && sampled->verdict != Verdict::trust && 3 * sampled->infer_seconds < std::min(most_sampling_seconds, seconds_left())) {
    sampling.warmup = 2 * brief_warmup;
    sampling.draws = 2 * options_.draws;
    if (sampled->divergences > 0) sampling.acceptance = 0.95;
    auto again = fit_nuts(bound_, sampling, start, std::min(most_sampling_seconds, seconds_left()));
    if (again) {
      add(*again);
      if (again->interrupted || again->verdict <= sampled->verdict) sampled = std::move(again);
    }
  }
  if (sampled->verdict != Verdict::do_not_trust) return finish(std::move(*sampled));
  if (best.posterior.verdict == Verdict::do_not_trust || sampled->interrupted) {
    // Neither can be used. Chains that ran to the end are the lesser evil.
    return finish(sampled->rhat < 1.1 && !sampled->interrupted && sampled->draw_count > 0 ? std::move(*sampled) : std::move(best.posterior));
  }
  return finish(std::move(best.posterior));
}

}  // namespace elba
