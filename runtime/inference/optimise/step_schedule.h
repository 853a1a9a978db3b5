// step_schedule: how far the average of fixed steps still is from the optimum, and whether a further level of
// smaller steps is worth its cost.
//
// The averages of two levels, at steps 2 g and g, lie apart by what the larger step is off more than the
// smaller:
//
//     squared distance from the optimum at step g = C g^slope,   so that
//     distance(2 g, g)^2 = C g^slope (2^(slope/2) - 1)^2
//
// C is fitted to all levels by weighted least squares of logarithms, recent levels counting more. The
// iterations that a level takes are fitted likewise, as a power of its step. From both, the inefficiency of a
// next level:
//
//     (distance after it + tolerance) / distance now  *  its iterations / those so far
//
// above 1 it costs more than it brings. Source: Welandawe et al., "A framework for improving the reliability
// of black-box variational inference" (RABVI), 2024, sections 4.3 and 4.4, with the slope of averaged
// Adam, 1. Here distances are in the caller's units (posterior sd), where the paper has a symmetrised KL
// divergence, of which they are the root; and lines are fitted in closed form.
#pragma once

#include <span>

namespace elba::runtime {

struct Level {
  double step = 0;
  double distance = 0;  // between its average and that of the level before; 0 of the first
  double noise = 0;     // what of the distance the errors of the two averages explain
  double iterations = 0;
};

struct Forecast {
  // Distance of the last average from the optimum; infinite while only one level is known.
  double remaining = 0;
  double inefficiency = 0;  // of a next level with half the step; 0 while only one level is known
};

[[nodiscard]] Forecast forecast(std::span<const Level> levels, double tolerance);

}  // namespace elba::runtime
