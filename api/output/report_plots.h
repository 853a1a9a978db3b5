// report_plots: the pictures of a report, each as inline SVG (or several of them); empty where there is
// nothing to draw.
#pragma once

#include <string>
#include <vector>

#include "api/report.h"

namespace elba {

// One number of the posterior, for all draws.
struct Column {
  std::string name;  // "theta[1]"
  std::vector<double> values;
  std::vector<double> prior;  // empty when the prior was not drawn
};
// The elements of latents and params, at most so many of them.
[[nodiscard]] std::vector<Column> latent_columns(const InferenceData& data, std::size_t most);

[[nodiscard]] std::string marginal_plot(const Column& column);
[[nodiscard]] std::string trace_plot(const std::vector<TracePoint>& trace);
// Of the pairs with the highest correlation; divergent draws stand out.
[[nodiscard]] std::string pair_plots(const std::vector<Column>& columns,
                                     const std::vector<bool>& is_divergent);
// How far each observation pulls at the posterior: Pareto k-hat of leaving it out. `summary` gets a sentence
// about them.
[[nodiscard]] std::string khat_plot(const InferenceData& data, std::string& summary);
[[nodiscard]] std::string predictive_plots(const InferenceData& data);

[[nodiscard]] const OutputGroup* group_of(const InferenceData& data, const std::string& name);
[[nodiscard]] const OutputVariable* variable_of(const OutputGroup* group, const std::string& name);

}  // namespace elba
