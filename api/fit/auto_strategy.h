// auto_strategy: the state of `auto` (auto.cpp), shared by its guides (auto.cpp) and its samplers
// (auto_sampling.cpp).
#pragma once

#include <string>
#include <vector>

#include "api/fit/fitter.h"

namespace elba {

// Limits that both keep.
constexpr std::size_t small = 40;  // coordinates
constexpr double nearly_met_rhat = 1.1;
constexpr double nominal_speed = 1e9;  // operations a second

[[nodiscard]] inline bool is_trusted(const Posterior& posterior) {
  return posterior.verdict == Verdict::trust;
}
[[nodiscard]] inline Attempt attempt_of(const Posterior& posterior) {
  return {posterior.method, posterior.verdict, posterior.infer_seconds, posterior.diagnostics};
}

// What has been tried, and the best of it so far.
class Fitter::AutoStrategy {
 public:
  explicit AutoStrategy(Fitter& fitter);
  Result<Posterior> climb();

 private:
  [[nodiscard]] bool is_large();
  // Guides over frozen draws cost tens of thousands of gradients there; a mode and its curvature some
  // hundred.
  void climb_large();
  // Trajectories of a quarter period around a law that has the posterior's shape; more of them while they
  // nearly meet. The worst R-hat that they came to.
  double sample_shaped(const NutsStart& start);
  Status climb_guides();
  Result<Posterior> finish();
  [[nodiscard]] std::vector<std::string> diverging() const;
  [[nodiscard]] bool is_done() const;
  // What a chain or a climb may take where gradients are cheap.
  [[nodiscard]] double small_model_gradients() const;
  [[nodiscard]] double most_counted() const;  // nominal seconds
  void count_guide(std::int64_t evaluations);
  // A sampler starts from the guide that came nearest to the posterior.
  void take_start(NutsStart start, double elbo);
  void consider(Posterior posterior);
  // A guide that was in doubt, and that the chains started in it did not confirm. Chains that nearly met are
  // nearer to the posterior than it.
  void heed_refusal();
  // Chains that agree are believed more than weights; of two that cannot be used, those that ran to the end
  // are the lesser evil.
  [[nodiscard]] bool is_better_sample(const Posterior& posterior) const;
  // Groups of unknowns with shared ones above them.
  [[nodiscard]] bool is_hierarchy() const;
  // Of a random walk or an autoregression: precision as its law has it. Empty: none, or too far back.
  [[nodiscard]] std::string chain_guide() const;
  // A wider guide, from where the factorised one ended. True when it gives a sampler a new start.
  bool widen(const std::string& family);
  // Chains far apart may each sit in a mode of their own: no longer run makes them meet.
  bool try_modes();
  // Chains that have not met, or hold few effective draws, are run longer; those that diverge, with shorter
  // steps, and at last around the factorised guide: the axes of a full covariance suit no funnel. `insists`:
  // an answer that needs care is not enough.
  void sample(bool insists = false);

  Fitter& f_;
  bool has_params_ = false, can_start_ = false;
  std::vector<Attempt> attempts_;
  std::int64_t guide_evaluations_ = 0;
  double spent_ = 0;  // nominal seconds of all rungs
  std::int64_t iterations_ = 0;
  Posterior best_;
  Posterior guide_;          // numbers of the best guide only
  NutsStart start_, plain_;  // of the best guide, and of the factorised one
  double start_elbo_ = 0;
  std::optional<Posterior> joined_;   // a mixture of modes that was found while sampling
  std::string refusal_;               // of the last chains that ran to their end
  std::optional<Posterior> refused_;  // such chains, when they had nearly met
};

}  // namespace elba
