// elbo: assembles the objective of a guide q over the unconstrained coordinates u of the latents: by the
// `guide` attribute of each latent, independent groups of them, each of one family; without attributes a
// single group, `meanfield`.
//
//     ELBO = E_q [ log p(T(u), y) + log |det T'(u)| ] + H(q),   estimated at one draw of u, H exact
//
// Where a prior is normal(a, b) with a and b free of latents, its site is unbounded, and the family tells
// variances, its expectation is exact:
//     E_q log N(u; a, b) = log N(m; a, b) - sum var(u) / (2 b^2)
// With a frozen key, @elbo is a smooth deterministic function of phi; with fresh keys, its gradient is
// unbiased for the ELBO's. @draw gives an independent draw with log p and log q in the guide's coordinates,
// for diagnostics and importance sampling. Sources: Kucukelbir et al., "Automatic differentiation variational
// inference", 2017; Giordano et al. (DADVI), 2024.
#include "passes/guide/guide.h"
#include "passes/passes.h"
#include "passes/rewrite/defect.h"

#include <algorithm>
#include <cmath>

namespace elba::passes {

using namespace ir;

ValueId real_of(Builder& b, const Dim& dim) {
  if (dim.is_constant()) return b.constant(static_cast<double>(dim.constant()));
  return b.emit(Opcode::to_real, {b.dim(dim)});
}

namespace {

class GuideBuilder {
 public:
  GuideBuilder(Module& module, const Func& model)
      : module_(module),
        model_(model),
        transforms_(module),
        graph_(factor_graph(model, transforms_)),
        layout_(layout_of(model, graph_)),
        decisions_(expectation_decisions(module, model, graph_)) {}

  void elbo() {
    Body body(*this, "elbo");
    for (std::size_t i = 0; i < graph_.sites.size(); ++i)
      if (decisions_[i].analytic && body.variance[i].valid())
        body.analytic[prior_of(model_, graph_.sites[i]).place] = i;
    body.densities();
    ValueId total = sum_terms(body.b, body.terms);
    for (const ValueId entropy : body.entropies)
      total = body.b.add(total, entropy);
    body.b.finish({total});
    module_.funcs.push_back(std::move(body.func));
  }

  void draw() {
    Body body(*this, "draw");
    body.densities();
    std::vector<ValueId> parts, coordinates;
    Dim size(0), latent_size(0);
    for (std::size_t i = 0; i < graph_.sites.size(); ++i) {
      const Site& site = graph_.sites[i];
      if (!site.is_param) coordinates.push_back(body.free[i]), latent_size = latent_size + site.size;
      if (site.is_param && is_reparameterised(model_, site)) continue;
      const bool is_standard = !site.is_param && is_reparameterised(model_, site);
      parts.push_back(is_standard ? body.b.mapped(model_, recovered(site), body.map) : body.free[i]);
      size = size + site.size;
    }
    const ValueId u = pack_all(body.b, parts, size);
    const ValueId z = pack_all(body.b, coordinates, latent_size);  // of the latents, as the guide has them
    body.b.finish({u, sum_terms(body.b, body.terms), sum_terms(body.b, body.log_qs), z},
                  {"u", "log_p", "log_q", "z"});
    module_.funcs.push_back(std::move(body.func));
  }

 private:
  // A function of (data, phi, key) with the guide's draw made and every site's free coordinates cut out.
  struct Body {
    Body(GuideBuilder& of, const char* name) : owner(of), b(func) {
      func.name = name;
      copy_data_params(owner.model_, b, map);
      const ValueId phi = b.add_param(free_name(func, "phi"), Type::real({owner.layout_.size}), Role::input);
      copy_key_param(owner.model_, b, map);
      const ValueId key = func.params.back().value;
      const auto& sites = owner.graph_.sites;
      const GuideLayout& layout = owner.layout_;

      std::vector<Type> types;
      for (const GuideBlock& block : layout.blocks)
        types.push_back(Type::real(block.shape));
      // Without parameters there is nothing to unpack: an op without results would never be dead.
      const auto blocks = types.empty() ? std::vector<ValueId>() : b.unpack(phi, std::move(types));
      free.resize(sites.size());
      mean.resize(sites.size());
      variance.resize(sites.size());
      for (std::size_t k = 0; k < blocks.size(); ++k)
        for (std::size_t i = 0; i < sites.size(); ++i)
          if ((layout.blocks[k].kind == BlockKind::centering || layout.blocks[k].kind == BlockKind::point) &&
              layout.blocks[k].name == sites[i].name)
            free[i] = blocks[k];
      const auto noises = noise_of_groups(key);
      for (std::size_t g = 0; g < layout.groups.size(); ++g) {
        std::vector<ValueId> own;
        for (std::size_t k = 0; k < blocks.size(); ++k)
          if (layout.blocks[k].kind != BlockKind::centering && layout.blocks[k].kind != BlockKind::point &&
              layout.blocks[k].group == g)
            own.push_back(blocks[k]);
        take(layout.groups[g], layout.groups[g].family->draw(b, layout.groups[g], own, noises[g]));
      }
    }

    // One stretch of standard normals, cut for the groups: who lends them to a draw lends them all.
    std::vector<ValueId> noise_of_groups(ValueId key) {
      const GuideLayout& layout = owner.layout_;
      std::vector<ValueId> noises(layout.groups.size());
      if (layout.noise_size == Dim(0)) return noises;
      Op noise;
      noise.code = Opcode::rng_normal;
      noise.operands = {key};
      noise.dims = {layout.noise_size};
      const ValueId all = b.append(std::move(noise)).at(0);
      std::vector<std::size_t> noisy;
      std::vector<Type> types;
      for (std::size_t g = 0; g < noises.size(); ++g) {
        const Dim size = layout.groups[g].family->noise(layout.groups[g]);
        if (size == Dim(0)) continue;
        noisy.push_back(g);
        types.push_back(Type::real({size}));
      }
      const auto pieces = noisy.size() == 1 ? std::vector<ValueId>{all} : b.unpack(all, std::move(types));
      for (std::size_t k = 0; k < noisy.size(); ++k)
        noises[noisy[k]] = pieces[k];
      return noises;
    }

    void take(const GuideGroup& group, const GuideDraw& draw) {
      std::vector<Type> types;
      for (const auto& member : group.members)
        types.push_back(Type::real(member.shape));
      const auto cut = [&](ValueId flat, std::vector<ValueId>& pieces) {
        if (!flat.valid()) return;
        const auto values = b.unpack(flat, types);
        for (std::size_t k = 0; k < values.size(); ++k)
          pieces[group.members[k].site] = values[k];
      };
      cut(draw.u, free);
      cut(draw.mean, mean);
      cut(draw.variance, variance);
      if (draw.entropy.valid()) entropies.push_back(draw.entropy);
      if (draw.log_q.valid()) log_qs.push_back(draw.log_q);
    }

    // The terms of the log joint density and the log Jacobian of the latents.
    void densities() {
      const Func& model = owner.model_;
      const auto& sites = owner.graph_.sites;
      std::vector<bool> kept;
      for (const Op& op : model.body.ops) {
        kept.push_back(op.code == Opcode::latent || op.code == Opcode::param || op.code == Opcode::observe ||
                       op.code == Opcode::factor || op.attr("recovers") != nullptr);
      }
      const auto needed = needed_ops(model, {}, kept);
      ModelCopy copy;
      copy.unknown = [&](std::size_t i) {
        const Site& site = sites[i];
        const auto bounds = mapped_values(model, site.bounds, b, map);
        const ValueId x = owner.transforms_.forward(b, site, free[i], bounds);
        if (site.is_param) return x;
        if (analytic.contains(site.op))
          terms.push_back(expected_normal(b.mapped(model, site.prior, map), site.prior, i));
        else if (site.prior.valid())
          terms.push_back(emit_logpdf(b, {b.mapped(model, site.prior, map), x}, site.name));
        if (const ValueId log_jacobian = owner.transforms_.log_jacobian(b, site, free[i], bounds);
            log_jacobian.valid())
          terms.push_back(log_jacobian);
        return x;
      };
      copy.density = [&](const Op& op) {
        const auto operands = mapped_values(model, op.operands, b, map);
        const auto place = static_cast<std::size_t>(&op - model.body.ops.data());
        if (const auto it = analytic.find(place); it != analytic.end())
          terms.push_back(expected_normal(operands[0], op.operands[0], it->second));
        else
          terms.push_back(op.code == Opcode::factor ? sum_elements(b, operands[0])
                                                    : emit_logpdf(b, operands, op.attr_string("site")));
      };
      copy_model(model, sites, needed, b, map, copy);
    }

    // log N(m; a, s) - sum var / (2 s^2); `source` is the distribution as a value of @model.
    ValueId expected_normal(ValueId dist, ValueId source, std::size_t i) {
      const ValueId at_mean = emit_logpdf(b, {dist, mean[i]}, owner.graph_.sites[i].name);
      const ValueId scale = b.mapped(owner.model_, defining_op(owner.model_, source)->operands.at(1), map);
      const ValueId ratio = b.div(variance[i], b.emit(Opcode::square, {scale}));
      return b.sub(at_mean, b.mul(b.constant(0.5), sum_elements(b, ratio)));
    }

    GuideBuilder& owner;
    Func func;
    Builder b;
    Builder::ValueMap map;
    std::vector<ValueId> free, mean, variance;    // per site
    std::vector<ValueId> entropies, log_qs;       // per group that has them
    std::map<std::size_t, std::size_t> analytic;  // place of a prior whose expectation is exact -> its site
    std::vector<ValueId> terms;
  };

  ValueId recovered(const Site& site) const {
    for (const Op& op : model_.body.ops)
      if (op.attr_string("recovers") == site.name) return op.results.at(0);
    pass_defect("no op recovers the value of the site `" + site.name + "`");
  }

  Module& module_;
  const Func& model_;
  Transforms transforms_;
  FactorGraph graph_;
  GuideLayout layout_;
  std::vector<ExpectationDecision> decisions_;
};

}  // namespace

std::vector<ExpectationDecision> expectation_decisions(const Module& module, const Func& model,
                                                       const FactorGraph& graph) {
  std::vector<ExpectationDecision> decisions;
  for (const Site& site : graph.sites) {
    const auto decide = [&]() -> ExpectationDecision {
      if (site.is_param) return {false, "a point parameter"};
      const Prior prior = prior_of(model, site);
      if (!prior.dist.valid()) return {false, "its prior is not one distribution of the whole value"};
      const Op* dist = defining_op(model, prior.dist);
      const DistDecl* decl = dist ? module.find_dist(dist->attr_string("name")) : nullptr;
      if (!decl || decl->gaussian != GaussianForm::elementwise) return {false, "its prior is not normal"};
      if (site.support != "real") return {false, "its support is bounded"};
      for (ValueId argument : dist->operands)
        for (std::size_t parent : graph.depends[argument.index])
          if (!graph.sites[parent].is_param)
            return {false, "its prior depends on `" + graph.sites[parent].name + "`"};
      return {true, "a normal prior with known arguments"};
    };
    decisions.push_back(decide());
  }
  return decisions;
}

Module guide(Module module) {
  const Func* found = module.find("model");
  if (!found) return module;
  const Func model = *found;
  std::erase_if(module.funcs, [](const Func& func) { return func.name == "model"; });
  GuideBuilder builder(module, model);
  builder.elbo();
  builder.draw();
  return module;
}

}  // namespace elba::passes
