#include "api/validate/adaptive_quadrature.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <queue>

#include "support/elementary.h"

namespace elba {

namespace {

struct Piece {
  double a, b, value, error;
  bool operator<(const Piece& other) const { return error < other.error; }
};

constexpr std::array<double, 8> nodes = {
    0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
    0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
    0.586087235467691130294144691693505, 0.405845151377397166906606412076961,
    0.207784955007898467600689403773245, 0.0};
constexpr std::array<double, 8> kronrod = {
    0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
    0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
    0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
    0.204432940075298892414161999234649, 0.209482141084727828012999174891714};
constexpr std::array<double, 4> gauss = {
    0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
    0.381830050505118944950369775488975, 0.417959183673469387755102040816327};

template <class F>
Piece measure(const F& f, double a, double b) {
  const double centre = 0.5 * (a + b), half = 0.5 * (b - a);
  double wide = 0, narrow = 0;
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    const double at = half * nodes[k];
    const double sum = nodes[k] == 0 ? f(centre) : f(centre - at) + f(centre + at);
    wide += kronrod[k] * sum;
    if (k % 2 == 1) narrow += gauss[k / 2] * sum;
  }
  return {a, b, wide * half, std::abs(wide - narrow) * half};
}

}  // namespace

double integrate(const std::function<double(double)>& f, const std::vector<double>& cuts, double tolerance) {
  double total = 0;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    const double a = cuts[i], b = cuts[i + 1];
    if (!(a < b)) continue;
    // x = place(s), s in 0..1: flat at finite ends, which takes out singularities; a high power at infinite
    // ones, for heavy tails.
    const auto scaled = [&](double s) -> double {
      double x = 0, dx = 0;
      if (std::isfinite(a) && std::isfinite(b)) {
        const double t = s * s * s * (10 + s * (-15 + 6 * s));
        x = s < 0.5 ? a + (b - a) * t
                    : b - (b - a) * (1 - s) * (1 - s) * (1 - s) * (10 + (1 - s) * (-15 + 6 * (1 - s)));
        dx = (b - a) * 30 * s * s * (1 - s) * (1 - s);
      } else if (std::isfinite(a) || std::isfinite(b)) {
        const double r = s / (1 - s), r7 = math::pow(r, 7), t = r7 * r, dt = 8 * r7 / ((1 - s) * (1 - s));
        x = std::isfinite(a) ? a + t : b - t;
        dx = dt;
      } else {
        x = (2 * s - 1) / (s * (1 - s));
        dx = (2 * s * s - 2 * s + 1) / (s * s * (1 - s) * (1 - s));
      }
      if (!(x > a && x < b)) return 0;
      const double value = f(x) * dx;
      return std::isfinite(value) ? value : 0;
    };
    std::priority_queue<Piece> pieces;
    double value = 0, error = 0;
    constexpr int first = 8;
    for (int k = 0; k < first; ++k) {
      pieces.push(measure(scaled, static_cast<double>(k) / first, (k + 1.0) / first));
      value += pieces.top().value;
    }
    const auto sums = [&] {
      auto copy = pieces;
      value = error = 0;
      while (!copy.empty()) {
        value += copy.top().value;
        error += copy.top().error;
        copy.pop();
      }
    };
    sums();
    for (int round = 0; round < 400 && error > tolerance * std::max(1e-3, std::abs(value)); ++round) {
      const Piece worst = pieces.top();
      pieces.pop();
      const double middle = 0.5 * (worst.a + worst.b);
      for (const Piece& part : {measure(scaled, worst.a, middle), measure(scaled, middle, worst.b)}) {
        pieces.push(part);
        error += part.error;
      }
      error -= worst.error;
    }
    sums();
    total += value;
  }
  return total;
}

}  // namespace elba
