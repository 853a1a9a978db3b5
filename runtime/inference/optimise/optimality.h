// optimality: is the place where a climb ended a maximum? By the curvature there, and by looking along the
// directions that it leaves open.
//
//     H v = c v:   c > 0          not a maximum; the value is looked at along v and -v
//                  c = 0          nothing is known to second order (monkey saddle, fourth powers, a plateau): likewise
//                  all c < 0      a maximum of a smooth function; what one more step would gain is g' (-H)^-1 g / 2
//
// "0" is told from rounding twice: by eigenvalues of H as it stands, and of D H D with the diagonal scaled to
// 1, since either alone hides what the other shows (a coordinate whose curvature has faded away looks like 1
// when scaled; one measured in millions looks like 0 when not); and where moving by a direction's own length
// costs nothing. None of them decides anything: a direction counts as leading on only when the value has
// risen along it by more than rounding. Up to 60 coordinates are looked along one by one as well, which finds
// the way off |x| at 0; those far out on the real line also towards 0, which leaves the plateau that a
// transform makes of a bound (x = exp(u): df/du = x df/dx vanishes with x whatever df/dx is).
//
// Above `largest_surveyed` coordinates the few highest eigenvalues come from Lanczos steps with full
// orthogonalisation (Golub and Van Loan, 10.3), in units of estimated row norms. Stated limit there: a
// near-null direction among many is missed.
#pragma once

#include <vector>

#include "runtime/inference/optimise/lbfgs.h"

namespace elba::runtime {

inline constexpr std::size_t largest_surveyed = 300;  // coordinates, with all eigenvalues
inline constexpr std::size_t largest_probed = 60;     // one by one

// What rounding may make of the difference of two values of this size: a sum of 1e5 terms has errors far
// above the last digit.
[[nodiscard]] double value_noise(double value);

struct OpenDirection {
  std::vector<double> v;  // of length 1
  double curvature = 0;   // v' H v
  double slope = 0;       // g' v
  double unit = 1;        // a length along v that is neither small nor large
};

struct Terrain {
  bool is_known = false;  // the curvature was finite
  double gain = 0;        // of one more step, over the directions that bend down
  // Directions without curvature that would be told from rounding, or with upward one.
  std::vector<OpenDirection> open;
  std::vector<double> higher;  // a place that is higher by more than rounding; empty: none was found
  double higher_value = 0;
  std::int64_t evaluations = 0, products = 0;
};

// smooth: by curvature only. whole: along coordinates too, about four evaluations for each. outer: along
// those that are far out only.
enum class Look { none, outer, smooth, whole };
// `product` may be empty: differences of gradients stand for it.
[[nodiscard]] Terrain survey(const Objective& objective, const HessianProduct& product,
                             const std::vector<double>& x, Look look);

}  // namespace elba::runtime
