#include "api/output/prior.h"

#include "api/model/draw_table.h"
#include "api/model/handles.h"
#include "passes/passes.h"
#include "runtime/control/interruption.h"

namespace elba {

PriorDraws prior_draws(const Bound& bound, std::uint64_t seed, std::size_t wanted) {
  PriorDraws out;
  const auto refuse = [&](std::string why) {
    out.reason = std::move(why);
    return out;
  };
  if (passes::prior(passes::inline_calls(bound.impl->program->density)).find("prior") == nullptr)
    return refuse("not every unknown has a prior of its own that can be drawn from");
  auto workspace = bound.workspace();
  if (!workspace) return refuse(workspace.diagnostics()[0].message);
  auto call = (*workspace)->impl().call({"prior", ""});
  if (!call) return refuse(call.diagnostics()[0].message);
  const Executable& executable = *(*call)->executable;
  for (std::size_t k : executable.outputs())
    out.columns += executable.count(k);
  std::vector<double> row(out.columns);
  double unused = 0;
  constexpr std::size_t most_attempts = 20;  // for each draw that is wanted
  for (std::size_t attempt = 0;
       out.draws < wanted && attempt < most_attempts * wanted && !runtime::is_stopped(); ++attempt) {
    // Apart from the keys of a fit's predictions.
    const std::uint64_t key = seed * 0x9e3779b97f4a7c15ULL + 0x5052494fULL + attempt;
    if (executable.key() != Executable::no_buffer) (*call)->frame.set(executable.key(), &key);
    std::size_t at = 0;
    for (std::size_t k : executable.outputs()) {
      (*call)->frame.set(k, executable.count(k) > 0 ? &row[at] : &unused);
      at += executable.count(k);
    }
    executable.run((*call)->frame);
    if (!unconstrained_row(bound, **workspace, row)) continue;
    out.values.insert(out.values.end(), row.begin(), row.end());
    ++out.draws;
  }
  if (out.draws < wanted && runtime::is_stopped()) return refuse("there was no time for its draws");
  if (out.draws < wanted) return refuse("its draws mostly fall outside of the declared bounds");
  return out;
}

}  // namespace elba
