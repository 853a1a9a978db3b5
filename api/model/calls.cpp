// calls: the compiled functions of a bound model, called at a point.
#include "api/model/calls.h"

#include <fmt/format.h>

#include <cmath>

#include "api/model/bind.h"
#include "api/model/unguarded.h"
#include "ir/supports.h"
#include "runtime/control/interruption.h"

namespace elba {

Status call_log_joint(Workspace::Impl& workspace, std::span<const double> u, double jacobian, double& value,
                      std::span<double> gradient) {
  Call*& slot = gradient.empty() && !u.empty() ? workspace.density : workspace.gradient;
  if (slot == nullptr) {
    auto call = workspace.call({&slot == &workspace.density ? "log_joint" : "log_joint.grad", ""});
    if (!call) return call.diagnostics();
    slot = *call;
  }
  const Executable& executable = *slot->executable;
  double unused = 0;  // of a model without unknowns, whose coordinates are empty
  if (executable.input() != Executable::no_buffer)
    slot->frame.set(executable.input(), u.empty() ? &unused : u.data());
  for (std::size_t k : executable.values())
    slot->frame.set(k, &jacobian);
  slot->frame.set(executable.outputs()[0], &value);
  if (executable.outputs().size() > 1)
    slot->frame.set(executable.outputs()[1], gradient.empty() ? &unused : gradient.data());
  executable.run(slot->frame);
  return Done{};
}

namespace {

Status done_or_interrupted() {
  if (runtime::is_stopped()) return interrupted();
  return Done{};
}

}  // namespace

Status unguarded::log_density(const BoundHandle& impl, Workspace& workspace, std::span<const double> u,
                              bool jacobian, double& value, std::span<double> gradient) {
  if (u.size() != impl->coordinates.size) return point_length(u.size(), impl->coordinates.size);
  if (!gradient.empty() && gradient.size() != impl->coordinates.size)
    return wrong_length("gradient", gradient.size(), impl->coordinates.size);
  if (auto status = call_log_joint(workspace.impl(), u, jacobian ? 1.0 : 0.0, value, gradient); !status)
    return status;
  return done_or_interrupted();
}

Status call_hessian_product(Workspace::Impl& workspace, std::span<const double> u, std::span<const double> v,
                            double jacobian, std::span<double> product) {
  if (u.empty()) return Done{};
  if (workspace.product == nullptr) {
    auto call = workspace.call({"log_joint.hvp", ""});
    if (!call) return call.diagnostics();
    workspace.product = *call;
  }
  Call& call = *workspace.product;
  const Executable& executable = *call.executable;
  call.frame.set(executable.input(), u.data());
  // The weight of the Jacobian is the only scalar among the value parameters; the other is the direction.
  for (std::size_t k : executable.values())
    call.frame.set(k, executable.info(k).type.shape.empty() ? &jacobian : v.data());
  call.frame.set(executable.outputs()[0], product.data());
  executable.run(call.frame);
  return Done{};
}

Status unguarded::hessian_product(const BoundHandle& impl, Workspace& workspace, std::span<const double> u,
                                  std::span<const double> v, std::span<double> product) {
  if (u.size() != impl->coordinates.size) return point_length(u.size(), impl->coordinates.size);
  if (v.size() != u.size()) return wrong_length("v", v.size(), u.size());
  if (product.size() != u.size()) return wrong_length("product", product.size(), u.size());
  if (auto status = call_hessian_product(workspace.impl(), u, v, 1.0, product); !status) return status;
  return done_or_interrupted();
}

Status unguarded::constrain(Workspace& workspace, std::span<const double> u, std::vector<double>& values) {
  if (const std::size_t n = workspace.impl().bound->coordinates.size; u.size() != n)
    return point_length(u.size(), n);
  auto call = workspace.impl().call({"constrain", ""});
  if (!call) return call.diagnostics();
  const Executable& executable = *(*call)->executable;
  std::size_t count = 0;
  for (std::size_t k : executable.outputs())
    count += executable.count(k);
  values.resize(count);
  std::size_t at = 0;
  double unused = 0;
  if (executable.input() != Executable::no_buffer)
    (*call)->frame.set(executable.input(), u.empty() ? &unused : u.data());
  for (std::size_t k : executable.outputs()) {
    (*call)->frame.set(k, executable.count(k) > 0 ? &values[at] : &unused);
    at += executable.count(k);
  }
  executable.run((*call)->frame);
  return done_or_interrupted();
}

Result<std::vector<double>> unguarded::unconstrain(const BoundHandle& impl, Workspace& workspace,
                                                   const std::map<std::string, std::vector<double>>& values) {
  auto call = workspace.impl().call({"unconstrain", ""});
  if (!call) return call.diagnostics();
  const Executable& executable = *(*call)->executable;
  Sink sink;
  double unused = 0;
  for (std::size_t k : executable.values()) {
    const std::string& name = executable.info(k).name;
    const auto it = values.find(name);
    if (it == values.end())
      sink.report(Code::point_mismatch, {}, {"has no `" + name + "`"})
          .suggest("a point gives every latent and param a value");
    else if (it->second.size() != executable.count(k))
      sink.report(Code::point_mismatch, {},
                  {fmt::format("has {} numbers for `{}`, but it holds {}", it->second.size(), name,
                               executable.count(k))});
    else
      (*call)->frame.set(k, it->second.empty() ? &unused : it->second.data());
  }
  if (sink.has_errors()) return sink.sorted();
  for (const auto& unknown : impl->program->signature.unknowns) {
    std::vector<std::int64_t> shape;
    for (const ir::Dim& dim : unknown.type.shape)
      shape.push_back(dim.evaluate(impl->data->sizes).value_or(0));
    const auto it = values.find(unknown.name);
    const auto* support = ir::find_support(unknown.support);
    if (it == values.end() || support == nullptr) continue;
    for (const auto& [element, found] : violations(unknown.name, *support, it->second, shape))
      return make_diagnostic(Code::point_mismatch, {},
                             {fmt::format("lies outside the support: `{}` {}, but `{}` is {}", element, found,
                                          unknown.name, unknown.support_text)})
          .suggest("give a value inside of it; coordinates under `unconstrained` may be any numbers");
  }
  std::vector<double> u(impl->coordinates.size);
  (*call)->frame.set(executable.outputs()[0], u.empty() ? &unused : u.data());
  executable.run((*call)->frame);
  if (runtime::is_stopped()) return interrupted();
  for (std::size_t k = 0; k < u.size(); ++k)
    if (!std::isfinite(u[k]))
      return make_diagnostic(Code::point_mismatch, {},
                             {"lies outside or on the border of the support: `" +
                              impl->names().unconstrained[k] + "` has no finite unconstrained coordinate"});
  return u;
}

}  // namespace elba
