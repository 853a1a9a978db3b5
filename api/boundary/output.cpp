// output: the public functions beside elba.hpp, as elba.cpp has those of it. What a host may
// have made or changed itself (a posterior, saved draws, groups of arrays) is looked at for lengths that do
// not agree, before anything is read by them.
#include <algorithm>

#include "api/model/draw_table.h"
#include "api/model/guarded.h"
#include "api/model/handles.h"
#include "api/output/unguarded.h"

namespace elba {

namespace {

std::optional<std::size_t> product(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const std::int64_t size : shape)
    if (size < 0 || __builtin_mul_overflow(count, static_cast<std::size_t>(size), &count))
      return std::nullopt;
  return count;
}

std::string needed(std::size_t count, const std::string& why) {
  return std::to_string(count) + (count == 1 ? " is" : " are") + (why.empty() ? "" : ", " + why + ",");
}

Diagnostic length(const std::string& name, std::size_t found, std::size_t count, const std::string& why) {
  return make_diagnostic(Code::length_mismatch, {},
                         {name, std::to_string(found), found == 1 ? "value" : "values", needed(count, why)});
}

// A table of draws, and chains of equal length. No draws: a mode.
Status check_draws(const std::string& what, std::size_t names, std::size_t values, std::size_t draws,
                   std::size_t chains) {
  if (std::size_t count = 0; __builtin_mul_overflow(names, draws, &count) || count != values)
    return length(what, values, count, "one for each name in each draw");
  if (draws > 0 && (chains == 0 || draws % chains != 0))
    return make_diagnostic(
        Code::usage_error, {},
        {std::to_string(draws) + " draws are no " + std::to_string(chains) + " chains of one length"});
  return Done{};
}

Status check_posterior(const Posterior& posterior) {
  if (auto status = check_draws("Posterior::draws", posterior.draw_names.size(), posterior.draws.size(),
                                posterior.draw_count, posterior.chain_count);
      !status)
    return status;
  const SamplerStatistics& s = posterior.statistics;
  for (const std::size_t found : {s.acceptance.size(), s.step_length.size(), s.energy.size(), s.depth.size(),
                                  s.steps.size(), s.is_divergent.size()})
    if (found != 0 && found != posterior.draw_count)
      return length("Posterior::statistics", found, posterior.draw_count, "one for each draw");
  return Done{};
}

// That it is of this model, at these sizes.
Status check_owner(const Bound& bound, const Posterior& posterior) {
  const auto& names = bound.constrained_names();
  const bool has_draws = posterior.draw_count > 0;
  const std::size_t found = has_draws ? posterior.draw_names.size() : posterior.quantities.size();
  if (found < names.size() && found > 0)
    return make_diagnostic(Code::length_mismatch, {},
                           {"posterior", std::to_string(found), found == 1 ? "quantity" : "quantities",
                            needed(names.size(), "the unknowns of this `Bound`")});
  for (std::size_t k = 0; k < std::min(found, names.size()); ++k)
    if (const std::string& name = has_draws ? posterior.draw_names[k] : posterior.quantities[k].name;
        name != names[k])
      return make_diagnostic(
          Code::usage_error, {},
          {"the posterior is of another model: it has `" + name + "` where this one has `" + names[k] + "`"});
  return Done{};
}

Status check_groups(const InferenceData& data) {
  for (const OutputGroup& group : data.groups)
    for (const OutputVariable& variable : group.variables) {
      const auto count = product(variable.shape);
      if (variable.dims.size() != variable.shape.size())
        return make_diagnostic(Code::length_mismatch, {},
                               {variable.name, std::to_string(variable.dims.size()), "dims",
                                needed(variable.shape.size(), "one for each axis")});
      if (variable.source != nullptr) {
        const bool fits = variable.shape.size() >= 2 &&
                          variable.first + variable.count() <= variable.source->width();
        if (!fits)
          return length(variable.name, variable.source->width(), variable.first + variable.count(),
                        "columns of its source");
        continue;
      }
      if (!count || *count != variable.values.size())
        return length(variable.name, variable.values.size(), count.value_or(0), "as its shape says");
    }
  return Done{};
}

template <class Body>
auto of_bound(const Bound& bound, Body&& body) -> std::invoke_result_t<Body> {
  return guarded([&]() -> std::invoke_result_t<Body> {
    if (bound.impl == nullptr) return empty_handle("Bound");
    return body();
  });
}

}  // namespace

Result<InferenceData> inference_data(const Bound& bound, const Posterior& posterior,
                                     const OutputOptions& options) {
  return of_bound(bound, [&]() -> Result<InferenceData> {
    if (auto status = check_posterior(posterior); !status) return status.diagnostics();
    if (auto status = check_owner(bound, posterior); !status) return status.diagnostics();
    return unguarded::inference_data(bound, posterior, options);
  });
}

Status write_netcdf(const InferenceData& data, const std::string& path) {
  return guarded([&]() -> Status {
    if (auto status = check_groups(data); !status) return status;
    return unguarded::write_netcdf(data, path);
  });
}

void prepare_netcdf() {
  (void)guarded_or(false, [] {
    unguarded::prepare_netcdf();
    return true;
  });
}

bool write_chain_csv(const Posterior& posterior, const InferenceData& data, const OutputOptions& options,
                     std::size_t chain, const TextSink& sink) {
  return guarded_or(false, [&] {
    if (!check_posterior(posterior) || !check_groups(data) || chain >= chain_texts(posterior)) return false;
    return unguarded::write_chain_csv(posterior, data, options, chain, from_host("sink", sink));
  });
}

Result<std::vector<Quantity>> summarise(const Predictions& predictions) {
  return guarded([&] { return unguarded::summarise(predictions); });
}

bool write_predictions_csv(const Predictions& predictions, const TextSink& sink) {
  return guarded_or(false,
                    [&] { return unguarded::write_predictions_csv(predictions, from_host("sink", sink)); });
}

Result<SavedDraws> read_chains(const std::vector<std::string>& texts, const std::string& folder) {
  return guarded([&] { return unguarded::read_chains(texts, folder); });
}

Result<Predictions> predict(const Bound& bound, const SavedDraws& saved, std::uint64_t seed,
                            std::size_t draws) {
  return of_bound(bound, [&]() -> Result<Predictions> {
    if (auto status = check_draws("SavedDraws::values", saved.names.size(), saved.values.size(),
                                  saved.draw_count, 1);
        !status)
      return status.diagnostics();
    return unguarded::predict(bound, saved, seed, draws);
  });
}

Result<std::vector<double>> saved_mean(const Bound& bound, const SavedDraws& saved) {
  return of_bound(bound, [&]() -> Result<std::vector<double>> {
    if (auto status = check_draws("SavedDraws::values", saved.names.size(), saved.values.size(),
                                  saved.draw_count, 1);
        !status)
      return status.diagnostics();
    return unguarded::saved_mean(bound, saved);
  });
}

bool write_summary_json(const Posterior& posterior, const SummaryLayout& layout, const TextSink& sink) {
  return guarded_or(
      false, [&] { return unguarded::write_summary_json(posterior, layout, from_host("sink", sink)); });
}

std::string summary_json(const Posterior& posterior) {
  return guarded_or(std::string(), [&] { return unguarded::summary_json(posterior); });
}

std::string signature_json(const ProgramSignature& signature) {
  return guarded_or(std::string(), [&] { return unguarded::signature_json(signature); });
}

std::string html_report(const Posterior& posterior, const InferenceData& data, const ReportOptions& options) {
  return guarded_or(std::string(), [&] {
    if (!check_posterior(posterior) || !check_groups(data)) return std::string();
    return unguarded::html_report(posterior, data, options);
  });
}

Result<Calibration> calibrate(const Program& simulated, const Program& fitted, const Data& given,
                              const CalibrationOptions& options, const JitOptions& jit) {
  return guarded([&]() -> Result<Calibration> {
    if (simulated.impl == nullptr || fitted.impl == nullptr) return empty_handle("Program");
    if (options.replications < 1)
      return make_diagnostic(
          Code::usage_error, {},
          {"`replications` is " + std::to_string(options.replications) + ", and at least 1 is needed"});
    if (options.ranks < 1)
      return make_diagnostic(Code::usage_error, {},
                             {"`ranks` is " + std::to_string(options.ranks) + ", and at least 1 is needed"});
    if (!(options.level > 0 && options.level < 1))
      return make_diagnostic(Code::usage_error, {}, {"`level` must lie between 0 and 1"});
    CalibrationOptions own = options;
    own.progress = from_host("progress", options.progress);
    own.fit.progress = from_host("progress", options.fit.progress);
    return unguarded::calibrate(simulated, fitted, given, own, jit);
  });
}

Result<std::vector<BatteryRow>> check_site_distribution(std::string_view model_text,
                                                        const std::string& shown_name,
                                                        const BatteryOptions& options,
                                                        const CompileOptions& compile) {
  return guarded(
      [&] { return unguarded::check_site_distribution(model_text, shown_name, options, compile); });
}

Result<std::vector<BatteryRow>> check_distributions(std::string_view text, const CompileOptions& compile,
                                                    const BatteryOptions& options) {
  return guarded([&] { return unguarded::check_distributions(text, compile, options); });
}

Result<GradientCheck> check_gradient(std::string_view ir_text, const GradientCheckOptions& options,
                                     const std::string& name) {
  return guarded([&]() -> Result<GradientCheck> {
    if (auto status = check_set(options.data); !status) return status.diagnostics();
    return unguarded::check_gradient(ir_text, options, name);
  });
}

}  // namespace elba
