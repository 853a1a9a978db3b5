// elba: every public function of elba.hpp: handles that hold nothing and workspaces of another bound are
// refused, then unguarded.h does the work, and guarded.h holds back what is thrown.
#include <exception>

#include "api/fit/fitter.h"
#include "api/model/guarded.h"
#include "api/model/unguarded.h"
#include "codegen/jit.h"
#include "frontend/reference/reference.h"
#include "passes/passes.h"
#include "runtime/kernels/linalg.h"

namespace elba {

namespace {

template <class Handle, class Body>
auto with(const Handle& impl, const char* name, Body&& body) -> std::invoke_result_t<Body> {
  return guarded([&]() -> std::invoke_result_t<Body> {
    if (impl == nullptr) return empty_handle(name);
    return body();
  });
}

// Of a call that writes into a workspace.
template <class Body>
auto with(const std::shared_ptr<Bound::Impl>& impl, Workspace& workspace, Body&& body)
    -> std::invoke_result_t<Body> {
  return guarded([&]() -> std::invoke_result_t<Body> {
    if (impl == nullptr) return empty_handle("Bound");
    if (workspace.is_empty()) return empty_handle("Workspace");
    if (const auto& owner = *workspace.impl().bound; &owner != impl.get()) {
      const auto told = [](const Bound::Impl& one) {
        return "`" + one.program->signature.model + "` with " + std::to_string(one.coordinates.size) +
               (one.coordinates.size == 1 ? " coordinate" : " coordinates");
      };
      const std::string of = told(owner), own = told(*impl);
      return make_diagnostic(Code::workspace_of_another, {},
                             {of == own ? "it is of " + of + " too, but bound for itself"
                                        : "it is of " + of + ", and this is " + own})
          .suggest("ask this `Bound` for a workspace of its own; `rebind` gives another `Bound`");
    }
    return body();
  });
}

}  // namespace

Diagnostic empty_handle(const char* name) {
  return make_diagnostic(Code::empty_handle, {}, {name})
      .suggest(
          "look at the result of the call that should have made it: `if (!result)`, then "
          "`result.diagnostics()`");
}

Result<Program> Program::compile(std::string_view text, const CompileOptions& options) {
  return guarded([&] { return unguarded::compile(text, options); });
}

const ProgramSignature& Program::signature() const {
  static const ProgramSignature none;
  return impl != nullptr ? impl->shown : none;
}

PhaseTimes Program::times() const { return impl != nullptr ? impl->times : PhaseTimes{}; }

Result<Bound> Program::bind(const Data& data, const JitOptions& options) const {
  return with(impl, "Program", [&] { return unguarded::bind(impl, data, options); });
}

Result<Bound> Program::bind_for_prediction(const Data& data, const JitOptions& options) const {
  return with(impl, "Program", [&] { return unguarded::bind_for_prediction(impl, data, options); });
}

Result<Bound> Program::bind_for_simulation(const Data& data, const JitOptions& options) const {
  return with(impl, "Program", [&] { return unguarded::bind_for_simulation(impl, data, options); });
}

Result<std::string> Program::emit(Stage stage, const std::string& function) const {
  return with(impl, "Program", [&] { return unguarded::emit(impl, stage, function); });
}

Result<std::vector<PassStep>> Program::trace(const std::string& function) const {
  return with(impl, "Program", [&] { return unguarded::trace(impl, function); });
}

Result<Explanation> Program::explain() const {
  return with(impl, "Program", [&] { return unguarded::explain(impl); });
}

std::size_t Bound::dimension() const { return impl != nullptr ? impl->coordinates.size : 0; }

const std::vector<std::string>& Bound::unconstrained_names() const {
  static const std::vector<std::string> none;
  if (impl == nullptr) return none;
  return *guarded_or(&none, [&] { return &impl->names().unconstrained; });
}

const std::vector<std::string>& Bound::constrained_names() const {
  static const std::vector<std::string> none;
  if (impl == nullptr) return none;
  return *guarded_or(&none, [&] { return &impl->names().constrained; });
}

PhaseTimes Bound::times() const { return impl != nullptr ? impl->times() : PhaseTimes{}; }

Result<Bound> Bound::rebind(const Data& data) const {
  return with(impl, "Bound", [&] { return unguarded::rebind(impl, data); });
}

Result<std::unique_ptr<Workspace>> Bound::workspace() const {
  return with(impl, "Bound", [&] { return unguarded::workspace(impl); });
}

Status Bound::check_work() const {
  return with(impl, "Bound", [&] { return unguarded::check_work(impl); });
}

Result<DataTraffic> Bound::data_traffic() const {
  return with(impl, "Bound", [&] { return unguarded::data_traffic(impl); });
}

Status Bound::log_density(Workspace& workspace, std::span<const double> u, bool jacobian, double& value,
                          std::span<double> gradient) const {
  return with(impl, workspace,
              [&] { return unguarded::log_density(impl, workspace, u, jacobian, value, gradient); });
}

Status Bound::hessian_product(Workspace& workspace, std::span<const double> u, std::span<const double> v,
                              std::span<double> product) const {
  return with(impl, workspace, [&] { return unguarded::hessian_product(impl, workspace, u, v, product); });
}

Status Bound::constrain(Workspace& workspace, std::span<const double> u, std::vector<double>& values) const {
  return with(impl, workspace, [&] { return unguarded::constrain(workspace, u, values); });
}

Result<std::vector<double>> Bound::unconstrain(
    Workspace& workspace, const std::map<std::string, std::vector<double>>& values) const {
  return with(impl, workspace, [&] { return unguarded::unconstrain(impl, workspace, values); });
}

Result<std::vector<std::size_t>> Bound::stan_order(const std::vector<std::string>& matrices) const {
  return with(impl, "Bound", [&] { return unguarded::stan_order(impl, matrices); });
}

Result<std::vector<ObservationArray>> Bound::observations() const {
  return with(impl, "Bound", [&] { return unguarded::observations(impl); });
}

Status Bound::log_likelihood(Workspace& workspace, std::span<const double> u,
                             std::vector<double>& values) const {
  return with(impl, workspace, [&] { return unguarded::log_likelihood(workspace, u, values); });
}

Result<std::size_t> Bound::phi_size(const std::string& family) const {
  return with(impl, "Bound", [&] { return unguarded::phi_size(impl, family); });
}

Result<std::vector<double>> Bound::initial_phi(const std::string& family) const {
  return with(impl, "Bound", [&] { return unguarded::initial_phi(impl, family); });
}

Status Bound::elbo_step(Workspace& workspace, const std::string& family, std::span<const double> phi,
                        std::uint64_t key, double& elbo, std::span<double> gradient) const {
  return with(impl, workspace,
              [&] { return unguarded::elbo_step(workspace, family, phi, key, elbo, gradient); });
}

Result<Posterior> Bound::fit(const FitOptions& options) const { return fit(options, {}); }

Result<Posterior> Bound::fit(const FitOptions& options, const Checkpointing& checkpoint) const {
  return with(impl, "Bound", [&]() -> Result<Posterior> {
    FitOptions own = options;
    own.progress = from_host("progress", options.progress);
    const Checkpointing kept{from_host("save", checkpoint.save), checkpoint.seconds, checkpoint.resume,
                             checkpoint.name};
    return Fitter(*this, own, kept).run();
  });
}

Result<std::map<std::string, std::string>> checkpoint_options(const std::string& bytes,
                                                              const std::string& name) {
  return guarded([&] { return unguarded::checkpoint_options(bytes, name); });
}

double Workspace::largest_jitter() const { return is_empty() ? 0 : impl_->factorisations().jitter; }
void Workspace::forget_jitter() {
  if (!is_empty()) impl_->forget_factorisations();
}

Result<std::string> run_passes(std::string_view ir_text, const IrPasses& passes, std::string name) {
  return guarded([&] { return unguarded::run_passes(ir_text, passes, std::move(name)); });
}

Result<std::string> format_source(std::string_view text, std::string name) {
  return guarded([&] { return unguarded::format_source(text, std::move(name)); });
}

std::vector<std::pair<std::string, std::string>> pass_names() {
  std::vector<std::pair<std::string, std::string>> none;
  return guarded_or(std::move(none), [] {
    std::vector<std::pair<std::string, std::string>> names;
    for (const auto& pass : passes::all_passes())
      names.emplace_back(pass.name, pass.doc);
    return names;
  });
}

std::string describe_name(std::string_view name) {
  return guarded_or(std::string(), [&] { return frontend::describe(name); });
}

std::string nearest_library_name(std::string_view name) {
  return guarded_or(std::string(), [&] { return frontend::nearest_entry(name); });
}

std::string library_names() {
  return guarded_or(std::string(), [] { return frontend::list_names(); });
}

std::string library_page(LibraryPage page) {
  return guarded_or(std::string(), [&] {
    return page == LibraryPage::distributions ? frontend::distribution_page() : frontend::function_page();
  });
}

std::jthread warm_up() {
  return guarded_or(std::jthread(), [] { return codegen::warm_up(); });
}

}  // namespace elba
