// fit_flat: why a fit could not be trusted, where the density is flat along a line (runtime/flat_direction.h): the unknowns that may move together.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/fitter.h"
#include "passes/passes.h"
#include "passes/sites.h"
#include "runtime/flat_direction.h"

namespace elba {

void Fitter::name_flat_direction(Posterior& posterior) {
  constexpr std::size_t most_coordinates = 200;
  constexpr double share = 0.1;   // of the direction's length, to be named
  const std::size_t n = bound_.dimension();
  if (posterior.verdict != Verdict::do_not_trust || posterior.interrupted || n > most_coordinates) return;
  if (std::any_of(posterior.reasons.begin(), posterior.reasons.end(), [](const std::string& reason) { return reason.find("off without end") != std::string::npos; })) return;   // said already
  const auto start = start_point();
  if (!start) return;
  const auto product = [this, n](const double* u, const double* v, double* out) { return static_cast<bool>(call_hessian_product(workspace_->impl(), {u, n}, {v, n}, 1.0, {out, n})); };
  const std::vector<double> line = runtime::flat_direction({n, log_joint_of(workspace_->impl(), n, 1.0)}, product, *start);
  if (line.empty()) return;
  ir::Module module = passes::inline_calls(bound_.impl->program->density);
  const ir::Func& model = *module.find("model");
  passes::Transforms transforms(module);
  const auto sites = passes::find_sites(model, transforms);
  Sizes sizes = bound_.impl->data->sizes;
  ir::complete_sizes(module, sizes);
  std::string names;
  std::size_t count = 0;
  for (const auto& site : sites) {
    const auto first = line.begin() + site.offset.evaluate(sizes).value_or(0), last = first + site.size.evaluate(sizes).value_or(0);
    if (std::none_of(first, last, [](double x) { return std::fabs(x) > share; })) continue;
    names += (count++ == 0 ? "`" : ", `") + site.name + "`";
  }
  posterior.reasons.insert(posterior.reasons.begin(), fmt::format("{} can move {}without end and the density stays the same: neither the data nor the priors hold {}, so that the posterior is improper; give a proper prior, or leave out what is there twice",
                                                                  names, count == 1 ? "" : "together ", count == 1 ? "it" : "them"));
}

}  // namespace elba
