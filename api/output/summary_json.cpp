// summary_json: the answer of a fit and the signature of a model as JSON.
#include <cmath>
#include <nlohmann/json.hpp>

#include "api/output/json_stream.h"
#include "api/output/unguarded.h"

namespace elba {

namespace {

using Json = nlohmann::ordered_json;

Json quantity_json(const Quantity& quantity, bool is_sampled) {
  Json out{{"name", quantity.name},
           {"mean", finite_or_null(quantity.mean)},
           {"sd", finite_or_null(quantity.sd)},
           {"q05", finite_or_null(quantity.q05)},
           {"q50", finite_or_null(quantity.q50)},
           {"q95", finite_or_null(quantity.q95)},
           {"mcse", finite_or_null(quantity.mcse)}};
  if (quantity.sd_khat > 0) out["sd_khat"] = finite_or_null(quantity.sd_khat);
  if (quantity.guide_sd > 0) out["sd_guide"] = finite_or_null(quantity.guide_sd);
  if (quantity.linear_response_sd > 0)
    out["sd_linear_response"] = finite_or_null(quantity.linear_response_sd);
  if (!is_sampled) return out;
  out["rhat"] = finite_or_null(quantity.rhat);
  out["ess_bulk"] = finite_or_null(quantity.ess_bulk);
  out["ess_tail"] = finite_or_null(quantity.ess_tail);
  return out;
}

Json attempts_json(const Posterior& posterior) {
  Json out = Json::array();
  for (const Attempt& attempt : posterior.attempts) {
    Json one{
        {"method", attempt.method}, {"verdict", verdict_name(attempt.verdict)}, {"seconds", attempt.seconds}};
    if (const SamplerDiagnostics* chains = attempt.sampler()) {
      one["rhat"] = finite_or_null(chains->rhat);
      one["divergences"] = chains->divergences;
    } else if (const auto* guide = std::get_if<GuideDiagnostics>(&attempt.diagnostics)) {
      one["elbo"] = finite_or_null(guide->elbo);
      one["khat"] = finite_or_null(guide->khat);
    }
    out.push_back(std::move(one));
  }
  return out;
}

Json optimisation_json(const Optimisation& optimisation) {
  Json out{{"algorithm", optimisation.algorithm}, {"error", finite_or_null(optimisation.error)}};
  if (optimisation.levels == 0) return out;
  out["rhat"] = finite_or_null(optimisation.rhat);
  out["ess"] = finite_or_null(optimisation.ess);
  out["mcse"] = finite_or_null(optimisation.mcse);
  out["levels"] = optimisation.levels;
  out["inefficiency"] = finite_or_null(optimisation.inefficiency);
  return out;
}

void add_measures(Json& out, const Posterior& posterior) {
  if (const ModeDiagnostics* mode = posterior.mode()) {
    out["log_density"] = finite_or_null(mode->log_density);
    out["starts"] = mode->starts;
    out["reached"] = mode->reached;
    return;
  }
  // Of `auto` that ended in nuts: the best guide's. Of nuts alone: null.
  const GuideDiagnostics* guide = posterior.best_guide();
  out["elbo"] = guide != nullptr ? finite_or_null(guide->elbo) : Json();
  out["elbo_se"] = guide != nullptr ? finite_or_null(guide->elbo_se) : Json();
  out["log_evidence"] = guide != nullptr ? finite_or_null(guide->log_evidence) : Json();
  if (guide != nullptr && std::isfinite(guide->laplace_evidence))
    out["log_evidence_laplace"] = finite_or_null(guide->laplace_evidence);
  out["khat"] = guide != nullptr ? finite_or_null(guide->khat) : Json();
  if (const SamplerDiagnostics* chains = posterior.sampler()) {
    out["rhat"] = finite_or_null(chains->rhat);
    out["ess"] = finite_or_null(chains->ess);
    out["divergences"] = chains->divergences;
  } else {
    out["importance_ess"] = finite_or_null(posterior.ess());
  }
  out["draws"] = posterior.draw_count;
}

// All but the quantities, which may be many.
Json posterior_json(const Posterior& posterior) {
  Json out;
  out["model"] = posterior.model;
  out["method"] = posterior.method;
  out["verdict"] = verdict_name(posterior.verdict);
  out["reasons"] = Json::array();
  for (const Reason& reason : posterior.reasons)
    out["reasons"].push_back({{"code", code_of(reason)}, {"text", reason.text}});
  out["converged"] = posterior.converged;
  add_measures(out, posterior);
  if (const GuideDiagnostics* guide = posterior.guide()) {
    if (!guide->optimisation.algorithm.empty()) out["optimisation"] = optimisation_json(guide->optimisation);
    for (const GradientNoise& gradient : guide->gradients)
      out["gradients"].push_back({{"name", gradient.name}, {"snr", finite_or_null(gradient.snr)}});
  }
  if (!posterior.attempts.empty()) out["rungs"] = attempts_json(posterior);
  for (const Disagreement& d : posterior.disagreements)
    out["disagreements"].push_back({{"name", d.name},
                                    {"mean_gap", finite_or_null(d.mean_gap)},
                                    {"sd_ratio", finite_or_null(d.sd_ratio)}});
  out["jitter"] = posterior.jitter;
  out["iterations"] = posterior.iterations;
  out["interrupted"] = posterior.interrupted;
  out["seconds"] = {{"compile", posterior.compile_seconds},
                    {"infer", posterior.infer_seconds},
                    {"total", posterior.compile_seconds + posterior.infer_seconds}};
  return out;
}

Json fields_json(const std::vector<Field>& fields) {
  Json out = Json::array();
  for (const Field& field : fields) {
    Json entry{{"name", field.name}, {"type", field.type}};
    if (!field.shape.empty()) entry["shape"] = field.shape;
    if (!field.support.empty()) entry["support"] = field.support;
    if (!field.unconstrained_size.empty()) entry["unconstrained_size"] = field.unconstrained_size;
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

bool unguarded::write_summary_json(const Posterior& posterior, const SummaryLayout& layout,
                                   const TextSink& sink) {
  const bool is_sampled = posterior.sampler() != nullptr;
  const Json more = layout.more.empty() ? Json::object() : Json::parse(layout.more, nullptr, false);
  const auto item = [&](std::size_t k) { return quantity_json(posterior.quantities[k], is_sampled); };
  return stream_json(posterior_json(posterior), "quantities", posterior.quantities.size(), item,
                     more.is_object() ? more : Json::object(), layout.is_indented, sink);
}

std::string unguarded::summary_json(const Posterior& posterior) {
  std::string text;
  (void)unguarded::write_summary_json(posterior, {}, [&](std::string_view piece) {
    text += piece;
    return true;
  });
  return text;
}

std::string unguarded::signature_json(const ProgramSignature& signature) {
  return Json{{"model", signature.model},
              {"dims", fields_json(signature.dims)},
              {"data", fields_json(signature.data)},
              {"latents", fields_json(signature.latents)},
              {"params", fields_json(signature.params)},
              {"predicts", fields_json(signature.predicts)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace elba
