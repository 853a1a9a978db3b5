// nested_laplace: where a posterior of many unknowns, or of many rows, lies and how it is shaped there
// (runtime/inference/variational/nested_laplace.h), before any guide is fitted: a normal law to be weighed,
// or the geometry of a sampler. And whether the marginal law of a scale ends: a posterior may be improper
// where no draw ever comes.
//
// Centering: the law is found non-centred, where H_jj = 1 + s^2 I_j with I_j what the data know of a member.
// c_j = 1 - 1 / H_jj is then the weight that takes the correlation of a member with its location away.
// Source: Papaspiliopoulos, Roberts, Skoeld, "A general framework for the parametrization of hierarchical
// models", 2007, section 3.
#include <algorithm>
#include <cmath>

#include "api/fit/fitter.h"
#include "api/fit/latent_sites.h"
#include "api/fit/reparameterised.h"
#include "runtime/inference/diagnostics/summaries.h"
#include "runtime/inference/variational/laplace_pathfinder.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"
#include "support/elementary.h"

namespace elba {

namespace {

constexpr double noncentred = -30, most_weight = 6;       // before the sigmoid
constexpr double nested_seconds = 30, tail_seconds = 2;   // nominal
constexpr std::int64_t least_nested_evaluations = 2'000;  // evaluations
constexpr double no_fall = 1e-3;                          // nats a unit of a tail
constexpr double most_shrink = 1.5;                       // of the logarithm of a scale
constexpr std::size_t tried_draws = 40;
constexpr double hopeless_ratio = 2;  // sd of the log weights

// Weights that leave every site non-centred.
NutsStart noncentred_start(const LatentSites& latents) {
  NutsStart start;
  for (const auto& [name, size] : latents.held)
    start.points[name].assign(size, name.ends_with(centering_suffix) ? noncentred : 0.0);
  return start;
}

// With the model's functions in the coordinates of `start`, while `search` runs.
template <class SearchFunction>
runtime::NestedResult with_functions(const Bound& bound, Workspace::Impl& workspace, const NutsStart& start,
                                     runtime::NestedProblem& problem, const SearchFunction& search) {
  const ReparameterisedCoordinates coordinates = coordinates_of(bound, start);
  auto objective = reparameterised_objective(workspace, coordinates);
  auto product = reparameterised_product(workspace, coordinates);
  if (!objective || !product) return {};
  problem.log_density = *objective;
  problem.product = *product;
  return search();
}

// `shrunk`: how much smaller than at the mode a scale may be, squared: what is centred there must not become
// a funnel here.
void choose_weights(NutsStart& start, const LatentSites& latents, const std::vector<double>& curvature,
                    double shrunk) {
  for (const auto& site : latents.sites) {
    const auto weight = start.points.find(site.name + centering_suffix);
    if (weight == start.points.end() || site.size == 0) continue;
    std::vector<double> shares(site.size);
    double mean = 0;
    for (std::size_t k = 0; k < site.size; ++k) {
      shares[k] = 1 - 1 / (1 + shrunk * std::max(curvature[site.first + k] - 1, 0.0));
      mean += shares[k] / static_cast<double>(site.size);
    }
    for (std::size_t k = 0; k < weight->second.size(); ++k) {
      const double share = weight->second.size() == site.size ? shares[k] : mean;
      weight->second[k] = std::clamp(math::log(share / (1 - share)), -most_weight, most_weight);
    }
  }
}

}  // namespace

std::vector<NutsStart> Fitter::nested_starts(std::int64_t& evaluations) {
  const runtime::ProfileScope scope(&profile_, "mode and curvature");
  const LatentSites latents = latent_sites(bound_);
  runtime::NestedProblem problem = nested_problem(latents);
  runtime::NestedOptions settings{.seed = options_.seed};
  settings.most_evaluations = std::max(least_nested_evaluations,
                                       static_cast<std::int64_t>(nested_seconds / evaluation_seconds()));
  settings.budget = runtime_options(options_, 0.3 * seconds_left()).budget;
  std::vector<NutsStart> starts;
  if (problem.hyper.size() > settings.most_hyper) return starts;
  const auto add = [&](NutsStart start, runtime::NestedResult found) {
    start.mean = std::move(found.u);
    for (const double curvature : found.curvature)
      start.spread.push_back(curvature > 0 ? 1 / std::sqrt(curvature) : 1.0);
    start.law = std::move(found.law);
    starts.push_back(std::move(start));
  };
  NutsStart start = noncentred_start(latents);
  auto found = with_functions(bound_, workspace_->impl(), start, problem, [&] {
    return runtime::fit_nested_laplace(problem, std::vector<double>(latents.size, 0.0), settings);
  });
  evaluations += found.evaluations;
  if (!found.law) return starts;
  if (!latents.held.empty()) {
    NutsStart centred = start;
    double widest = 0;  // variance of a hyperparameter
    for (std::size_t k = 0, p = problem.hyper.size(); k < p; ++k)
      widest = std::max(widest, 1 / found.hyper_precision[k * p + k]);
    choose_weights(centred, latents, found.curvature,
                   math::exp(-2 * std::min(std::sqrt(widest), most_shrink)));
    auto moved = with_functions(bound_, workspace_->impl(), centred, problem, [&] {
      return runtime::condition_nested_laplace(problem, found.u, found.hyper_precision, settings);
    });
    evaluations += moved.evaluations;
    if (moved.law) add(std::move(centred), std::move(moved));
  }
  add(std::move(start), std::move(found));
  return starts;
}

std::optional<Posterior> Fitter::weighed_normal(const NutsStart& start) {
  const auto begin = Clock::now();
  const runtime::ProfileScope scope(&profile_, "weighted draws");
  const ReparameterisedCoordinates coordinates = coordinates_of(bound_, start);
  auto density = reparameterised_density(workspace_->impl(), coordinates);
  if (!density) return std::nullopt;
  auto quantities = Quantities::make(bound_, workspace_->impl(), reparameterised_family);
  if (!quantities) return std::nullopt;
  // In the sampler's coordinates the law is standard normal.
  const std::size_t n = coordinates.latents.size();
  const double log_volume = -0.5 * start.law->log_det();  // of the map to the latents' coordinates
  runtime::FitProblem problem;
  problem.latent_size = n;
  problem.log_joint = [density = *density, log_volume](const double* w, std::uint64_t key, double& value,
                                                       double* gradient) {
    const bool is_finite = density(w, key, value, gradient);
    value += log_volume;
    return is_finite;
  };
  std::vector<double> places;  // of the draws that are kept, as predictions take them
  problem.constrain = [&, u = coordinates.whole](const double* w, double* values) mutable {
    coordinates.place(w, u);
    const bool is_finite = quantities->evaluate(u.data(), values);
    if (is_finite && has_predictions()) places.insert(places.end(), u.begin(), u.end());
    return is_finite;
  };
  problem.quantity_names = quantities->names();
  problem.is_bounded = quantities->is_bounded();
  // A few draws tell whether weights have a chance.
  std::vector<double> w(n), ratios;
  for (std::size_t k = 0; k < tried_draws; ++k) {
    double value = 0;
    runtime::fill_normal(runtime::fold_key(options_.seed, k + 1), 0, n, w.data());
    if (!problem.log_joint(w.data(), 0, value, nullptr)) return std::nullopt;
    ratios.push_back(value + 0.5 * runtime::dot(w, w));
  }
  if (!(runtime::moments(ratios).sd < hopeless_ratio)) return std::nullopt;
  auto settings = runtime_options(options_, seconds_left());
  if (evaluation_seconds() * static_cast<double>(settings.more_draws) * options_.draws > 1)
    settings.more_draws = 1;
  settings.elbo_draws = std::min<std::size_t>(settings.elbo_draws, 200);  // the weighted draws say more
  runtime::FitResult result;
  result.algorithm = "laplace";
  result.stop = runtime::Stop::converged;
  const runtime::NormalPart standard{std::vector<double>(n, 0.0), std::vector<double>(n, 1.0), {}, {}, 0};
  auto assessed = runtime::assess_normal_fit(problem, settings, runtime::NormalMixture({standard}),
                                             std::move(result));
  Places where{reparameterised_family, coordinates.whole.size(), std::move(places), assessed.weights,
               assessed.rows};
  Posterior posterior = reported(choice_of(runtime::MethodId::laplace), std::move(assessed), problem,
                                 seconds_since(begin));
  if (has_predictions()) posterior.places = std::make_shared<const Places>(std::move(where));
  return posterior;
}

void Fitter::check_tails_of_scales(Posterior& posterior) {
  if (posterior.verdict == Verdict::do_not_trust || posterior.interrupted) return;
  const runtime::ProfileScope scope(&profile_, "tails of scales");
  const LatentSites latents = latent_sites(bound_);
  runtime::NestedProblem problem = nested_problem(latents);
  runtime::NestedOptions settings{.seed = options_.seed, .measures_tails = true};
  settings.most_evaluations = static_cast<std::int64_t>(tail_seconds / evaluation_seconds());
  settings.budget = runtime_options(options_, 0.3 * seconds_left()).budget;
  settings.budget.progress = nullptr;
  if (problem.hyper.empty() || problem.hyper.size() > settings.most_hyper) return;
  for (const auto& [name, size] : latents.held)
    if (!name.ends_with(centering_suffix)) return;  // a point of the fit's own
  const auto found = with_functions(bound_, workspace_->impl(), noncentred_start(latents), problem, [&] {
    return runtime::fit_nested_laplace(problem, std::vector<double>(latents.size, 0.0), settings);
  });
  for (const auto& tail : found.tails) {
    const bool is_below = tail.below < no_fall;
    if (!is_below && !(tail.above < no_fall)) continue;
    const LatentSite& site = latents.of(tail.coordinate);
    posterior.add_first(Verdict::do_not_trust, ReasonCode::improper_tail,
                        {site.name, is_below               ? "its lower bound"
                                    : site.has_upper_bound ? "its upper bound"
                                                           : "infinity"});
    return;
  }
}

}  // namespace elba
