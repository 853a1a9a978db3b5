// fit: inference on a bound program: hands compiled functions to the runtime's algorithms, and their answer
// back with names.
//
// Before anything else the density is looked at: one that is finite nowhere near the start is better said
// than searched for. A model whose unknowns are all `param` has nothing to approximate: its mode is found.
#include "runtime/inference/variational/fit.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/fit/checkpoint.h"
#include "api/fit/fitter.h"
#include "ir/guide_families.h"
#include "passes/passes.h"
#include "runtime/inference/strategy/identifiability.h"
#include "runtime/inference/strategy/sampler_check.h"
#include "runtime/inference/strategy/withheld_spreads.h"
#include "runtime/kernels/linalg.h"
#include "support/elementary.h"

namespace elba {

using runtime::MethodId;

namespace {

constexpr const char* start_words = "the starting point, nor at 49 points around it";

void collect_places(const ir::Region& region, const std::vector<ir::Opcode>& codes,
                    std::vector<Span>& places) {
  for (const ir::Op& op : region.ops) {
    const bool is_known = std::find(places.begin(), places.end(), op.origin) != places.end();
    const bool is_wanted = std::find(codes.begin(), codes.end(), op.code) != codes.end();
    if (is_wanted && op.origin.end > op.origin.begin && !is_known) places.push_back(op.origin);
    for (const ir::Region& inner : op.regions)
      collect_places(inner, codes, places);
  }
}

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (const bool is_blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        !is_blank || (!out.empty() && out.back() != ' '))
      out += is_blank ? ' ' : c;
  constexpr std::size_t most = 60;
  if (out.ends_with(';')) out.pop_back();
  return out.size() > most ? out.substr(0, most) + ".." : out;
}

}  // namespace

Result<Posterior> Fitter::run() {
  if (options_.check_nuts && kind() == MethodKind::point)
    return make_diagnostic(Code::usage_error, {},
                           {"`map` gives a point, and `nuts` can check a posterior only"})
        .suggest("leave out `--check nuts`, or choose another method");
  if (auto status = check_options(); !status) return status.diagnostics();
  if (auto status = open_journal(); !status) return status.diagnostics();
  profile_.compile_seconds = [this] { return compile_seconds(); };
  auto found = [&] {
    const runtime::ProfileScope scope(&profile_, "choose and summarise");
    return finished();
  }();
  if (!found) return found;
  for (const auto& phase : profile_.phases())
    found->phases.push_back({phase.name, phase.seconds});
  return found;
}

Result<Posterior> Fitter::finished() {
  // What is called from here on ends in the middle of a loop, if need be.
  runtime::Watch watch(options_.cancel, seconds_left());
  const runtime::StopScope scope(watch);
  auto found = infer();
  if (found && options_.check_nuts && !found->interrupted) {
    if (seconds_left() > 0)
      check_by_nuts(*found);
    else
      found->add(Verdict::trust, ReasonCode::time_was_up, {"nuts could check this"});
  }
  if (found) runtime::note_unmixed_chains(*found);
  if (found && found->mode() == nullptr && seconds_left() > 0 && !runtime::is_stopped())
    check_tails_of_scales(*found), check_jitter(*found), check_eigenvectors(*found);
  if (found && found->mode() == nullptr)
    runtime::name_unidentified(*found, *target_, seconds_left() > 0);  // it says so itself
  if (found) {
    // Of the unknowns first: not a word of that depends on predictions.
    runtime::withhold_spreads(*found);
    const std::size_t unknowns = found->quantities.size();
    if (auto status = add_predictions(*found); !status) {
      if (!runtime::is_stopped() || found->quantities.empty()) return status.diagnostics();
      note_cut(*found, "its predictions were made; `elba predict` makes them from saved draws");
    }
    runtime::withhold_spreads(*found, unknowns);
    if (runtime::is_cancelled() && !found->interrupted) note_cut(*found, "all was said of it");
  }
  if (journal_ != nullptr && found && found->interrupted) journal_->save_now();
  return found;
}

// There are draws, and not all that belongs to them.
void Fitter::note_cut(Posterior& posterior, const std::string& what) {
  const bool was_cancelled = runtime::is_cancelled();
  posterior.interrupted = posterior.interrupted || was_cancelled;
  posterior.add(Verdict::caution, was_cancelled ? ReasonCode::interrupted_before : ReasonCode::time_was_up,
                {what});
}

// A host's numbers; the command line has checked its own.
Status Fitter::check_options() const {
  const FitOptions& o = options_;
  const auto wrong = [](const std::string& what) { return make_diagnostic(Code::usage_error, {}, {what}); };
  if (o.draws < 1) return wrong(fmt::format("`draws` is {}, and at least 1 is needed", o.draws));
  if (o.chains < 1) return wrong(fmt::format("`chains` is {}, and at least 1 is needed", o.chains));
  if (o.warmup < 0) return wrong(fmt::format("`warmup` is {}, and must not be negative", o.warmup));
  if (!(o.acceptance > 0 && o.acceptance < 1))
    return wrong(fmt::format("`acceptance` is {}, and must lie between 0 and 1", o.acceptance));
  if (o.starts < 0) return wrong(fmt::format("`starts` is {}, and must not be negative", o.starts));
  if (!(o.max_seconds > 0))
    return wrong(fmt::format("`max_seconds` is {}, and must be positive", o.max_seconds));
  if (!o.start.empty() && o.start.size() != bound_.dimension())
    return point_length(o.start.size(), bound_.dimension());
  if (!std::all_of(o.start.begin(), o.start.end(), [](double x) { return std::isfinite(x); }))
    return wrong("`start` holds a number that is not finite");
  return Done{};
}

Status Fitter::open_journal() {
  if (!checkpoint_.save && checkpoint_.resume.empty()) return Done{};
  Subject subject = subject_of(bound_, options_);
  runtime::Journal::Entries entries;
  if (!checkpoint_.resume.empty()) {
    auto read = read_checkpoint(checkpoint_.resume, subject, checkpoint_.name);
    if (!read) return read.diagnostics();
    entries = std::move(*read);
  }
  std::function<void(const runtime::Journal::Entries&)> save;
  if (checkpoint_.save)
    save = [this, subject = std::move(subject)](const runtime::Journal::Entries& all) {
      checkpoint_.save(checkpoint_bytes(subject, all));
    };
  journal_ = std::make_unique<runtime::Journal>(std::move(entries), checkpoint_.seconds, std::move(save));
  return Done{};
}

// What every method needs, and what is refused before anything long is done.
Status Fitter::prepare() {
  if (bound_.dimension() == 0)
    return make_diagnostic(Code::method_not_applicable, {}, {options_.method, "it has no unknowns"})
        .suggest("`elba log-density` prints its density");
  auto workspace = bound_.workspace();
  if (!workspace) return workspace.diagnostics();
  workspace_ = std::move(*workspace);
  if (auto status = check_defined(); !status) return status.diagnostics();
  auto quantities = Quantities::make(bound_, workspace_->impl());
  if (!quantities) return quantities.diagnostics();
  auto start = start_point();
  if (!start) return start.diagnostics();
  target_ = std::make_unique<BoundTarget>(workspace_->impl(), std::move(*quantities), std::move(*start));
  if (has_predictions())
    if (auto predictor = Predictor::make(workspace_->impl(), options_.seed,
                                         kind() == MethodKind::sampler ? "reparameterised" : "");
        !predictor)
      return predictor.diagnostics();
  return check_memory();
}

bool Fitter::is_all_params() const {
  return std::all_of(sites().begin(), sites().end(), [](const Site& site) { return site.is_param; });
}

Status Fitter::check_method() const {
  if (kind() == MethodKind::point) return Done{};
  if (is_all_params())
    return make_diagnostic(Code::method_not_applicable, {},
                           {options_.method, "all its unknowns are params, which have no distribution"})
        .suggest("use `--method map`");
  const bool needs_priors = options_.check_nuts || (choice_.method->needs & runtime::priors) != 0;
  for (const Site& site : sites())
    if (site.is_param && needs_priors)
      return make_diagnostic(Code::method_not_applicable, {},
                             {options_.check_nuts ? "nuts" : options_.method,
                              "`" + site.name + "` is a param, which has no distribution to draw from"})
          .suggest("declare it `latent`, with a prior");
  return Done{};
}

Result<Posterior> Fitter::infer() {
  if (auto status = prepare(); !status) return status.diagnostics();
  const MethodId id = choice_.method->id;
  if (id == MethodId::automatic && is_all_params() && !options_.check_nuts) return run_map();
  if (auto status = check_method(); !status) return status.diagnostics();
  static constexpr Result<Posterior> (Fitter::* runs[])() = {
#define METHOD(id, name, kind, needs, gives, draws, is, good_for) &Fitter::run_##id,
#include "runtime/inference/methods.def"
#undef METHOD
  };
  return (this->*runs[static_cast<std::size_t>(id)])();
}

Result<Posterior> Fitter::run_automatic() {
  return bound_.impl->program->signature.guide.empty() ? climb() : declared();
}

Result<Posterior> Fitter::run_family() {
  auto found = guided(options_.method);
  if (!found) return found.diagnostics();
  return std::move(found->posterior);
}

Result<Posterior> Fitter::run_laplace() { return normal_fit(MethodId::laplace); }
Result<Posterior> Fitter::run_pathfinder() { return normal_fit(MethodId::pathfinder); }

Result<Posterior> Fitter::run_nuts() {
  const auto begin = Clock::now();
  auto posterior = sampled(options_, "nuts");
  if (posterior) posterior->infer_seconds = seconds_since(begin);
  return posterior;
}

// The mean-field guide's linear response; its own numbers, with a reason, where that is not known.
Result<Posterior> Fitter::run_linear_response() {
  auto found = guided("meanfield");
  if (!found) return found.diagnostics();
  if (found->response) {
    found->response->infer_seconds += found->posterior.infer_seconds;
    found->response->iterations += found->posterior.iterations;
    return std::move(*found->response);
  }
  found->posterior.add(Verdict::trust, ReasonCode::no_linear_response);
  return std::move(found->posterior);
}

Result<Posterior> Fitter::declared() {
  auto found = guided("declared");
  if (!found) return found.diagnostics();
  found->posterior.method = "guide " + bound_.impl->program->signature.guide;
  return std::move(found->posterior);
}

// A density that is finite nowhere near 0 cannot be started from; better said than searched for.
Status Fitter::check_defined() {
  auto start = start_point();
  if (!start) return start.diagnostics();
  const std::vector<double> centre = *start;
  const long lost = workspace_->impl().factorisations().lost;
  for (int attempt = 0; attempt < 50; ++attempt) {
    double value = 0;
    if (const auto status = call_log_joint(workspace_->impl(), *start, 1.0, value, {}); !status)
      return status.diagnostics();
    if (runtime::is_stopped()) return interrupted();
    if (std::isfinite(value)) return Done{};
    for (std::size_t k = 0; k < centre.size(); ++k)
      (*start)[k] = centre[k] + 2 * math::sin(12.9898 * static_cast<double>(k + 1) + 78.233 * (attempt + 1));
  }
  if (workspace_->impl().factorisations().lost > lost) return indefinite_matrix();
  return make_diagnostic(Code::non_finite_density, {}, {start_words})
      .suggest(
          "check the data for extreme values, and the declared bounds against the supports of the "
          "distributions");
}

std::vector<Span> Fitter::spans_of(const std::vector<ir::Opcode>& codes) const {
  const ir::Module expanded = passes::expand(
      passes::constrain(passes::inline_calls(without_predictions(bound_.impl->program->density))));
  std::vector<Span> places;
  for (const ir::Func& func : expanded.funcs)
    if (func.name == "log_joint") collect_places(func.body, codes, places);
  return places;
}

std::string Fitter::named_places(const std::vector<Span>& places) const {
  constexpr std::size_t most = 3;
  std::string out;
  for (std::size_t k = 0; k < std::min(places.size(), most); ++k)
    out += fmt::format("{}`{}`", k == 0 ? "in " : " or ",
                       one_line(bound_.impl->program->source.text(places[k])));
  return places.size() > most ? out + fmt::format(" or {} more places", places.size() - most) : out;
}

// One of the matrices that are factored has no Cholesky factor.
Diagnostic Fitter::indefinite_matrix() const {
  const std::vector<Span> places = spans_of({ir::Opcode::chol});
  Diagnostic diagnostic = make_diagnostic(Code::non_finite_density, places.empty() ? Span{} : places[0],
                                          {start_words});
  for (const Span& place : places)
    diagnostic.label(place, "the matrix that is factored here is not positive definite, or not finite");
  diagnostic.note(
      "1e-6 of its mean diagonal element was added to the diagonal, and it was still not positive definite: "
      "more than rounding is wrong");
  return std::move(
      diagnostic.suggest("check that the matrix is a covariance: symmetric, with positive variances, and `+ "
                         "s^2 * eye(N)` where points coincide"));
}

double Fitter::compile_seconds() const {
  const PhaseTimes times = bound_.times();
  return (times.parse + times.check + times.passes + times.llvm + times.link) / 1e3;
}

Posterior Fitter::named(const MethodChoice& choice) const {
  Posterior posterior;
  posterior.model = bound_.impl->program->signature.model;
  posterior.method = choice.name();
  return posterior;
}

Result<std::vector<double>> Fitter::start_point() {
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

}  // namespace elba
