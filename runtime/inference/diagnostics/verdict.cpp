#include "runtime/inference/diagnostics/verdict.h"

#include <algorithm>
#include <cmath>

#include "runtime/inference/number.h"

namespace elba::runtime {

namespace {

// Limits of inference.md 6.5, and those of ours that it leaves open.
constexpr double mean_gap_limit = 0.3, sd_ratio_limit = 1.33, frozen_limit = 0.2, elbo_error_limit = 1,
                 enough_draws = 100;

class Judge {
 public:
  explicit Judge(const Evidence& evidence) : e_(evidence) { out_.verdict = Verdict::trust; }

  Assessment run() {
    ending();
    if (!has_few()) coverage();
    importance();
    agreement();
    if (out_.verdict == Verdict::trust && out_.reasons.empty() && e_.is_proposal)
      out_.add(Verdict::trust, ReasonCode::weights_hold,
               {number(e_.khat), number(e_.khat_threshold), number(e_.importance_ess, "%.0f"),
                number(e_.draws, "%.0f")});
    if (out_.verdict == Verdict::trust && out_.reasons.empty())
      out_.add(Verdict::trust, ReasonCode::guide_holds, {number(e_.khat), number(e_.khat_threshold)});
    return std::move(out_);
  }

 private:
  // Importance weights correct a guide that is not at its optimum, and say whether they do.
  [[nodiscard]] Verdict unfinished() const {
    return e_.khat <= e_.khat_threshold && e_.importance_ess >= enough_draws ? Verdict::caution
                                                                             : Verdict::do_not_trust;
  }

  void ending() {
    switch (e_.stop) {
      case Stop::converged:
      case Stop::stalled:
        break;
      case Stop::diverged:
        out_.add(Verdict::do_not_trust, ReasonCode::fit_not_finite);
        break;
      case Stop::cancelled:
        out_.add(Verdict::do_not_trust, ReasonCode::fit_interrupted);
        break;
      case Stop::seconds:
        out_.add(unfinished(), ReasonCode::fit_out_of_time);
        break;
      case Stop::iterations:
        out_.add(unfinished(), ReasonCode::fit_out_of_iterations);
        break;
    }
    if (has_few()) out_.add(Verdict::do_not_trust, ReasonCode::no_time_for_draws, {number(e_.draws, "%.0f")});
  }

  // Where the guide has probability, and how well the objective is known.
  void coverage() {
    if (!std::isfinite(e_.elbo) && e_.draws_lost < 1)
      out_.add(Verdict::do_not_trust, ReasonCode::elbo_not_finite);
    if (e_.elbo_se > elbo_error_limit && !e_.is_proposal)
      out_.add(Verdict::caution, ReasonCode::elbo_uncertain, {number(e_.elbo_se, "%.2g")});
    if (e_.draws_lost >= 1)
      out_.add(Verdict::do_not_trust, ReasonCode::no_finite_draw);
    else if (e_.draws_lost > 0)
      out_.add(e_.draws_lost > 0.05 ? Verdict::do_not_trust : Verdict::caution, ReasonCode::draws_not_finite,
               {number(100 * e_.draws_lost, "%.3g")});
    if (e_.frozen_error > frozen_limit)
      out_.add(Verdict::caution, ReasonCode::optimum_moves, {number(e_.frozen_error)});
  }

  void importance() {
    if (e_.stop == Stop::diverged || e_.draws_lost >= 1 || has_few()) return;
    if (!(e_.khat <= e_.khat_threshold)) {
      out_.add(
          Verdict::do_not_trust, ReasonCode::khat_above_limit,
          {number(e_.khat), number(e_.khat_threshold),
           e_.is_fullrank
               ? "non-centre hierarchical parameters, give weakly informed ones tighter priors, or sample"
               : "try --method fullrank, and non-centre hierarchical parameters"});
    } else if (e_.importance_ess < enough_draws) {
      out_.add(e_.is_proposal ? Verdict::do_not_trust : Verdict::caution, ReasonCode::few_weighted_draws,
               {number(e_.importance_ess, "%.0f"), number(e_.draws, "%.0f")});
    }
  }

  // Cut short before there were enough to say anything of.
  [[nodiscard]] bool has_few() const {
    return e_.draws < 25 && (e_.stop == Stop::seconds || e_.stop == Stop::cancelled);
  }

  // Only weights that can be trusted say something about the guide's own moments.
  void agreement() {
    if (!(e_.khat <= e_.khat_threshold) || e_.is_proposal) return;
    const std::string advice = e_.is_fullrank ? "" : ", --method fullrank may agree better";
    if (e_.mean_gap > mean_gap_limit)
      out_.add(Verdict::caution, ReasonCode::guide_mean_off, {e_.mean_gap_name, number(e_.mean_gap), advice});
    if (e_.sd_ratio > sd_ratio_limit || e_.sd_ratio < 1 / sd_ratio_limit)
      out_.add(Verdict::caution, ReasonCode::guide_sd_off,
               {e_.sd_ratio_name, number(1 / e_.sd_ratio), advice});
  }

  const Evidence& e_;
  Assessment out_;
};

}  // namespace

Assessment judge(const Evidence& evidence) { return Judge(evidence).run(); }

Assessment judge_mode(Stop stop, double gradient_norm, double expected_gain, double value) {
  Assessment out{Verdict::trust, {}};
  if (stop == Stop::converged)
    out.add(Verdict::trust, ReasonCode::mode_reached, {number(expected_gain, "%.1e")});
  else if (stop == Stop::stalled && expected_gain < std::max(1e-6, 1e-10 * std::fabs(value)))
    out.add(Verdict::trust, ReasonCode::mode_reached_to_rounding);
  else if (stop == Stop::stalled)
    out.add(Verdict::caution, ReasonCode::gradient_at_mode, {number(gradient_norm, "%.1e")});
  else if (stop == Stop::diverged)
    out.add(Verdict::do_not_trust, ReasonCode::mode_start_not_finite);
  else
    out.add(Verdict::do_not_trust, ReasonCode::mode_not_reached, {stop_words(stop)});
  return out;
}

}  // namespace elba::runtime
