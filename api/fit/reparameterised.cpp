#include "api/fit/reparameterised.h"

#include <algorithm>
#include <cmath>

#include "passes/density/sites.h"
#include "passes/passes.h"

namespace elba {

void ReparameterisedCoordinates::place(const double* x, std::vector<double>& u) const {
  const std::size_t n = latents.size();
  if (law != nullptr) {
    std::vector<double> z(n);
    law->place(x, z.data());
    for (std::size_t i = 0; i < n; ++i)
      u[latents[i]] = z[i];
    return;
  }
  for (std::size_t i = 0; i < n; ++i) {
    double value = factor.empty() ? x[i] : mean[i];
    for (std::size_t j = 0; j <= i && !factor.empty(); ++j)
      value += factor[i * n + j] * x[j];
    u[latents[i]] = value;
  }
}

void ReparameterisedCoordinates::pull_back(const std::vector<double>& slopes, double* gradient) const {
  const std::size_t n = latents.size();
  if (law != nullptr || factor.empty()) {
    std::vector<double> own(n);
    for (std::size_t k = 0; k < n; ++k)
      own[k] = slopes[latents[k]];
    if (law != nullptr)
      law->pull_back(own.data(), gradient);
    else
      std::copy(own.begin(), own.end(), gradient);
    return;
  }
  std::fill_n(gradient, n, 0.0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      gradient[j] += factor[i * n + j] * slopes[latents[i]];
}

ReparameterisedCoordinates coordinates_of(const Bound& bound, const NutsStart& start) {
  ir::Module module = passes::reparameterise(
      passes::inline_calls(without_predictions(bound.impl->program->density)));
  const ir::Func& model = *module.find("model");
  passes::Transforms transforms(module);
  const auto sites = passes::find_sites(model, transforms);
  Sizes sizes = bound.impl->data->sizes;
  ir::complete_sizes(module, sizes);
  ReparameterisedCoordinates out;
  for (const auto& site : sites) {
    const auto size = static_cast<std::size_t>(site.size.evaluate(sizes).value_or(0));
    const auto weights = start.points.find(site.name);
    for (std::size_t k = 0; k < size; ++k) {
      if (!site.is_param) out.latents.push_back(out.whole.size());
      out.whole.push_back(site.is_param && weights != start.points.end() ? weights->second.at(k) : 0.0);
    }
  }
  out.law = start.law;
  if (!start.factor.empty()) out.mean = start.mean, out.factor = start.factor;
  return out;
}

namespace {

constexpr double with_jacobian = 1.0;

// Where the compiled function reads its point and writes the log joint; the weight of the Jacobian is its
// only other value.
void set_point(Call& call, const std::vector<double>& u, double& value) {
  const Executable& executable = *call.executable;
  call.frame.set(executable.input(), u.data());
  for (std::size_t k : executable.values())
    call.frame.set(k, &with_jacobian);
  call.frame.set(executable.outputs()[0], &value);
}

}  // namespace

Result<runtime::Objective> reparameterised_objective(Workspace::Impl& workspace,
                                                     const ReparameterisedCoordinates& coordinates) {
  auto call = workspace.call({"log_joint.grad", reparameterised_family});
  if (!call) return call.diagnostics();
  return runtime::Objective{coordinates.latents.size(),
                            [call = *call, &coordinates, u = coordinates.whole,
                             slopes = std::vector<double>(coordinates.whole.size())](
                                const double* x, std::uint64_t, double& value, double* gradient) mutable {
                              const Executable& executable = *call->executable;
                              coordinates.place(x, u);
                              set_point(*call, u, value);
                              call->frame.set(executable.outputs()[1], slopes.data());
                              executable.run(call->frame);
                              bool is_finite = std::isfinite(value);
                              coordinates.pull_back(slopes, gradient);
                              for (std::size_t k = 0; k < coordinates.latents.size(); ++k)
                                is_finite = is_finite && std::isfinite(gradient[k]);
                              return is_finite;
                            }};
}

Result<runtime::Evaluate> reparameterised_density(Workspace::Impl& workspace,
                                                  const ReparameterisedCoordinates& coordinates) {
  auto call = workspace.call({"log_joint", reparameterised_family});
  if (!call) return call.diagnostics();
  return runtime::Evaluate([call = *call, &coordinates, u = coordinates.whole](
                               const double* x, std::uint64_t, double& value, double*) mutable {
    coordinates.place(x, u);
    set_point(*call, u, value);
    call->executable->run(call->frame);
    return std::isfinite(value);
  });
}

Result<runtime::HessianProduct> reparameterised_product(Workspace::Impl& workspace,
                                                        const ReparameterisedCoordinates& coordinates) {
  auto call = workspace.call({"log_joint.hvp", reparameterised_family});
  if (!call) return call.diagnostics();
  const std::size_t all = coordinates.whole.size();
  return runtime::HessianProduct(
      [call = *call, &coordinates, u = coordinates.whole, v = std::vector<double>(all, 0.0),
       found = std::vector<double>(all)](const double* z, const double* direction, double* out) mutable {
        const Executable& executable = *call->executable;
        const double jacobian = 1.0;
        for (std::size_t k = 0; k < coordinates.latents.size(); ++k)
          u[coordinates.latents[k]] = z[k], v[coordinates.latents[k]] = direction[k];
        call->frame.set(executable.input(), u.data());
        // The weight of the Jacobian is the only scalar among the value parameters; the other is the
        // direction.
        for (std::size_t k : executable.values())
          call->frame.set(k, executable.info(k).type.shape.empty() ? &jacobian : v.data());
        call->frame.set(executable.outputs()[0], found.data());
        executable.run(call->frame);
        bool is_finite = true;
        for (std::size_t k = 0; k < coordinates.latents.size(); ++k)
          out[k] = found[coordinates.latents[k]], is_finite = is_finite && std::isfinite(out[k]);
        return is_finite;
      });
}

}  // namespace elba
