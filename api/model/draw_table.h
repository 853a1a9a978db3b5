// draw_table: the draws of a fit as tables by name, and as points on the real line.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/inference_data.h"
#include "api/model/handles.h"

namespace elba {

// The draws of a posterior; a mode counts as one draw.
struct DrawTable {
  std::size_t draws = 0, chains = 1;
  std::shared_ptr<const KeptDraws> kept;  // of unknowns, and of predictions that stand with them
  // Predictions that are made when they are looked at; null: there are none.
  std::shared_ptr<const DrawSource> predicted;
  std::size_t unknowns = 0;  // numbers

  [[nodiscard]] std::span<const double> row(std::size_t k) const { return kept->row(k); }
};
// `is_brief`: without predictions that must be made.
[[nodiscard]] Result<DrawTable> draw_table(const Bound& bound, const Posterior& posterior, bool is_brief);

// The log density of each observation at the draws of a table: the arrays of Bound::observations one after
// the other, nan where a draw has no coordinates.
[[nodiscard]] Result<std::shared_ptr<const DrawSource>> density_source(const Bound& bound,
                                                                       std::shared_ptr<const KeptDraws> kept,
                                                                       std::size_t width);

// Unknowns of one row on the real line; an error where they have no finite coordinates there.
[[nodiscard]] Result<std::vector<double>> unconstrained_row(const Bound& bound, Workspace& workspace,
                                                            std::span<const double> row);

}  // namespace elba
