// uniformity: whether ranks look uniform over 0 .. L, by their empirical distribution function.
//
//     c_j = number of ranks below j,   g = min over j of 2 min(P(B_j <= c_j), P(B_j >= c_j)),
//     B_j ~ binomial(N, j / (L + 1))
//     p = P(g of N uniform ranks is at most this one)
//
// g is the least coverage of a pointwise band that the function leaves; p makes it simultaneous, and is
// exact: under uniformity c_1, c_2, .. is a Markov chain, c_{j+1} - c_j ~ binomial(N - c_j, 1 / (L + 1 - j)),
// whose chance to stay within the band is summed forwards. Source: Saeilynoja, Buerkner, Vehtari, "Graphical
// test for discrete uniformity and its applications in goodness-of-fit evaluation and multiple sample
// comparison", Statistics and Computing 2022, section 2 (their optimisation method).
#pragma once

#include <vector>

namespace elba::runtime {

// `ranks` between 0 and `largest`; 1 when there are none.
[[nodiscard]] double uniformity_p(const std::vector<int>& ranks, int largest);

}  // namespace elba::runtime
