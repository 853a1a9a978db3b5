#include "api/output/report_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "support/elementary.h"

namespace elba {

void Range::include(double value) {
  if (!std::isfinite(value)) return;
  low = std::min(low, value);
  high = std::max(high, value);
}

void Range::widen(double share) {
  if (is_empty()) low = high = 0;
  const double span = high - low,
               room = span > 0 ? share * span : std::max(1e-9, 0.5 * std::fabs(low) + (low == 0 ? 0.5 : 0));
  low -= room;
  high += room;
}

std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return out;
}

std::vector<double> ticks(const Range& range, int wanted) {
  const double raw = (range.high - range.low) / wanted, power = math::pow(10.0, std::floor(math::log10(raw)));
  const double step = power * (raw / power > 5 ? 10 : raw / power > 2 ? 5 : raw / power > 1 ? 2 : 1);
  std::vector<double> out;
  if (!(step > 0) || !std::isfinite(step)) return out;
  for (double k = std::ceil(range.low / step - 1e-9); k * step <= range.high + 1e-9 * step && out.size() < 20;
       ++k)
    out.push_back(k * step);
  return out;
}

double step_of(const std::vector<double>& ticks) {
  // A single tick shows what digits it has.
  return ticks.size() > 1                 ? ticks[1] - ticks[0]
         : ticks.empty() || ticks[0] == 0 ? 1
                                          : math::pow(10.0, std::floor(math::log10(std::fabs(ticks[0]))) - 1);
}

std::string tick_text(double value, double step) {
  if (std::fabs(value) < 1e-9 * step) return "0";
  if (std::fabs(value) >= 1e5 || step < 1e-4) return fmt::format("{:.3g}", value);
  const int digits = std::max(0, static_cast<int>(std::ceil(-math::log10(step) - 1e-9)));
  return fmt::format("{:.{}f}", value, digits);
}

Picture::Picture(Axes axes) : axes_(std::move(axes)) {
  left_ = axes_.has_y_ticks ? 46 : 10;
  if (axes_.has_y_ticks && !axes_.y_label.empty()) left_ += 14;
  right_ = axes_.width - 12;
  top_ = axes_.title.empty() ? 8 : 24;
  bottom_ = axes_.height - (axes_.x_label.empty() ? 22 : 38);
  draw_axes();
}

double Picture::px(double x) const {
  return left_ + (x - axes_.x.low) / (axes_.x.high - axes_.x.low) * (right_ - left_);
}
double Picture::py(double y) const {
  return bottom_ - (y - axes_.y.low) / (axes_.y.high - axes_.y.low) * (bottom_ - top_);
}

void Picture::draw_axes() {
  const auto label = [&](double x, double y, const char* style, const std::string& words,
                         const std::string& more = "") {
    frame_ += fmt::format("<text x='{:.1f}' y='{:.1f}' class='{}'{}>{}</text>", x, y, style, more,
                          escape_html(words));
  };
  if (!axes_.title.empty()) label(left_, 15, "title", axes_.title);
  const auto across = ticks(axes_.x, std::max(3, static_cast<int>((right_ - left_) / 55)));
  for (const double x : across) {
    if (axes_.is_x_counted && x != std::floor(x)) continue;
    frame_ += fmt::format("<line x1='{0:.1f}' x2='{0:.1f}' y1='{1:.1f}' y2='{2:.1f}' class='tick'/>", px(x),
                          bottom_, bottom_ + 4);
    label(px(x), bottom_ + 16, "mid", tick_text(x, axes_.is_x_counted ? 1 : step_of(across)));
  }
  if (axes_.has_y_ticks) {
    const auto up = ticks(axes_.y, std::max(2, static_cast<int>((bottom_ - top_) / 32)));
    for (const double y : up) {
      frame_ += fmt::format("<line x1='{0:.1f}' x2='{1:.1f}' y1='{2:.1f}' y2='{2:.1f}' class='grid'/>", left_,
                            right_, py(y));
      label(left_ - 6, py(y) + 4, "end", tick_text(y, step_of(up)));
    }
  }
  frame_ += fmt::format("<line x1='{0:.1f}' x2='{1:.1f}' y1='{2:.1f}' y2='{2:.1f}' class='axis'/>", left_,
                        right_, bottom_);
  if (!axes_.x_label.empty()) label((left_ + right_) / 2, axes_.height - 6, "mid", axes_.x_label);
  if (!axes_.y_label.empty()) {
    const double y = (top_ + bottom_) / 2;
    label(12, y, "mid", axes_.y_label, fmt::format(" transform='rotate(-90 12 {:.1f})'", y));
  }
}

void Picture::line(const Points& points, const std::string& style) {
  if (points.empty()) return;
  body_ += "<polyline class='" + style + "' points='";
  for (const auto& [x, y] : points)
    if (std::isfinite(x) && std::isfinite(y)) body_ += fmt::format("{:.1f},{:.1f} ", px(x), py(y));
  body_ += "'/>";
}

void Picture::area(const Points& points, const std::string& style) {
  if (points.empty()) return;
  body_ += fmt::format("<polygon class='{}' points='{:.1f},{:.1f} ", style, px(points.front().first),
                       bottom_);
  for (const auto& [x, y] : points)
    body_ += fmt::format("{:.1f},{:.1f} ", px(x), py(y));
  body_ += fmt::format("{:.1f},{:.1f}'/>", px(points.back().first), bottom_);
}

void Picture::dots(const Points& points, double radius, const std::string& style) {
  body_ += "<g class='" + style + "'>";
  for (const auto& [x, y] : points)
    if (std::isfinite(x) && std::isfinite(y))
      body_ += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='{:g}'/>", px(x), py(y), radius);
  body_ += "</g>";
}

void Picture::segment(double x0, double y0, double x1, double y1, const std::string& style) {
  body_ += fmt::format("<line x1='{:.1f}' y1='{:.1f}' x2='{:.1f}' y2='{:.1f}' class='{}'/>", px(x0), py(y0),
                       px(x1), py(y1), style);
}

void Picture::text(double x, double y, const std::string& words, const std::string& style) {
  body_ += fmt::format("<text x='{:.1f}' y='{:.1f}' class='{}'>{}</text>", px(x), py(y) - 4, style,
                       escape_html(words));
}

std::string Picture::svg() const {
  return fmt::format(
      "<svg viewBox='0 0 {0:g} {1:g}' width='{0:g}' height='{1:g}' role='img' aria-label='{2}'>{3}<svg "
      "x='{4:.1f}' y='{5:.1f}' width='{6:.1f}' height='{7:.1f}' "
      "viewBox='{4:.1f} {5:.1f} {6:.1f} {7:.1f}'>{8}</svg></svg>",
      axes_.width, axes_.height, escape_html(axes_.title), frame_, left_, top_ - 4, right_ - left_ + 4,
      bottom_ - top_ + 5, body_);
}

Points density_of(std::span<const double> values, const Range& range) {
  std::vector<double> sorted;
  for (const double value : values)
    if (std::isfinite(value)) sorted.push_back(value);
  if (sorted.size() < 2 || range.is_empty()) return {};
  std::sort(sorted.begin(), sorted.end());
  double mean = 0, square = 0;
  const double n = static_cast<double>(sorted.size());
  for (const double value : sorted)
    mean += value / n;
  for (const double value : sorted)
    square += (value - mean) * (value - mean) / n;
  const double quartiles = (quantile_of(sorted, 0.75) - quantile_of(sorted, 0.25)) / 1.34;
  double width = std::sqrt(square);
  if (quartiles > 0) width = std::min(width, quartiles);
  width *= 0.9 * math::pow(n, -0.2);
  if (!(width > 1e-12 * std::fabs(mean)) || !(width > 0)) return {};
  // Not finer than the grid shows.
  constexpr int cells = 160;
  const double step = (range.high - range.low) / cells;
  width = std::max(width, 0.7 * step);
  Points out;
  for (int k = 0; k <= cells; ++k) {
    const double x = range.low + step * k;
    const auto first = std::lower_bound(sorted.begin(), sorted.end(), x - 4 * width),
               last = std::upper_bound(sorted.begin(), sorted.end(), x + 4 * width);
    double sum = 0;
    for (auto at = first; at != last; ++at)
      sum += math::exp(-0.5 * (x - *at) * (x - *at) / (width * width));
    out.emplace_back(x, sum / (n * width * 2.5066282746310002));
  }
  return out;
}

double quantile_of(std::span<const double> ascending, double p) {
  if (ascending.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double at = p * (static_cast<double>(ascending.size()) - 1);
  const auto low = static_cast<std::size_t>(at), high = std::min(low + 1, ascending.size() - 1);
  return low == high ? ascending[low]
                     : ascending[low] + (at - static_cast<double>(low)) * (ascending[high] - ascending[low]);
}

}  // namespace elba
