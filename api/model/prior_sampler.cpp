#include "api/model/prior_sampler.h"

#include "api/model/draw_table.h"
#include "passes/passes.h"

namespace elba {

bool PriorSampler::is_possible(const Bound& bound) {
  return passes::prior(passes::inline_calls(bound.impl->program->density)).find("prior") != nullptr;
}

Result<PriorSampler> PriorSampler::make(const Bound& bound, Workspace& workspace) {
  auto call = workspace.impl().call({"prior", ""});
  if (!call) return call.diagnostics();
  PriorSampler made;
  made.bound_ = &bound;
  made.workspace_ = &workspace;
  made.call_ = *call;
  return made;
}

bool PriorSampler::draw(std::uint64_t key, std::vector<double>& row) {
  std::vector<double> u;
  return draw(key, row, u);
}

bool PriorSampler::draw(std::uint64_t key, std::vector<double>& row, std::vector<double>& u) {
  const Executable& executable = *call_->executable;
  std::size_t count = 0, at = 0;
  for (const std::size_t k : executable.outputs())
    count += executable.count(k);
  row.resize(count);
  double unused = 0;
  if (executable.key() != Executable::no_buffer) call_->frame.set(executable.key(), &key);
  for (const std::size_t k : executable.outputs()) {
    call_->frame.set(k, executable.count(k) > 0 ? &row[at] : &unused);
    at += executable.count(k);
  }
  executable.run(call_->frame);
  auto found = unconstrained_row(*bound_, *workspace_, row);
  if (!found) return false;
  u = std::move(*found);
  return true;
}

}  // namespace elba
