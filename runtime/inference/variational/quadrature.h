// quadrature: points and weights that stand for a standard normal, so that an expectation becomes a short
// weighted sum.
//
//     E f(e) ~ sum_k w_k f(e_k),   e ~ N(0, I_D),   exact for polynomials up to some degree
//
//     D <= 5     the product of Gauss-Hermite rules, randomly rotated: exact to degree 5 (D = 5) up to 31
//                (D = 1), so that smooth functions of few variables are integrated to many digits.
//     D <= 512   antithetic points on randomly rotated axes, +-r q_i with q_i orthonormal, at two radii
//                r^2 = D +- sqrt(2 D): exact to degree 3, and in the fourth moment of the radius. Above 128
//                at the one radius sqrt(D).
//     Beyond     antithetic normals, each coordinate scaled to variance 1.
//
// Sources: nodes from the Jacobi matrix, Golub and Welsch 1969; radial rule on random axes, Genz and Monahan
// 1998; orthogonal draws, Yu et al. 2016; regression as control variate, Glynn and Szechtman 2002.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace elba::runtime {

struct Design {
  std::size_t dimension = 0, count = 0;
  std::vector<double> points;   // [count, dimension]
  std::vector<double> weights;  // sum to 1, none negative
  [[nodiscard]] std::span<const double> point(std::size_t k) const {
    return {points.data() + k * dimension, dimension};
  }
};

// Another key gives another rotation. `effort` 1, 2, 3, ... asks for more points.
[[nodiscard]] Design make_design(std::size_t dimension, std::uint64_t key, std::size_t effort = 1);

// The mean over iid normals of f, by regression on Hermite polynomials of the normals, whose means are known.
// Each fifth of the draws is explained by coefficients of the others, so that the estimate has no bias and
// its error is that of what they do not foretell. points: [count, dimension].
struct Expectation {
  double mean = 0, error = 0;
};
[[nodiscard]] Expectation regress_mean(std::span<const double> points, std::size_t dimension,
                                       std::span<const double> values);

}  // namespace elba::runtime
