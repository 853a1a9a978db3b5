// unguarded: what the public functions of elba.hpp do, of handles that hold something and may throw.
// api/boundary/elba.cpp is the only caller.
#pragma once

#include "api/model/handles.h"

namespace elba::unguarded {

using ProgramHandle = std::shared_ptr<const Program::Impl>;
using BoundHandle = std::shared_ptr<Bound::Impl>;

// program.cpp, explain.cpp
Result<Program> compile(std::string_view text, const CompileOptions& options);
Result<std::string> emit(const ProgramHandle& impl, Stage stage, const std::string& function);
Result<std::vector<PassStep>> trace(const ProgramHandle& impl, const std::string& function);
Result<Explanation> explain(const ProgramHandle& impl);
Result<std::string> format_source(std::string_view text, std::string name);

// ir_passes.cpp
Result<std::string> run_passes(std::string_view ir_text, const IrPasses& passes, std::string name);

// bound.cpp, api/output/saved.cpp, simulation.cpp
Result<Bound> bind(const ProgramHandle& impl, const Data& data, const JitOptions& options);
Result<Bound> bind_for_prediction(const ProgramHandle& impl, const Data& data, const JitOptions& options);
Result<Bound> bind_for_simulation(const ProgramHandle& impl, const Data& data, const JitOptions& options);
Result<Bound> rebind(const BoundHandle& impl, const Data& data);
Result<std::unique_ptr<Workspace>> workspace(const BoundHandle& impl);
Status check_work(const BoundHandle& impl);
Result<DataTraffic> data_traffic(const BoundHandle& impl);

// bound.cpp, log_likelihood.cpp, api/fit/guide_fit.cpp; the workspace is the bound's own
Status log_density(const BoundHandle& impl, Workspace& workspace, std::span<const double> u, bool jacobian,
                   double& value, std::span<double> gradient);
Status hessian_product(const BoundHandle& impl, Workspace& workspace, std::span<const double> u,
                       std::span<const double> v, std::span<double> product);
Status constrain(Workspace& workspace, std::span<const double> u, std::vector<double>& values);
Result<std::vector<double>> unconstrain(const BoundHandle& impl, Workspace& workspace,
                                        const std::map<std::string, std::vector<double>>& values);
Result<std::vector<std::size_t>> stan_order(const BoundHandle& impl,
                                            const std::vector<std::string>& matrices);
Result<std::vector<ObservationArray>> observations(const BoundHandle& impl);
Status log_likelihood(Workspace& workspace, std::span<const double> u, std::vector<double>& values);
Result<std::size_t> phi_size(const BoundHandle& impl, const std::string& family);
Result<std::vector<double>> initial_phi(const BoundHandle& impl, const std::string& family);
Status elbo_step(Workspace& workspace, const std::string& family, std::span<const double> phi,
                 std::uint64_t key, double& elbo, std::span<double> gradient);

// checkpoint.cpp
Result<std::map<std::string, std::string>> checkpoint_options(const std::string& bytes,
                                                              const std::string& name);

}  // namespace elba::unguarded
