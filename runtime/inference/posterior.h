// posterior: what a fit found, whichever method made it: its verdict and reasons, the diagnostics of its
// method, summaries of its quantities, and its draws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/inference/quantity.h"
#include "runtime/inference/reason.h"

namespace elba {

// How a guide was optimised. error: of the answer, in posterior sd: by how much other frozen draws would move
// a mean, or how far the average of stochastic iterates still is from the optimum, as the levels of ever
// smaller steps foretell (infinite after one level). The rest is of stochastic iterates: the worst of the
// watched coordinates in the window that was averaged, and what a further level would cost for what it
// brings.
struct Optimisation {
  std::string algorithm;  // "frozen draws", "natural gradients", "averaged stochastic gradients"; empty: none
  double error = 0;
  double rhat = 1, ess = 0, mcse = 0, inefficiency = 0;
  int levels = 0;  // 0: no iterates
};

// The ELBO's gradient with respect to a latent's means, at the answer: its mean over the standard deviation
// of one draw, root mean square over the coordinates. 0 at the optimum; of the size of the distance in
// posterior sd around it.
struct GradientNoise {
  std::string name;
  double snr = 0;
};

// Of what is drawn from a distribution that approximates the posterior: guides, laplace, mixtures.
struct GuideDiagnostics {
  double elbo = 0, elbo_se = 0;
  double log_evidence = 0;  // by importance weights, which see what the ELBO does not
  double laplace_evidence = std::numeric_limits<double>::quiet_NaN();  // of laplace: log p(m) + d/2 ln 2 pi -
                                                                       // 1/2 ln |H| at the mode m
  double khat = 0, khat_threshold = 0.7;
  double ess = 0;           // of the importance weights
  bool is_mixture = false;  // of one part or more for each mode
  Optimisation optimisation;
  std::vector<GradientNoise> gradients;  // one per latent
};

// Of chains: nuts, hmc.
struct SamplerDiagnostics {
  double rhat = 1;           // the worst
  double rhat_limit = 1.01;  // what the worst of so many quantities may reach by chance
  double ess = 0;            // the least effective size
  double low_ess = 0;        // the effective size that 99 of 100 quantities have
  std::int64_t divergences = 0;
  bool out_of_budget = false;             // it ended when its time or work was used up
  std::optional<GuideDiagnostics> guide;  // auto: the best guide before the chains; its numbers alone
};

struct ModeDiagnostics {
  double log_density = 0;       // at the mode, without Jacobian
  int starts = 0, reached = 0;  // ascents that were made, and those that came to this value
};

using Diagnostics = std::variant<GuideDiagnostics, SamplerDiagnostics, ModeDiagnostics>;

// One method that `auto` tried, in order.
struct Attempt {
  std::string method;
  Verdict verdict = Verdict::do_not_trust;
  double seconds = 0;
  Diagnostics diagnostics;

  [[nodiscard]] const SamplerDiagnostics* sampler() const {
    return std::get_if<SamplerDiagnostics>(&diagnostics);
  }
};

// A quantity of the fit against nuts: |mean - mean of nuts| / sd of nuts, and sd / sd of nuts.
struct Disagreement {
  std::string name;
  double mean_gap = 0, sd_ratio = 1;
};

// How each draw of a sampler came about, in the order of the draws.
struct SamplerStatistics {
  std::vector<double> acceptance, step_length, energy;
  std::vector<int> depth, steps;
  std::vector<bool> is_divergent;
  // Transitions of each chain before its draws; the largest depth that a tree may have.
  int warmup = 0, most_depth = 0;
  bool is_static = false;  // trajectories of one length: hmc
};

// Where the seconds of a fit went. Phases do not overlap: they add up to its wall time.
struct PhaseSeconds {
  std::string name;
  double seconds = 0;
};

struct Places;  // of draws, inside of a fit

// The verdict and its reasons stand in Assessment.
struct Posterior : Assessment {
  std::string model, method;
  bool converged = false, interrupted = false;
  // The largest that a factorisation needed at the solution, over the mean diagonal element; mostly 0.
  double jitter = 0;
  std::int64_t iterations = 0;  // of chains: gradients
  double compile_seconds = 0, infer_seconds = 0;
  std::vector<PhaseSeconds> phases;         // of this fit
  Diagnostics diagnostics;                  // of the method that gave the answer
  std::vector<Attempt> attempts;            // auto: what was tried; the seconds above count all of them
  std::vector<Disagreement> disagreements;  // of a fit with check_nuts: worst first
  std::vector<Quantity> quantities;
  std::vector<std::string> draw_names;
  // Draws x names, row-major, constrained; predictions that were streamed are not among them.
  std::vector<double> draws;
  std::size_t draw_count = 0;
  std::size_t chain_count = 1;   // of equal length, one after the other
  SamplerStatistics statistics;  // of chains
  std::uint64_t seed = 1;        // of the fit
  // Where predictions are made; null: there are none, or they stand with the draws.
  std::shared_ptr<const Places> places;

  // Null where the method is of another kind.
  [[nodiscard]] const GuideDiagnostics* guide() const { return std::get_if<GuideDiagnostics>(&diagnostics); }
  [[nodiscard]] const SamplerDiagnostics* sampler() const {
    return std::get_if<SamplerDiagnostics>(&diagnostics);
  }
  [[nodiscard]] const ModeDiagnostics* mode() const { return std::get_if<ModeDiagnostics>(&diagnostics); }
  [[nodiscard]] SamplerDiagnostics* sampler() { return std::get_if<SamplerDiagnostics>(&diagnostics); }
  [[nodiscard]] GuideDiagnostics* guide() { return std::get_if<GuideDiagnostics>(&diagnostics); }
  // The answer's own, or of the best guide that `auto` tried before its chains; null: none.
  [[nodiscard]] const GuideDiagnostics* best_guide() const {
    if (const SamplerDiagnostics* chains = sampler()) return chains->guide ? &*chains->guide : nullptr;
    return guide();
  }
  // Effective size: of the importance weights, or the least of the chains; 0: a mode.
  [[nodiscard]] double ess() const {
    return guide() != nullptr ? guide()->ess : sampler() != nullptr ? sampler()->ess : 0;
  }
};

}  // namespace elba
