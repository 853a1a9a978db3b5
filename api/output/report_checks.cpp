// report_checks: pictures that hold a posterior against its data: what leaving an observation out would
// change, and whether data drawn from the fitted model look like those that were seen.
//
// Source: Vehtari, Gelman and Gabry 2017, "Practical Bayesian model evaluation using leave-one-out
// cross-validation and WAIC", section 2.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/output/report_plots.h"
#include "api/output/report_svg.h"
#include "runtime/control/interruption.h"
#include "runtime/inference/diagnostics/psis.h"
#include "support/elementary.h"

namespace elba {

namespace {

constexpr std::size_t shown_intervals = 80, shown_curves = 40, enough_draws = 20;

struct Replicas {
  std::string name;
  std::vector<double> seen;
  std::vector<std::vector<double>> draws;  // of the first elements
  std::vector<std::vector<double>> sets;   // of all elements, for some draws
  bool is_integer = false;
};

std::vector<Replicas> replicas(const InferenceData& data) {
  std::vector<Replicas> out;
  const OutputGroup *predicted = group_of(data, "posterior_predictive"),
                    *observed = group_of(data, "observed_data");
  if (predicted == nullptr) return out;
  for (const OutputVariable& variable : predicted->variables) {
    if (variable.source == nullptr) continue;
    const OutputVariable* seen = variable_of(observed, variable.name);
    const std::size_t draws = variable.source->draws();
    if (seen == nullptr || seen->values.empty() || draws < enough_draws) continue;
    Replicas one{variable.name,
                 seen->values,
                 std::vector<std::vector<double>>(std::min(shown_intervals, seen->values.size())),
                 {},
                 seen->element == Element::integer};
    const auto keep = [&](std::size_t column, std::span<const double> values) {
      one.draws[column - variable.first].assign(values.begin(), values.end());
    };
    if (!for_each_column(*variable.source, variable.first, one.draws.size(), usual_block, keep)) return {};
    std::vector<double> row(variable.source->width());
    for (std::size_t k = 0; k < std::min(shown_curves, draws); ++k) {
      variable.source->rows(k * draws / std::min(shown_curves, draws), 1, row.data());
      const auto first = row.begin() + static_cast<std::ptrdiff_t>(variable.first);
      one.sets.emplace_back(first, first + static_cast<std::ptrdiff_t>(one.seen.size()));
    }
    if (runtime::is_stopped()) return {};
    out.push_back(std::move(one));
  }
  return out;
}

// The data as one curve over those of data drawn from the model.
std::string overlay(const Replicas& of) {
  std::vector<double> seen = of.seen;
  std::sort(seen.begin(), seen.end());
  Axes axes{.width = 720,
            .height = 240,
            .x = {},
            .y = {0, 0},
            .title = {},
            .x_label = of.name,
            .y_label = {},
            .has_y_ticks = false};
  std::vector<double> all = seen;
  for (const auto& set : of.sets)
    all.insert(all.end(), set.begin(), set.end());
  std::sort(all.begin(), all.end());
  axes.x.include(std::min(seen.front(), quantile_of(all, 0.005)));
  axes.x.include(std::max(seen.back(), quantile_of(all, 0.995)));
  axes.x.widen(0.08);
  std::vector<Points> curves;
  for (const auto& set : of.sets)
    curves.push_back(density_of(set, axes.x));
  const Points truth = density_of(seen, axes.x);
  std::vector<double> peaks;
  for (const Points& curve : curves) {
    double peak = 0;
    for (const auto& [x, y] : curve)
      peak = std::max(peak, y);
    peaks.push_back(peak);
  }
  std::sort(peaks.begin(), peaks.end());
  double top = quantile_of(peaks, 0.9);
  for (const auto& [x, y] : truth)
    top = std::max(top, y);
  if (truth.empty() || !(top > 0)) return {};
  axes.y = {0, 1.1 * top};
  Picture picture(axes);
  for (const Points& curve : curves)
    picture.line(curve, "replica");
  picture.line(truth, "data");
  return picture.svg();
}

// Each observation on the middle 50 and 90 % of what the model draws for it.
std::string intervals(const Replicas& of) {
  const std::size_t count = of.draws.size();
  Axes axes{.width = 720,
            .height = 260,
            .x = {0.3, static_cast<double>(count) + 0.7},
            .y = {},
            .title = {},
            .x_label = "observation",
            .y_label = of.name,
            .has_y_ticks = true,
            .is_x_counted = true};
  std::vector<std::vector<double>> sorted = of.draws;
  for (std::size_t k = 0; k < count; ++k) {
    std::sort(sorted[k].begin(), sorted[k].end());
    axes.y.include(quantile_of(sorted[k], 0.05));
    axes.y.include(quantile_of(sorted[k], 0.95));
    axes.y.include(of.seen[k]);
  }
  axes.y.widen(0.06);
  Picture picture(axes);
  Points seen;
  for (std::size_t k = 0; k < count; ++k) {
    const double x = static_cast<double>(k) + 1;
    picture.segment(x, quantile_of(sorted[k], 0.05), x, quantile_of(sorted[k], 0.95), "wide");
    picture.segment(x, quantile_of(sorted[k], 0.25), x, quantile_of(sorted[k], 0.75), "narrow");
    seen.emplace_back(x, of.seen[k]);
  }
  picture.dots(seen, 3.2, "seen");
  return picture.svg();
}

// Of leaving one observation out, by its log densities at the draws.
struct Influence {
  bool is_observed = false;
  double elpd = 0, khat = 0, threshold = 0.7;
};
Influence influence(std::span<const double> values) {
  std::vector<double> ratios, densities;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    ratios.push_back(-value);
    densities.push_back(value);
  }
  if (std::all_of(densities.begin(), densities.end(), [](double value) { return value == 0; })) return {};
  const auto smoothed = runtime::smooth_ratios(ratios);
  double sum = 0;
  for (std::size_t j = 0; j < densities.size(); ++j)
    sum += math::exp(smoothed.log_weights[j] + densities[j]);
  return {true, math::log(sum), smoothed.khat, smoothed.threshold};
}

}  // namespace

std::string khat_plot(const InferenceData& data, std::string& summary) {
  const OutputGroup* group = group_of(data, "log_likelihood");
  if (group == nullptr) return {};
  Points good, bad;
  double elpd = 0, x = 0;
  for (const OutputVariable& variable : group->variables) {
    if (variable.source == nullptr) continue;
    if (variable.source->draws() < enough_draws) return {};
    const std::size_t count = variable.count();
    std::vector<Influence> found(count);
    const auto look = [&](std::size_t column, std::span<const double> values) {
      found[column - variable.first] = influence(values);
    };
    if (!for_each_column(*variable.source, variable.first, count, usual_block, look)) return {};
    for (const Influence& one : found) {
      if (!one.is_observed) continue;
      elpd += one.elpd;
      (one.khat > one.threshold ? bad : good)
          .emplace_back(++x, std::isfinite(one.khat) ? std::max(one.khat, -0.5)
                                                     : 2.0);  // far below 0 means the same as just below
    }
  }
  if (x == 0) return {};
  summary = fmt::format("Expected log predictive density of left-out data (LOO): {:.2f}. ", elpd);
  summary += bad.empty()
                 ? fmt::format("No single observation dominates: k-hat is below its limit for all {}.", x)
                 : fmt::format(
                       "{} of {} observations pull so hard that this estimate is not reliable (k-hat above "
                       "its limit).",
                       bad.size(), x);
  Axes axes{.width = 720,
            .height = 220,
            .x = {0.3, x + 0.7},
            .y = {0, 0.8},
            .title = {},
            .x_label = "observation",
            .y_label = "k-hat",
            .has_y_ticks = true,
            .is_x_counted = true};
  for (const auto* points : {&good, &bad})
    for (const auto& [at, k] : *points)
      axes.y.include(k);
  axes.y.widen(0.05);
  Picture picture(axes);
  picture.segment(axes.x.low, 0.7, axes.x.high, 0.7, "limit");
  picture.dots(good, 2.6, "point");
  picture.dots(bad, 3.2, "bad");
  return picture.svg();
}

std::string predictive_plots(const InferenceData& data) {
  std::string out;
  for (const Replicas& of : replicas(data)) {
    constexpr std::size_t enough_for_a_density = 10;
    if (!of.is_integer && of.seen.size() >= enough_for_a_density) {
      const std::string curves = overlay(of);
      if (!curves.empty())
        out += "<figure>" + curves +
               "<figcaption><span class='key data-key'></span>data <span class='key replica-key'></span>data "
               "drawn from the fitted model</figcaption></figure>";
    }
    out += "<figure>" + intervals(of) +
           "<figcaption><span class='dot seen-key'></span>data <span class='key narrow-key'></span>50 % and "
           "<span class='key wide-key'></span>90 % of what the model draws" +
           (of.seen.size() > shown_intervals ? fmt::format(", the first {} observations", shown_intervals)
                                             : "") +
           "</figcaption></figure>";
  }
  return out;
}

}  // namespace elba
