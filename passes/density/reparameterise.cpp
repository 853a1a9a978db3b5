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
// Law: if z ~ D(c mu, tau^c) then mu + tau^(1 - c) (z - c mu) ~ D(mu, tau), for every c: the joint law of all
// sites is unchanged, and only the shape that a guide has to match changes. c = 1 is centred, c = 0
// (`@noncentered`, no parameter) standard. Source: Gorinova, Moore, Hoffman, "Automatic reparameterisation of
// probabilistic programs", 2020. Where the prior is stated apart, the latent keeps its place and its observe
// becomes one of z. A chain (markov_chain.h) is walked: theta_t = mu_t + tau_t^(1 - c) (z_t - c mu_t), where
// mu_t and tau_t are those of D given the elements before, under one c for all of it. Its observes become
// those of z, given theta. A law of the whole array (multivariate_normal.h: multivariate normal, random walk,
// autoregression) is made from its noise, under one c; it becomes a factor. Leaves out: sites with a bounded
// support, chains of several dims or with lags that are not numbers, other multivariate laws.
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
  auto law = chain_law(module, model, graph, site, why);
  if (!law)
    return why.empty() ? std::nullopt : std::optional(CenteringDecision{Centering::centered, why, {}});
  if (asked == "noncentered")
    return CenteringDecision{Centering::noncentered, "asked for by @noncentered", std::move(law)};
  if (asked == "vip") return CenteringDecision{Centering::vip, "asked for by @vip", std::move(law)};
  for (const ChainPiece& piece : law->pieces)
    for (const std::size_t parent : graph.depends[piece.dist.index])
      if (graph.sites[parent].name != site.name && !graph.sites[parent].is_param)
        return CenteringDecision{Centering::vip, "a chain whose law depends on unknowns", std::move(law)};
  return CenteringDecision{Centering::centered, "a chain whose law is known", {}};
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
  std::optional<ChainLaw> chain;  // instead of a prior
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
  const auto decisions = centering_decisions(module, model, graph);

  Func func;
  func.name = model.name;
  Builder b(func);
  Builder::ValueMap map;
  copy_data_params(model, b, map);
  copy_key_param(model, b, map);
  // By the place of its prior: what to write there. The latent op itself may stand earlier.
  std::vector<Rewrite> rewrites;
  for (std::size_t i = 0; i < graph.sites.size(); ++i)
    if (decisions[i].kind != Centering::centered)
      rewrites.push_back({model,
                          graph.sites[i],
                          decisions[i].kind,
                          prior_of(model, graph.sites[i]),
                          decisions[i].chain,
                          decisions[i].joint,
                          {}});
  std::map<std::string, ValueId> standard;  // z of each rewritten site
  std::set<std::size_t> done;               // ops that a chain needed before their turn
  for (std::size_t i = 0; i + 1 < model.body.ops.size(); ++i) {
    const Op& op = model.body.ops[i];
    b.set_origin(op.origin);
    for (const Rewrite& rewrite : rewrites) {
      if (!rewrite.chain || rewrite.chain->first_use != i) continue;
      for (const std::size_t early : rewrite.chain->early)
        if (done.insert(early).second) b.clone_op(model, model.body.ops[early], map);
      map[rewrite.site.value] = recovered_chain(b, graph, rewrite, standard.at(rewrite.site.name), map);
    }
    if (done.contains(i)) continue;
    if (const ChainPiece* piece = nullptr; const Rewrite* chain = chain_of(rewrites, i, piece)) {
      // The elements of z in place of the chain's.
      Builder::ValueMap of_z = map;
      of_z[chain->site.value] = standard.at(chain->site.name);
      b.clone_op(model, *defining_op(model, piece->value), of_z);
      Op observe = op;
      observe.operands = {standardised_dist(b, *chain, piece->dist, map), of_z.at(piece->value)};
      b.append(std::move(observe));
      continue;
    }
    const auto of_site = std::find_if(rewrites.begin(), rewrites.end(),
                                      [&](const Rewrite& r) { return r.site.op == i; });
    const auto of_prior = std::find_if(rewrites.begin(), rewrites.end(),
                                       [&](const Rewrite& r) { return !r.chain && r.prior.place == i; });
    if (of_site == rewrites.end() && of_prior == rewrites.end()) {
      b.clone_op(model, op, map);
      continue;
    }
    if (of_site != rewrites.end()) {
      if (of_site->kind == Centering::vip) {
        Op weight;
        weight.code = Opcode::param;
        weight.set_attr("site", of_site->site.name + ".centering");
        weight.set_attr("support", std::string("real"));
        weight.set_attr("via", std::string("vip"));
        const Type type = of_site->chain || of_site->joint ? Type::real({}) : of_site->site.type;
        of_site->weight = b.emit(Opcode::sigmoid,
                                 {b.append(std::move(weight), std::vector<Type>{type}).at(0)});
      }
      Op latent = op;
      latent.operands.clear();
      if (of_site->joint)
        latent.set_attr("prior", std::int64_t{0});  // its law becomes a factor
      else if (!of_site->chain && of_site->prior.place == i)
        latent.operands = {standardised_dist(b, *of_site, of_site->prior.dist, map)};
      latent.set_attr("via", std::string(centering_name(of_site->kind)));
      standard[of_site->site.name] = b.append(std::move(latent), std::vector<Type>{of_site->site.type}).at(0);
    }
    if (of_prior != rewrites.end()) {
      const ValueId z = standard.at(of_prior->site.name);
      if (of_prior->site.op != i && !of_prior->joint) {
        Op observe = op;
        observe.operands = {standardised_dist(b, *of_prior, of_prior->prior.dist, map), z};
        b.append(std::move(observe));
      }
      map[of_prior->site.value] = recovered_value(b, *of_prior, z, map);
    }
  }
  b.set_origin({});
  b.finish(mapped_values(model, model.body.ops.back().operands, b, map), model.result_names);
  *module.find("model") = std::move(func);
  return module;
}

}  // namespace elba::passes
