// simulate: @model -> @simulate: every latent from its prior and every observed data field from its
// distribution, given the values of all of them.
//
//     %tau = latent %d, 0.0 {prior=1, site="tau"}       ->   param %tau;  %tau' = sample %d, (key_fold %key, 0)
//     observe %e, %y {role="data", site="y"}            ->   param %y;    %y' = sample %e, (key_fold %key, 1)
//                                                            -> (tau: f64, y: f64[N])
//     observe %f, (%w[t + 1] over t) {site="w"}         ->   the samples scattered to where %w was read, and
//                                                            how often each place was met: w.count
//     factor (sum of logpdf) {site="q"}                 ->   the same, in the same loops
//
// The function reads unknowns and data as parameters, instead of what it draws itself, so that nothing has to
// be put into an order. Called again on its own results with the same key it comes to rest at the draw of the
// whole model: after one call what depends on nothing is right, after two what depends on that, and so on
// along a hierarchy or a time series. A value that is held fixed is simply not replaced.
//
// Numbers leave as reals. There is no function where a statement is no distribution: a `factor` of the user's
// own, a distribution without sampler, an observation of something computed that cannot be inverted
// (`let z = y - mean(y); z ~ ..`).
//
//     observe %d, (log %earn) {site="le"}               ->   exp of the samples, as earn   (inverse_observation.h)
#include "passes/density/simulate.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

#include "passes/density/inverse_observation.h"
#include "passes/density/sites.h"
#include "passes/passes.h"
#include "passes/rewrite/rewrite.h"

namespace elba::passes {

using namespace ir;

namespace {

struct Draws {
  ValueId values, counts;  // counts: how many distributions met each element; invalid when one distribution
                           // gives all of them
};

bool is_sum(const Op& op) {
  return op.code == Opcode::nest && op.combiners == std::vector<Combiner>{Combiner::sum};
}

class Simulator {
 public:
  Simulator(Module& module, const Func& model)
      : module_(module),
        model_(model),
        transforms_(module),
        sites_(find_sites(model, transforms_)),
        b_(func_),
        ways_(model, definitions_, [this](ValueId value) { return is_array(value); }) {
    walk(model_.body, [this](const Op& op) {
      for (ValueId result : op.results)
        definitions_[result] = &op;
    });
  }

  SimulationPlan plan() {
    SimulationPlan plan;
    std::set<std::string> has_law;
    for (const Site& site : sites_)
      if (site.prior.valid())
        look_at(site.prior, model_.body.ops[site.op].origin, site.name, plan), has_law.insert(site.name);
    for (const Op& op : model_.body.ops) {
      if (op.code == Opcode::observe)
        look_at_law(op, op.attr_string("site"), op.attr_string("draws"), plan, has_law);
      if (op.code == Opcode::factor) look_at_factor(op, plan, has_law);
    }
    for (const Site& site : sites_)
      (has_law.contains(site.name) ? plan.latents : plan.without_law).push_back(site.name);
    for (const Param& param : model_.params)
      if (param.role == Role::data && has_law.contains(param.name)) plan.data.push_back(param.name);
    return plan;
  }

  void run(const SimulationPlan& plan) {
    func_.name = "simulate";
    for (const Param& param : model_.params) {
      if (param.role == Role::key) continue;
      const bool is_drawn = std::find(plan.data.begin(), plan.data.end(), param.name) != plan.data.end();
      map_[param.value] = b_.add_param(param.name, model_.type(param.value),
                                       is_drawn ? Role::value : param.role);
      func_.params.back().lower = param.lower;
      func_.params.back().upper = param.upper;
    }
    for (const Site& site : sites_)
      states_.push_back(b_.add_param(site.name, site.type));
    key_ = b_.add_param(free_name(func_, "key"), Type::key(), Role::key);
    for (const Param& param : model_.params)
      if (param.role == Role::key) map_[param.value] = key_;
    std::vector<bool> kept;
    for (const Op& op : model_.body.ops)
      kept.push_back(op.code == Opcode::latent || op.code == Opcode::observe || op.code == Opcode::factor);
    ModelCopy copy;
    copy.unknown = [&](std::size_t i) {
      if (sites_[i].prior.valid())
        draws_[sites_[i].name].push_back({real(sampled(sites_[i].prior, sites_[i].type)), {}});
      return states_[i];
    };
    copy.density = [&](const Op& op) {
      const Op* distribution = op.code == Opcode::observe ? &op : leaf_of(op.operands[0]);
      std::string why;
      wanted_ = op.attr_string("draws");
      draws_[source_name(way_of(*distribution, wanted_, why)->source)].push_back(
          op.code == Opcode::observe ? placed(op) : of_factor(op));
    };
    copy_model(model_, sites_, needed_ops(model_, {}, kept), b_, map_, copy);
    finish(plan);
    module_.funcs.push_back(std::move(func_));
  }

  // Of each observation by itself, in the order of the model, the data that it may be undone to.
  std::vector<std::vector<std::string>> choices() {
    std::vector<std::vector<std::string>> out;
    for (const Op& op : model_.body.ops) {
      if (op.code != Opcode::observe && op.code != Opcode::factor) continue;
      const Op* distribution = op.code == Opcode::observe ? &op : leaf_of(op.operands[0]);
      out.push_back(distribution == nullptr
                        ? std::vector<std::string>()
                        : ways_.sources(distribution->operands[1], is_whole(*distribution)));
    }
    return out;
  }

 private:
  // ---- what can be drawn

  void look_at(ValueId dist, Span origin, const std::string& site, SimulationPlan& plan) const {
    const auto found = definitions_.find(dist);
    const DistDecl* decl = found == definitions_.end()
                               ? nullptr
                               : module_.find_dist(found->second->attr_string("name"));
    if (decl != nullptr &&
        std::find(decl->members.begin(), decl->members.end(), "sample") != decl->members.end())
      return;
    plan.obstacles.push_back(
        {origin,
         "the distribution of `" + site + "`" + (decl == nullptr ? "" : ", `" + decl->name + "`,") +
             " has no sampler",
         "choose a distribution with one (`elba doc NAME` lists members), or give a `dist` of your own a "
         "`sample`"});
  }

  void look_at_law(const Op& op, const std::string& site, const std::string& wanted, SimulationPlan& plan,
                   std::set<std::string>& has_law) const {
    look_at(op.operands[0], op.origin, site, plan);
    std::string why;
    const auto way = way_of(op, wanted, why);
    if (way)
      has_law.insert(source_name(way->source));
    else
      plan.obstacles.push_back(
          {op.origin, "a draw of `" + site + "` gives none of the data: " + why,
           "state the distribution of the data themselves, as `lognormal` for the logarithm of a "
           "normal value, or compute `" +
               site + "` from one of them by steps that can be undone"});
  }

  void look_at_factor(const Op& op, SimulationPlan& plan, std::set<std::string>& has_law) const {
    const std::string site = op.attr_string("site");
    const Op* leaf = site.starts_with("factor.") ? nullptr : leaf_of(op.operands[0]);
    if (leaf != nullptr) return look_at_law(*leaf, site, op.attr_string("draws"), plan, has_law);
    plan.obstacles.push_back({op.origin,
                              "`factor` adds to the density, but is no distribution that could be drawn from",
                              "state a distribution with `~`"});
  }

  [[nodiscard]] bool is_array(ValueId value) const {
    return std::any_of(
               model_.params.begin(), model_.params.end(),
               [&](const Param& param) { return param.value == value && param.role == Role::data; }) ||
           std::any_of(sites_.begin(), sites_.end(), [&](const Site& site) { return site.value == value; });
  }

  // Of an observe or a logpdf.
  [[nodiscard]] std::optional<WayBack> way_of(const Op& op, const std::string& wanted,
                                              std::string& why) const {
    return ways_.find(op.operands[1], is_whole(op), wanted, why);
  }
  [[nodiscard]] bool is_whole(const Op& op) const {
    return model_.type(op.operands[0]).scalar == Scalar::i64;
  }

  [[nodiscard]] std::string source_name(ValueId value) const {
    for (const Param& param : model_.params)
      if (param.value == value) return param.name;
    return std::find_if(sites_.begin(), sites_.end(), [&](const Site& site) { return site.value == value; })
        ->name;
  }

  // The logpdf in the innermost of the sums; null where there is anything else.
  [[nodiscard]] const Op* leaf_of(ValueId total) const {
    const auto found = definitions_.find(total);
    if (found == definitions_.end()) return nullptr;
    if (found->second->code == Opcode::logpdf) return found->second;
    return is_sum(*found->second) ? leaf_of(found->second->regions[0].ops.back().operands[0]) : nullptr;
  }

  // ---- drawing

  ValueId real(ValueId value) {
    return b_.type(value).scalar == Scalar::f64 ? value : b_.emit(Opcode::to_real, {value});
  }

  ValueId sampled(ValueId dist, const Type& type) {
    ValueId key = b_.emit(Opcode::key_fold, {key_, b_.constant_int(laws_++)});
    for (ValueId iterator : iterators_)
      key = b_.emit(Opcode::key_fold, {key, iterator});
    Op draw;
    draw.code = Opcode::sample;
    draw.operands = {b_.mapped(model_, dist, map_), key};
    draw.dims.assign(type.shape.begin(),
                     type.shape.end() - static_cast<std::ptrdiff_t>(model_.type(dist).shape.size()));
    return b_.append(std::move(draw))[0];
  }

  // Of an observe or a logpdf: distribution, value, perhaps a mask.
  Draws placed(const Op& op) {
    std::string why;
    const WayBack way = *way_of(op, wanted_, why);
    const Type& type = model_.type(op.operands[1]);
    const ValueId sample = real(sampled(op.operands[0], type));
    if (way.steps.empty() && op.operands.size() == 2 && iterators_.empty()) return {sample, {}};
    const auto mask = op.operands.size() > 2 ? b_.mapped(model_, op.operands[2], map_) : ValueId{};
    const auto iterators = b_.open_nest(type.shape.empty() ? std::vector<Dim>{Dim(1)} : type.shape);
    const auto element = [&](ValueId tensor) {
      const auto rank = static_cast<std::ptrdiff_t>(b_.type(tensor).rank());
      return rank == 0 ? tensor
                       : b_.read(tensor, std::vector<ValueId>(iterators.begin(), iterators.begin() + rank));
    };
    std::vector<ValueId> at(iterators.begin(),
                            iterators.begin() + static_cast<std::ptrdiff_t>(type.shape.size()));
    ValueId value = ways_.undo(way, b_, map_, element(sample), at), count = b_.constant(1.0);
    if (mask.valid()) {
      const ValueId counts = element(mask);
      value = b_.select(counts, value, b_.constant(0.0));
      count = b_.select(counts, count, b_.constant(0.0));
    }
    const Type whole = Type::real(model_.type(way.source).shape);
    const auto with = [&](ValueId scalar) {
      std::vector<ValueId> yields = at;
      yields.push_back(scalar);
      return whole.is_scalar() ? YieldSpec{Combiner::sum, {scalar}}
                               : YieldSpec{Combiner::scatter, yields, whole};
    };
    const auto results = b_.close_nest({with(value), with(count)});
    return {results[0], results[1]};
  }

  Draws of_factor(const Op& op) { return in_loops(*definitions_.at(op.operands[0])); }

  // The loops of a sum of log densities; each iteration's draws are added, which do not overlap.
  Draws in_loops(const Op& op) {
    if (op.code == Opcode::logpdf) return placed(op);
    const auto operands = mapped_values(model_, op.operands, b_, map_);
    const auto iterators = b_.open_nest(op.dims);
    if (is_bounded(op)) b_.bound_loop(operands[operands.size() - 2], operands.back());
    const Region& body = op.regions[0];
    for (std::size_t k = 0; k < iterators.size(); ++k)
      map_[body.params[k]] = iterators[k];
    iterators_.insert(iterators_.end(), iterators.begin(), iterators.end());
    const Op& term = *definitions_.at(body.ops.back().operands[0]);
    for (std::size_t k = 0; k + 1 < body.ops.size(); ++k)
      if (&body.ops[k] != &term) b_.clone_op(model_, body.ops[k], map_);
    const Draws inner = in_loops(term);
    iterators_.resize(iterators_.size() - iterators.size());
    const auto results = b_.close_nest({{Combiner::sum, {inner.values}}, {Combiner::sum, {inner.counts}}});
    return {results[0], results[1]};
  }

  void finish(const SimulationPlan& plan) {
    std::vector<ValueId> results;
    std::vector<std::string> names;
    std::vector<std::string> drawn = plan.latents;
    drawn.insert(drawn.end(), plan.data.begin(), plan.data.end());
    for (const std::string& name : drawn) {
      const auto& distributions = draws_.at(name);
      ValueId values = distributions[0].values, counts = distributions[0].counts;
      const std::vector<Dim> shape = b_.type(values).shape;
      for (std::size_t k = 1; k < distributions.size(); ++k) {
        const auto count = [&](ValueId given) {
          return given.valid() ? given : filled(b_, shape, b_.constant(1.0));
        };
        values = b_.add(values, distributions[k].values);
        counts = b_.add(count(counts), count(distributions[k].counts));
      }
      results.push_back(values);
      names.push_back(name);
      if (!counts.valid()) continue;
      results.push_back(counts);
      names.push_back(name + ".count");
    }
    b_.finish(results, names);
  }

  Module& module_;
  const Func& model_;
  Transforms transforms_;
  std::vector<Site> sites_;
  Func func_;
  Builder b_;
  Builder::ValueMap map_;
  Definitions definitions_;
  WaysBack ways_;
  std::vector<ValueId> states_, iterators_;  // of the sites; of the loops that are open
  std::map<std::string, std::vector<Draws>> draws_;
  ValueId key_;
  std::string wanted_;  // of the statement that is drawn
  std::int64_t laws_ = 0;
};

}  // namespace

SimulationPlan simulation_plan(const Module& module) {
  const Func* model = module.find("model");
  if (model == nullptr) return {};
  Module scratch = module;
  return Simulator(scratch, *model).plan();
}

Module choose_drawn(Module module, const std::set<std::string>& given) {
  Module inlined = inline_calls(module);
  const Func* found = inlined.find("model");
  Func* model = module.find("model");
  if (found == nullptr || model == nullptr) return module;
  const Func copy = *found;
  const auto choices = Simulator(inlined, copy).choices();
  std::size_t at = 0;
  for (Op& op : model->body.ops) {
    if ((op.code != Opcode::observe && op.code != Opcode::factor) || at >= choices.size()) continue;
    std::vector<std::string> missing;
    for (const std::string& name : choices[at])
      if (!given.contains(name)) missing.push_back(name);
    if (choices[at].size() > 1 && missing.size() == 1) op.set_attr("draws", missing[0]);
    ++at;
  }
  return module;
}

Module simulate(Module module) {
  const Func* found = module.find("model");
  if (!found) return module;
  const Func model = *found;
  std::erase_if(module.funcs, [](const Func& func) { return func.name == "model"; });
  Simulator simulator(module, model);
  const SimulationPlan plan = simulator.plan();
  if (plan.obstacles.empty() && plan.latents.size() + plan.data.size() > 0) simulator.run(plan);
  return module;
}

}  // namespace elba::passes
