// mode_searcher: the state of a search for modes (mode_search.h): what is climbed and found
// (mode_search.cpp), and how much mass each mode holds (mode_masses.cpp).
#pragma once

#include <utility>
#include <vector>

#include "runtime/inference/deadline.h"
#include "runtime/inference/strategy/mode_search.h"
#include "runtime/inference/variational/normal_mixture.h"

namespace elba::runtime {

class ModeSearcher {
 public:
  ModeSearcher(const Objective& objective, const HessianProduct& product, const std::vector<double>& places,
               const ModeOptions& options);

  ModeSearch go();

 private:
  [[nodiscard]] int scattered() const;
  [[nodiscard]] bool is_over(Stop& stop) const;

  // Where the draws themselves lead.
  void climb_from_draws();

  void climb_and_note(std::vector<double> from);

  // In few dimensions the density itself says where to climb: from the highest of many scattered places that
  // are far from every draw, or far higher than the normal laws of the modes that are known foretell (a
  // narrow mode in the tail of a wide one has draws nearby).
  void probe();

  OptimiseResult climb(std::vector<double> from);

  // Mirrored, as a fit to a sum or a product may be; near 0, wide, far, and as far in units of the draws;
  // then along one coordinate after the other, by ever longer jumps both ways, which narrow modes beside a
  // wide one need.
  std::vector<double> start(int k);

  void look_in_mirrors();

  bool is_finite(const std::vector<double>& u);
  bool value_at(const double* u, double& value);

  [[nodiscard]] double apart(const double* a, const double* b) const;

  // Of a density with a mirror each coordinate that changes sign is positive in half of the draws.
  [[nodiscard]] bool are_on_both_sides(std::size_t choice, std::size_t blocks) const;

  // Whether the straight way from a to b stays above the lower of its ends, but for a valley.
  bool is_joined(const double* a, double at_a, const double* b, double at_b, double valley);

  // The mode that this end belongs to, or a new one.
  void note(std::vector<double> u, double value);

  bool count_if_known(const std::vector<double>& u, double value);

  // To where the gradient vanishes in units of the curvature. False: it does not, or -H is not positive
  // definite, and this is no mode.
  bool settle(std::vector<double>& u, double& value, NormalPart& law);

  // Which mode a place belongs to.
  [[nodiscard]] std::size_t region_of(const double* u) const;

  // Masses of the regions, draws in them, and which of the modes the draws have not seen.
  void share_out();

  // ln Z = E ln p + H <= E ln p + H of the normal law with the same covariance, which has the largest.
  double mass_of_draws();

  double mass_of_region(std::size_t k);

  const Objective& objective_;
  const HessianProduct& product_;
  const std::vector<double>& places_;
  const ModeOptions& options_;
  std::size_t n_;
  std::vector<double> mean_, sd_, gradient_;
  Deadline deadline_;
  std::vector<Mode> modes_;
  std::vector<NormalMixture> laws_;  // of the modes that have one
  std::vector<double> height_;       // the logarithms of their masses, as the regions are divided
  ModeSearch out_;
};

}  // namespace elba::runtime
