// special_parts: pieces that the special functions share. Internal to runtime/.
#pragma once

#include <cmath>

#include "support/elementary.h"

namespace elba::runtime {

// Half of the 20 points of Gauss-Legendre on [-1, 1]; the others are their mirror images.
struct LegendrePoint {
  double x, weight;
};
inline constexpr LegendrePoint legendre_20[] = {
    {0.076526521133497333755, 0.1527533871307258507},  {0.22778585114164507808, 0.14917298647260374679},
    {0.37370608871541956067, 0.14209610931838205133},  {0.510867001950827098, 0.1316886384491766269},
    {0.63605368072651502545, 0.11819453196151841731},  {0.74633190646015079261, 0.10193011981724043504},
    {0.83911697182221882339, 0.083276741576704748725}, {0.91223442825132590587, 0.06267204833410906357},
    {0.96397192727791379127, 0.040601429800386941331}, {0.99312859918509492479, 0.017614007139152118312},
};

// log(1 + y) - y, by 2 artanh(y / (2 + y)) near 0.
inline double log1pmx(double y) {
  if (!(std::abs(y) < 0.4)) return math::log1p(y) - y;
  const double r = y / (2 + y), square = r * r;
  double series = 0;
  for (int k = 12; k >= 1; --k)
    series = square * (1.0 / (2 * k + 1) + series);
  return r * (2 * series - y);
}

// exp(d) - 1 - d
inline double expm1mx(double d) {
  if (!(std::abs(d) < 1)) return math::exp(d) - 1 - d;
  double series = 0;
  for (int k = 18; k >= 2; --k)
    series = (1 + series) * d / k;
  return series * d;
}

// lgamma(a) - ((a - 1/2) ln a - a + ln(2 pi) / 2), a >= 8: Stirling's series.
inline double stirling_rest(double a) {
  constexpr double c[] = {1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
                          1.0 / 1188, -691.0 / 360360, 1.0 / 156,  -3617.0 / 122400};
  const double inverse = 1 / a, square = inverse * inverse;
  double sum = 0;
  for (int k = 7; k >= 0; --k)
    sum = sum * square + c[k];
  return sum * inverse;
}

// Where the logarithm of a log-concave weight has fallen by `drop`, within a few percent (2^-steps of it)
// beyond.
template <class Fall>
double reach_of(double scale, double drop, const Fall& fall, int steps = 4) {
  double high = scale;
  for (int i = 0; i < 2200 && fall(high) >= drop; ++i)
    high *= 0.5;
  for (int i = 0; i < 2200 && fall(high) < drop; ++i)
    high *= 2;
  double low = high / 2;
  for (int i = 0; i < steps; ++i) {
    const double middle = 0.5 * (low + high);
    (fall(middle) < drop ? low : high) = middle;
  }
  return high;
}

// visit(t, weight) at the points of Gauss-Legendre of 20 points on each of `panels` equal parts of 0..end.
template <class Visit>
void legendre(double end, int panels, const Visit& visit) {
  const double half = 0.5 * end / panels;
  for (int panel = 0; panel < panels; ++panel)
    for (const LegendrePoint& point : legendre_20)
      for (const double node : {-point.x, point.x})
        visit(half * (2 * panel + 1 + node), half * point.weight);
}

// special_bessel.cpp: for x < 0, the Taylor coefficients of ln(Phi / phi) at x up to `degree`, at most 4.
void log_mills_left(double x, int degree, double (&out)[5]);

}  // namespace elba::runtime
