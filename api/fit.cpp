// fit: inference on a bound program: hands compiled functions to the runtime's algorithms, and their answer back with names.
//
// `auto` starts with the factorised guide; where its importance weights say that it is not good enough and the model is small, the
// full-rank guide is tried too, and the better of the two is reported. A model whose unknowns are all `param` has nothing to
// approximate: its mode is found.
#include "runtime/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "api/bound_calls.h"
#include "api/fit_nuts.h"
#include "api/quantities.h"
#include "passes/guide.h"
#include "passes/passes.h"
#include "runtime/linalg.h"

namespace elba {

namespace {

using Clock = std::chrono::steady_clock;

// Above this many coordinates the full-rank guide's factor outgrows what `auto` should spend.
constexpr std::size_t fullrank_limit = 150;

// Below this the importance weights only polish the factorised guide; near the limit they carry the answer, and more of the posterior's
// shape in the guide is worth a second fit.
constexpr double comfortable_khat = 0.4;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

const passes::GuideFamily* family_of(const std::string& name) {
  if (name == "meanfield") return &passes::meanfield_family();
  if (name == "fullrank") return &passes::fullrank_family();
  return nullptr;
}

struct Layout {
  passes::GuideLayout guide;
  Sizes sizes;
  std::size_t size = 0, latent_size = 0;
};

Result<Layout> layout_of(const Bound::Impl& bound, const std::string& family_name) {
  const passes::GuideFamily* family = family_of(family_name);
  if (family == nullptr) return make_diagnostic(Code::method_not_applicable, {}, {family_name, "there is no such guide family"});
  // The guide passes declare the derived dims that phi's size may need; only their declarations matter here.
  ir::Module model = passes::reparameterise(passes::inline_calls(bound.program->density));
  Layout layout;
  layout.guide = passes::guide_layout(model, *family);
  layout.sizes = bound.data->sizes;
  const ir::Module guided = passes::build_guide(std::move(model), *family);
  ir::complete_sizes(guided, layout.sizes);
  layout.size = static_cast<std::size_t>(layout.guide.size.evaluate(layout.sizes).value_or(0));
  layout.latent_size = static_cast<std::size_t>(layout.guide.latent_size.evaluate(layout.sizes).value_or(0));
  return layout;
}

bool run_elbo(Call& call, const double* phi, std::uint64_t key, double& value, double* gradient) {
  const Executable& executable = *call.executable;
  call.frame.set(executable.input(), phi);
  if (executable.key() != Executable::no_buffer) call.frame.set(executable.key(), &key);
  call.frame.set(executable.outputs()[0], &value);
  call.frame.set(executable.outputs()[1], gradient);
  executable.run(call.frame);
  return std::isfinite(value);
}


class Fitter {
 public:
  Fitter(const Bound& bound, const FitOptions& options) : bound_(bound), options_(options), start_(Clock::now()) {}

  Result<Posterior> run() {
    const auto& unknowns = bound_.impl->program->signature.unknowns;
    if (bound_.dimension() == 0)
      return make_diagnostic(Code::method_not_applicable, {}, {options_.method, "it has no unknowns"}).suggest("`elba log-density` prints its density");
    const bool all_params = std::all_of(unknowns.begin(), unknowns.end(), [](const auto& unknown) { return unknown.is_param; });
    runtime::forget_jitter();
    auto workspace = bound_.workspace();
    if (!workspace) return workspace.diagnostics();
    workspace_ = std::move(*workspace);
    bind_jitter_ = runtime::largest_jitter();
    if (auto status = check_defined(); !status) return status.diagnostics();
    auto quantities = Quantities::make(bound_, workspace_->impl(), options_.seed);
    if (!quantities) return quantities.diagnostics();
    quantities_ = std::make_unique<Quantities>(std::move(*quantities));

    if (options_.method == "map" || (options_.method == "auto" && all_params)) return map();
    if (all_params) return make_diagnostic(Code::method_not_applicable, {}, {options_.method, "all its unknowns are params, which have no distribution"}).suggest("use `--method map`");
    if (options_.method == "nuts") {
      for (const auto& unknown : unknowns)
        if (unknown.is_param) return make_diagnostic(Code::method_not_applicable, {}, {"nuts", "`" + unknown.name + "` is a param, which has no distribution to draw from"}).suggest("declare it `latent`, with a prior");
      return nuts();
    }
    if (options_.method != "auto") return guided(options_.method);
    auto first = guided("meanfield");
    if (!first || first->interrupted || bound_.dimension() > fullrank_limit) return first;
    if (first->verdict == Verdict::trust && first->khat < comfortable_khat) return first;
    if (seconds_left() < 0.2 * options_.max_seconds) return first;
    auto second = guided("fullrank");
    if (!second) return first;
    Posterior& best = better(*second, *first) ? *second : *first;
    best.infer_seconds = first->infer_seconds + second->infer_seconds;
    best.compile_seconds = compile_seconds();
    best.iterations = first->iterations + second->iterations;
    return std::move(best);
  }

 private:
  // A density that is finite nowhere near 0 cannot be started from; better said than searched for.
  Status check_defined() {
    auto start = start_point();
    if (!start) return start.diagnostics();
    const std::vector<double> centre = *start;
    const long lost = runtime::lost_factorisations();
    for (int attempt = 0; attempt < 50; ++attempt) {
      double value = 0;
      if (const auto status = call_log_joint(workspace_->impl(), *start, 1.0, value, {}); !status) return status.diagnostics();
      if (std::isfinite(value)) return Done{};
      for (std::size_t k = 0; k < centre.size(); ++k) (*start)[k] = centre[k] + 2 * std::sin(12.9898 * static_cast<double>(k + 1) + 78.233 * (attempt + 1));
    }
    if (runtime::lost_factorisations() > lost) return indefinite_matrix();
    return make_diagnostic(Code::non_finite_density, {}, {start_words})
        .suggest("check the data for extreme values, and the declared bounds against the supports of the distributions");
  }

  // Where the model factors a matrix: one of these has no Cholesky factor.
  Diagnostic indefinite_matrix() const {
    const ir::Module expanded = passes::expand(passes::constrain(passes::inline_calls(bound_.impl->program->density)));
    std::vector<Span> places;
    for (const ir::Func& func : expanded.funcs)
      if (func.name == "log_joint") collect_factorisations(func.body, places);
    Diagnostic diagnostic = make_diagnostic(Code::non_finite_density, places.empty() ? Span{} : places[0], {start_words});
    for (const Span& place : places) diagnostic.label(place, "the matrix that is factored here is not positive definite, or not finite");
    diagnostic.note("1e-6 of its mean diagonal element was added to the diagonal, and it was still not positive definite: more than rounding is wrong");
    return std::move(diagnostic.suggest("check that the matrix is a covariance: symmetric, with positive variances, and `+ s^2 * eye(N)` where points coincide"));
  }

  static void collect_factorisations(const ir::Region& region, std::vector<Span>& places) {
    for (const ir::Op& op : region.ops) {
      const bool is_known = std::find(places.begin(), places.end(), op.origin) != places.end();
      if (op.code == ir::Opcode::chol && op.origin.end > op.origin.begin && !is_known) places.push_back(op.origin);
      for (const ir::Region& inner : op.regions) collect_factorisations(inner, places);
    }
  }

  // The largest jitter at the reported solution, which `evaluate` goes to.
  template <class Evaluate>
  void report_jitter(Posterior& posterior, Evaluate evaluate) const {
    runtime::forget_jitter();
    evaluate();
    posterior.jitter = std::max(runtime::largest_jitter(), bind_jitter_);
    if (posterior.jitter > 0)
      posterior.reasons.push_back(fmt::format("a matrix was not quite positive definite: {:.0e} of its mean diagonal element was added to its diagonal", posterior.jitter));
  }

  double seconds_left() const { return std::max(0.0, options_.max_seconds - seconds_since(start_)); }

  double compile_seconds() const {
    const PhaseTimes times = bound_.times();
    return (times.parse + times.check + times.passes + times.llvm + times.link) / 1e3;
  }

  static bool better(const Posterior& a, const Posterior& b) {
    if (a.verdict != b.verdict) return a.verdict < b.verdict;
    return std::isfinite(a.khat) && a.khat < b.khat;
  }

  Posterior named(std::string method) const {
    Posterior posterior;
    posterior.model = bound_.impl->program->signature.model;
    posterior.method = std::move(method);
    return posterior;
  }

  runtime::HessianProduct hessian(double jacobian) {
    return [this, jacobian](const double* u, const double* v, double* out) {
      const std::size_t n = bound_.dimension();
      return static_cast<bool>(call_hessian_product(workspace_->impl(), {u, n}, {v, n}, jacobian, {out, n}));
    };
  }

  Result<Posterior> map() {
    const std::size_t n = bound_.dimension();
    runtime::MapProblem problem;
    problem.log_density = {n, log_joint_of(workspace_->impl(), n, 0.0)};
    problem.hessian_product = hessian(0.0);
    problem.constrain = [this](const double* u, double* values) { return quantities_->evaluate(u, values); };
    problem.quantity_names = quantities_->names();
    auto start = start_point();
    if (!start) return start.diagnostics();
    const auto begin = Clock::now();
    auto found = runtime::fit_map(problem, std::move(*start), runtime_options(options_, seconds_left()));
    Posterior posterior = named("map");
    posterior.verdict = public_verdict(found.verdict);
    posterior.reasons = std::move(found.reasons);
    posterior.converged = found.converged;
    posterior.interrupted = found.stop == runtime::Stop::cancelled;
    posterior.log_density = found.log_density;
    posterior.iterations = found.iterations;
    posterior.infer_seconds = seconds_since(begin);
    posterior.compile_seconds = compile_seconds();
    posterior.quantities = public_quantities(found.quantities);
    report_jitter(posterior, [&] {
      double value = 0;
      (void)call_log_joint(workspace_->impl(), found.u, 0.0, value, {});
    });
    return posterior;
  }

  // A short factorised fit gives the chains a place to start around, first scales, and centering weights that flatten funnels.
  Result<Posterior> nuts() {
    auto layout = layout_of(*bound_.impl, "meanfield");
    if (!layout) return layout.diagnostics();
    auto problem = guide_problem("meanfield", *layout);
    if (!problem) return problem.diagnostics();
    auto pilot_options = runtime_options(options_, 0.2 * seconds_left());
    pilot_options.draws = pilot_options.elbo_draws = 100;
    const auto begin = Clock::now();
    const auto pilot = runtime::fit(*problem, pilot_options);
    NutsStart start;
    const bool is_usable = pilot.phi.size() == layout->size && std::all_of(pilot.phi.begin(), pilot.phi.end(), [](double x) { return std::isfinite(x); });
    const auto phi = is_usable ? pilot.phi : problem->start(nullptr, 1.0);
    for (const auto& block : layout->guide.blocks) {
      const auto at = phi.begin() + block.offset.evaluate(layout->sizes).value_or(0);
      const std::vector<double> values(at, at + block.size.evaluate(layout->sizes).value_or(0));
      if (block.kind == passes::BlockKind::mean) start.mean = values;
      if (block.kind == passes::BlockKind::centering) start.centering[block.name] = values;
      if (block.kind == passes::BlockKind::scale)
        for (const double w : values) start.spread.push_back(std::max(w, 0.0) + std::log1p(std::exp(-std::fabs(w))));
    }
    auto posterior = fit_nuts(bound_, options_, start, seconds_left());
    if (posterior) posterior->infer_seconds = seconds_since(begin);
    return posterior;
  }

  // Params at their `init`, everything else at 0 on the real line.
  Result<std::vector<double>> start_point() {
    if (!options_.start.empty()) return options_.start;
    std::vector<double> u(bound_.dimension(), 0.0);
    const ir::Module constrained = passes::constrain(passes::inline_calls(bound_.impl->program->density));
    if (constrained.find("initial") == nullptr) return u;
    auto call = workspace_->impl().call({"initial", ""});
    if (!call) return call.diagnostics();
    const Executable& executable = *(*call)->executable;
    const std::uint64_t key = options_.seed;
    if (executable.key() != Executable::no_buffer) (*call)->frame.set(executable.key(), &key);
    (*call)->frame.set(executable.outputs()[0], u.data());
    executable.run((*call)->frame);
    return u;
  }

  // Borrows the layout.
  Result<runtime::FitProblem> guide_problem(const std::string& family, const Layout& layout) {
    auto elbo = workspace_->impl().call({"elbo.grad", family});
    if (!elbo) return elbo.diagnostics();
    auto draw = workspace_->impl().call({"draw", family});
    if (!draw) return draw.diagnostics();
    auto start = start_point();
    if (!start) return start.diagnostics();

    runtime::FitProblem problem;
    problem.family = family == "meanfield" ? runtime::GuideFamily::meanfield : runtime::GuideFamily::fullrank;
    problem.guide_size = layout.size;
    problem.latent_size = bound_.dimension();
    problem.noise_size = layout.latent_size;
    problem.start = [this, &layout, first = *start](const double* u, double sd) {
      return passes::initial_phi(layout.guide, layout.sizes, u == nullptr ? std::span<const double>(first) : std::span(u, bound_.dimension()), sd);
    };
    problem.elbo = [call = *elbo](const double* phi, std::uint64_t key, double& value, double* gradient) { return run_elbo(*call, phi, key, value, gradient); };
    problem.draw = [call = *draw](const double* phi, std::uint64_t key, double* u, double& log_p, double& log_q) {
      const Executable& executable = *call->executable;
      call->frame.set(executable.input(), phi);
      if (executable.key() != Executable::no_buffer) call->frame.set(executable.key(), &key);
      call->frame.set(executable.outputs()[0], u);
      call->frame.set(executable.outputs()[1], &log_p);
      call->frame.set(executable.outputs()[2], &log_q);
      executable.run(call->frame);
      return std::isfinite(log_p) && std::isfinite(log_q);
    };
    problem.log_joint = log_joint_of(workspace_->impl(), bound_.dimension(), 1.0);
    problem.constrain = [this](const double* u, double* values) { return quantities_->evaluate(u, values); };
    problem.quantity_names = quantities_->names();
    return problem;
  }

  Result<Posterior> guided(const std::string& family) {
    auto layout = layout_of(*bound_.impl, family);
    if (!layout) return layout.diagnostics();
    auto problem = guide_problem(family, *layout);
    if (!problem) return problem.diagnostics();
    const auto begin = Clock::now();
    auto found = runtime::fit(*problem, runtime_options(options_, seconds_left()));
    Posterior posterior = named(family);
    posterior.verdict = public_verdict(found.verdict);
    posterior.reasons = std::move(found.reasons);
    posterior.converged = found.converged;
    posterior.interrupted = found.stop == runtime::Stop::cancelled;
    posterior.elbo = found.elbo;
    posterior.elbo_se = found.elbo_se;
    posterior.khat = found.khat;
    posterior.khat_threshold = found.khat_threshold;
    posterior.ess = found.importance_ess;
    posterior.iterations = found.iterations;
    posterior.infer_seconds = seconds_since(begin);
    posterior.compile_seconds = compile_seconds();
    posterior.quantities = public_quantities(found.quantities);
    posterior.draw_names = problem->quantity_names;
    posterior.draw_count = posterior.draw_names.empty() ? 0 : found.draws.size() / posterior.draw_names.size();
    posterior.draws = std::move(found.draws);
    report_jitter(posterior, [&] {
      constexpr std::uint64_t draws_looked_at = 20;
      std::vector<double> u(bound_.dimension());
      double log_p = 0, log_q = 0;
      for (std::uint64_t key = 0; key < draws_looked_at; ++key) (void)problem->draw(found.phi.data(), key, u.data(), log_p, log_q);
    });
    return posterior;
  }

  const Bound& bound_;
  const FitOptions& options_;
  Clock::time_point start_;
  std::unique_ptr<Workspace> workspace_;
  std::unique_ptr<Quantities> quantities_;
  static constexpr const char* start_words = "the starting point, nor at 49 points around it";
  double bind_jitter_ = 0;  // of matrices of data, factored once
};

}  // namespace

double largest_jitter() { return runtime::largest_jitter(); }
void forget_jitter() { runtime::forget_jitter(); }

Result<Posterior> Bound::fit(const FitOptions& options) const { return Fitter(*this, options).run(); }

Result<std::size_t> Bound::phi_size(const std::string& family) const {
  auto layout = layout_of(*impl, family);
  if (!layout) return layout.diagnostics();
  return layout->size;
}

Result<std::vector<double>> Bound::initial_phi(const std::string& family) const {
  auto layout = layout_of(*impl, family);
  if (!layout) return layout.diagnostics();
  return passes::initial_phi(layout->guide, layout->sizes, std::vector<double>(impl->dimension, 0.0), 0.1);
}

Status Bound::elbo_step(Workspace& workspace, const std::string& family, std::span<const double> phi, std::uint64_t key, double& elbo, std::span<double> gradient) const {
  Call* call = nullptr;
  for (const auto& step : workspace.impl().steps)
    if (step.family == family) call = step.call;
  if (call == nullptr) {
    if (family_of(family) == nullptr) return make_diagnostic(Code::method_not_applicable, {}, {family, "there is no such guide family"});
    auto made = workspace.impl().call({"elbo.grad", family});
    if (!made) return made.diagnostics();
    call = *made;
    workspace.impl().steps.push_back({family, call});
  }
  const std::size_t size = call->executable->count(call->executable->input());
  if (phi.size() != size || gradient.size() != size) return make_diagnostic(Code::point_mismatch, {}, {fmt::format("has {} guide parameters, but the guide has {}", phi.size(), size)});
  run_elbo(*call, phi.data(), key, elbo, gradient.data());
  return Done{};
}

}  // namespace elba
