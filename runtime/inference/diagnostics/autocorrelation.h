// autocorrelation: how many draws of a chain count as one independent draw, from its correlations at each
// lag.
//
//     tau = -1 + 2 sum_k P_k,   P_k = rho_2k + rho_2k+1, cut where P_k is no longer positive and kept from rising
//
// Source: Geyer, "Practical Markov chain Monte Carlo", 1992, section 3.3 (initial monotone sequence), as in
// Vehtari and others, 2021.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "support/elementary.h"

namespace elba::runtime {

// Of `total` draws with correlation(lag) at lags below n: their effective number, total / tau, at most total
// log10(total).
template <class Correlation>
double effective_number(double total, std::size_t n, const Correlation& correlation) {
  double time = -1, last = std::numeric_limits<double>::infinity();
  for (std::size_t lag = 0; lag + 1 < n; lag += 2) {
    const double pair = std::min(last, correlation(lag) + correlation(lag + 1));
    if (!(pair > 0)) break;
    time += 2 * pair;
    last = pair;
  }
  return total / std::max(time, 1 / math::log10(total));
}

}  // namespace elba::runtime
