// guide_fit: variational inference with one guide family: the compiled ELBO and draws as the runtime's
// problem, its answer with names.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "api/fit/guide_start.h"
#include "api/model/unguarded.h"
#include "ir/guide_families.h"
#include "passes/passes.h"
#include "runtime/inference/variational/laplace_pathfinder.h"
#include "runtime/inference/variational/linear_response.h"
#include "runtime/inference/vectors.h"
#include "runtime/kernels/rng.h"

namespace elba {

using runtime::MethodId;

namespace {

// "declared": the guide of the model file, in the attributes of the latents.
bool is_family(const std::string& name) { return name == "declared" || ir::parse_guide_choice(name); }

std::optional<runtime::Climb> climb_of(const std::string& name) {
  if (name == "auto") return runtime::Climb::automatic;
  if (name == "natural") return runtime::Climb::natural;
  if (name == "adam") return runtime::Climb::adam;
  return std::nullopt;
}

// A draw: u and the latents' coordinates z as the guide has them, with both log densities.
void run_draw(Call& call, const double* phi, std::uint64_t key, double* u, double* z, double& log_p,
              double& log_q) {
  const Executable& executable = *call.executable;
  call.frame.set(executable.input(), phi);
  if (executable.key() != Executable::no_buffer) call.frame.set(executable.key(), &key);
  call.frame.set(executable.outputs()[0], u);
  call.frame.set(executable.outputs()[1], &log_p);
  call.frame.set(executable.outputs()[2], &log_q);
  call.frame.set(executable.outputs()[3], z);
  executable.run(call.frame);
}

bool run_elbo(Call& call, const double* phi, std::uint64_t key, double& value, double* gradient) {
  const Executable& executable = *call.executable;
  call.frame.set(executable.input(), phi);
  if (executable.key() != Executable::no_buffer) call.frame.set(executable.key(), &key);
  call.frame.set(executable.outputs()[0], &value);
  call.frame.set(executable.outputs()[1], gradient);
  executable.run(call.frame);
  return std::isfinite(value);
}

constexpr std::size_t largest_geometry = 200;  // coordinates: a sampler's step costs their square

}  // namespace

Result<Layout> layout_of(const Bound::Impl& bound, const std::string& family) {
  if (!is_family(family))
    return make_diagnostic(Code::method_not_applicable, {}, {family, "there is no such guide family"})
        .suggest("the families are " + ir::list_guide_families());
  // The guide passes declare the derived dims that phi's size may need; only their declarations matter here.
  ir::Module model = passes::reparameterise(
      passes::inline_calls(without_predictions(bound.program->density)));
  if (family != "declared") model = passes::assign_guide(std::move(model), family);
  Layout layout;
  layout.guide = passes::guide_layout(model);
  layout.sizes = bound.data->sizes;
  const ir::Module guided = passes::guide(std::move(model));
  ir::complete_sizes(guided, layout.sizes);
  const auto number = [&](const ir::Dim& dim) {
    return static_cast<std::size_t>(dim.evaluate(layout.sizes).value_or(0));
  };
  layout.size = number(layout.guide.size);
  layout.latent_size = number(layout.guide.latent_size);
  layout.noise_size = number(layout.guide.noise_size);
  return layout;
}

Result<runtime::FitProblem> Fitter::guide_problem(const std::string& family, const Layout& layout) {
  auto elbo = workspace_->impl().call({"elbo.grad", family});
  if (!elbo) return elbo.diagnostics();
  auto draw = workspace_->impl().call({"draw", family});
  if (!draw) return draw.diagnostics();

  runtime::FitProblem problem = density_problem();
  problem.family = runtime_family(layout);
  problem.first = target_->start();
  problem.guide_size = layout.size;
  problem.noise_size = layout.noise_size;
  problem.has_normal_noise = std::all_of(
      layout.guide.groups.begin(), layout.guide.groups.end(),
      [](const auto& group) { return family_of(group).takes_fixed_draws; });
  for (const auto& link : layout.guide.links)
    for (std::int64_t k = 0; k < link.size.evaluate(layout.sizes).value_or(0) && !link.is_param; ++k)
      problem.means.push_back(
          static_cast<std::size_t>(link.phi_offset.evaluate(layout.sizes).value_or(0) + k));
  problem.start = [this, &layout, first = target_->start()](const double* u, double sd) {
    return passes::initial_phi(
        layout.guide, layout.sizes,
        u == nullptr ? std::span<const double>(first) : std::span(u, bound_.dimension()), sd);
  };
  problem.elbo = [call = *elbo](const double* phi, std::uint64_t key, double& value, double* gradient) {
    return run_elbo(*call, phi, key, value, gradient);
  };
  problem.draw = [call = *draw, z = std::vector<double>(layout.latent_size)](
                     const double* phi, std::uint64_t key, double* u, double& log_p, double& log_q) mutable {
    run_draw(*call, phi, key, u, z.data(), log_p, log_q);
    return std::isfinite(log_p) && std::isfinite(log_q);
  };
  return problem;
}

Result<DrawCoordinates> Fitter::draw_coordinates(const std::string& family, const Layout& layout) {
  auto draw = workspace_->impl().call({"draw", family});
  if (!draw) return draw.diagnostics();
  return DrawCoordinates([call = *draw, n = layout.latent_size, u = std::vector<double>(bound_.dimension())](
                             const double* phi, std::uint64_t key, double* z) mutable {
    double log_p = 0, log_q = 0;
    run_draw(*call, phi, key, u.data(), z, log_p, log_q);
    return std::all_of(z, z + n, [](double x) { return std::isfinite(x); });
  });
}

Posterior Fitter::reported(const MethodChoice& choice, runtime::FitResult found,
                           const runtime::FitProblem& problem, double seconds) const {
  Posterior posterior = named(choice);
  posterior.verdict = found.verdict;
  posterior.reasons = std::move(found.reasons);
  posterior.converged = found.converged;
  posterior.interrupted = found.stop == runtime::Stop::cancelled;
  posterior.diagnostics = GuideDiagnostics{.elbo = found.elbo,
                                           .elbo_se = found.elbo_se,
                                           .log_evidence = found.log_evidence,
                                           .laplace_evidence = found.laplace_evidence,
                                           .khat = found.khat,
                                           .khat_threshold = found.khat_threshold,
                                           .ess = found.importance_ess,
                                           .is_mixture = choice.method->id == MethodId::mixture};
  posterior.iterations = found.iterations;
  posterior.infer_seconds = seconds;
  posterior.compile_seconds = compile_seconds();
  posterior.quantities = std::move(found.quantities);
  posterior.draw_names = problem.quantity_names;
  posterior.draw_count = posterior.draw_names.empty() ? 0 : found.draws.size() / posterior.draw_names.size();
  posterior.draws = std::move(found.draws);
  if (problem.keeps_places)
    posterior.places = std::make_shared<const Places>(Places{
        "", bound_.dimension(), std::move(found.places), std::move(found.weights), std::move(found.rows)});
  return posterior;
}

// Of the runtime's problem, what needs no guide.
runtime::FitProblem Fitter::density_problem() {
  runtime::FitProblem problem;
  problem.latent_size = bound_.dimension();
  problem.log_joint = runtime::objective_of(*target_, 1.0).evaluate;
  problem.constrain = constrain_function();
  problem.quantity_names = target_->quantities().names();
  problem.is_bounded = target_->quantities().is_bounded();
  problem.keeps_places = has_predictions();
  return problem;
}

Result<Posterior> Fitter::normal_fit(MethodId method) {
  runtime::FitProblem problem = density_problem();
  problem.first = target_->start();
  const auto begin = Clock::now();
  auto settings = runtime_options(options_, seconds_left());
  settings.profile = &profile_;
  const runtime::ProfileScope scope(&profile_, std::string(runtime::method(method).name));
  runtime::FitResult found;
  if (method == MethodId::pathfinder)
    found = runtime::fit_pathfinder(problem, {}, settings);
  else
    found = runtime::fit_laplace(problem, runtime::hessian_product_of(*target_, 1.0), target_->start(),
                                 settings);
  return reported(choice_of(method), std::move(found), problem, seconds_since(begin));
}

Result<GuidedFit> Fitter::guided(const std::string& family, const NutsStart* warm, bool is_brief) {
  auto layout = layout_of(*bound_.impl, family);
  if (!layout) return layout.diagnostics();
  auto problem = guide_problem(family, *layout);
  if (!problem) return problem.diagnostics();
  const auto begin = Clock::now();
  // A structured guide begins as the factorised one, which finds its place in a few steps; one that is bent,
  // as the straight one.
  NutsStart factorised;
  if (warm == nullptr && problem->family == runtime::GuideFamily::structured) {
    const auto& groups = layout->guide.groups;
    auto found = pilot(groups.size() == 1 ? std::string(family_of(groups[0]).starts_from) : "meanfield");
    if (!found) return found.diagnostics();
    factorised = std::move(*found);
    warm = &factorised;
  }
  if (warm != nullptr) problem->warm = phi_from(*layout, *warm);
  if (warm != nullptr) problem->units = passes::guide_units(layout->guide, layout->sizes, warm->spread);
  constexpr double brief_share = 0.3;  // of the time that is left: what follows needs some too
  auto settings = runtime_options(options_, is_brief ? brief_share * seconds_left() : seconds_left());
  const auto climb = climb_of(options_.optimiser);
  if (!climb)
    return make_diagnostic(Code::method_not_applicable, {},
                           {options_.optimiser, "there is no such optimiser"});
  if (*climb == runtime::Climb::natural && choice_.method->id != MethodId::automatic &&
      problem->family == runtime::GuideFamily::structured)
    return make_diagnostic(Code::method_not_applicable, {},
                           {family, "natural gradients are known for `meanfield` and `fullrank` only"})
        .suggest("leave `--optimiser` out");
  settings.climb = *climb;
  if (is_brief) settings.most_sums = brief_sums;
  settings.most_climb_evaluations = most_climb_evaluations_;
  settings.record = record(family);
  settings.profile = &profile_;
  auto found = runtime::fit(*problem, settings);
  const std::vector<double> phi = found.phi;
  const std::int64_t evaluations = found.evaluations;
  const runtime::Slope slope = std::move(found.slope);
  const runtime::Iterates iterates = found.iterates;
  const Optimisation optimisation{found.algorithm,
                                  found.algorithm == "averaged stochastic gradients" ? iterates.remaining
                                  : found.converged                                  ? found.frozen_error
                                                    : std::numeric_limits<double>::infinity(),
                                  iterates.rhat,
                                  iterates.effective_size,
                                  iterates.mcse,
                                  iterates.inefficiency,
                                  iterates.levels};
  Posterior posterior = reported(choice_of(MethodId::family, family), std::move(found), *problem,
                                 seconds_since(begin));
  posterior.guide()->optimisation = optimisation;
  add_gradients(posterior, *layout, slope);
  note_points(posterior, *layout);
  GuidedFit out{std::move(posterior),
                start_of(*layout, phi),
                {},
                {},
                runtime::all_finite(phi) && phi.size() == layout->size,
                evaluations};
  if (out.is_usable && out.start.mean.empty() && is_normal(*layout) &&
      layout->latent_size <= largest_geometry) {
    auto coordinates = draw_coordinates(family, *layout);
    // Else there are draws already, and no sampler follows.
    if (!coordinates && !runtime::is_stopped()) return coordinates.diagnostics();
    if (coordinates) add_geometry(out.start, *layout, *coordinates, phi);
  }
  if (out.is_usable && !out.posterior.interrupted && out.posterior.converged && seconds_left() > 0 &&
      problem->family == runtime::GuideFamily::meanfield)
    add_response(out, *problem, phi, settings);
  return out;
}

// The sd of each quantity three ways: by the guide, by its linear response, by importance weights. Where the
// reported one is far from what correlations would make of it, that is said.
void Fitter::add_response(GuidedFit& fit, const runtime::FitProblem& problem, const std::vector<double>& phi,
                          const runtime::FitOptions& settings) {
  constexpr std::size_t cheap = 20'000;
  constexpr double ratio_limit = 1.3, clear_khat = 0.3;
  if (runtime::linear_response_cost(problem) > std::max(cheap, static_cast<std::size_t>(fit.evaluations)))
    return;
  const auto begin = Clock::now();
  const runtime::ProfileScope scope(&profile_, "linear response");
  auto found = runtime::fit_linear_response(problem, phi, settings);
  if (const bool is_cancelled = options_.cancel != nullptr && options_.cancel->load();
      is_cancelled || runtime::is_stopped()) {
    fit.posterior.interrupted = is_cancelled;
    if (is_cancelled)
      fit.posterior.add(Verdict::caution, ReasonCode::interrupted_before,
                        {"it had checked itself by linear response"});
    else
      fit.posterior.add(Verdict::caution, ReasonCode::time_was_up,
                        {"the fit had checked itself by linear response"});
    return;
  }
  if (found.quantities.size() != fit.posterior.quantities.size()) return;
  const Quantity* worst = nullptr;
  double worst_ratio = ratio_limit;
  for (std::size_t k = 0; k < found.quantities.size(); ++k) {
    Quantity& quantity = fit.posterior.quantities[k];
    quantity.linear_response_sd = found.quantities[k].guide_sd;
    if (!(quantity.sd > 0) || !(quantity.linear_response_sd > 0)) continue;
    const double ratio = std::max(quantity.linear_response_sd / quantity.sd,
                                  quantity.sd / quantity.linear_response_sd);
    if (ratio > worst_ratio) worst = &quantity, worst_ratio = ratio;
  }
  // Below, the weights are right and this is an approximation.
  if (worst != nullptr && !(fit.posterior.guide()->khat < clear_khat))
    fit.posterior.add(
        Verdict::caution, ReasonCode::correlations_left_out,
        {worst->name, fmt::format("{:.3g}", worst->sd), fmt::format("{:.3g}", worst->linear_response_sd)});
  fit.response_start = fit.start;
  const std::vector<double> covariance = std::move(found.covariance);
  if (!runtime::lower_factor(covariance, fit.start.mean.size(), fit.response_start.factor)) return;
  for (std::size_t k = 0; k < fit.start.mean.size(); ++k)
    fit.response_start.spread[k] = std::sqrt(covariance[k * fit.start.mean.size() + k]);
  fit.evaluations += found.evaluations;
  fit.response = reported(choice_of(MethodId::linear_response), std::move(found), problem,
                          seconds_since(begin));
}

// Where a slope is left that noise does not explain, the fit ended beside its optimum.
void Fitter::add_gradients(Posterior& posterior, const Layout& layout, const runtime::Slope& slope) const {
  constexpr double steep = 0.3, clear = 5;  // signal over noise of one draw; standard errors
  if (slope.mean.size() != layout.size || slope.draws < 2) return;
  std::string steepest;
  double most = steep;
  for (const auto& link : layout.guide.links) {
    if (link.is_param) continue;
    const auto number = [&](const ir::Dim& dim) {
      return static_cast<std::size_t>(dim.evaluate(layout.sizes).value_or(0));
    };
    const std::size_t at = number(link.phi_offset), size = number(link.size);
    double sum = 0;
    for (std::size_t k = at; k < at + size; ++k) {
      if (!(slope.sd[k] > 0)) continue;
      const double ratio = slope.mean[k] / slope.sd[k], by_chance = 1 / static_cast<double>(slope.draws);
      sum += std::max(0.0, ratio * ratio - by_chance);
      if (std::fabs(ratio) > most && ratio * ratio > clear * clear * by_chance)
        most = std::fabs(ratio), steepest = link.site;
    }
    posterior.guide()->gradients.push_back(
        {link.site, size == 0 ? 0 : std::sqrt(sum / static_cast<double>(size))});
  }
  if (steepest.empty() || !posterior.converged) return;
  posterior.add(Verdict::caution, ReasonCode::beside_optimum, {steepest, fmt::format("{:.2f}", most)});
}

// What is held at a point has no width, whatever the draws say of the rest.
void Fitter::note_points(Posterior& posterior, const Layout& layout) const {
  std::string names;
  for (const auto& link : layout.guide.links)
    if (!link.is_param && family_of(layout.guide.groups[link.group]).is_point)
      names += (names.empty() ? "`" : ", `") + link.site + "`";
  if (names.empty()) return;
  const bool is_one = names.find(',') == std::string::npos;
  posterior.add(Verdict::caution, ReasonCode::point_estimates,
                {names, is_one ? "is" : "are", is_one ? "it" : "them"});
}

Result<NutsStart> Fitter::pilot(const std::string& family, const NutsStart* warm) {
  auto layout = layout_of(*bound_.impl, family);
  if (!layout) return layout.diagnostics();
  auto problem = guide_problem(family, *layout);
  if (!problem) return problem.diagnostics();
  if (warm != nullptr) problem->warm = phi_from(*layout, *warm);
  auto options = runtime_options(options_, 0.2 * seconds_left());
  options.draws = options.elbo_draws = 100;
  options.most_sums = brief_sums;
  options.record = record("pilot");
  const auto found = runtime::fit(*problem, options);
  return start_of(*layout, found.phi.size() == layout->size && runtime::all_finite(found.phi)
                               ? found.phi
                               : problem->start(nullptr, 1.0));
}

Result<std::size_t> unguarded::phi_size(const BoundHandle& impl, const std::string& family) {
  auto layout = layout_of(*impl, family);
  if (!layout) return layout.diagnostics();
  return layout->size;
}

Result<std::vector<double>> unguarded::initial_phi(const BoundHandle& impl, const std::string& family) {
  auto layout = layout_of(*impl, family);
  if (!layout) return layout.diagnostics();
  return passes::initial_phi(layout->guide, layout->sizes, std::vector<double>(impl->coordinates.size, 0.0),
                             0.1);
}

Status unguarded::elbo_step(Workspace& workspace, const std::string& family, std::span<const double> phi,
                            std::uint64_t key, double& elbo, std::span<double> gradient) {
  Call* call = nullptr;
  for (const auto& step : workspace.impl().steps)
    if (step.family == family) call = step.call;
  if (call == nullptr) {
    if (!is_family(family))
      return make_diagnostic(Code::method_not_applicable, {}, {family, "there is no such guide family"});
    auto made = workspace.impl().call({"elbo.grad", family});
    if (!made) return made.diagnostics();
    call = *made;
    workspace.impl().steps.push_back({family, call});
  }
  const std::size_t size = call->executable->count(call->executable->input());
  if (phi.size() != size) return wrong_length("phi", phi.size(), size);
  if (gradient.size() != size) return wrong_length("gradient", gradient.size(), size);
  run_elbo(*call, phi.data(), key, elbo, gradient.data());
  if (runtime::is_stopped()) return interrupted();
  return Done{};
}

}  // namespace elba
