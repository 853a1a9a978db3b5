// coordinates: where each unknown stands among the unconstrained coordinates u of a point, and where its
// value and what `predict` names stand among the numbers of a draw. Made once when a model is bound.
//
//     latent tau ~ half_normal(1); latent theta[8] ~ normal(0, tau); predict y_new[8] ~ ..
//       sites        tau    u[0]        values[0]
//                    theta  u[1 .. 8]   values[1 .. 8], shape [8]
//       predictions  y_new              values[9 .. 16], shape [8]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace elba {

struct Site {
  std::string name;
  std::string support;              // as in the IR: "real", "lower", ..; of a prediction: empty
  bool is_param = false;            // it has no distribution
  bool is_bounded = false;          // every element lies between two finite ends
  std::size_t first = 0, size = 0;  // its range in u
  std::vector<std::int64_t> shape;  // of its value
  std::size_t value_first = 0, value_size = 1;

  [[nodiscard]] bool is_real() const { return support == "real"; }  // its value is its coordinates
};

struct Coordinates {
  std::vector<Site> sites, predictions;
  std::size_t size = 0;        // of u
  std::size_t value_size = 0;  // of the unknowns' values; those of predictions follow
};

}  // namespace elba
