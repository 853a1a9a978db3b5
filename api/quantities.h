// quantities: from coordinates on the real line to what a summary lists, and the small conversions that every method of inference shares.
#pragma once

#include <string>
#include <vector>

#include "api/bound_calls.h"
#include "runtime/fit.h"

namespace elba {

// Latents and params on the user's scale, then what `predict` names; samples there are keyed by the number of the call.
class Quantities {
 public:
  // `family`: the coordinates, as of an Entry.
  static Result<Quantities> make(const Bound& bound, Workspace::Impl& workspace, std::uint64_t seed, const std::string& family = {});

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // False when a value is not finite.
  bool evaluate(const double* u, double* values);

 private:
  std::size_t offset_of(std::size_t output) const;

  Call* constrain_ = nullptr;
  Call* predict_ = nullptr;
  std::vector<std::string> names_;
  std::vector<bool> predict_is_integer_;
  std::vector<std::vector<std::int64_t>> integers_;
  std::uint64_t seed_ = 1, calls_ = 0;
};

[[nodiscard]] runtime::FitOptions runtime_options(const FitOptions& options, double seconds_left);
[[nodiscard]] Quantity public_quantity(const runtime::QuantitySummary& summary);
[[nodiscard]] std::vector<Quantity> public_quantities(const std::vector<runtime::QuantitySummary>& summaries);
[[nodiscard]] Verdict public_verdict(runtime::Verdict verdict);

// The log density as the runtime's algorithms take it. `jacobian` 0: the user's scale, for modes.
[[nodiscard]] runtime::Evaluate log_joint_of(Workspace::Impl& workspace, std::size_t dimension, double jacobian);

}  // namespace elba
