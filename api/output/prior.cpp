#include "api/output/prior.h"

#include "api/model/prior_sampler.h"
#include "runtime/control/interruption.h"

namespace elba {

PriorDraws prior_draws(const Bound& bound, std::uint64_t seed, std::size_t wanted) {
  PriorDraws out;
  const auto refuse = [&](std::string why) {
    out.reason = std::move(why);
    return out;
  };
  auto workspace = bound.workspace();
  if (!workspace) return refuse(workspace.diagnostics()[0].message);
  if (!PriorSampler::is_possible(bound))
    return refuse("not every unknown has a prior of its own that can be drawn from");
  auto sampler = PriorSampler::make(bound, **workspace);
  if (!sampler) return refuse(sampler.diagnostics()[0].message);
  std::vector<double> row;
  constexpr std::size_t most_attempts = 20;  // for each draw that is wanted
  for (std::size_t attempt = 0;
       out.draws < wanted && attempt < most_attempts * wanted && !runtime::is_stopped(); ++attempt) {
    // Apart from the keys of a fit's predictions.
    const std::uint64_t key = seed * 0x9e3779b97f4a7c15ULL + 0x5052494fULL + attempt;
    if (!sampler->draw(key, row)) continue;
    out.columns = row.size();
    out.values.insert(out.values.end(), row.begin(), row.end());
    ++out.draws;
  }
  if (out.draws < wanted && runtime::is_stopped()) return refuse("there was no time for its draws");
  if (out.draws < wanted) return refuse("its draws mostly fall outside of the declared bounds");
  return out;
}

}  // namespace elba
