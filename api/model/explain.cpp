// explain: what the compiler found in a model and what it decided, as JSON and as text for people.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "api/model/unguarded.h"
#include "passes/explain.h"
#include "passes/passes.h"
#include "passes/rewrite/data_traffic.h"
#include "support/deep_stack.h"

namespace elba {

namespace {

using Json = nlohmann::ordered_json;

// What a gradient costs, read off the last tensor-level module: traversals of the data, and what was moved to
// bind.
struct Cost {
  int passes_over_data = 0;
  std::string bytes;
  std::size_t step_ops = 0, bind_ops = 0;
};

Result<Cost> gradient_cost(const ir::Module& density) {
  PipelineOptions options;
  options.until = ir::Level::tensor;
  auto module = run_pipeline(density, {"log_joint.grad", ""}, options);
  if (!module) return module.diagnostics();
  Cost cost;
  for (const ir::Func& func : module->funcs) {
    ir::Module alone;
    alone.funcs.push_back(func);
    if (func.name.ends_with(".bind")) {
      cost.bind_ops = count_ops(alone);
      continue;
    }
    cost.step_ops = count_ops(alone);
    cost.passes_over_data = passes::data_passes(func);
    cost.bytes = passes::data_bytes(func).text();
  }
  return cost;
}

Json site_json(const passes::SiteExplanation& site) {
  return {{"name", site.name},
          {"role", site.role},
          {"type", site.type},
          {"support", site.support},
          {"prior", site.dist},
          {"coordinates", {{"offset", site.offset}, {"size", site.size}, {"names", site.coordinates}}},
          {"centering", site.centering},
          {"centering_reason", site.centering_reason},
          {"analytic_expectation", site.analytic},
          {"analytic_reason", site.analytic_reason}};
}

Json factor_json(const passes::FactorExplanation& factor) {
  return {{"site", factor.site},
          {"role", factor.role},
          {"dist", factor.dist},
          {"parents", factor.parents},
          {"plates", factor.plates}};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Type and support as the user would write them.
std::string declared(const passes::SiteExplanation& site, const ProgramSignature& signature) {
  for (const auto* fields : {&signature.latents, &signature.params})
    for (const Field& field : *fields)
      if (field.name == site.name) return field.type + ", support " + field.support;
  return site.type + ", support " + site.support;
}

std::string as_text(const passes::Explanation& found, const ProgramSignature& signature, const Cost& cost) {
  std::string out = fmt::format("model {}: {} unconstrained coordinates\n\nunknowns\n", found.model,
                                found.unconstrained_size);
  for (const auto& site : found.sites) {
    out += fmt::format("  {} {}: {}", site.role, site.name, declared(site, signature));
    if (!site.dist.empty()) out += ", prior " + site.dist;
    out += fmt::format("; coordinates {} from {}\n", site.size, site.offset);
    if (!site.centering.empty())
      out += fmt::format("      centering: {}{}{}\n", site.centering,
                         site.centering_reason.empty() ? "" : ", because ", site.centering_reason);
    if (!site.analytic_reason.empty())
      out += fmt::format("      expectation of its prior: {}, because {}\n",
                         site.analytic ? "exact" : "by draws", site.analytic_reason);
  }
  out += "\nfactors\n";
  for (const auto& factor : found.factors) {
    out += fmt::format("  {} {}", factor.role, factor.site);
    if (!factor.dist.empty()) out += " ~ " + factor.dist;
    if (!factor.parents.empty()) out += "  given " + joined(factor.parents);
    if (!factor.plates.empty()) out += "  over " + joined(factor.plates);
    out += "\n";
  }
  out += fmt::format(
      "\ngradient\n  passes over the data: {}\n  bytes read: {}\n  operations: {} per step, {} once at bind",
      cost.passes_over_data, cost.bytes, cost.step_ops, cost.bind_ops);
  return out;
}

}  // namespace

namespace {

Result<Explanation> explain_here(const Program::Impl* impl) {
  const auto found = passes::explain(passes::inline_calls(impl->density));
  auto cost = gradient_cost(impl->density);
  if (!cost) return cost.diagnostics();
  Json json;
  json["model"] = found.model;
  json["unconstrained_size"] = found.unconstrained_size;
  json["sites"] = Json::array();
  for (const auto& site : found.sites)
    json["sites"].push_back(site_json(site));
  json["factors"] = Json::array();
  for (const auto& factor : found.factors)
    json["factors"].push_back(factor_json(factor));
  json["gradient"] = {{"passes_over_data", cost->passes_over_data},
                      {"bytes_read", cost->bytes},
                      {"step_ops", cost->step_ops},
                      {"bind_ops", cost->bind_ops}};
  return Explanation{json.dump(2), as_text(found, impl->shown, *cost)};
}

}  // namespace

Result<Explanation> unguarded::explain(const ProgramHandle& impl) {
  return deeply([&] { return explain_here(impl.get()); });
}

}  // namespace elba
