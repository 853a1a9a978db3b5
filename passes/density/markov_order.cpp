// markov_order: h[3:T] ~ normal(2 * h[2:T-1] - h[1:T-2], s)  ->  2
//
// Read off @model as the front end leaves it: an `observe` of the site, stated apart from its declaration,
// whose distribution varies with the site itself. Its elements are read at iterators plus constants; the
// widest spread of these constants along an axis, times the coordinates between two neighbours on that axis,
// is the order. What is read at other places (an index from data) does not count, and a chain that is written
// as a scan over its innovations is none: its latents are independent already.
#include "passes/density/markov_order.h"

#include <algorithm>
#include <optional>

#include "passes/density/factor_graph.h"
#include "passes/density/multivariate_normal.h"

namespace elba::passes {

using namespace ir;

namespace {

// iterator + constant, as its constant; nothing for any other index. A constant index is a place, not an
// offset.
std::optional<std::int64_t> offset_of(const Func& func, ValueId index,
                                      const std::vector<const Op*>& definitions,
                                      const std::vector<bool>& is_iterator) {
  if (is_iterator[index.index]) return 0;
  const Op* op = definitions[index.index];
  if (op == nullptr || (op->code != Opcode::add && op->code != Opcode::sub)) return std::nullopt;
  for (const std::size_t base : {std::size_t{0}, std::size_t{1}}) {
    const auto& shift = func.constant(op->operands[1 - base]);
    if (!is_iterator[op->operands[base].index] || !shift || !std::holds_alternative<std::int64_t>(*shift))
      continue;
    if (op->code == Opcode::add) return std::get<std::int64_t>(*shift);
    if (base == 0) return -std::get<std::int64_t>(*shift);
  }
  return std::nullopt;
}

class Reads {
 public:
  explicit Reads(const Func& func)
      : func_(func), definitions_(func.values.size()), is_iterator_(func.values.size()) {
    walk(func.body, false);
  }

  // Of the site's reads, by axis: the smallest and the largest offset.
  [[nodiscard]] std::int64_t order(const Site& site, const std::map<std::string, std::int64_t>& sizes) const {
    std::int64_t widest = 0, stride = 1;
    for (std::size_t axis = site.type.shape.size(); axis-- > 0;
         stride *= site.type.shape[axis].evaluate(sizes).value_or(1)) {
      std::optional<std::int64_t> least, most;
      for (const Op* read : reads_) {
        if (!(read->operands[0] == site.value) || axis + 1 >= read->operands.size()) continue;
        const auto offset = offset_of(func_, read->operands[axis + 1], definitions_, is_iterator_);
        if (!offset) continue;
        least = std::min(least.value_or(*offset), *offset);
        most = std::max(most.value_or(*offset), *offset);
      }
      if (least) widest = std::max(widest, (*most - *least) * stride);
    }
    return widest;
  }

 private:
  void walk(const Region& region, bool is_loop) {
    for (std::size_t k = 0; k < region.params.size() && is_loop; ++k)
      is_iterator_[region.params[k].index] = func_.type(region.params[k]).scalar == Scalar::i64;
    for (const Op& op : region.ops) {
      for (const ValueId result : op.results)
        definitions_[result.index] = &op;
      if (op.code == Opcode::read) reads_.push_back(&op);
      for (const Region& inner : op.regions)
        walk(inner, true);
    }
  }

  const Func& func_;
  std::vector<const Op*> definitions_, reads_;
  std::vector<bool> is_iterator_;
};

}  // namespace

std::int64_t chain_order(const Module& module, const std::map<std::string, std::int64_t>& sizes) {
  const Func* model = module.find("model");
  if (model == nullptr) return 0;
  Module scratch = module;
  Transforms transforms(scratch);
  const FactorGraph graph = factor_graph(*model, transforms);
  const Reads reads(*model);
  std::int64_t order = 0;
  for (const Site& site : graph.sites)
    if (const Prior prior = prior_of(*model, site); prior.dist.valid())
      if (const Op* dist = defining_op(*model, prior.dist); dist != nullptr)
        if (const DistDecl* decl = module.find_dist(dist->attr_string("name"));
            decl != nullptr && is_walk(decl->gaussian))
          order = std::max<std::int64_t>(order, 1);
  for (const Factor& factor : graph.factors) {
    if (factor.role != FactorRole::latent) continue;
    const auto& depends = graph.depends[model->body.ops[factor.op].operands[0].index];
    for (const std::size_t i : depends)
      if (graph.sites[i].name == factor.site) order = std::max(order, reads.order(graph.sites[i], sizes));
  }
  return order;
}

}  // namespace elba::passes
