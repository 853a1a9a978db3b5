// reparameterise: a location-scale site whose location or scale is itself unknown -> a site whose place
// between centred and non-centred is learnt (variationally inferred parametrisation).
//
//     %d = dist %mu, %tau {name="normal"}
//     %theta = latent %d {site="theta"} : f64[J]
//   ->
//     %w = param {site="theta.centering"} : f64[J]              c = sigmoid(w), one per element; w = 0 gives c = 1/2
//     %d' = dist c mu, tau^c {name="normal"}
//     %z = latent %d' {site="theta", via="vip"} : f64[J]
//     %theta = mu + tau^(1 - c) (z - c mu) {recovers="theta"}
//
// Why legal: if z ~ D(c mu, tau^c) then mu + tau^(1 - c) (z - c mu) ~ D(mu, tau), for every c: the joint
// distribution of all sites is unchanged, and only the shape that a guide has to match changes. c = 1 is
// centred, c = 0
// (`@noncentered`, no parameter) standard. Source: Gorinova, Moore, Hoffman, "Automatic reparameterisation of
// probabilistic programs", 2020. Where the prior is stated apart, the latent keeps its place and its observe
// becomes one of z. A chain (markov_chain.h) is walked: theta_t = mu_t + tau_t^(1 - c) (z_t - c mu_t), where
// mu_t and tau_t are those of D given the elements before, under one c for all of it. Its observes become
// those of z, given theta. A distribution of the whole array (multivariate_normal.h: multivariate normal,
// random walk, autoregression) is made from its noise, under one c; it becomes a factor. Leaves out: sites
// with a bounded support, chains of several dims or with lags that are not numbers, other multivariate
// distributions.
#include "passes/density/reparameterise.h"

#include <algorithm>
#include <set>

#include "passes/passes.h"

namespace elba::passes {

using namespace ir;

std::string_view centering_name(Centering kind) {
  constexpr std::string_view names[] = {"centered", "noncentered", "vip"};
  return names[static_cast<std::size_t>(kind)];
}

namespace {

// The first op at the top level after `from` that reads the value.
std::size_t first_use(const Func& model, ValueId value, std::size_t from) {
  const auto uses = [&](const auto& self, const Op& op) -> bool {
    if (std::find(op.operands.begin(), op.operands.end(), value) != op.operands.end()) return true;
    for (const Region& region : op.regions)
      for (const Op& inner : region.ops)
        if (self(self, inner)) return true;
    return false;
  };
  for (std::size_t i = from; i < model.body.ops.size(); ++i)
    if (uses(uses, model.body.ops[i])) return i;
  return model.body.ops.size();
}

std::optional<CenteringDecision> decide_chain(const Module& module, const Func& model,
                                              const FactorGraph& graph, const Site& site,
                                              const std::string& asked) {
  std::string why;
  auto distribution = chain_distribution(module, model, graph, site, why);
  if (!distribution)
    return why.empty() ? std::nullopt : std::optional(CenteringDecision{Centering::centered, why, {}});
  if (asked == "noncentered")
    return CenteringDecision{Centering::noncentered, "asked for by @noncentered", std::move(distribution)};
  if (asked == "vip") return CenteringDecision{Centering::vip, "asked for by @vip", std::move(distribution)};
  for (const ChainPiece& piece : distribution->pieces)
    for (const std::size_t parent : graph.depends[piece.dist.index])
      if (graph.sites[parent].name != site.name && !graph.sites[parent].is_param)
        return CenteringDecision{Centering::vip, "a chain whose distribution depends on unknowns",
                                 std::move(distribution)};
  return CenteringDecision{Centering::centered, "a chain whose distribution is known", {}};
}

CenteringDecision decide(const Module& module, const Func& model, const FactorGraph& graph,
                         const Site& site) {
  if (site.is_param) return {Centering::centered, "a point parameter", {}};
  const std::string asked = model.body.ops[site.op].attr_string("centering");
  if (asked == "centered") return {Centering::centered, "asked for by @centered"};
  const Prior prior = prior_of(model, site);
  if (!prior.dist.valid())
    if (auto decision = decide_chain(module, model, graph, site, asked)) return std::move(*decision);
  if (!prior.dist.valid())
    return {Centering::centered, "its prior is not one distribution of the whole value"};
  if (site.support != "real") return {Centering::centered, "its support is bounded"};
  const Op* dist = defining_op(model, prior.dist);
  const DistDecl* decl = dist ? module.find_dist(dist->attr_string("name")) : nullptr;
  std::string why = "its prior has no location and scale";
  const auto joint = dist ? joint_form(module, model, *dist, site, why) : std::nullopt;
  if (!joint && (!decl || !decl->location_scale)) return {Centering::centered, why, {}, {}};
  if (first_use(model, site.value, site.op + 1) < prior.place)
    return {Centering::centered, "it is read before its prior is stated"};
  if (asked == "noncentered") return {Centering::noncentered, "asked for by @noncentered", {}, joint};
  if (asked == "vip") return {Centering::vip, "asked for by @vip", {}, joint};
  for (std::size_t k = 0; k < (joint ? dist->operands.size() : 2); ++k)
    if (!graph.depends[dist->operands.at(k).index].empty())
      return {
          Centering::vip,
          joint ? "the arguments of its prior depend on unknowns"
                : std::string("the ") + (k == 0 ? "location" : "scale") + " of its prior depends on unknowns",
          {},
          joint};
  return {Centering::centered, "location and scale of its prior are known"};
}

struct Rewrite {
  const Func& model;
  const Site& site;
  Centering kind;
  Prior prior;
  std::optional<ChainDistribution> chain;  // instead of a prior
  std::optional<GaussianForm> joint;
  ValueId weight;  // c of the target function; invalid when c = 0
};

// D(c mu, s^c), the further arguments as they are.
ValueId standardised_dist(Builder& b, const Rewrite& rewrite, ValueId dist, Builder::ValueMap& map) {
  Op op = *defining_op(rewrite.model, dist);
  op.operands = mapped_values(rewrite.model, op.operands, b, map);
  Type type = rewrite.model.type(dist);
  if (rewrite.kind == Centering::noncentered) {
    op.operands[0] = b.constant(0.0);
    op.operands[1] = b.constant(1.0);
    if (op.operands.size() == 2) type.shape.clear();
  } else {
    op.operands[0] = b.mul(rewrite.weight, op.operands[0]);
    op.operands[1] = b.emit(Opcode::exp, {b.mul(rewrite.weight, b.emit(Opcode::log, {op.operands[1]}))});
    if (!rewrite.chain) type.shape = rewrite.site.type.shape;
  }
  return b.append(std::move(op), std::vector<Type>{type}).at(0);
}

// s^(1 - c) (z - c mu)
ValueId scaled_noise(Builder& b, const Rewrite& rewrite, ValueId mu, ValueId s, ValueId z) {
  if (rewrite.kind == Centering::noncentered) return b.mul(s, z);
  const ValueId rest = b.sub(b.constant(1.0), rewrite.weight);
  const ValueId scale = b.emit(Opcode::exp, {b.mul(rest, b.emit(Opcode::log, {s}))});
  return b.mul(scale, b.sub(z, b.mul(rewrite.weight, mu)));
}

ValueId recovered_chain(Builder& b, const FactorGraph& graph, const Rewrite& rewrite, ValueId z,
                        const Builder::ValueMap& map) {
  Op op;
  op.code = Opcode::pack;
  op.operands = walk_chain(rewrite.model, graph, rewrite.site, *rewrite.chain, b, map, z,
                           [&](ValueId mu, ValueId s, ValueId noise) {
                             return b.add(mu, scaled_noise(b, rewrite, mu, s, noise));
                           });
  op.set_attr("recovers", rewrite.site.name);
  return b.append(std::move(op), std::vector<Type>{rewrite.site.type}).at(0);
}

ValueId recovered_value(Builder& b, const Rewrite& rewrite, ValueId z, Builder::ValueMap& map) {
  const auto arguments = mapped_values(rewrite.model,
                                       defining_op(rewrite.model, rewrite.prior.dist)->operands, b, map);
  Op op;
  if (rewrite.joint) {
    op = standardise(b, *rewrite.joint, rewrite.site, arguments, z, rewrite.weight);
  } else {
    const ValueId mu = arguments[0], scaled = scaled_noise(b, rewrite, mu, arguments[1], z);
    op.code = Opcode::add;
    op.operands = {mu, scaled};
  }
  op.set_attr("recovers", rewrite.site.name);
  return b.append(std::move(op), std::vector<Type>{rewrite.site.type}).at(0);
}

// A real argument of every location-scale family is a scalar or has the site's shape; anything else stays
// centred.
bool shapes_fit(const Func& model, const Site& site, ValueId dist) {
  const Op* op = defining_op(model, dist);
  return std::all_of(op->operands.begin(), op->operands.end(), [&](ValueId value) {
    return model.type(value).is_scalar() || model.type(value).shape == site.type.shape;
  });
}

// The chain of which op i observes a piece.
const Rewrite* chain_of(const std::vector<Rewrite>& rewrites, std::size_t i, const ChainPiece*& piece) {
  for (const Rewrite& rewrite : rewrites)
    for (std::size_t k = 0; rewrite.chain && k < rewrite.chain->pieces.size(); ++k)
      if (rewrite.chain->pieces[k].place == i) return piece = &rewrite.chain->pieces[k], &rewrite;
  return nullptr;
}

// Writes the model again, op by op, with the decisions carried out.
class CenteringWriter {
 public:
  CenteringWriter(const Func& model, const FactorGraph& graph,
                  const std::vector<CenteringDecision>& decisions)
      : model_(model), graph_(graph), b_(func_) {
    func_.name = model.name;
    copy_data_params(model, b_, map_);
    copy_key_param(model, b_, map_);
    for (std::size_t i = 0; i < graph.sites.size(); ++i)
      if (decisions[i].kind != Centering::centered)
        rewrites_.push_back({model,
                             graph.sites[i],
                             decisions[i].kind,
                             prior_of(model, graph.sites[i]),
                             decisions[i].chain,
                             decisions[i].joint,
                             {}});
  }

  Func run() {
    for (std::size_t i = 0; i + 1 < model_.body.ops.size(); ++i) {
      b_.set_origin(model_.body.ops[i].origin);
      recover_chains(i);
      if (!done_.contains(i)) write(i);
    }
    b_.set_origin({});
    b_.finish(mapped_values(model_, model_.body.ops.back().operands, b_, map_), model_.result_names);
    return std::move(func_);
  }

 private:
  void write(std::size_t i) {
    const Op& op = model_.body.ops[i];
    if (const ChainPiece* piece = nullptr; const Rewrite* chain = chain_of(rewrites_, i, piece))
      return observe_piece(op, *chain, *piece);
    const auto of_site = std::find_if(rewrites_.begin(), rewrites_.end(),
                                      [&](const Rewrite& r) { return r.site.op == i; });
    const auto of_prior = std::find_if(rewrites_.begin(), rewrites_.end(),
                                       [&](const Rewrite& r) { return !r.chain && r.prior.place == i; });
    if (of_site == rewrites_.end() && of_prior == rewrites_.end()) b_.clone_op(model_, op, map_);
    if (of_site != rewrites_.end()) declare(op, *of_site, i);
    if (of_prior != rewrites_.end()) state_prior(op, *of_prior, i);
  }

  // Chains whose elements are first read by this op.
  void recover_chains(std::size_t i) {
    for (const Rewrite& rewrite : rewrites_) {
      if (!rewrite.chain || rewrite.chain->first_use != i) continue;
      for (const std::size_t early : rewrite.chain->early)
        if (done_.insert(early).second) b_.clone_op(model_, model_.body.ops[early], map_);
      map_[rewrite.site.value] = recovered_chain(b_, graph_, rewrite, standard_.at(rewrite.site.name), map_);
    }
  }

  // The elements of z in place of the chain's.
  void observe_piece(const Op& op, const Rewrite& chain, const ChainPiece& piece) {
    Builder::ValueMap of_z = map_;
    of_z[chain.site.value] = standard_.at(chain.site.name);
    b_.clone_op(model_, *defining_op(model_, piece.value), of_z);
    Op observe = op;
    observe.operands = {standardised_dist(b_, chain, piece.dist, map_), of_z.at(piece.value)};
    b_.append(std::move(observe));
  }

  // The latent z in place of theta, and the weight before it.
  void declare(const Op& op, Rewrite& rewrite, std::size_t i) {
    if (rewrite.kind == Centering::vip) {
      Op weight;
      weight.code = Opcode::param;
      weight.set_attr("site", rewrite.site.name + ".centering");
      weight.set_attr("support", std::string("real"));
      weight.set_attr("via", std::string("vip"));
      const Type type = rewrite.chain || rewrite.joint ? Type::real({}) : rewrite.site.type;
      rewrite.weight = b_.emit(Opcode::sigmoid,
                               {b_.append(std::move(weight), std::vector<Type>{type}).at(0)});
    }
    Op latent = op;
    latent.operands.clear();
    if (rewrite.joint)
      latent.set_attr("prior", std::int64_t{0});  // its density becomes a factor
    else if (!rewrite.chain && rewrite.prior.place == i)
      latent.operands = {standardised_dist(b_, rewrite, rewrite.prior.dist, map_)};
    latent.set_attr("via", std::string(centering_name(rewrite.kind)));
    standard_[rewrite.site.name] = b_.append(std::move(latent), std::vector<Type>{rewrite.site.type}).at(0);
  }

  void state_prior(const Op& op, const Rewrite& rewrite, std::size_t i) {
    const ValueId z = standard_.at(rewrite.site.name);
    if (rewrite.site.op != i && !rewrite.joint) {
      Op observe = op;
      observe.operands = {standardised_dist(b_, rewrite, rewrite.prior.dist, map_), z};
      b_.append(std::move(observe));
    }
    map_[rewrite.site.value] = recovered_value(b_, rewrite, z, map_);
  }

  const Func& model_;
  const FactorGraph& graph_;
  Func func_;
  Builder b_;
  Builder::ValueMap map_;
  std::vector<Rewrite> rewrites_;
  std::map<std::string, ValueId> standard_;  // z of each rewritten site
  std::set<std::size_t> done_;               // ops that a chain needed before their turn
};

}  // namespace

std::vector<CenteringDecision> centering_decisions(const Module& module, const Func& model,
                                                   const FactorGraph& graph) {
  std::vector<CenteringDecision> decisions;
  for (const Site& site : graph.sites) {
    decisions.push_back(decide(module, model, graph, site));
    if (decisions.back().kind != Centering::centered && !decisions.back().chain && !decisions.back().joint &&
        !shapes_fit(model, site, prior_of(model, site).dist))
      decisions.back() = {Centering::centered, "the arguments of its prior do not have its shape"};
  }
  return decisions;
}

Module reparameterise(Module module) {
  const Func* found = module.find("model");
  if (!found) return module;
  const Func model = *found;
  Transforms transforms(module);
  const FactorGraph graph = factor_graph(model, transforms);
  *module.find("model") = CenteringWriter(model, graph, centering_decisions(module, model, graph)).run();
  return module;
}

}  // namespace elba::passes
