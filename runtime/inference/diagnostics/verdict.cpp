#include "runtime/inference/diagnostics/verdict.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace elba::runtime {

namespace {

// Limits of inference.md 6.5, and those of ours that it leaves open.
constexpr double mean_gap_limit = 0.3, sd_ratio_limit = 1.33, frozen_limit = 0.2, elbo_error_limit = 1,
                 enough_draws = 100;

std::string number(double value, const char* format = "%.2f") {
  char text[40];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

class Judge {
 public:
  explicit Judge(const Evidence& evidence) : e_(evidence) {}

  Judgement run() {
    ending();
    importance();
    agreement();
    if (out_.verdict == Verdict::trust && out_.reasons.empty() && e_.is_proposal)
      out_.reasons.push_back("importance weights join them: Pareto k-hat is " + number(e_.khat) + " (limit " +
                             number(e_.khat_threshold) + "), and " + number(e_.importance_ess, "%.0f") +
                             " effective draws are left of " + number(e_.draws, "%.0f"));
    if (out_.verdict == Verdict::trust && out_.reasons.empty())
      out_.reasons.push_back("the optimisation converged, Pareto k-hat is " + number(e_.khat) + " (limit " +
                             number(e_.khat_threshold) +
                             "), and importance weights leave means and spreads where they are");
    return std::move(out_);
  }

 private:
  void say(Verdict verdict, std::string reason) {
    if (verdict > out_.verdict) out_.verdict = verdict;
    out_.reasons.push_back(std::move(reason));
  }

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
        say(Verdict::do_not_trust,
            "the density or its gradient was not finite; check the support of the data and the priors, and "
            "bound parameters that must stay inside a range");
        break;
      case Stop::cancelled:
        say(Verdict::do_not_trust, "the fit was interrupted before it converged; run it again to the end");
        break;
      case Stop::seconds:
        say(unfinished(), "the fit ran out of time before it converged; allow more time");
        break;
      case Stop::iterations:
        say(unfinished(),
            "the fit ran out of iterations before it converged; rescale data and parameters to the order of "
            "one, or give parameters that the data hardly inform tighter priors");
        break;
    }
    if (has_few()) {
      say(Verdict::do_not_trust, "there was time for only " + number(e_.draws, "%.0f") + " draws");
      return;
    }
    if (!std::isfinite(e_.elbo) && e_.draws_lost < 1)
      say(Verdict::do_not_trust,
          "the ELBO is not finite, so the guide puts mass where the model has none; check the supports and "
          "the priors");
    if (e_.elbo_se > elbo_error_limit && !e_.is_proposal)
      say(Verdict::caution,
          "the ELBO is known to " + number(e_.elbo_se, "%.2g") +
              " only: a few draws decide it, so that it tells nothing of how good the guide is");
    if (e_.draws_lost >= 1)
      say(Verdict::do_not_trust,
          "no draw had a finite density: the law that was found lies where the model has none, as where a "
          "scale collapses at the mode; use `--method meanfield` or `--method nuts`");
    else if (e_.draws_lost > 0)
      say(e_.draws_lost > 0.05 ? Verdict::do_not_trust : Verdict::caution,
          number(100 * e_.draws_lost, "%.3g") +
              " % of the draws had no finite density, or unknowns that overflow; parameters may leave their "
              "range");
    if (e_.frozen_error > frozen_limit)
      say(Verdict::caution, "with other frozen draws the optimum moves by " + number(e_.frozen_error) +
                                " posterior sd; the means carry that error");
  }

  void importance() {
    if (e_.stop == Stop::diverged || e_.draws_lost >= 1 || has_few()) return;
    if (!(e_.khat <= e_.khat_threshold)) {
      say(Verdict::do_not_trust,
          "Pareto k-hat is " + number(e_.khat) + ", above " + number(e_.khat_threshold) +
              ": the guide misses parts of the posterior; " +
              (e_.is_fullrank
                   ? "non-centre hierarchical parameters, give weakly informed ones tighter priors, or sample"
                   : "try --method fullrank, and non-centre hierarchical parameters"));
    } else if (e_.importance_ess < enough_draws) {
      say(e_.is_proposal ? Verdict::do_not_trust : Verdict::caution,
          "importance weighting leaves " + number(e_.importance_ess, "%.0f") + " effective draws of " +
              number(e_.draws, "%.0f") + "; ask for more draws");
    }
  }

  // Cut short before there were enough to say anything of.
  [[nodiscard]] bool has_few() const {
    return e_.draws < 25 && (e_.stop == Stop::seconds || e_.stop == Stop::cancelled);
  }

  // Only weights that can be trusted say something about the guide's own moments.
  void agreement() {
    if (!(e_.khat <= e_.khat_threshold) || e_.is_proposal) return;
    const std::string advice = e_.is_fullrank
                                   ? "; the weighted values are printed"
                                   : "; the weighted values are printed, --method fullrank may agree better";
    if (e_.mean_gap > mean_gap_limit)
      say(Verdict::caution, "the guide's mean of `" + e_.mean_gap_name + "` is " + number(e_.mean_gap) +
                                " sd from the importance-weighted one" + advice);
    if (e_.sd_ratio > sd_ratio_limit || e_.sd_ratio < 1 / sd_ratio_limit)
      say(Verdict::caution, "the guide's sd of `" + e_.sd_ratio_name + "` is " + number(1 / e_.sd_ratio) +
                                " times the importance-weighted one" + advice);
  }

  const Evidence& e_;
  Judgement out_;
};

}  // namespace

std::string undefined_words(const std::string& name, double share) {
  return "the prediction `" + name + "` was not finite in " + number(100 * share, "%.3g") +
         " % of the draws, so that it has no mean and no sd; bound what it is computed from, or predict "
         "another function of it";
}

Judgement judge(const Evidence& evidence) { return Judge(evidence).run(); }

Judgement judge_mode(Stop stop, double gradient_norm, double expected_gain, double value) {
  switch (stop) {
    case Stop::converged:
      return {Verdict::trust,
              {"the mode was reached: one more step would gain " + number(expected_gain, "%.1e")}};
    case Stop::stalled:
      if (expected_gain < std::max(1e-6, 1e-10 * std::fabs(value)))
        return {Verdict::trust, {"the mode was reached to the accuracy of the log density"}};
      return {Verdict::caution,
              {"no further ascent was found, but the gradient is still " + number(gradient_norm, "%.1e") +
               ": the density may have a kink or a jump there"}};
    case Stop::diverged:
      return {Verdict::do_not_trust,
              {"the log density or its gradient was not finite at the start; check the supports of data and "
               "parameters"}};
    default:
      return {
          Verdict::do_not_trust,
          {std::string("the search for the mode ") + stop_words(stop) + "; the density may have no maximum"}};
  }
}

}  // namespace elba::runtime
