// modes: the last question of `auto`: are there modes that the draws of the fit never saw?
//
// Every diagnostic of a guide and of chains that started in it is blind to them. The search
// (runtime/inference/strategy/mode_search.h) costs some dozen climbs of the density. A mode matters when its
// share w of the mass, at a distance of D sd, would move a mean by more than 0.1 sd (w D) or stretch a spread
// by more than a tenth (sqrt(1 + w D^2)). With normal laws for what was fitted and for each such mode, and
// wider copies of them for their tails, importance sampling weights the parts against each other. In few
// dimensions that is done without another mode too: wide laws see a wing that chains never entered. Only
// where the weighted moments differ from the fit's, and the weights hold, are they the answer.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "api/fit/fitter.h"
#include "api/model/draw_table.h"
#include "runtime/inference/strategy/mixture.h"
#include "runtime/inference/strategy/mode_search.h"
#include "runtime/inference/variational/laplace_pathfinder.h"
#include "support/elementary.h"

namespace elba {

namespace {

constexpr std::size_t most_coordinates = 50;  // of a mixture: beyond, weights of normal laws do not hold
constexpr std::size_t most_places = 1000;
constexpr double search_seconds = 5;        // nominal, for the search
constexpr std::int64_t least_search = 400;  // evaluations
constexpr double probe_seconds = 0.05;      // nominal
constexpr int most_probes = 20'000;
constexpr double wider = 2, widest = 4;
constexpr std::size_t few_coordinates = 10;           // up to here wide laws reach everything that is near
constexpr double sure_khat = 0.5, enough_size = 400;  // of weights that overrule draws

// Draws of the fit as points of the log density, evenly spread.
std::vector<double> places_of(const Bound& bound, Workspace& workspace, const Posterior& posterior) {
  const std::size_t columns = posterior.draw_names.size(),
                    count = std::min(most_places, posterior.draw_count);
  std::vector<double> places;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t row = k * posterior.draw_count / count;
    const auto u = unconstrained_row(bound, workspace, {posterior.draws.data() + row * columns, columns});
    if (u && std::all_of(u->begin(), u->end(), [](double x) { return std::isfinite(x); }))
      places.insert(places.end(), u->begin(), u->end());
  }
  return places;
}

// Of the part that was fitted. The ELBO of a guide with a wild tail says nothing; its weights, or the modes
// that it has seen, do.
double known_log_mass(const Posterior& posterior, const runtime::ModeSearch& search) {
  double log_mass = search.seen_log_mass;
  const GuideDiagnostics guide = posterior.best_guide() != nullptr ? *posterior.best_guide()
                                                                   : GuideDiagnostics{};
  for (const double known :
       {guide.elbo, guide.log_evidence,
        std::isfinite(guide.log_evidence) ? search.seen_log_mass : search.drawn_log_mass})
    if (std::isfinite(known)) log_mass = std::max(log_mass, known);
  return log_mass;
}

}  // namespace

// By the quantity that tells it best from the draws.
std::string Fitter::place_of(const Posterior& posterior, const runtime::Mode& mode) {
  std::vector<double> values(bound_.impl->coordinates.value_size);
  (void)target_->constrain(mode.u, values);
  std::size_t telling = 0;
  double furthest = 0;
  for (std::size_t k = 0; k < bound_.impl->coordinates.value_size; ++k) {
    const Quantity& quantity = posterior.quantities[k];
    const double gap = quantity.sd > 0 ? std::fabs(values[k] - quantity.mean) / quantity.sd : 0;
    if (gap > furthest) furthest = gap, telling = k;
  }
  const Quantity& quantity = posterior.quantities[telling];
  return fmt::format("near `{}` = {:.3g}, where {} has {:.3g} with sd {:.2g}", quantity.name, values[telling],
                     posterior.method, quantity.mean, quantity.sd);
}

// What the search found, and the problem that it was made for.
struct Fitter::Found {
  runtime::FitProblem problem;
  runtime::FitOptions settings;
  runtime::ModeSearch search;
  std::vector<Site> blocks;  // the latents that may have either sign
  Clock::time_point begin;
};

Fitter::Found Fitter::search_modes(const std::vector<double>& places) {
  const std::size_t n = bound_.dimension();
  Found found{density_problem(), runtime_options(options_, seconds_left()), {}, {}, Clock::now()};
  std::copy_if(sites().begin(), sites().end(), std::back_inserter(found.blocks),
               [](const Site& site) { return !site.is_param && site.is_real(); });
  found.problem.is_proposal = true;
  const auto product = runtime::hessian_product_of(*target_, 1.0);
  runtime::ModeOptions search{.seed = options_.seed};
  for (const auto& block : found.blocks)
    search.signed_blocks.emplace_back(block.first, block.size);
  search.budget = found.settings.budget;
  search.budget.progress = nullptr;
  search.probes = std::clamp(static_cast<int>(probe_seconds / evaluation_seconds()), search.probes,
                             most_probes);
  search.most_evaluations = std::max<std::int64_t>(
      least_search, static_cast<std::int64_t>(search_seconds / evaluation_seconds()));
  found.search = runtime::find_modes({n, found.problem.log_joint}, product, places, search);
  return found;
}

// Each part once as it is and once wider, for its tails.
Posterior Fitter::joined(const Found& found, std::vector<runtime::NormalPart> parts) {
  const std::size_t count = parts.size();
  for (std::size_t k = 0; k < count; ++k) {
    parts.push_back(runtime::widened(parts[k], wider));
    if (bound_.dimension() <= few_coordinates) parts.push_back(runtime::widened(parts[k], widest));
  }
  runtime::FitResult start;
  start.algorithm = "mixture";
  start.stop = runtime::Stop::converged;
  start.evaluations = found.search.evaluations;
  start.iterations = found.search.searches;
  auto assessed = runtime::assess_normal_fit(found.problem, found.settings,
                                             runtime::NormalMixture(std::move(parts)), std::move(start));
  return reported(choice_of(runtime::MethodId::mixture), std::move(assessed), found.problem,
                  seconds_since(found.begin));
}

// "another mode near `x` = 3, ..", "4 other modes, the largest near ..".
std::string Fitter::modes_text(const Posterior& posterior, const Found& found, const Modes& modes) {
  if (modes.empty()) return {};
  std::string text = modes.size() == 1 ? "another mode " + place_of(posterior, modes[0].second)
                                       : fmt::format("{} other modes, the largest {}", modes.size(),
                                                     place_of(posterior, modes[0].second));
  const auto mirror = std::find_if(modes.begin(), modes.end(),
                                   [](const auto& mode) { return !mode.second.mirrored.empty(); });
  if (mirror != modes.end()) text += ": " + runtime::mirror_text(found.blocks, mirror->second.mirrored);
  return text;
}

// A mixture of what was drawn and of the modes; nothing where it has no parts.
std::optional<Posterior> Fitter::mixture_beside(const Found& found, const Modes& modes,
                                                const std::vector<double>& places) {
  const std::size_t n = bound_.dimension();
  const bool has_laws = std::none_of(modes.begin(), modes.end(),
                                     [](const auto& mode) { return mode.second.law.mean.empty(); });
  runtime::NormalPart law;
  if (!has_laws || n > most_coordinates || !runtime::law_of_places(places, n, law)) return std::nullopt;
  std::vector<runtime::NormalPart> parts{law};
  for (const auto& mode : found.search.seen)
    if (!mode.law.mean.empty() && n <= few_coordinates) parts.push_back(mode.law);
  for (const auto& [share, mode] : modes)
    parts.push_back(mode.law);
  return joined(found, std::move(parts));
}

std::optional<Posterior> Fitter::look_for_modes(Posterior& posterior, bool always) {
  const runtime::ProfileScope scope(&profile_, "search for modes");
  if (posterior.draw_count == 0) return std::nullopt;
  const std::vector<double> places = places_of(bound_, *workspace_, posterior);
  if (places.empty()) return std::nullopt;
  const Found found = search_modes(places);
  const Modes modes = runtime::relevant_modes(found.search.modes, known_log_mass(posterior, found.search));
  if (modes.empty() && !found.search.mirrors.empty() && posterior.verdict == Verdict::do_not_trust)
    posterior.add(Verdict::trust, ReasonCode::sign_symmetry,
                  {runtime::mirror_text(found.blocks, found.search.mirrors.front())});
  if (modes.empty() && !always && bound_.dimension() > few_coordinates) return std::nullopt;

  const std::string several = modes_text(posterior, found, modes);
  if (auto mixture = mixture_beside(found, modes, places)) {
    const std::string differs = runtime::disagreement(posterior, *mixture,
                                                      bound_.impl->coordinates.value_size);
    const bool is_sure = mixture->verdict != Verdict::do_not_trust && mixture->guide()->khat < sure_khat &&
                         mixture->ess() >= enough_size;
    if (!always && is_sure && differs.empty() && posterior.verdict != Verdict::do_not_trust)
      return std::nullopt;  // the draws hold all that there is
    if (!modes.empty())
      mixture->add_first(Verdict::trust, ReasonCode::other_modes, {several});
    else if (differs.empty() || always)
      mixture->add_first(Verdict::trust, ReasonCode::no_other_mode);
    else
      mixture->add_first(Verdict::trust, ReasonCode::wider_draws_differ, {posterior.method, differs});
    const auto once = std::count_if(modes.begin(), modes.end(), [](const auto& mode) {
      return mode.second.found == 1 && mode.second.mirrored.empty();
    });
    if (once > 1 && !is_sure)
      mixture->add(Verdict::do_not_trust, ReasonCode::more_modes,
                   {std::to_string(once), std::to_string(found.search.searches)});
    const bool is_enough = mixture->verdict != Verdict::do_not_trust &&
                           (always || mixture->ess() >= enough_size);
    if (modes.empty() && !always ? is_sure : is_enough) return mixture;
  }
  if (modes.empty()) return std::nullopt;
  posterior.add(Verdict::do_not_trust, ReasonCode::mode_not_visited,
                {several, fmt::format("{:.3g}", 100 * modes.front().first)});
  return std::nullopt;
}

std::optional<Posterior> Fitter::join_modes(const Posterior& posterior) {
  constexpr double least_share = 1e-3;
  if (bound_.dimension() > most_coordinates || posterior.quantities.empty()) return std::nullopt;
  const Found found = search_modes({});
  double largest = -std::numeric_limits<double>::infinity();
  for (const auto& mode : found.search.modes)
    largest = std::max(largest, mode.log_mass);
  std::vector<runtime::NormalPart> parts;
  for (const auto& mode : found.search.modes) {
    if (!(mode.log_mass > largest + math::log(least_share))) continue;
    if (mode.found == 1) return std::nullopt;  // there may be more of its kind
    parts.push_back(mode.law);
  }
  if (parts.size() < 2) return std::nullopt;
  const std::size_t count = parts.size();
  Posterior mixture = joined(found, std::move(parts));
  mixture.add_first(Verdict::trust, ReasonCode::separate_modes, {std::to_string(count)});
  if (mixture.verdict == Verdict::do_not_trust) return std::nullopt;
  return mixture;
}

// `--method mixture`: what the mean-field guide found, and every other mode that counts.
Result<Posterior> Fitter::run_mixture() {
  auto found = guided("meanfield");
  if (!found) return found.diagnostics();
  if (found->posterior.interrupted || !found->is_usable) return std::move(found->posterior);
  auto joined = look_for_modes(found->posterior, true);
  if (!joined) {
    found->posterior.add(Verdict::caution, ReasonCode::modes_not_joined);
    return std::move(found->posterior);
  }
  joined->infer_seconds += found->posterior.infer_seconds;
  joined->iterations += found->posterior.iterations;
  return std::move(*joined);
}

}  // namespace elba
