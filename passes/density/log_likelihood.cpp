// log_likelihood: @model -> @log_likelihood on unconstrained coordinates: the log density of every
// observation by itself, one array for each `~` statement on data. What cross-validation and model comparison
// read; its sum is the likelihood's share of @log_joint.
//
//     observe %d, %y {role="data", site="y"}     ->   %l = nest (%i < N) -> (stack f64[N]) {
//                                                       logpdf of d at i, y[i] }      -> (y: f64[N])
//     %t = nest (%i < N) -> (sum f64) { .. }     ->   the same loops, stacked instead of summed:
//     factor %t {site="y"}                            one number an iteration (0 where a loop or a condition
//                                                     leaves an observation out)
//
// An observation is one event of its distribution: a vector under a multivariate normal is one number. A
// second statement on the same data is named y_2. Priors and the user's own `factor`s are no observations.
// Where there is no observation there is no function.
// @outside_support has the same form, and gives for every observation whether it lies outside of the numbers
// between which its distribution has density. Source of the form: Vehtari, Gelman and Gabry 2017, "Practical
// Bayesian model evaluation", section 2.
#include <algorithm>
#include <set>

#include "ir/inverse.h"
#include "passes/density/outside_support.h"
#include "passes/density/sites.h"
#include "passes/passes.h"
#include "passes/rewrite/rewrite.h"

namespace elba::passes {

using namespace ir;

namespace {

// A `factor` stands for observations in ragged loops and under conditions; the user's own are called
// factor.1, factor.2, ...
bool is_observation(const Op& op) {
  if (op.code == Opcode::observe) return op.attr_string("role") == "data";
  return op.code == Opcode::factor && !op.attr_string("site").starts_with("factor.");
}

ir::Definitions definitions_of(const Func& func) {
  ir::Definitions definitions;
  walk(func.body, [&](const Op& op) {
    for (ValueId result : op.results)
      definitions[result] = &op;
  });
  return definitions;
}

// The distribution of an observe, or of the logpdf in the sums of a factor.
const Op* distribution_of(const ir::Definitions& definitions, const Op& op) {
  const auto find = [&](ValueId value) {
    const auto found = definitions.find(value);
    return found == definitions.end() ? nullptr : found->second;
  };
  if (op.code == Opcode::observe || op.code == Opcode::logpdf) return find(op.operands[0]);
  const Op* total = op.code == Opcode::factor ? find(op.operands[0]) : &op;
  if (total == nullptr || total->code == Opcode::logpdf)
    return total == nullptr ? nullptr : distribution_of(definitions, *total);
  if (total->code != Opcode::nest || total->regions[0].ops.back().operands.empty()) return nullptr;
  const Op* inner = find(total->regions[0].ops.back().operands[0]);
  return inner == nullptr || (inner->code != Opcode::nest && inner->code != Opcode::logpdf)
             ? nullptr
             : distribution_of(definitions, *inner);
}

const Param* field_of(const Func& model, std::string_view name) {
  const auto found = std::find_if(model.params.begin(), model.params.end(),
                                  [&](const Param& param) { return param.name == name; });
  return found == model.params.end() ? nullptr : &*found;
}

// The field of the data that an `observe` is of as a whole; else null.
const Param* observed_field(const Func& model, const Op& op) {
  const Param* field = op.code == Opcode::observe && op.operands.size() == 2
                           ? field_of(model, op.attr_string("site"))
                           : nullptr;
  return field != nullptr && field->value == op.operands[1] ? field : nullptr;
}

// The declaration of a distribution of reals or counts with numbers for ends, where what it is of is computed
// or a part of the data; else null.
const DistDecl* bounded_distribution(const Module& module, const Func& model,
                                     const ir::Definitions& definitions, const Op& op) {
  if (observed_field(model, op) != nullptr) return nullptr;
  const Op* distribution = distribution_of(definitions, op);
  const DistDecl* decl = distribution == nullptr ? nullptr
                                                 : module.find_dist(distribution->attr_string("name"));
  if (decl == nullptr || !decl->event_shape.empty() || decl->periodic) return nullptr;
  return std::holds_alternative<double>(decl->lower) || std::holds_alternative<double>(decl->upper) ? decl
                                                                                                    : nullptr;
}

class Pointwise {
 public:
  enum class Gives { log_density, is_outside };
  Pointwise(Module& module, const Func& model, Gives gives)
      : gives_(gives),
        module_(module),
        model_(model),
        transforms_(module),
        sites_(find_sites(model, transforms_)),
        b_(func_),
        definitions_(definitions_of(model)) {}

  // False when the model observes nothing.
  bool run() {
    std::vector<bool> kept;
    for (const Op& op : model_.body.ops)
      kept.push_back(is_wanted(op));
    if (std::find(kept.begin(), kept.end(), true) == kept.end()) return false;
    func_.name = gives_ == Gives::log_density ? "log_likelihood" : "outside_support";
    copy_data_params(model_, b_, map_);
    const ValueId u = b_.add_param(free_name(func_, "u"), Type::real({total_size(sites_)}), Role::input);
    std::vector<Type> types;
    for (const Site& site : sites_)
      types.push_back(Type::real(site.free_shape));
    const auto parts = types.empty() ? std::vector<ValueId>{} : b_.unpack(u, std::move(types));
    ModelCopy copy;
    copy.unknown = [&](std::size_t i) {
      return transforms_.forward(b_, sites_[i], parts[i], mapped_values(model_, sites_[i].bounds, b_, map_));
    };
    copy.density = [&](const Op& op) {
      if (!is_wanted(op)) return;
      results_.push_back(op.code == Opcode::observe ? each(op) : each_of_factor(op));
      names_.push_back(fresh(op.attr_string("site")));
    };
    // The priors are not needed here.
    Func without_priors = model_;
    for (const Site& site : sites_)
      if (site.prior.valid())
        without_priors.body.ops[site.op].operands.erase(without_priors.body.ops[site.op].operands.begin());
    copy_model(model_, sites_, needed_ops(without_priors, {}, kept), b_, map_, copy);
    b_.finish(results_, names_);
    if (gives_ == Gives::is_outside) remove_dead(func_);
    module_.funcs.push_back(std::move(func_));
    return true;
  }

 private:
  bool is_wanted(const Op& op) const {
    return is_observation(op) && (gives_ == Gives::log_density ||
                                  bounded_distribution(module_, model_, definitions_, op) != nullptr);
  }

  ValueId outside(const DistDecl& decl, ValueId value) {
    const auto* lower = std::get_if<double>(&decl.lower);
    const auto* upper = std::get_if<double>(&decl.upper);
    ValueId inside = b_.constant_bool(true);
    const ValueId number = b_.type(value).scalar == Scalar::f64 ? value : b_.emit(Opcode::to_real, {value});
    if (lower) inside = b_.emit(Opcode::ge, {number, b_.constant(*lower)});
    if (upper)
      inside = b_.emit(Opcode::logical_and, {inside, b_.emit(Opcode::le, {number, b_.constant(*upper)})});
    return b_.select(inside, b_.constant(0.0), b_.constant(1.0));
  }

  std::string fresh(const std::string& site) {
    std::string name = site;
    for (int k = 2; !taken_.insert(name).second; ++k)
      name = site + "_" + std::to_string(k);
    return name;
  }

  // The innermost of the iterators that a batch of this rank has.
  ValueId element(ValueId tensor, int event_rank, const std::vector<ValueId>& iterators) {
    const auto batch = static_cast<std::size_t>(std::max(0, b_.type(tensor).rank() - event_rank));
    const std::vector<ValueId> used(
        iterators.end() - static_cast<std::ptrdiff_t>(std::min(batch, iterators.size())), iterators.end());
    return used.empty() ? tensor : b_.read(tensor, used);
  }

  // Of an observe or a logpdf: distribution, value, perhaps a mask.
  ValueId each(const Op& op) {
    const Op& dist = *definitions_.at(op.operands[0]);
    const DistDecl& decl = *module_.find_dist(dist.attr_string("name"));
    const Type type = model_.type(op.operands[0]);
    const auto operands = mapped_values(model_, op.operands, b_, map_);
    std::vector<Dim> batch = b_.type(operands[1]).shape;
    batch.resize(batch.size() - static_cast<std::size_t>(type.event_rank));
    if (batch.empty())
      return gives_ == Gives::is_outside ? outside(decl, operands[1])
                                         : emit_logpdf(b_, operands, op.attr_string("site"));
    const auto arguments = mapped_values(model_, dist.operands, b_, map_);
    const auto iterators = b_.open_nest(batch);
    Op one = dist;
    one.results.clear();
    for (std::size_t k = 0; k < arguments.size(); ++k)
      one.operands[k] = element(arguments[k], decl.param_types.at(k).rank(), iterators);
    const std::vector<Dim> event(type.shape.end() - type.event_rank, type.shape.end());
    std::vector<ValueId> point{
        b_.append(std::move(one), std::vector<Type>{Type::dist(type.scalar, event, type.event_rank)})[0],
        element(operands[1], type.event_rank, iterators)};
    if (operands.size() > 2) point.push_back(element(operands[2], 0, iterators));
    const ValueId density = gives_ == Gives::is_outside ? outside(decl, point[1])
                                                        : emit_logpdf(b_, point, op.attr_string("site"));
    return b_.close_nest({{Combiner::stack, {density}}})[0];
  }

  ValueId each_of_factor(const Op& op) {
    const auto total = definitions_.find(op.operands[0]);
    if (total == definitions_.end() || !is_sum(*total->second)) return plain(op.operands[0]);
    return stacked(*total->second);
  }

  // A term that is no density of one observation.
  ValueId plain(ValueId term) {
    return gives_ == Gives::log_density ? b_.mapped(model_, term, map_) : b_.constant(0.0);
  }

  static bool is_sum(const Op& op) {
    return op.code == Opcode::nest && op.combiners == std::vector<Combiner>{Combiner::sum};
  }

  // The loops of a sum, giving every term. A condition is a loop of one iteration, and no dim of the result.
  ValueId stacked(const Op& nest) {
    const bool is_condition = is_bounded(nest) && nest.dims.size() == 1 && nest.dims[0].is_constant() &&
                              nest.dims[0].constant() == 1;
    const auto operands = mapped_values(model_, nest.operands, b_, map_);
    const auto iterators = b_.open_nest(nest.dims);
    if (is_bounded(nest)) b_.bound_loop(operands[operands.size() - 2], operands.back());
    const Region& body = nest.regions[0];
    for (std::size_t k = 0; k < iterators.size(); ++k)
      map_[body.params[k]] = iterators[k];
    const ValueId term = body.ops.back().operands[0];
    ValueId value;
    for (std::size_t k = 0; k + 1 < body.ops.size(); ++k) {
      const Op& op = body.ops[k];
      const bool is_term = !op.results.empty() && op.results[0] == term;
      if (is_term && op.code == Opcode::logpdf)
        value = each(op);
      else if (is_term && is_sum(op))
        value = stacked(op);
      else
        b_.clone_op(model_, op, map_);
    }
    if (!value.valid()) value = plain(term);
    const ValueId all = b_.close_nest({{Combiner::stack, {value}}})[0];
    return is_condition ? b_.read(all, {b_.constant_int(0)}) : all;
  }

  Gives gives_;
  Module& module_;
  const Func& model_;
  Transforms transforms_;
  std::vector<Site> sites_;
  Func func_;
  Builder b_;
  Builder::ValueMap map_;
  ir::Definitions definitions_;
  std::vector<ValueId> results_;
  std::vector<std::string> names_;
  std::set<std::string> taken_;
};

}  // namespace

Module log_likelihood(Module module) {
  const Func* found = module.find("model");
  if (!found) return module;
  const Func model = *found;
  std::erase_if(module.funcs, [](const Func& func) { return func.name == "model"; });
  Pointwise(module, model, Pointwise::Gives::log_density).run();
  return module;
}

Module outside_support(Module module) {
  const Func* found = module.find("model");
  if (!found) return module;
  const Func model = *found;
  std::erase_if(module.funcs, [](const Func& func) { return func.name == "model"; });
  Pointwise(module, model, Pointwise::Gives::is_outside).run();
  return module;
}

std::vector<ObservedField> observed_fields(const Module& module) {
  std::vector<ObservedField> found;
  const Func* model = module.find("model");
  if (model == nullptr) return found;
  const ir::Definitions definitions = definitions_of(*model);
  for (const Op& op : model->body.ops) {
    const Op* distribution = is_observation(op) && observed_field(*model, op) != nullptr
                                 ? distribution_of(definitions, op)
                                 : nullptr;
    const DistDecl* decl = distribution == nullptr ? nullptr
                                                   : module.find_dist(distribution->attr_string("name"));
    if (decl == nullptr || decl->periodic) continue;
    const auto end = [&](const Bound& bound) -> Bound {
      const auto* name = std::get_if<std::string>(&bound);
      if (name == nullptr) return std::holds_alternative<double>(bound) ? bound : Bound{};
      const auto at = std::find(decl->param_names.begin(), decl->param_names.end(), *name) -
                      decl->param_names.begin();
      const ValueId argument = distribution->operands[static_cast<std::size_t>(at)];
      for (const Param& param : model->params)
        if (param.value == argument && param.role == Role::data) return param.name;
      const auto& constant = model->constant(argument);
      if (!constant) return Bound{};
      if (const auto* whole = std::get_if<std::int64_t>(&*constant)) return static_cast<double>(*whole);
      return std::holds_alternative<double>(*constant) ? Bound{std::get<double>(*constant)} : Bound{};
    };
    const bool is_scalar = decl->event_shape.empty();
    const ir::SupportInfo* support = is_scalar ? nullptr : ir::find_support(decl->support);
    found.push_back({{op.attr_string("site"), decl->name, is_scalar ? end(decl->lower) : Bound{},
                      is_scalar ? end(decl->upper) : Bound{}, decl->scalar == Scalar::i64, op.origin, true},
                     support});
  }
  return found;
}

std::vector<ObservedDistribution> bounded_distributions(const Module& module) {
  std::vector<ObservedDistribution> found;
  const Func* model = module.find("model");
  if (model == nullptr) return found;
  const ir::Definitions definitions = definitions_of(*model);
  for (const Op& op : model->body.ops) {
    if (!is_observation(op)) continue;
    if (const DistDecl* decl = bounded_distribution(module, *model, definitions, op))
      found.push_back({op.attr_string("site"), decl->name, decl->lower, decl->upper,
                       decl->scalar == Scalar::i64, op.origin,
                       field_of(*model, op.attr_string("site")) != nullptr});
  }
  return found;
}

}  // namespace elba::passes
