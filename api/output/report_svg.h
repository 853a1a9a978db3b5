// report_svg: the little that a report's pictures need: a box with axes, and lines, areas, points and text in
// data coordinates, as inline SVG. Colours are classes, set by the page.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace elba {

using Points = std::vector<std::pair<double, double>>;

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void include(double value);  // what is not finite is left out
  void widen(double share);    // on both sides; a range of one point becomes proper
  [[nodiscard]] bool is_empty() const { return !(low <= high); }
};

struct Axes {
  double width = 240, height = 150;
  Range x, y;
  std::string title, x_label, y_label;
  bool has_y_ticks = true;
  bool is_x_counted = false;  // whole numbers only
};

class Picture {
 public:
  explicit Picture(Axes axes);
  void line(const Points& points, const std::string& style);
  void area(const Points& points, const std::string& style);  // down to the bottom
  void dots(const Points& points, double radius, const std::string& style);
  void segment(double x0, double y0, double x1, double y1, const std::string& style);
  void text(double x, double y, const std::string& words, const std::string& style);
  [[nodiscard]] std::string svg() const;

 private:
  [[nodiscard]] double px(double x) const;
  [[nodiscard]] double py(double y) const;
  void draw_axes();
  Axes axes_;
  double left_, right_, top_, bottom_;  // of the box, in pixels
  std::string frame_, body_;
};

[[nodiscard]] std::string escape_html(const std::string& text);
// 1, 2 or 5 times a power of ten apart.
[[nodiscard]] std::vector<double> ticks(const Range& range, int wanted);
[[nodiscard]] double step_of(const std::vector<double>& ticks);
[[nodiscard]] std::string tick_text(double value, double step);

// A density over the range by Gaussian kernels, Silverman's width; empty for a constant.
[[nodiscard]] Points density_of(std::span<const double> values, const Range& range);
[[nodiscard]] double quantile_of(std::span<const double> ascending, double p);

}  // namespace elba
