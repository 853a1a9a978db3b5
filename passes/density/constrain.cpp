// constrain: @model on constrained values -> @log_joint, @constrain, @unconstrain, @predict (and @initial) on
// unconstrained coordinates.
//
//     %tau = latent %d, 0.0 {prior=1, site="tau", support="lower"} : f64
//   ->
//     %tau = add 0.0, exp(%u_tau)
//     %lp  = logpdf %d, %tau          summed with every observe and factor
//     %j   = %u_tau                   log |d tau / d u_tau|, weighed by %jacobian
//
// Why legal: with x = T(u), the density of u is p(T(u)) |det T'(u)|. jacobian = 1 gives it (what samplers and
// Gaussian guides need), jacobian = 0 the density of x at T(u) (what maximum likelihood and MAP in the user's
// scale need). u holds latents and params in declaration order; transforms are those of Stan 2.33
// (ir/library/transforms). Densities stay `logpdf` ops; `expand` inlines them. Each function keeps all data
// parameters, in order, and only the ops it needs.
#include "passes/density/sites.h"
#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

namespace {

class Constrain {
 public:
  Constrain(Module& module, const Func& model)
      : module_(module), model_(model), transforms_(module), sites_(find_sites(model, transforms_)) {}

  void run() {
    log_joint();
    constrain_function();
    unconstrain_function();
    predict_function();
    for (const Site& site : sites_)
      if (site.init.valid()) {
        initial_function();
        break;
      }
  }

 private:
  struct Parts {
    std::vector<ValueId> u;  // per site, in its free shape
    Builder::ValueMap map;
  };

  ValueId add_u(Builder& b) const {
    return b.add_param(free_name(b.func(), "u"), Type::real({total_size(sites_)}), Role::input);
  }

  void cut(Builder& b, Parts& parts, ValueId u) {
    std::vector<Type> types;
    for (const Site& site : sites_)
      types.push_back(Type::real(site.free_shape));
    if (!types.empty()) parts.u = b.unpack(u, std::move(types));
  }

  ValueId forward(Builder& b, Parts& parts, std::size_t i) {
    const auto bounds = mapped_values(model_, sites_[i].bounds, b, parts.map);
    return transforms_.forward(b, sites_[i], parts.u[i], bounds);
  }

  void log_joint() {
    Func func;
    func.name = "log_joint";
    Builder b(func);
    Parts parts;
    copy_data_params(model_, b, parts.map);
    const ValueId u = add_u(b);
    const ValueId jacobian = b.add_param(free_name(func, "jacobian"), Type::real());
    cut(b, parts, u);
    std::vector<bool> kept;
    for (const Op& op : model_.body.ops)
      kept.push_back(op.code == Opcode::latent || op.code == Opcode::param || op.code == Opcode::observe ||
                     op.code == Opcode::factor);
    std::vector<ValueId> densities, jacobians;
    ModelCopy copy;
    copy.unknown = [&](std::size_t i) {
      const Site& site = sites_[i];
      const ValueId x = forward(b, parts, i);
      if (site.prior.valid())
        densities.push_back(emit_logpdf(b, {b.mapped(model_, site.prior, parts.map), x}, site.name));
      const auto bounds = mapped_values(model_, site.bounds, b, parts.map);
      if (const ValueId log_jacobian = transforms_.log_jacobian(b, site, parts.u[i], bounds);
          log_jacobian.valid())
        jacobians.push_back(log_jacobian);
      return x;
    };
    copy.density = [&](const Op& op) {
      const auto operands = mapped_values(model_, op.operands, b, parts.map);
      densities.push_back(op.code == Opcode::factor ? sum_elements(b, operands[0])
                                                    : emit_logpdf(b, operands, op.attr_string("site")));
    };
    copy_model(model_, sites_, needed_ops(model_, {}, kept), b, parts.map, copy);
    ValueId total = sum_terms(b, densities);
    if (!jacobians.empty()) total = b.add(total, b.mul(jacobian, sum_terms(b, jacobians)));
    b.finish({total});
    module_.funcs.push_back(std::move(func));
  }

  std::vector<ValueId> values_of_sites() const {
    std::vector<ValueId> values;
    for (const Site& site : sites_)
      values.push_back(site.value);
    return values;
  }

  // Values as the user declared them: of a reparameterised site the recovered one; its centering weight is
  // nothing of the user's.
  void shown_values(std::vector<ValueId>& values, std::vector<std::string>& names) const {
    for (const Site& site : sites_) {
      const bool is_moved = !model_.body.ops[site.op].attr_string("via").empty();
      if (is_moved && site.is_param) continue;
      values.push_back(site.value);
      names.push_back(site.name);
      if (!is_moved) continue;
      for (const Op& op : model_.body.ops)
        if (op.attr_string("recovers") == site.name) values.back() = op.results[0];
    }
  }

  void constrain_function() {
    Func func;
    func.name = "constrain";
    Builder b(func);
    Parts parts;
    copy_data_params(model_, b, parts.map);
    cut(b, parts, add_u(b));
    std::vector<ValueId> roots;
    std::vector<std::string> names;
    shown_values(roots, names);
    copy_model(model_, sites_, bound_ops(roots), b, parts.map,
               {[&](std::size_t i) { return forward(b, parts, i); }, nullptr});
    b.finish(mapped_values(model_, roots, b, parts.map), std::move(names));
    module_.funcs.push_back(std::move(func));
  }

  // What the sites' values and bounds need; their priors are not needed here.
  std::vector<bool> bound_ops(std::vector<ValueId> roots) const {
    Func without_priors = model_;
    for (const Site& site : sites_)
      if (site.prior.valid())
        without_priors.body.ops[site.op].operands.erase(without_priors.body.ops[site.op].operands.begin());
    return needed_ops(without_priors, roots);
  }

  void unconstrain_function() {
    Func func;
    func.name = "unconstrain";
    Builder b(func);
    Builder::ValueMap map;
    copy_data_params(model_, b, map);
    std::vector<ValueId> values;
    for (const Site& site : sites_)
      values.push_back(b.add_param(site.name, site.type));
    std::vector<ValueId> u;
    copy_model(model_, sites_, bound_ops(values_of_sites()), b, map,
               {[&](std::size_t i) {
                  u.push_back(transforms_.inverse(b, sites_[i], values[i],
                                                  mapped_values(model_, sites_[i].bounds, b, map)));
                  return values[i];
                },
                nullptr});
    b.finish({pack_all(b, u, total_size(sites_))});
    module_.funcs.push_back(std::move(func));
  }

  void predict_function() {
    Func func;
    func.name = "predict";
    Builder b(func);
    Parts parts;
    copy_data_params(model_, b, parts.map);
    const ValueId u = add_u(b);
    copy_key_param(model_, b, parts.map);
    cut(b, parts, u);
    const auto& roots = model_.body.ops.back().operands;
    copy_model(model_, sites_, bound_ops(roots), b, parts.map,
               {[&](std::size_t i) { return forward(b, parts, i); }, nullptr});
    b.finish(mapped_values(model_, roots, b, parts.map), model_.result_names);
    module_.funcs.push_back(std::move(func));
  }

  // Params start at their init, everything else at 0; a bound that depends on an unknown reads it at its
  // start.
  void initial_function() {
    Func func;
    func.name = "initial";
    Builder b(func);
    Parts parts;
    copy_data_params(model_, b, parts.map);
    copy_key_param(model_, b, parts.map);
    std::vector<ValueId> roots = values_of_sites();
    for (const Site& site : sites_)
      if (site.init.valid()) roots.push_back(site.init);
    copy_model(model_, sites_, bound_ops(roots), b, parts.map,
               {[&](std::size_t i) {
                  const Site& site = sites_[i];
                  const auto bounds = mapped_values(model_, site.bounds, b, parts.map);
                  if (!site.init.valid()) {
                    parts.u.push_back(filled(b, site.free_shape, b.constant(0.0)));
                    return transforms_.forward(b, site, parts.u.back(), bounds);
                  }
                  ValueId start = b.mapped(model_, site.init, parts.map);
                  if (b.type(start).scalar != Scalar::f64) start = b.emit(Opcode::to_real, {start});
                  if (b.type(start).is_scalar()) start = filled(b, site.type.shape, start);
                  parts.u.push_back(transforms_.inverse(b, site, start, bounds));
                  return start;
                },
                nullptr});
    b.finish({pack_all(b, parts.u, total_size(sites_))});
    module_.funcs.push_back(std::move(func));
  }

  Module& module_;
  const Func& model_;
  Transforms transforms_;
  std::vector<Site> sites_;
};

}  // namespace

Module constrain(Module module) {
  const Func* found = module.find("model");
  if (!found) return module;
  const Func model = *found;
  std::erase_if(module.funcs, [](const Func& func) { return func.name == "model"; });
  Constrain(module, model).run();
  return module;
}

}  // namespace elba::passes
