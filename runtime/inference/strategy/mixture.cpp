#include "runtime/inference/strategy/mixture.h"

#include <algorithm>
#include <cmath>

#include "runtime/inference/number.h"
#include "runtime/inference/strategy/withheld_spreads.h"
#include "support/elementary.h"

namespace elba::runtime {

namespace {

constexpr double moved_mean = 0.1, stretched_sd = 1.1;

}  // namespace

std::vector<std::pair<double, Mode>> relevant_modes(std::vector<Mode> modes, double log_mass) {
  for (auto& mode : modes)
    if (!mode.mirrored.empty()) mode.log_mass = log_mass;
  double largest = log_mass;
  for (const auto& mode : modes)
    largest = std::max(largest, mode.log_mass);
  double all = math::exp(log_mass - largest);
  for (const auto& mode : modes)
    all += math::exp(mode.log_mass - largest);
  std::vector<std::pair<double, Mode>> out;
  for (auto& mode : modes) {
    const double share = math::exp(mode.log_mass - largest) / all - mode.drawn;  // what the draws lack
    if (share * mode.distance > moved_mean ||
        std::sqrt(1 + share * mode.distance * mode.distance) > stretched_sd)
      out.emplace_back(share, std::move(mode));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  return out;
}

std::string disagreement(const Posterior& a, const Posterior& b, std::size_t unknowns) {
  std::string words;
  double worst = 1;
  for (std::size_t k = 0; k < std::min({unknowns, a.quantities.size(), b.quantities.size()}); ++k) {
    const Quantity &one = a.quantities[k], &other = b.quantities[k];
    if (!(one.sd > 0) || !(other.sd > 0) || has_no_sd(one) || has_no_sd(other)) continue;
    const double spread_error = 3 / std::sqrt(2 * std::max(1.0, std::min(a.ess(), b.ess())));
    const double shift = std::fabs(one.mean - other.mean) /
                         (moved_mean * other.sd + 3 * math::hypot(one.mcse, other.mcse));
    const double stretch = std::fabs(math::log(one.sd / other.sd)) / (math::log(stretched_sd) + spread_error);
    if (std::max(shift, stretch) <= worst) continue;
    worst = std::max(shift, stretch);
    words = "`" + one.name + "` has " + number(one.mean, "%.3g") + " (sd " + number(one.sd, "%.2g") +
            ") there, and " + number(other.mean, "%.3g") + " (sd " + number(other.sd, "%.2g") +
            ") by weights";
  }
  return words;
}

std::string mirror_text(const std::vector<Site>& sites, const std::vector<std::size_t>& mirrored) {
  std::string names;
  for (const std::size_t b : mirrored)
    names += (names.empty() ? "`" : " and `") + sites[b].name + "`";
  return "the density is the same when " + names + (mirrored.size() == 1 ? " changes" : " change") + " sign";
}

}  // namespace elba::runtime
