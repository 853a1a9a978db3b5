// fit_nested: where a posterior of many unknowns, or of many rows, lies and how it is shaped (runtime/nested_laplace.h), before any guide is fitted: a normal law to be
// weighed where all unknowns are alike, and the geometry of a sampler.
//
//     hyperparameters   latents with bounds that no plate holds (scales, correlations)
//     plate             the leading dim that most coordinates share; its members are coordinates of one index
//     centering         found non-centred, where H_jj = 1 + s^2 I_j with I_j what the data know of a member; then c_j = 1 - 1 / H_jj, the weight that takes the
//                       correlation of a member with its location and scale away (Papaspiliopoulos, Roberts, Skoeld, "A general framework for the
//                       parametrization of hierarchical models", 2007, section 3)
#include <algorithm>
#include <cmath>
#include <map>

#include "api/fitter.h"
#include "api/reparameterised.h"
#include "passes/passes.h"
#include "passes/sites.h"
#include "runtime/diagnostics.h"
#include "runtime/nested_laplace.h"
#include "runtime/normal_fits.h"
#include "runtime/rng.h"
#include "runtime/vectors.h"

namespace elba {

namespace {

constexpr std::size_t least_members = 8, most_slots = 8;
constexpr double noncentred = -30, most_weight = 6;   // before the sigmoid
constexpr double hessian_seconds = 20;                // nominal, for the whole search
constexpr std::size_t tried_draws = 40;
constexpr double hopeless_ratio = 2;                  // sd of the log weights
const std::string suffix = ".centering";

struct LatentSite {
  std::string name, leading;   // empty: no array
  std::size_t first = 0, size = 0, members = 0;
  bool is_real = false;
};

// The latents of the reparameterised model in the order of its coordinates, and the sizes of its centering weights.
struct LatentSites {
  std::vector<LatentSite> sites;
  std::map<std::string, std::size_t> weights;
  std::size_t size = 0;
};

LatentSites latent_sites(const Bound& bound) {
  ir::Module module = passes::reparameterise(passes::inline_calls(bound.impl->program->density));
  passes::Transforms transforms(module);
  const auto sites = passes::find_sites(*module.find("model"), transforms);
  Sizes sizes = bound.impl->data->sizes;
  ir::complete_sizes(module, sizes);
  LatentSites out;
  for (const auto& site : sites) {
    const auto size = static_cast<std::size_t>(site.size.evaluate(sizes).value_or(0));
    if (site.is_param) {
      out.weights[site.name] = size;
      continue;
    }
    LatentSite one{site.name, {}, out.size, size, 0, site.support == "real"};
    if (!site.type.shape.empty() && !site.free_shape.empty()) {
      const auto members = static_cast<std::size_t>(site.free_shape.front().evaluate(sizes).value_or(0));
      if (members >= least_members && site.type.shape.front().evaluate(sizes) == site.free_shape.front().evaluate(sizes) && size % members == 0)
        one.leading = site.free_shape.front().text(), one.members = members;
    }
    out.sites.push_back(one);
    out.size += size;
  }
  return out;
}

// The dim with the most coordinates of at most `most_slots` a member.
std::string plate_of(const LatentSites& latents) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> found;   // coordinates, slots
  for (const auto& site : latents.sites)
    if (!site.leading.empty()) found[site.leading].first += site.size, found[site.leading].second += site.size / site.members;
  std::string best;
  std::size_t most = 0;
  for (const auto& [leading, counts] : found)
    if (counts.second <= most_slots && counts.first > most) most = counts.first, best = leading;
  return best;
}

}  // namespace

std::optional<NutsStart> Fitter::nested_start(std::int64_t& evaluations) {
  const LatentSites latents = latent_sites(bound_);
  runtime::NestedProblem problem;
  problem.member.assign(latents.size, runtime::NestedProblem::shared);
  problem.slot.assign(latents.size, 0);
  const std::string plate = plate_of(latents);
  std::size_t slots = 0;
  for (const auto& site : latents.sites) {
    const bool is_local = !plate.empty() && site.leading == plate;
    const std::size_t each = is_local ? site.size / site.members : 0;
    for (std::size_t k = 0; k < site.size; ++k) {
      if (is_local) problem.member[site.first + k] = k / each, problem.slot[site.first + k] = slots + k % each;
      if (!is_local && !site.is_real) problem.hyper.push_back(site.first + k);
    }
    slots += each;
  }
  runtime::NestedOptions settings{.seed = options_.seed};
  settings.most_evaluations = std::max<std::int64_t>(2'000, static_cast<std::int64_t>(hessian_seconds / evaluation_seconds()));
  settings.budget = runtime_options(options_, 0.3 * seconds_left()).budget;
  if (problem.hyper.size() > settings.most_hyper) return std::nullopt;

  NutsStart start;
  for (const auto& [name, size] : latents.weights) start.points[name].assign(size, name.ends_with(suffix) ? noncentred : 0.0);
  const auto run = [&](const auto& search) -> runtime::NestedResult {
    const ReparameterisedCoordinates coordinates = coordinates_of(bound_, start);
    auto objective = reparameterised_objective(workspace_->impl(), coordinates);
    auto product = reparameterised_product(workspace_->impl(), coordinates);
    if (!objective || !product) return {};
    problem.log_density = *objective;
    problem.product = *product;
    return search();
  };
  runtime::NestedResult found = run([&] { return runtime::fit_nested_laplace(problem, std::vector<double>(latents.size, 0.0), settings); });
  evaluations += found.evaluations;
  if (!found.law) return std::nullopt;
  if (!latents.weights.empty()) {
    for (const auto& site : latents.sites) {
      const auto weight = start.points.find(site.name + suffix);
      if (weight == start.points.end() || site.size == 0) continue;
      std::vector<double> shares(site.size);
      double mean = 0;
      for (std::size_t k = 0; k < site.size; ++k) {
        shares[k] = std::clamp(1 - 1 / std::max(found.curvature[site.first + k], 1e-300), 1e-6, 1 - 1e-6);
        mean += shares[k] / static_cast<double>(site.size);
      }
      for (std::size_t k = 0; k < weight->second.size(); ++k) {
        const double share = weight->second.size() == site.size ? shares[k] : mean;
        weight->second[k] = std::clamp(std::log(share / (1 - share)), -most_weight, most_weight);
      }
    }
    const std::vector<double> from = found.u;
    runtime::NestedResult moved = run([&] { return runtime::condition_nested_laplace(problem, from, found.hyper_precision, settings); });
    evaluations += moved.evaluations;
    if (moved.law)
      found = std::move(moved);
    else
      for (auto& [name, weights] : start.points) weights.assign(weights.size(), name.ends_with(suffix) ? noncentred : 0.0);
  }
  start.mean = found.u;
  for (const double curvature : found.curvature) start.spread.push_back(curvature > 0 ? 1 / std::sqrt(curvature) : 1.0);
  start.law = std::move(found.law);
  return start;
}

std::optional<Posterior> Fitter::weighed_normal(const NutsStart& start) {
  const auto begin = Clock::now();
  const ReparameterisedCoordinates coordinates = coordinates_of(bound_, start);
  auto density = reparameterised_density(workspace_->impl(), coordinates);
  if (!density) return std::nullopt;
  auto quantities = Quantities::make(bound_, workspace_->impl(), options_.seed, reparameterised_family);
  if (!quantities) return std::nullopt;
  const std::size_t n = coordinates.latents.size();
  // In the sampler's coordinates the law is standard normal.
  runtime::FitProblem problem;
  problem.latent_size = n;
  const double log_volume = start.law ? -0.5 * start.law->log_det() : 0;   // of the map to the latents' coordinates
  problem.log_joint = [density = *density, log_volume](const double* w, std::uint64_t key, double& value, double* gradient) {
    const bool is_finite = density(w, key, value, gradient);
    value += log_volume;
    return is_finite;
  };
  problem.constrain = [&, u = coordinates.whole](const double* w, double* values) mutable {
    coordinates.place(w, u);
    return quantities->evaluate(u.data(), values);
  };
  problem.quantity_names = quantities->names();
  const runtime::NormalPart standard{std::vector<double>(n, 0.0), std::vector<double>(n, 1.0), {}, {}, 0};
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
  settings.more_draws = 20 * evaluation_seconds() * static_cast<double>(options_.draws) < 1 ? settings.more_draws : 1;
  settings.elbo_draws = std::min<std::size_t>(settings.elbo_draws, 200);   // the weighted draws say more
  runtime::FitResult result;
  result.algorithm = "laplace";
  result.stop = runtime::Stop::converged;
  return reported("laplace", runtime::assess_normal_fit(problem, settings, runtime::NormalMixture({standard}), std::move(result)), problem.quantity_names, seconds_since(begin));
}

}  // namespace elba
