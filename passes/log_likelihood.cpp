// log_likelihood: @model -> @log_likelihood on unconstrained coordinates: the log density of every observation by itself, one array for
// each `~` statement on data. What cross-validation and model comparison read; its sum is the likelihood's share of @log_joint.
//
//     observe %d, %y {role="data", site="y"}     ->   %l = nest (%i < N) -> (stack f64[N]) { logpdf of d at i, y[i] }      -> (y: f64[N])
//     %t = nest (%i < N) -> (sum f64) { .. }     ->   the same loops, stacked instead of summed: one number an iteration
//     factor %t {site="y"}                            (0 where a loop or a condition leaves an observation out)
//
// An observation is one event of its distribution: a vector under a multivariate normal is one number. A second statement on the same data
// is named y_2. Priors and the user's own `factor`s are no observations. Where there is no observation there is no function.
// Source of the form: Vehtari, Gelman and Gabry 2017, "Practical Bayesian model evaluation", section 2.
#include <set>
#include <unordered_map>

#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/sites.h"

namespace elba::passes {

using namespace ir;

namespace {

class Pointwise {
 public:
  Pointwise(Module& module, const Func& model) : module_(module), model_(model), transforms_(module), sites_(find_sites(model, transforms_)), b_(func_) {
    walk(model_.body, [this](const Op& op) {
      for (ValueId result : op.results) definitions_[result] = &op;
    });
  }

  // False when the model observes nothing.
  bool run() {
    std::vector<bool> kept;
    for (const Op& op : model_.body.ops) kept.push_back(is_observation(op));
    if (std::find(kept.begin(), kept.end(), true) == kept.end()) return false;
    func_.name = "log_likelihood";
    copy_data_params(model_, b_, map_);
    const ValueId u = b_.add_param(free_name(func_, "u"), Type::real({total_size(sites_)}), Role::input);
    std::vector<Type> types;
    for (const Site& site : sites_) types.push_back(Type::real(site.free_shape));
    const auto parts = types.empty() ? std::vector<ValueId>{} : b_.unpack(u, std::move(types));
    ModelCopy copy;
    copy.unknown = [&](std::size_t i) { return transforms_.forward(b_, sites_[i], parts[i], mapped_values(model_, sites_[i].bounds, b_, map_)); };
    copy.density = [&](const Op& op) {
      if (!is_observation(op)) return;
      results_.push_back(op.code == Opcode::observe ? each(op) : each_of_factor(op));
      names_.push_back(fresh(op.attr_string("site")));
    };
    // The priors are not wanted here.
    Func without_priors = model_;
    for (const Site& site : sites_)
      if (site.prior.valid()) without_priors.body.ops[site.op].operands.erase(without_priors.body.ops[site.op].operands.begin());
    copy_model(model_, sites_, needed_ops(without_priors, {}, kept), b_, map_, copy);
    b_.finish(results_, names_);
    module_.funcs.push_back(std::move(func_));
    return true;
  }

 private:
  // A `factor` stands for observations in ragged loops and under conditions; the user's own are called factor.1, factor.2, ...
  static bool is_observation(const Op& op) {
    if (op.code == Opcode::observe) return op.attr_string("role") == "data";
    return op.code == Opcode::factor && !op.attr_string("site").starts_with("factor.");
  }

  std::string fresh(const std::string& site) {
    std::string name = site;
    for (int k = 2; !taken_.insert(name).second; ++k) name = site + "_" + std::to_string(k);
    return name;
  }

  // The innermost of the iterators that a batch of this rank has.
  ValueId element(ValueId tensor, int event_rank, const std::vector<ValueId>& iterators) {
    const auto batch = static_cast<std::size_t>(std::max(0, b_.type(tensor).rank() - event_rank));
    const std::vector<ValueId> used(iterators.end() - static_cast<std::ptrdiff_t>(std::min(batch, iterators.size())), iterators.end());
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
    if (batch.empty()) return emit_logpdf(b_, operands, op.attr_string("site"));
    const auto arguments = mapped_values(model_, dist.operands, b_, map_);
    const auto iterators = b_.open_nest(batch);
    Op one = dist;
    one.results.clear();
    for (std::size_t k = 0; k < arguments.size(); ++k) one.operands[k] = element(arguments[k], decl.param_types.at(k).rank(), iterators);
    const std::vector<Dim> event(type.shape.end() - type.event_rank, type.shape.end());
    std::vector<ValueId> point{b_.append(std::move(one), std::vector<Type>{Type::dist(type.scalar, event, type.event_rank)})[0], element(operands[1], type.event_rank, iterators)};
    if (operands.size() > 2) point.push_back(element(operands[2], 0, iterators));
    const ValueId density = emit_logpdf(b_, point, op.attr_string("site"));
    return b_.close_nest({{Combiner::stack, {density}}})[0];
  }

  ValueId each_of_factor(const Op& op) {
    const auto total = definitions_.find(op.operands[0]);
    if (total == definitions_.end() || !is_sum(*total->second)) return b_.mapped(model_, op.operands[0], map_);
    return stacked(*total->second);
  }

  static bool is_sum(const Op& op) { return op.code == Opcode::nest && op.combiners == std::vector<Combiner>{Combiner::sum}; }

  // The loops of a sum, giving every term. A condition is a loop of one iteration, and no dim of the result.
  ValueId stacked(const Op& nest) {
    const bool is_condition = is_bounded(nest) && nest.dims.size() == 1 && nest.dims[0].is_constant() && nest.dims[0].constant() == 1;
    const auto operands = mapped_values(model_, nest.operands, b_, map_);
    const auto iterators = b_.open_nest(nest.dims);
    if (is_bounded(nest)) b_.bound_loop(operands[operands.size() - 2], operands.back());
    const Region& body = nest.regions[0];
    for (std::size_t k = 0; k < iterators.size(); ++k) map_[body.params[k]] = iterators[k];
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
    if (!value.valid()) value = b_.mapped(model_, term, map_);
    const ValueId all = b_.close_nest({{Combiner::stack, {value}}})[0];
    return is_condition ? b_.read(all, {b_.constant_int(0)}) : all;
  }

  Module& module_;
  const Func& model_;
  Transforms transforms_;
  std::vector<Site> sites_;
  Func func_;
  Builder b_;
  Builder::ValueMap map_;
  std::unordered_map<ValueId, const Op*> definitions_;
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
  Pointwise(module, model).run();
  return module;
}

}  // namespace elba::passes
