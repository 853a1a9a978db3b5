// predictions: what `predict` names, once, at the draws of a fit's answer.
//
//     unknowns, weights, chains  ->  the answer and its verdict
//       ->  predictions at its draws: summaries behind those of the unknowns, and columns
//
// Few predictions become columns of Posterior::draws. Many that are streamed are made, summarised and
// forgotten, a block of columns at a time; their places stay with the posterior, and what writes them makes
// them again (api/inference_data.h).
//
// No rung, no measure of agreement and no diagnostic of the fit looks at predictions: a model is fitted the
// same with and without them. What can be said of them alone is: one that is not finite in some draws has no
// mean and no sd, and the verdict is at most caution then. R-hat and effective sizes are of unknowns; a
// prediction's Monte Carlo error comes from batch means.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "api/fit/fitter.h"
#include "api/model/parallel.h"
#include "api/model/predicted_draws.h"
#include "runtime/control/interruption.h"
#include "runtime/inference/diagnostics/summaries.h"

namespace elba {

namespace {

constexpr double few_bytes = 64e6;  // of predictions that are kept all the same

}  // namespace

bool Fitter::summarise_predictions(Posterior& posterior, const DrawSource& predicted) const {
  const bool is_mode = posterior.mode() != nullptr;
  const std::size_t first = posterior.quantities.size();
  posterior.quantities.reserve(first + predicted.width());
  const auto without = [&] {
    posterior.quantities.resize(first);
    return false;
  };
  std::vector<bool> is_bounded;
  for (const Site& array : bound_.impl->coordinates.predictions) {
    ElementNames names(array.name, array.shape);
    for (std::size_t k = 0; k < array.value_size; ++k) {
      constexpr std::size_t between_looks = 65536;
      if (k % between_looks == between_looks - 1 && runtime::is_past_grace()) return without();
      posterior.quantities.emplace_back().name = names.next();
    }
    is_bounded.insert(is_bounded.end(), array.value_size, array.is_bounded);
  }
  std::vector<double> undefined(predicted.width());
  const auto look = [&](std::size_t column, std::span<const double> values) {
    Quantity& out = posterior.quantities[first + column];
    undefined[column] = runtime::share_not_finite(values);
    if (is_mode) {
      out.mean = out.q05 = out.q50 = out.q95 = values.front();
      return;
    }
    std::string name = std::move(out.name);
    out = runtime::summarise(std::move(name), values, posterior.places->weights, is_bounded[column]);
    out.rhat = out.ess_bulk = out.ess_tail = std::numeric_limits<double>::quiet_NaN();
    if (posterior.sampler() != nullptr && !std::isnan(out.mean))
      out.mcse = runtime::batch_mean_error(values, posterior.chain_count);
  };
  if (predicted.draws() == 0) {
    for (std::size_t k = first; k < posterior.quantities.size(); ++k)
      posterior.quantities[k] = runtime::without_moments(posterior.quantities[k].name);
    return true;
  }
  const auto most = static_cast<std::size_t>(std::min(0.5 * bound_.impl->max_memory, 1e18));
  if (!for_each_column(predicted, 0, predicted.width(), block_bytes(predicted, predicted.width(), most),
                       look))
    return without();
  const auto worst = std::max_element(undefined.begin(), undefined.end());
  if (worst == undefined.end() || !(*worst > 0)) return true;
  const std::string& name =
      posterior.quantities[first + static_cast<std::size_t>(worst - undefined.begin())].name;
  if (is_mode)
    posterior.add(Verdict::caution, ReasonCode::not_finite_at_mode, {name});
  else
    posterior.add(Verdict::caution, ReasonCode::prediction_not_finite,
                  {name, fmt::format("{:.3g}", 100 * *worst)});
  return true;
}

Status Fitter::add_predictions(Posterior& posterior) {
  posterior.seed = options_.seed;
  if (posterior.places == nullptr || posterior.quantities.empty()) {
    posterior.places = nullptr;
    return Done{};
  }
  const runtime::ProfileScope scope(&profile_, "predictions");
  const auto begin = Clock::now();
  const bool is_mode = posterior.mode() != nullptr;
  const auto left_out = [&] {
    posterior.places = nullptr;
    posterior.interrupted = posterior.interrupted || runtime::is_cancelled();
    posterior.add(Verdict::caution, ReasonCode::time_was_up,
                  {"its predictions were made; `elba predict` makes them from saved draws"});
    return Done{};
  };
  const auto predicted = PredictedDraws::make(bound_.impl, posterior.places, options_.seed, false);
  if (!predicted) return predicted.diagnostics();
  const std::size_t width = (*predicted)->width(), count = (*predicted)->draws(),
                    unknowns = posterior.draw_names.size();
  const bool is_small = (*predicted)->bytes() <= few_bytes,
             is_kept = !is_mode && (is_small || !options_.streams_predictions);

  // Small ones are made once, for both.
  std::shared_ptr<const DrawSource> source = *predicted;
  if (is_small) {
    std::vector<double> values(count * width);
    if (!make_rows(**predicted, 0, count, values.data())) return left_out();
    source = std::make_shared<KeptDraws>(std::move(values), count, width);
  }
  const std::size_t summaries = posterior.quantities.size();
  if (!summarise_predictions(posterior, *source)) return left_out();

  if (is_kept) {
    std::vector<double> draws(posterior.draw_count * (unknowns + width));
    const bool is_whole = all_in_parallel(
        posterior.draw_count, source->workers(), [&](std::size_t worker, std::size_t k) {
          double* out = draws.data() + k * (unknowns + width);
          std::copy_n(posterior.draws.begin() + static_cast<std::ptrdiff_t>(k * unknowns), unknowns, out);
          source->rows(posterior.places->rows.empty() ? k : posterior.places->rows[k], 1, out + unknowns,
                       worker);
        });
    if (!is_whole) {
      posterior.quantities.resize(summaries);
      return left_out();
    }
    posterior.draws = std::move(draws);
    for (const Site& array : bound_.impl->coordinates.predictions) {
      ElementNames names(array.name, array.shape);
      for (std::size_t k = 0; k < array.value_size; ++k)
        posterior.draw_names.push_back(names.next());
    }
  }
  if (is_kept || is_mode) posterior.places = nullptr;
  posterior.infer_seconds += seconds_since(begin);
  return Done{};
}

}  // namespace elba
