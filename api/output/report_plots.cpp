#include "api/output/report_plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/model/bind.h"
#include "api/output/report_svg.h"

namespace elba {

namespace {

std::vector<double> sorted_finite(std::span<const double> values) {
  std::vector<double> out;
  for (const double value : values)
    if (std::isfinite(value)) out.push_back(value);
  std::sort(out.begin(), out.end());
  return out;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double n = static_cast<double>(a.size());
  double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
  for (std::size_t k = 0; k < a.size(); ++k)
    ma += a[k] / n, mb += b[k] / n;
  for (std::size_t k = 0; k < a.size(); ++k)
    aa += (a[k] - ma) * (a[k] - ma), bb += (b[k] - mb) * (b[k] - mb), ab += (a[k] - ma) * (b[k] - mb);
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

// Of what cannot be negative: mass that kernels would put below 0 is folded back.
Points density_above(std::vector<double> values, Range range, bool is_positive) {
  if (!is_positive) return density_of(values, range);
  const std::size_t count = values.size();
  for (std::size_t k = 0; k < count; ++k)
    values.push_back(-values[k]);
  Points out = density_of(values, range);
  for (auto& [x, y] : out)
    y *= 2;
  return out;
}

Range middle(const std::vector<double>& ascending, double tail) {
  Range range;
  range.include(quantile_of(ascending, tail));
  range.include(quantile_of(ascending, 1 - tail));
  return range;
}

}  // namespace

const OutputGroup* group_of(const InferenceData& data, const std::string& name) {
  for (const OutputGroup& group : data.groups)
    if (group.name == name) return &group;
  return nullptr;
}

const OutputVariable* variable_of(const OutputGroup* group, const std::string& name) {
  if (group != nullptr)
    for (const OutputVariable& variable : group->variables)
      if (variable.name == name) return &variable;
  return nullptr;
}

std::vector<Column> latent_columns(const InferenceData& data, std::size_t most) {
  std::vector<Column> columns;
  const OutputGroup *posterior = group_of(data, "posterior"), *prior = group_of(data, "prior");
  if (posterior == nullptr) return columns;
  for (const OutputVariable& variable : posterior->variables) {
    if (variable.dims.size() < 2 || variable.dims[0] != "chain" || variable.is_prediction ||
        variable.source == nullptr)
      continue;
    const std::vector<std::int64_t> shape(variable.shape.begin() + 2, variable.shape.end());
    const std::size_t count = variable.count(), shown = std::min(count, most - columns.size());
    const OutputVariable* before = variable_of(prior, variable.name);
    std::vector<std::vector<double>> values(shown);
    if (shown > 0 && !for_each_column(*variable.source, variable.first, shown, usual_block,
                                      [&](std::size_t k, std::span<const double> all) {
                                        values[k - variable.first].assign(all.begin(), all.end());
                                      }))
      return {};
    for (std::size_t k = 0; k < shown; ++k) {
      Column column{indexed_name(variable.name, shape, k), std::move(values[k]), {}};
      if (before != nullptr)
        for (std::size_t at = k; at < before->values.size(); at += count)
          column.prior.push_back(before->values[at]);
      columns.push_back(std::move(column));
    }
  }
  return columns;
}

std::string marginal_plot(const Column& column) {
  const auto ascending = sorted_finite(column.values);
  if (ascending.size() < 2 || !(ascending.front() < ascending.back())) return {};
  const auto before = sorted_finite(column.prior);
  const bool is_positive = ascending.front() >= 0 && (before.empty() || before.front() >= 0);
  Axes axes{.width = 236,
            .height = 150,
            .x = middle(ascending, 0.002),
            .y = {0, 0},
            .title = column.name,
            .x_label = {},
            .y_label = {},
            .has_y_ticks = false};
  axes.x.widen(0.35);
  const bool is_near_zero = is_positive && axes.x.low < 0;
  if (is_near_zero) axes.x.low = 0;
  const Points after = density_above(ascending, axes.x, is_near_zero),
               prior = density_above(before, axes.x, is_near_zero);
  for (const auto& [x, y] : after)
    axes.y.include(y);
  if (axes.y.is_empty() || axes.y.high <= 0) return {};
  axes.y = {0, axes.y.high * 1.08};
  Picture picture(axes);
  picture.area(after, "after");
  picture.line(prior, "prior");
  picture.line(after, "curve");
  double mean = 0;
  for (const double value : ascending)
    mean += value / static_cast<double>(ascending.size());
  picture.segment(mean, axes.y.low, mean, axes.y.high, "mark");
  return picture.svg();
}

std::string trace_plot(const std::vector<TracePoint>& trace) {
  std::vector<double> values;
  for (const TracePoint& point : trace)
    if (point.phase == "optimise" && std::isfinite(point.value)) values.push_back(point.value);
  if (values.size() < 3) return {};
  std::vector<double> ascending = sorted_finite(values);
  Axes axes{.width = 720,
            .height = 230,
            .x = {1, static_cast<double>(values.size())},
            .y = middle(ascending, 0.0),
            .title = {},
            .x_label = "report of the optimiser",
            .y_label = "ELBO",
            .has_y_ticks = true,
            .is_x_counted = true};
  // The first steps come from far below; what matters is how it settles.
  const double low = quantile_of(ascending, 0.12), high = ascending.back();
  axes.y = {std::max(ascending.front(), high - 4 * std::max(high - low, 1e-9)), high};
  axes.y.widen(0.06);
  Picture picture(axes);
  Points points;
  double x = 1;
  for (const double value : values)
    points.emplace_back(x++, value);
  picture.line(points, "curve");
  if (values.size() < 60) picture.dots(points, 2.2, "point");
  return picture.svg();
}

std::string pair_plots(const std::vector<Column>& columns, const std::vector<bool>& is_divergent) {
  struct Pair {
    std::size_t a, b;
    double r;
  };
  std::vector<Pair> pairs;
  for (std::size_t a = 0; a < columns.size(); ++a)
    for (std::size_t b = a + 1; b < columns.size(); ++b) {
      const double r = correlation(columns[a].values, columns[b].values);
      if (std::isfinite(r) && std::fabs(r) < 0.99999) pairs.push_back({a, b, r});
    }
  constexpr std::size_t shown = 4;
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& p, const Pair& q) { return std::fabs(p.r) > std::fabs(q.r); });
  if (pairs.size() > shown) pairs.resize(shown);
  std::string out;
  for (const Pair& pair : pairs) {
    const auto &xs = columns[pair.a].values, &ys = columns[pair.b].values;
    Axes axes{.width = 346,
              .height = 280,
              .x = middle(sorted_finite(xs), 0.001),
              .y = middle(sorted_finite(ys), 0.001),
              .title = fmt::format("correlation {:.2f}", pair.r),
              .x_label = columns[pair.a].name,
              .y_label = columns[pair.b].name,
              .has_y_ticks = true};
    axes.x.widen(0.05);
    axes.y.widen(0.05);
    Picture picture(axes);
    Points points, divergent;
    const std::size_t stride = std::max<std::size_t>(1, xs.size() / 600);
    for (std::size_t k = 0; k < xs.size(); ++k) {
      if (k < is_divergent.size() && is_divergent[k])
        divergent.emplace_back(xs[k], ys[k]);
      else if (k % stride == 0)
        points.emplace_back(xs[k], ys[k]);
    }
    picture.dots(points, 1.7, "cloud");
    picture.dots(divergent, 2.8, "bad");
    out += picture.svg();
  }
  return out;
}

}  // namespace elba
