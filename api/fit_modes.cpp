// fit_modes: the last question of `auto`: are there modes that the draws of the fit never saw?
//
// Every diagnostic of a guide and of chains that started in it is blind to them. The search (runtime/modes.h) costs some dozen climbs of the
// density. A mode matters when its share w of the mass, at a distance of D sd, would move a mean by more than 0.1 sd (w D) or stretch a spread by more than
// a tenth (sqrt(1 + w D^2)). With normal laws for what was fitted and for each such mode, and wider copies of them for their tails, importance sampling
// weights the parts against each other.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/fitter.h"
#include "api/output_draws.h"
#include "runtime/modes.h"
#include "runtime/normal_fits.h"

namespace elba {

namespace {

constexpr std::size_t most_coordinates = 50;     // of a mixture: beyond, weights of normal laws do not hold
constexpr std::size_t most_places = 400;
constexpr double moved_mean = 0.1, stretched_sd = 1.1, wider = 2;

// Draws of the fit as points of the log density, evenly spread.
std::vector<double> places_of(const Bound& bound, Workspace& workspace, const Posterior& posterior) {
  const auto arrays = drawn_arrays(bound);
  const std::size_t columns = posterior.draw_names.size(), count = std::min(most_places, posterior.draw_count);
  std::vector<double> places;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t row = k * posterior.draw_count / count;
    const auto u = unconstrained_row(bound, workspace, arrays, {posterior.draws.data() + row * columns, columns});
    if (u && std::all_of(u->begin(), u->end(), [](double x) { return std::isfinite(x); })) places.insert(places.end(), u->begin(), u->end());
  }
  return places;
}

// The modes that would change means or spreads, with their shares of the mass.
std::vector<std::pair<double, runtime::Mode>> relevant(std::vector<runtime::Mode> modes, double log_mass) {
  double largest = log_mass;
  for (const auto& mode : modes) largest = std::max(largest, mode.log_mass);
  double all = std::exp(log_mass - largest);
  for (const auto& mode : modes) all += std::exp(mode.log_mass - largest);
  std::vector<std::pair<double, runtime::Mode>> out;
  for (auto& mode : modes) {
    const double share = std::exp(mode.log_mass - largest) / all;
    if (share * mode.distance > moved_mean || std::sqrt(1 + share * mode.distance * mode.distance) > stretched_sd) out.emplace_back(share, std::move(mode));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  return out;
}

}  // namespace

// By the quantity that tells it best from the draws.
std::string Fitter::place_of(const Posterior& posterior, const runtime::Mode& mode) {
  std::vector<double> values(quantities_->names().size());
  (void)quantities_->evaluate(mode.u.data(), values.data());
  std::size_t telling = 0;
  double furthest = 0;
  for (std::size_t k = 0; k < bound_.constrained_names().size(); ++k) {
    const Quantity& quantity = posterior.quantities[k];
    const double gap = quantity.sd > 0 ? std::fabs(values[k] - quantity.mean) / quantity.sd : 0;
    if (gap > furthest) furthest = gap, telling = k;
  }
  const Quantity& quantity = posterior.quantities[telling];
  return fmt::format("near `{}` = {:.3g}, where {} has {:.3g} with sd {:.2g}", quantity.name, values[telling], posterior.method, quantity.mean, quantity.sd);
}

std::optional<Posterior> Fitter::look_for_modes(Posterior& posterior, bool always) {
  const std::size_t n = bound_.dimension();
  if (posterior.draw_count == 0 || !std::isfinite(posterior.elbo)) return std::nullopt;
  const auto begin = Clock::now();
  const std::vector<double> places = places_of(bound_, *workspace_, posterior);
  runtime::FitProblem problem = density_problem();
  problem.is_proposal = true;
  const auto product = [this, n](const double* u, const double* v, double* out) { return static_cast<bool>(call_hessian_product(workspace_->impl(), {u, n}, {v, n}, 1.0, {out, n})); };
  const auto settings = runtime_options(options_, seconds_left());
  runtime::ModeOptions search{.seed = options_.seed};
  search.budget = settings.budget;
  search.budget.progress = nullptr;
  const runtime::ModeSearch found = runtime::find_modes({n, problem.log_joint}, product, places, search);
  // The ELBO of a guide with a wild tail says nothing; its weights do.
  const double log_mass = std::isfinite(posterior.log_evidence) ? std::max(posterior.elbo, posterior.log_evidence) : posterior.elbo;
  const auto modes = relevant(found.modes, log_mass);
  if (modes.empty() && !always) return std::nullopt;

  const std::string several = modes.empty() ? "no other mode was found" : modes.size() == 1 ? "the posterior has another mode " + place_of(posterior, modes[0].second)
                                                                       : fmt::format("the posterior has {} other modes, the largest {}", modes.size(), place_of(posterior, modes[0].second));
  const auto once = std::count_if(modes.begin(), modes.end(), [](const auto& mode) { return mode.second.found == 1; });

  std::vector<runtime::NormalPart> parts;
  if (runtime::NormalPart law; n <= most_coordinates && runtime::law_of_places(places, n, law)) {
    parts = {law, runtime::widened(law, wider)};
    for (const auto& [share, mode] : modes) {
      parts.push_back(mode.law);
      parts.push_back(runtime::widened(mode.law, wider));
    }
    runtime::FitResult start;
    start.algorithm = "mixture";
    start.stop = runtime::Stop::converged;
    start.evaluations = found.evaluations;
    start.iterations = found.searches;
    auto joined = runtime::assess_normal_fit(problem, settings, runtime::NormalMixture(std::move(parts)), std::move(start));
    Posterior mixture = reported("mixture", std::move(joined), problem.quantity_names, seconds_since(begin));
    mixture.reasons.insert(mixture.reasons.begin(), several);
    if (once > 1) {
      mixture.verdict = Verdict::do_not_trust;
      mixture.reasons.push_back(fmt::format("{} of them were found only once in {} searches, so that there are more: order what can change places, or give priors that tell them apart", once, found.searches));
    }
    if (mixture.verdict != Verdict::do_not_trust) return mixture;
  }
  if (modes.empty()) return std::nullopt;
  posterior.verdict = Verdict::do_not_trust;
  posterior.reasons.push_back(several + fmt::format(", which holds about {:.2g} % of the mass and which these draws never visit: order what can change places (`ordered`), give priors that tell the modes apart, or fit each of them with `--init`",
                                                    100 * modes.front().first));
  return std::nullopt;
}

// `--method mixture`: what the mean-field guide found, and every other mode that counts.
Result<Posterior> Fitter::mixture() {
  auto found = guided("meanfield");
  if (!found) return found.diagnostics();
  if (found->posterior.interrupted || !found->is_usable) return std::move(found->posterior);
  auto joined = look_for_modes(found->posterior, true);
  if (!joined) {
    found->posterior.reasons.push_back("weights could not join the parts to a mixture; these numbers are the mean-field guide's");
    found->posterior.verdict = std::max(found->posterior.verdict, Verdict::caution);
    return std::move(found->posterior);
  }
  joined->infer_seconds += found->posterior.infer_seconds;
  joined->iterations += found->posterior.iterations;
  return std::move(*joined);
}

}  // namespace elba
