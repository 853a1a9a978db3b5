// fit_predictions: what `predict` names, once, at the draws of a fit's answer.
//
//     unknowns, weights, chains  ->  the answer and its verdict  ->  predictions at its draws: columns and summaries behind those of the unknowns
//
// No rung, no measure of agreement and no diagnostic of the fit looks at predictions: a model is fitted the same with and without them. What can be
// said of them alone is: one that is not finite in some draws has no mean and no sd, and the verdict is at most caution then.
#include <algorithm>
#include <utility>

#include "api/fitter.h"
#include "runtime/fit_check.h"
#include "runtime/interruption.h"

namespace elba {

namespace {

Quantity at_mode(std::string name, double value) {
  Quantity out;
  out.name = std::move(name);
  out.mean = out.q05 = out.q50 = out.q95 = value;
  return out;
}

}  // namespace

Status Fitter::add_predictions(Posterior& posterior) {
  const auto places = std::exchange(posterior.places, nullptr);
  if (places == nullptr) return Done{};
  const auto begin = Clock::now();
  auto predictor = Predictor::make(workspace_->impl(), options_.seed, places->family);
  if (!predictor) return predictor.diagnostics();
  const std::size_t width = predictor->names().size(), count = places->u.size() / places->width, unknowns = posterior.draw_names.size();
  const bool is_mode = posterior.method == "map";
  std::vector<double> values(count * width), column(count);
  const auto left_out = [&] {
    posterior.interrupted = posterior.interrupted || runtime::is_cancelled();
    posterior.verdict = std::max(posterior.verdict, Verdict::caution);
    posterior.reasons.emplace_back("the time was up before its predictions were made; `elba predict` makes them from saved draws");
    return Done{};
  };
  for (std::size_t k = 0; k < count; ++k) {
    if (runtime::is_past_grace()) return left_out();
    predictor->evaluate(places->u.data() + k * places->width, k, values.data() + k * width);
  }

  std::string undefined_name;
  double undefined = 0;
  for (std::size_t j = 0; j < width && !posterior.quantities.empty(); ++j) {
    const std::string& name = predictor->names()[j];
    for (std::size_t k = 0; k < count; ++k) column[k] = values[k * width + j];
    if (const double share = runtime::share_not_finite(column); share > undefined) undefined = share, undefined_name = name;
    if (is_mode)
      posterior.quantities.push_back(at_mode(name, column.front()));
    else if (posterior.is_sampled)
      posterior.quantities.push_back(public_quantity(runtime::summarise_chains(name, column, posterior.chain_count, predictor->is_bounded()[j])));
    else
      posterior.quantities.push_back(public_quantity(runtime::summarise(name, column, places->weights, predictor->is_bounded()[j])));
  }
  if (undefined > 0) {
    posterior.verdict = std::max(posterior.verdict, Verdict::caution);
    posterior.reasons.push_back(is_mode ? "`" + undefined_name + "` is not finite at the mode" : runtime::undefined_words(undefined_name, undefined));
  }

  if (!is_mode) {
    std::vector<double> draws;
    draws.reserve(posterior.draw_count * (unknowns + width));
    for (std::size_t k = 0; k < posterior.draw_count; ++k) {
      const auto own = posterior.draws.begin() + static_cast<std::ptrdiff_t>(k * unknowns);
      const auto predicted = values.begin() + static_cast<std::ptrdiff_t>((places->rows.empty() ? k : places->rows[k]) * width);
      draws.insert(draws.end(), own, own + static_cast<std::ptrdiff_t>(unknowns));
      draws.insert(draws.end(), predicted, predicted + static_cast<std::ptrdiff_t>(width));
    }
    posterior.draws = std::move(draws);
    posterior.draw_names.insert(posterior.draw_names.end(), predictor->names().begin(), predictor->names().end());
  }
  posterior.infer_seconds += seconds_since(begin);
  return Done{};
}

}  // namespace elba
