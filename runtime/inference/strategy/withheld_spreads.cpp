#include "runtime/inference/strategy/withheld_spreads.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "runtime/inference/number.h"

namespace elba::runtime {

namespace {

// "`a`", "`a` and 3 more".
std::string listed(const std::vector<const Quantity*>& quantities) {
  const std::string first = "`" + quantities.front()->name + "`";
  return quantities.size() == 1   ? first
         : quantities.size() == 2 ? first + " and `" + quantities.back()->name + "`"
                                  : first + " and " + std::to_string(quantities.size() - 1) + " more";
}

}  // namespace

bool has_no_sd(const Quantity& quantity) { return quantity.sd_khat >= 0.9; }

void withhold_spreads(Posterior& posterior, std::size_t first) {
  constexpr double doubtful = 0.7, no_mean = 2, nan = std::numeric_limits<double>::quiet_NaN();
  // Not even the weights can be believed.
  if (posterior.guide() != nullptr && posterior.guide()->khat > posterior.guide()->khat_threshold) return;
  std::vector<const Quantity*> lost, rare;
  bool has_lost_mean = false;
  for (std::size_t k = first; k < posterior.quantities.size(); ++k) {
    Quantity& quantity = posterior.quantities[k];
    if (quantity.sd_khat >= doubtful) (has_no_sd(quantity) ? lost : rare).push_back(&quantity);
    if (has_no_sd(quantity)) quantity.sd = quantity.mcse = nan;
    if (posterior.sampler() != nullptr && quantity.sd_khat >= no_mean)
      quantity.mean = nan, has_lost_mean = true;
  }
  const auto is_heavier = [](const Quantity* a, const Quantity* b) { return a->sd_khat < b->sd_khat; };
  if (!lost.empty()) {
    const double worst = (*std::max_element(lost.begin(), lost.end(), is_heavier))->sd_khat;
    posterior.add(
        Verdict::caution, ReasonCode::sd_left_out,
        {listed(lost), has_lost_mean ? ", and the mean where that does not exist either (from 2 on)" : "",
         number(worst)});
  }
  if (!rare.empty()) {
    const double worst = (*std::max_element(rare.begin(), rare.end(), is_heavier))->sd_khat;
    posterior.add(Verdict::caution, ReasonCode::sd_uncertain, {listed(rare), number(worst)});
  }
}

}  // namespace elba::runtime
