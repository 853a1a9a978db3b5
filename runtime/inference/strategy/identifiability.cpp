#include "runtime/inference/strategy/identifiability.h"

#include <algorithm>
#include <cmath>

#include "runtime/inference/strategy/flat_direction.h"

namespace elba::runtime {

namespace {

// Those that vary along a line on which the density is constant.
std::vector<std::string> along_flat_line(Target& target) {
  constexpr std::size_t most_coordinates = 200;
  constexpr double share = 0.1;  // of the line's direction, to be named
  if (target.size() > most_coordinates) return {};
  const std::vector<double> line = flat_direction(objective_of(target, 1.0), hessian_product_of(target, 1.0),
                                                  target.start());
  std::vector<std::string> names;
  if (line.empty()) return names;
  for (const Site& site : target.coordinates().sites) {
    const auto first = line.begin() + static_cast<std::ptrdiff_t>(site.first);
    if (std::any_of(first, first + static_cast<std::ptrdiff_t>(site.size),
                    [](double x) { return std::fabs(x) > share; }))
      names.push_back(site.name);
  }
  return names;
}

}  // namespace

std::vector<std::string> diverging_unknowns(const Posterior& posterior, const Coordinates& coordinates) {
  constexpr double beyond = 1e8;
  std::vector<std::string> names;
  if (posterior.verdict != Verdict::do_not_trust) return names;
  for (const Site& site : coordinates.sites)
    for (std::size_t k = site.value_first;
         k < std::min(site.value_first + site.value_size, posterior.quantities.size()); ++k) {
      const Quantity& quantity = posterior.quantities[k];
      if (std::isnan(quantity.mean) || (std::fabs(quantity.mean) < beyond && quantity.sd < beyond)) continue;
      names.push_back(site.name);
      break;
    }
  return names;
}

void name_unidentified(Posterior& posterior, Target& target, bool has_time) {
  if (posterior.verdict != Verdict::do_not_trust || posterior.interrupted) return;
  const std::vector<std::string> flat = has_time ? along_flat_line(target) : std::vector<std::string>(),
                                 names = flat.empty() ? diverging_unknowns(posterior, target.coordinates())
                                                      : flat;
  if (names.empty()) return;
  const bool is_one = names.size() == 1;
  std::string list;
  for (const std::string& name : names)
    list += (list.empty() ? "`" : ", `") + name + "`";
  const std::string pronoun = is_one ? "it" : "them";
  if (flat.empty())
    posterior.add_first(Verdict::do_not_trust, ReasonCode::unknown_diverges,
                        {list, is_one ? "runs" : "run", pronoun});
  else
    posterior.add_first(Verdict::do_not_trust, ReasonCode::not_identified,
                        {list, is_one ? "can move" : "can move together", pronoun});
}

}  // namespace elba::runtime
