// quantities: from coordinates on the real line to what a summary lists, and the small conversions that every
// method of inference shares.
//
// A fit looks at unknowns alone (Quantities). What `predict` names is computed once, for the draws of its
// answer (Predictor).
#pragma once

#include <string>
#include <vector>

#include "api/model/calls.h"
#include "runtime/inference/mcmc/nuts.h"
#include "runtime/inference/variational/fit.h"

namespace elba {

// Latents and params on the user's scale.
class Quantities {
 public:
  // `family`: the coordinates, as of an Entry.
  static Result<Quantities> make(const Bound& bound, Workspace::Impl& workspace,
                                 const std::string& family = {});

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // By name: it has two finite ends.
  [[nodiscard]] const std::vector<bool>& is_bounded() const { return is_bounded_; }
  // False when a value is not finite.
  bool evaluate(const double* u, double* values);

 private:
  Call* constrain_ = nullptr;
  std::vector<std::string> names_;
  std::vector<bool> is_bounded_;
};

// What `predict` names; samples are keyed by the number of the point.
class Predictor {
 public:
  static Result<Predictor> make(Workspace::Impl& workspace, std::uint64_t seed,
                                const std::string& family = {});

  [[nodiscard]] std::size_t width() const { return width_; }
  void evaluate(const double* u, std::uint64_t number, double* values);

 private:
  Call* predict_ = nullptr;
  std::size_t width_ = 0;
  std::vector<std::vector<std::int64_t>> integers_;  // by output; empty for reals
  std::uint64_t seed_ = 1;
};

// Where the draws of a posterior stand: points that a Predictor of this family takes.
struct Places {
  std::string family;
  std::size_t width = 0;          // coordinates of a place
  std::vector<double> u;          // one place after the other
  std::vector<double> weights;    // of the places, in summaries; empty: equal
  std::vector<std::size_t> rows;  // the place of each draw; empty: in order
};

[[nodiscard]] runtime::FitOptions runtime_options(const FitOptions& options, double seconds_left);

}  // namespace elba
