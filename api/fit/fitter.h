// fitter: one fit of a bound program: what the roads of inference (fit.cpp, guide_fit.cpp, auto.cpp,
// nuts.cpp) share.
#pragma once

#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/draw_source.h"
#include "api/model/methods.h"
#include "api/fit/nuts.h"
#include "api/model/calls.h"
#include "api/model/quantities.h"
#include "api/model/target.h"
#include "passes/guide/guide.h"
#include "runtime/control/interruption.h"
#include "runtime/inference/checkpoint_log.h"
#include "runtime/inference/strategy/mode_search.h"
#include "runtime/inference/time_profile.h"
#include "runtime/inference/variational/fit.h"

namespace elba {

class MemoryNeed;

// Where the parts of phi stand, for given data.
struct Layout {
  passes::GuideLayout guide;
  Sizes sizes;
  std::size_t size = 0, latent_size = 0, noise_size = 0;
};
[[nodiscard]] Result<Layout> layout_of(const Bound::Impl& bound, const std::string& family);

// A fitted guide: what is reported, and where a sampler may start from it.
// Where the latents' coordinates of a draw go, as the guide has them: reparameterised.
using DrawCoordinates = std::function<bool(const double* phi, std::uint64_t key, double* z)>;

struct GuidedFit {
  Posterior posterior;
  NutsStart start;
  std::optional<Posterior> response;  // of a factorised guide: the normal law of its linear response, where
                                      // that costs no more than the fit
  NutsStart response_start;
  bool is_usable = false;        // the guide's parameters are finite
  std::int64_t evaluations = 0;  // of the ELBO
};

class Fitter {
 public:
  Fitter(const Bound& bound, const FitOptions& options, const Checkpointing& checkpoint = {})
      : bound_(bound),
        options_(options),
        choice_(parse_method(options.method)
                    .value_or(choice_of(runtime::MethodId::family, options.method))),  // refused as a family
        checkpoint_(checkpoint),
        start_(Clock::now()) {}
  Result<Posterior> run();

 private:
  using Clock = std::chrono::steady_clock;
  // Of a climb that need not arrive: it tells a sampler where to start, or that it is done already.
  static constexpr std::int64_t brief_sums = 200;

  // fit.cpp
  [[nodiscard]] Status check_options() const;
  Status open_journal();
  // The next long computation: it is found again under this name because a resumed fit does the same ones in
  // the same order.
  [[nodiscard]] runtime::Record record(const std::string& what) {
    return {journal_.get(), std::to_string(++records_) + " " + what};
  }
  Result<Posterior> finished();  // with what is said of the answer at the end
  Result<Posterior> infer();
  Status prepare();
  [[nodiscard]] Status check_method() const;
  [[nodiscard]] bool is_all_params() const;
  // One for each row of methods.def.
#define METHOD(id, name, kind, needs, gives, draws, is, good_for) Result<Posterior> run_##id();
#include "runtime/inference/methods.def"
#undef METHOD
  static void note_cut(Posterior& posterior, const std::string& what);
  Status check_defined();
  [[nodiscard]] Diagnostic indefinite_matrix() const;
  // Where the density has such an operation.
  [[nodiscard]] std::vector<Span> spans_of(const std::vector<ir::Opcode>& codes) const;
  // "in `chol(K)` or `mvn(mu, S)`".
  [[nodiscard]] std::string named_places(const std::vector<Span>& places) const;
  Result<std::vector<double>> start_point();  // params at their `init`, everything else at 0 on the real line
  [[nodiscard]] MethodKind kind() const { return choice_.method->kind; }
  Result<Posterior> declared();  // the guide of the model file
  [[nodiscard]] Posterior named(const MethodChoice& choice) const;
  [[nodiscard]] double seconds_left() const {
    return std::max(0.0, options_.max_seconds - seconds_since(start_));
  }
  [[nodiscard]] double compile_seconds() const;
  static double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }

  // guide_fit.cpp

  // Borrows the layout.
  Result<runtime::FitProblem> guide_problem(const std::string& family, const Layout& layout);
  Result<DrawCoordinates> draw_coordinates(const std::string& family, const Layout& layout);
  // Started from a fitted guide, or by a search.
  Result<GuidedFit> guided(const std::string& family, const NutsStart* warm = nullptr, bool is_brief = false);
  void add_response(GuidedFit& fit, const runtime::FitProblem& problem, const std::vector<double>& phi,
                    const runtime::FitOptions& settings);
  void add_gradients(Posterior& posterior, const Layout& layout, const runtime::Slope& slope) const;
  void note_points(Posterior& posterior, const Layout& layout) const;
  [[nodiscard]] Posterior reported(const MethodChoice& choice, runtime::FitResult found,
                                   const runtime::FitProblem& problem, double seconds) const;
  runtime::FitProblem density_problem();
  [[nodiscard]] std::function<bool(const double*, double*)> constrain_function() {
    return [this](const double* u, double* values) {
      return target_->constrain({u, target_->size()}, {values, target_->coordinates().value_size});
    };
  }
  Result<Posterior> normal_fit(runtime::MethodId method);  // laplace, pathfinder
  // A short fit of a plain guide.
  Result<NutsStart> pilot(const std::string& family, const NutsStart* warm = nullptr);

  // nested_laplace.cpp
  // Nothing when the unknowns have no such structure, or too many evaluations would be needed.
  // With centering weights chosen by curvature, and with none.
  std::vector<NutsStart> nested_starts(std::int64_t& evaluations);
  // The normal law of such a start by itself, weighed as a guide is. Nothing where a few draws show that the
  // weights will not hold.
  std::optional<Posterior> weighed_normal(const NutsStart& start);
  // A scale whose marginal law does not end (1 / tau below a hierarchy) makes the posterior improper where no
  // draw can show it.
  void check_tails_of_scales(Posterior& posterior);

  // nuts.cpp
  // The sampler by itself: in few dimensions in the geometry of a full-rank guide. Where such chains complain
  // (a normal law's axes suit no funnel), in that of a factorised one too, and the better of the two is the
  // answer.
  Result<Posterior> sampled(const FitOptions& options, const std::string& what);

  // predictions.cpp
  [[nodiscard]] bool has_predictions() const { return !bound_.impl->program->signature.predictions.empty(); }
  // What `predict` names, at the draws of the answer.
  Status add_predictions(Posterior& posterior);
  bool summarise_predictions(Posterior& posterior, const DrawSource& predicted) const;  // false: no time

  // memory.cpp
  // What the fit will take, by count of what it keeps; E0612 where that is too much.
  [[nodiscard]] Status check_memory();
  void add_predictions_memory(MemoryNeed& need, double draws, const std::string& fewer) const;
  void add_guide_memory(MemoryNeed& need) const;

  // jitter_check.cpp
  // What factorisations needed at the draws or at the mode, and whether the density depends on that.
  void check_jitter(Posterior& posterior, const std::vector<double>& mode = {});
  // As such points.
  [[nodiscard]] std::vector<std::vector<double>> some_draws(const Posterior& posterior) const;

  // eigenvector_check.cpp

  // Likewise, of derivatives where eigenvalues are close.
  void check_eigenvectors(Posterior& posterior, const std::vector<double>& mode = {});

  // nuts_check.cpp
  void check_by_nuts(Posterior& posterior);

  // modes.cpp
  // Whether the posterior has parts that these draws never saw. Then the parts together, when importance
  // weights can join them; else `posterior` must not be trusted. `always`: a mixture, though it be of one
  // part.
  std::optional<Posterior> look_for_modes(Posterior& posterior, bool always = false);
  // Where no draws can be believed: a mixture of the modes alone, of two or more.
  std::optional<Posterior> join_modes(const Posterior& posterior);
  struct Found;
  Found search_modes(const std::vector<double>& places);
  Posterior joined(const Found& found, std::vector<runtime::NormalPart> parts);
  using Modes = std::vector<std::pair<double, runtime::Mode>>;  // with their share of the mass
  std::string modes_text(const Posterior& posterior, const Found& found, const Modes& modes);
  std::optional<Posterior> mixture_beside(const Found& found, const Modes& modes,
                                          const std::vector<double>& places);
  [[nodiscard]] const std::vector<Site>& sites() const { return bound_.impl->coordinates.sites; }
  std::string place_of(const Posterior& posterior, const runtime::Mode& mode);

  // auto.cpp
  // Of one gradient on a nominal machine: counted, so that budgets do not depend on the machine.
  [[nodiscard]] double evaluation_seconds();
  class AutoStrategy;
  Result<Posterior> climb();

  const Bound& bound_;
  const FitOptions& options_;
  const MethodChoice choice_;
  const Checkpointing& checkpoint_;
  std::unique_ptr<runtime::Journal> journal_;  // none: nobody wants a checkpoint
  int records_ = 0;
  Clock::time_point start_;
  runtime::Profile profile_;
  std::unique_ptr<Workspace> workspace_;
  std::unique_ptr<BoundTarget> target_;                      // over the workspace
  std::int64_t most_climb_evaluations_ = 1'000'000'000'000;  // of a guide of `auto`
  double evaluation_seconds_ = 0;                            // 0: not counted yet
};

}  // namespace elba
