// output_draws: the draws of a fit as tables by name, and as points on the real line.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/internal.h"
#include "api/output.h"

namespace elba {

// An array of the model in a table of draws: its columns stand together.
struct DrawnArray {
  std::string name;
  ir::Type type;
  std::vector<std::int64_t> shape;
  std::size_t first = 0, count = 0;   // columns
  bool is_prediction = false;
};
// Latents and params in declaration order, then what `predict` names: the columns of Posterior::draws.
[[nodiscard]] std::vector<DrawnArray> drawn_arrays(const Bound& bound);

// The draws of a posterior; a mode counts as one draw.
struct DrawTable {
  std::vector<std::string> names;
  std::vector<double> values;
  std::size_t draws = 0, chains = 1;

  [[nodiscard]] std::span<const double> row(std::size_t k) const { return {values.data() + k * names.size(), names.size()}; }
};
[[nodiscard]] DrawTable draw_table(const Posterior& posterior);

// Latents of one row on the real line; an error where they have no finite coordinates there.
[[nodiscard]] Result<std::vector<double>> unconstrained_row(const Bound& bound, Workspace& workspace, const std::vector<DrawnArray>& arrays, std::span<const double> row);

}  // namespace elba
