// inference_data: the groups of InferenceData from a bound model and its posterior.
//
//     posterior             latents, params, and what `predict` names       [chain, draw, ..]
//     posterior_predictive  predictions of observed data, under their name  [chain, draw, ..]
//     log_likelihood        each observation                                [chain, draw, ..]
//     sample_stats          lp; of nuts: acceptance, step, depth, ..        [chain, draw]
//     prior                 draws of the latents before any data            [chain, draw, ..]
//     observed_data, constant_data                                          [..]
//
// Sources: the InferenceData schema specification of ArviZ (groups, names, attributes).
#include "api/inference_data.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <span>

#include "api/model/draw_table.h"
#include "api/output/prior.h"
#include "api/output/unguarded.h"
#include "runtime/control/interruption.h"

namespace elba {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// y_rep, y_pred, y_new, y_sim, y_tilde, rep_y, ..: a new y. Empty when the name is no such thing.
std::string observed_name(const std::string& prediction, const std::set<std::string>& observed) {
  for (const char* word : {"rep", "pred", "predicted", "new", "sim", "tilde", "ppc"})
    for (const std::string& name : observed)
      if (prediction == name + "_" + word || prediction == std::string(word) + "_" + name) return name;
  return {};
}

class Writer {
 public:
  Writer(const Bound& bound, const Posterior& posterior, const OutputOptions& options)
      : bound_(bound), posterior_(posterior), options_(options) {}

  Result<InferenceData> run() {
    auto table = draw_table(bound_, posterior_, options_.is_brief);
    if (!table) return table.diagnostics();
    table_ = std::move(*table);
    attributes();
    for (const auto& data : signature().data)
      taken_.insert(data.name);
    for (const auto* arrays : {&coordinates().sites, &coordinates().predictions})
      for (const Site& array : *arrays)
        taken_.insert(array.name);
    auto observations = bound_.observations();
    if (!observations) return observations.diagnostics();
    for (const auto& data : signature().data)
      for (const auto& array : *observations)
        if (array.name == data.name) observed_.insert(data.name);
    draws();
    if (auto status = densities(*observations); !status) return status.diagnostics();
    if (options_.prior_draws > 0 && !options_.is_brief) prior();
    data();
    return std::move(out_);
  }

 private:
  [[nodiscard]] const Signature& signature() const { return bound_.impl->program->signature; }
  [[nodiscard]] const Coordinates& coordinates() const { return bound_.impl->coordinates; }
  [[nodiscard]] std::int64_t chains() const {
    return static_cast<std::int64_t>(std::max<std::size_t>(1, table_.chains));
  }
  [[nodiscard]] std::int64_t draws_of_chain() const {
    return static_cast<std::int64_t>(table_.draws) / chains();
  }

  void attributes() {
    out_.attributes = {{"inference_library", "elba"},
                       {"inference_library_version", options_.version},
                       {"model_name", posterior_.model},
                       {"method", posterior_.method},
                       {"verdict", std::string(verdict_name(posterior_.verdict))}};
    std::string reasons;
    for (const Reason& reason : posterior_.reasons)
      reasons += (reasons.empty() ? "" : "\n") + reason.text;
    out_.attributes.emplace_back("reasons", reasons);
    out_.attributes.emplace_back("seed", std::to_string(options_.seed));
  }

  // The model's name of a dim, where a variable has it once and nothing else bears it; else "x_dim_0", as
  // ArviZ names them.
  void name_dims(OutputVariable& variable, const std::vector<std::string>& texts) const {
    for (std::size_t axis = 0; axis < texts.size(); ++axis) {
      const bool is_name = std::any_of(signature().dims.begin(), signature().dims.end(),
                                       [&](const auto& dim) { return dim.name == texts[axis]; });
      const bool is_free = std::find(variable.dims.begin(), variable.dims.end(), texts[axis]) ==
                               variable.dims.end() &&
                           !taken_.contains(texts[axis]);
      variable.dims.push_back(is_name && is_free && texts[axis] != "chain" && texts[axis] != "draw"
                                  ? texts[axis]
                                  : variable.name + "_dim_" + std::to_string(axis));
    }
  }

  static std::vector<std::string> texts_of(const ir::Type& type) {
    std::vector<std::string> texts;
    for (const ir::Dim& dim : type.shape)
      texts.push_back(dim.text());
    return texts;
  }

  OutputVariable drawn(const std::string& name, const std::vector<std::string>& texts,
                       const std::vector<std::int64_t>& shape) const {
    OutputVariable variable{name, {"chain", "draw"}, {chains(), draws_of_chain()}, {}, Element::real};
    name_dims(variable, texts);
    variable.shape.insert(variable.shape.end(), shape.begin(), shape.end());
    return variable;
  }

  // With coordinates: chains and draws count from 0, as ArviZ has it; elements from 1, as the model does.
  void add_group(std::string name, std::vector<OutputVariable> variables) {
    if (variables.empty()) return;
    OutputGroup group{std::move(name), {}};
    std::set<std::string> met;
    for (const OutputVariable& variable : variables)
      for (std::size_t axis = 0; axis < variable.dims.size(); ++axis) {
        if (!met.insert(variable.dims[axis]).second) continue;
        OutputVariable coordinate{
            variable.dims[axis], {variable.dims[axis]}, {variable.shape[axis]}, {}, Element::integer};
        const double first = variable.dims[axis] == "chain" || variable.dims[axis] == "draw" ? 0 : 1;
        for (std::int64_t k = 0; k < variable.shape[axis]; ++k)
          coordinate.values.push_back(first + static_cast<double>(k));
        group.variables.push_back(std::move(coordinate));
      }
    for (OutputVariable& variable : variables)
      group.variables.push_back(std::move(variable));
    out_.groups.push_back(std::move(group));
  }

  // Of an unknown or a prediction: one of data by its name is a new draw of them.
  void add_drawn(const Site& site, const ir::Type& type, bool is_prediction,
                 std::vector<OutputVariable>& posterior, std::vector<OutputVariable>& predictive) {
    const bool is_kept = site.value_first + site.value_size <= table_.kept->width();
    if (!is_kept && table_.predicted == nullptr) {
      if (options_.is_brief)
        out_.notes.push_back("there was no time for `" + site.name +
                             "`; `elba predict` makes it from the draws that are there");
      return;
    }
    const std::string of = is_prediction ? observed_name(site.name, observed_) : "";
    const auto data = std::find_if(signature().data.begin(), signature().data.end(),
                                   [&](const auto& field) { return field.name == of; });
    const bool is_new = data != signature().data.end() && data->type.shape == type.shape;
    OutputVariable variable = drawn(is_new ? of : site.name, texts_of(type), site.shape);
    if (type.scalar != ir::Scalar::f64) variable.element = Element::integer;
    variable.is_prediction = is_prediction;
    variable.source = is_kept ? std::shared_ptr<const DrawSource>(table_.kept) : table_.predicted;
    variable.first = is_kept ? site.value_first : site.value_first - table_.unknowns;
    out_.drawn.push_back(variable);
    out_.drawn.back().name = site.name;
    (is_new ? predictive : posterior).push_back(std::move(variable));
  }

  void draws() {
    std::vector<OutputVariable> posterior, predictive;
    for (std::size_t j = 0; j < coordinates().sites.size(); ++j)
      add_drawn(coordinates().sites[j], signature().unknowns[j].type, false, posterior, predictive);
    for (std::size_t j = 0; j < coordinates().predictions.size(); ++j)
      add_drawn(coordinates().predictions[j], signature().predictions[j].type, true, posterior, predictive);
    add_group("posterior", std::move(posterior));
    add_group("posterior_predictive", std::move(predictive));
  }

  // lp and the observations, at the draws.
  Status densities(const std::vector<ObservationArray>& observations) {
    std::vector<OutputVariable> likelihood,
        statistics{{"lp", {"chain", "draw"}, {chains(), draws_of_chain()}, {}, Element::real}};
    std::size_t total = 0;
    for (const auto& array : observations) {
      likelihood.push_back(drawn(array.name, array.dims, array.shape));
      likelihood.back().first = total;
      std::size_t count = 1;
      for (const auto size : array.shape)
        count *= static_cast<std::size_t>(size);
      total += count;
    }
    if (auto status = add_log_density(statistics[0]); !status) return status;
    if (total > 0 && table_.draws > 0 && !options_.is_brief) {
      auto source = density_source(bound_, table_.kept, total);
      if (!source) return source.diagnostics();
      for (OutputVariable& variable : likelihood)
        variable.source = *source;
      add_group("log_likelihood", std::move(likelihood));
    }
    sampler_statistics(statistics);
    add_group("sample_stats", std::move(statistics));
    return Done{};
  }

  Status add_log_density(OutputVariable& lp) {
    lp.values.assign(table_.draws, missing);
    std::size_t lost = 0, skipped = table_.draws;
    if (!options_.is_brief) {
      auto workspace = bound_.workspace();
      if (!workspace) return workspace.diagnostics();
      for (std::size_t k = 0; k < table_.draws; ++k) {
        const auto u = unconstrained_row(bound_, **workspace, table_.row(k));
        Status status = Done{};
        if (u) status = bound_.log_density(**workspace, *u, true, lp.values[k], {});
        if (runtime::is_stopped())
          lp.values[k] = missing;
        else if (!status)
          return status;
        if (runtime::is_stopped()) break;
        --skipped;
        if (!u) ++lost;
      }
    }
    if (skipped > 0)
      out_.notes.push_back("there was no time for the densities of " + std::to_string(skipped) +
                           " draws: they are nan");
    if (lost > 0)
      out_.notes.push_back(std::to_string(lost) +
                           " draws lie on the border of a support: their densities are nan");
    return Done{};
  }

  void sampler_statistics(std::vector<OutputVariable>& out) const {
    const SamplerStatistics& found = posterior_.statistics;
    const auto add = [&](const char* name, const auto& values, Element element) {
      if (values.size() != table_.draws || values.empty()) return;
      OutputVariable variable{name, {"chain", "draw"}, {chains(), draws_of_chain()}, {}, element};
      for (const auto value : values)
        variable.values.push_back(static_cast<double>(value));
      out.push_back(std::move(variable));
    };
    add("acceptance_rate", found.acceptance, Element::real);
    add("step_size", found.step_length, Element::real);
    add("tree_depth", found.depth, Element::integer);
    add("n_steps", found.steps, Element::integer);
    add("diverging", found.is_divergent, Element::boolean);
    add("energy", found.energy, Element::real);
  }

  void prior() {
    const auto found = prior_draws(bound_, options_.seed, static_cast<std::size_t>(options_.prior_draws));
    if (!found.reason.empty()) return out_.notes.push_back("no prior group: " + found.reason);
    std::vector<OutputVariable> variables;
    for (std::size_t j = 0; j < coordinates().sites.size(); ++j) {
      const Site& array = coordinates().sites[j];
      OutputVariable variable{
          array.name, {"chain", "draw"}, {1, static_cast<std::int64_t>(found.draws)}, {}, Element::real};
      name_dims(variable, texts_of(signature().unknowns[j].type));
      variable.shape.insert(variable.shape.end(), array.shape.begin(), array.shape.end());
      for (std::size_t k = 0; k < found.draws; ++k) {
        const auto row =
            std::span(found.values).subspan(k * found.columns + array.value_first, array.value_size);
        variable.values.insert(variable.values.end(), row.begin(), row.end());
      }
      variables.push_back(std::move(variable));
    }
    add_group("prior", std::move(variables));
  }

  void data() {
    std::vector<OutputVariable> observed, constant;
    for (const auto& field : signature().data) {
      const auto found = bound_.impl->data->arrays.find(field.name);
      if (found == bound_.impl->data->arrays.end()) continue;
      const HostArray& array = found->second;
      OutputVariable variable{field.name, {}, array.shape, array.reals, Element::real};
      if (array.type.scalar == ir::Scalar::i64) {
        variable.values.assign(array.integers.begin(), array.integers.end());
        variable.element = Element::integer;
      }
      name_dims(variable, texts_of(field.type));
      (observed_.contains(field.name) ? observed : constant).push_back(std::move(variable));
    }
    add_group("observed_data", std::move(observed));
    add_group("constant_data", std::move(constant));
  }

  const Bound& bound_;
  const Posterior& posterior_;
  const OutputOptions& options_;
  DrawTable table_;
  std::set<std::string> observed_, taken_;
  InferenceData out_;
};

}  // namespace

std::size_t OutputVariable::count() const {
  if (source == nullptr) return values.size();
  std::size_t count = 1;
  for (std::size_t axis = 2; axis < shape.size(); ++axis)
    count *= static_cast<std::size_t>(shape[axis]);
  return count;
}

Result<InferenceData> unguarded::inference_data(const Bound& bound, const Posterior& posterior,
                                                const OutputOptions& options) {
  return Writer(bound, posterior, options).run();
}

}  // namespace elba
