// log_likelihood: the log density of each observation at a point, by the pass of that name. Compiled when it
// is first asked for.
#include "api/model/calls.h"
#include "api/model/unguarded.h"
#include "passes/passes.h"
#include "runtime/control/interruption.h"

namespace elba {

Result<std::vector<ObservationArray>> unguarded::observations(const BoundHandle& impl) {
  const ir::Module module = passes::log_likelihood(passes::inline_calls(impl->program->density));
  const ir::Func* func = module.find("log_likelihood");
  std::vector<ObservationArray> found;
  if (func == nullptr) return found;
  Sizes sizes = impl->data->sizes;
  ir::complete_sizes(module, sizes);
  const auto types = func->result_types();
  for (std::size_t k = 0; k < types.size(); ++k) {
    ObservationArray array{func->result_names[k], {}, {}};
    for (const ir::Dim& dim : types[k].shape) {
      array.dims.push_back(dim.text());
      array.shape.push_back(dim.evaluate(sizes).value_or(0));
    }
    found.push_back(std::move(array));
  }
  return found;
}

Status unguarded::log_likelihood(Workspace& workspace, std::span<const double> u,
                                 std::vector<double>& values) {
  if (const std::size_t n = workspace.impl().bound->coordinates.size; u.size() != n)
    return point_length(u.size(), n);
  auto call = workspace.impl().call({"log_likelihood", ""});
  if (!call) return call.diagnostics();
  const Executable& executable = *(*call)->executable;
  std::size_t count = 0, at = 0;
  for (std::size_t k : executable.outputs())
    count += executable.count(k);
  values.resize(count);
  double unused = 0;
  if (executable.input() != Executable::no_buffer)
    (*call)->frame.set(executable.input(), u.empty() ? &unused : u.data());
  for (std::size_t k : executable.outputs()) {
    (*call)->frame.set(k, executable.count(k) > 0 ? &values[at] : &unused);
    at += executable.count(k);
  }
  executable.run((*call)->frame);
  if (runtime::is_stopped()) return interrupted();
  return Done{};
}

}  // namespace elba
