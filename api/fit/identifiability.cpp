// identifiability: why a fit could not be trusted: unknowns that neither the data nor the priors hold.
//
// Either the density is the same for ever along a line (runtime/inference/strategy/flat_direction.h), and the
// unknowns that move along it are named; or it rises for ever, as where a line separates two classes, and
// some have run off beyond 1e8 (Fitter::run_away).
#include <algorithm>
#include <cmath>

#include "api/fit/fitter.h"
#include "runtime/inference/strategy/flat_direction.h"

namespace elba {

std::vector<std::string> Fitter::along_flat_line() {
  constexpr std::size_t most_coordinates = 200;
  constexpr double share = 0.1;  // of the line's direction, to be named
  const std::size_t n = bound_.dimension();
  const auto start = start_point();
  if (!start || n > most_coordinates || seconds_left() <= 0) return {};
  const auto product = [this, n](const double* u, const double* v, double* out) {
    return static_cast<bool>(call_hessian_product(workspace_->impl(), {u, n}, {v, n}, 1.0, {out, n}));
  };
  const std::vector<double> line = runtime::flat_direction({n, log_joint_of(workspace_->impl(), n, 1.0)},
                                                           product, *start);
  std::vector<std::string> names;
  if (line.empty()) return names;
  for (const Site& site : sites()) {
    const auto first = line.begin() + static_cast<std::ptrdiff_t>(site.first);
    if (std::any_of(first, first + static_cast<std::ptrdiff_t>(site.size),
                    [](double x) { return std::fabs(x) > share; }))
      names.push_back(site.name);
  }
  return names;
}

void Fitter::name_unheld(Posterior& posterior) {
  if (posterior.verdict != Verdict::do_not_trust || posterior.interrupted) return;
  const std::vector<std::string> flat = along_flat_line(), names = flat.empty() ? run_away(posterior) : flat;
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

}  // namespace elba
