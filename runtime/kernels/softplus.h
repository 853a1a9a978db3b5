// softplus: ln(1 + e^w), by which guides have standard deviations, its derivative and its inverse.
#pragma once

#include "support/elementary.h"

namespace elba::runtime {

inline double softplus(double w) { return w > 30 ? w : math::log1p(math::exp(w)); }
inline double softplus_slope(double w) { return 1 / (1 + math::exp(-w)); }
inline double softplus_inverse(double s) { return s > 30 ? s : s + math::log(-math::expm1(-s)); }

}  // namespace elba::runtime
