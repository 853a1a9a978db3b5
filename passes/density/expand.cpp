// expand: the density level becomes the tensor level: densities, draws, elementwise tensor ops, contractions
// and log-sum-exps turn into nests of scalar ops.
//
//     %d = dist %mu, %s {name="normal"}              %lp = nest (%i < N) -> (sum f64) {
//     %lp = logpdf %d, %y : f64                 ->     %m = read %mu, %i     %x = read %y, %i
//                                                      ... body of @normal.logpdf on %x, %m, %s ...   yield %v }
//     %z = mul %a, %x : f64[N]                  ->   nest (%i < N) -> (stack f64[N]) { yield a[i] * x[i] }
//     contract %X, %b {maps="nd,d->n"}          ->   nest (%n < N) -> (stack f64[N]) {
//                                                      nest (%d < D) -> (sum f64) { X[n,d] * b[d] } }
//     sample %d, %key                           ->   noise, then a nest of @normal.sample
//                                                    (docs/ir.md, Randomness, says what a batch draws)
//     lse of x                                  ->   m = max x;  log(sum exp(x - m)) + m
//
// Masked elements count 0 and are evaluated at a harmless point of the support instead, so that neither their
// value nor its derivative can turn into 0 * inf. log-sum-exp: m is a constant to differentiation (the
// formula holds for every m); m = +-inf is taken out by selects, so that a sum over nothing, or over -inf
// only, is -inf with derivative 0. Afterwards: the functions of distributions, functions with dims of their
// own and what still has latents (@model) are gone. Not here: fusing what this makes (fuse); choosing an
// order for contractions of three operands (the language makes none).
#include <algorithm>
#include <limits>

#include "passes/passes.h"
#include "passes/rewrite/contractions.h"
#include "passes/rewrite/copier.h"
#include "passes/rewrite/rewrite.h"

namespace elba::passes {

using namespace ir;

namespace {

using Values = std::vector<ValueId>;

class Expander : public Copier {
  using Copier::Copier;

  struct Distribution {
    const DistDecl* decl;
    Values arguments;
  };

  // --- reads -----------------------------------------------------------------------------------------------
  // A read of a read is one read.
  ValueId element(ValueId tensor, std::span<const ValueId> indices) {
    if (indices.empty()) return tensor;
    Values all(indices.begin(), indices.end());
    if (const auto known = rows_.find(tensor); known != rows_.end()) {
      all.insert(all.begin(), known->second.begin() + 1, known->second.end());
      tensor = known->second[0];
    }
    const ValueId result = b.read(tensor, all);
    if (b.type(result).rank() > 0) {
      all.insert(all.begin(), tensor);
      rows_.emplace(result, std::move(all));
    }
    return result;
  }

  // The part of a batched value at the innermost of the iterators that its own batch has.
  ValueId at_batch(ValueId value, int event_rank, const Values& iterators) {
    const std::size_t batch = static_cast<std::size_t>(std::max(0, b.type(value).rank() - event_rank));
    const std::size_t used = std::min(batch, iterators.size());
    return element(value, std::span(iterators).last(used));
  }

  // --- elementwise, contractions ---------------------------------------------------------------------------
  ValueId elementwise(Opcode code, const Values& operands, const Type& result) {
    const auto iterators = b.open_nest(result.shape);
    Values scalars;
    for (ValueId operand : operands)
      scalars.push_back(b.type(operand).rank() == 0 ? operand : element(operand, iterators));
    const ValueId value = b.emit(code, scalars);
    return b.close_nest({{Combiner::stack, {value}}})[0];
  }

  // --- log-sum-exp -----------------------------------------------------------------------------------------
  // Of all elements x[i..., e...] over the first `extents` of its dims; e are given.
  ValueId lse_over(ValueId x, const std::vector<Dim>& extents, const Values& event, const Values& bounds) {
    const auto open = [&] {
      Values its = b.open_nest(extents);
      if (!bounds.empty()) b.bound_loop(bounds[0], bounds[1]);
      return its;
    };
    const auto element_at = [&](const Values& iterators) {
      Values all = iterators;
      all.insert(all.end(), event.begin(), event.end());
      return element(x, all);
    };
    constexpr double inf = std::numeric_limits<double>::infinity();
    const ValueId largest_of = element_at(open());
    const ValueId largest = b.close_nest({{Combiner::max, {largest_of}}})[0];
    const ValueId is_finite = b.emit(Opcode::lt, {b.emit(Opcode::abs, {largest}), b.constant(inf)});
    const ValueId m = b.select(is_finite, b.emit(Opcode::stop_grad, {largest}), b.constant(0.0));
    const ValueId term = b.emit(Opcode::exp, {b.sub(element_at(open()), m)});
    const ValueId sum = b.close_nest({{Combiner::sum, {term}}})[0];
    // `ne` is true for nan: a nan shows up in the sum.
    const ValueId some = b.emit(Opcode::ne, {largest, b.constant(-inf)});
    const ValueId log = b.emit(Opcode::log, {b.select(some, sum, b.constant(1.0))});
    return b.add(log, b.select(some, m, b.constant(-inf)));
  }

  std::vector<ValueId> close_loop(std::span<const ValueId> nexts,
                                  const std::vector<YieldSpec>& specs) override {
    if (std::none_of(specs.begin(), specs.end(),
                     [](const YieldSpec& spec) { return spec.combiner == Combiner::lse; }))
      return b.close_scan(nexts, specs);
    auto stacked = specs;
    const Values bounds = b.bounds();
    std::vector<int> ranks;
    for (YieldSpec& spec : stacked) {
      if (spec.combiner == Combiner::lse) spec.combiner = Combiner::stack;
      ranks.push_back(b.type(spec.values[0]).rank());
    }
    auto results = b.close_scan(nexts, stacked);
    for (std::size_t k = 0; k < specs.size(); ++k) {
      if (specs[k].combiner != Combiner::lse) continue;
      ValueId& result = results[nexts.size() + k];
      const auto shape = b.type(result).shape;
      const auto split = shape.end() - ranks[k];
      const std::vector<Dim> extents(shape.begin(), split), event(split, shape.end());
      if (event.empty()) {
        result = lse_over(result, extents, {}, bounds);
      } else {
        const auto iterators = b.open_nest(event);
        const ValueId value = lse_over(result, extents, iterators, bounds);
        result = b.close_nest({{Combiner::stack, {value}}})[0];
      }
    }
    return results;
  }

  // --- distributions ---------------------------------------------------------------------------------------
  Values arguments_at(const Distribution& dist, const Values& iterators) {
    Values arguments;
    for (std::size_t k = 0; k < dist.arguments.size(); ++k) {
      const Type& formal = dist.decl->param_types.at(k);
      ValueId argument = at_batch(dist.arguments[k], formal.rank(), iterators);
      if (formal.scalar == Scalar::f64 && b.type(argument) == Type::integer())
        argument = b.emit(Opcode::to_real, {argument});
      arguments.push_back(argument);
    }
    return arguments;
  }

  // A bound of the support as f64; invalid when there is none.
  ValueId bound_value(const Distribution& dist, const Values& arguments, const Bound& bound) {
    if (const auto* number = std::get_if<double>(&bound)) return b.constant(*number);
    if (const auto* dim = std::get_if<Dim>(&bound); dim != nullptr && dim->is_constant())
      return b.constant(static_cast<double>(dim->constant()));
    if (const auto* name = std::get_if<std::string>(&bound)) {
      const auto& names = dist.decl->param_names;
      const auto at = std::find(names.begin(), names.end(), *name);
      if (at == names.end()) return {};
      const ValueId argument = arguments[static_cast<std::size_t>(at - names.begin())];
      if (b.type(argument).rank() != 0) return {};
      return b.type(argument).is_real() ? argument : b.emit(Opcode::to_real, {argument});
    }
    return {};
  }

  // A point inside the support, for elements that do not count.
  ValueId harmless_point(const Distribution& dist, const Values& arguments) {
    const ValueId low = bound_value(dist, arguments, dist.decl->lower),
                  high = bound_value(dist, arguments, dist.decl->upper);
    if (dist.decl->scalar == Scalar::i64)
      return low.valid() ? b.emit(Opcode::to_int, {low}) : b.constant_int(0);
    if (low.valid() && high.valid()) return b.mul(b.constant(0.5), b.add(low, high));
    if (low.valid()) return b.add(low, b.constant(1.0));
    if (high.valid()) return b.sub(high, b.constant(1.0));
    return b.constant(0.0);
  }

  ValueId log_density(const Distribution& dist, ValueId value, ValueId mask) {
    const int event_rank = static_cast<int>(dist.decl->event_shape.size());
    std::vector<Dim> batch = b.type(value).shape;
    batch.resize(batch.size() - static_cast<std::size_t>(event_rank));
    for (std::size_t k = 0; k < dist.arguments.size(); ++k) {
      // A scalar value under a batched distribution counts once per batch element.
      std::vector<Dim> of_argument = b.type(dist.arguments[k]).shape;
      of_argument.resize(of_argument.size() - static_cast<std::size_t>(dist.decl->param_types.at(k).rank()));
      if (of_argument.size() > batch.size()) batch = std::move(of_argument);
    }
    const Values iterators = batch.empty() ? Values{} : b.open_nest(batch);
    Values arguments = arguments_at(dist, iterators);
    ValueId point = at_batch(value, event_rank, iterators);
    const ValueId counts = mask.valid() ? at_batch(mask, 0, iterators) : ValueId{};
    if (counts.valid() && event_rank == 0) point = b.select(counts, point, harmless_point(dist, arguments));
    const Func& density = *module_.find(dist.decl->name + ".logpdf");
    if (b.type(point) == Type::integer() && density.type(density.params[0].value) == Type::real())
      point = b.emit(Opcode::to_real, {point});
    arguments.insert(arguments.begin(), point);
    ValueId result = inlined(density, arguments).at(0);
    if (counts.valid()) result = b.select(counts, result, b.constant(0.0));
    return batch.empty() ? result : b.close_nest({{Combiner::sum, {result}}})[0];
  }

  ValueId draw(const Distribution& dist, ValueId key, const Type& result) {
    const Func& sampler = *module_.find(dist.decl->name + ".sample");
    std::vector<Dim> batch = result.shape;
    batch.resize(batch.size() - dist.decl->event_shape.size());
    const bool has_noise = !dist.decl->noise.empty(), by_key = dist.decl->noise == "key";
    // A dim that no argument holds (the size of lkj_chol) is known from the event.
    std::map<std::string, Dim> open;
    for (std::size_t axis = 0; axis < dist.decl->event_shape.size(); ++axis)
      if (const auto symbol = dist.decl->event_shape[axis].as_symbol())
        open[*symbol] = result.shape[batch.size() + axis];
    ValueId noise;
    if (has_noise && !by_key) {
      std::vector<Dim> shape = batch;
      for (const Dim& dim : noise_shape(dist, sampler, open))
        shape.push_back(dim);
      Op op;
      op.code = dist.decl->noise == "uniform" ? Opcode::rng_uniform : Opcode::rng_normal;
      op.operands = {key};
      op.dims = std::move(shape);
      noise = b.append(std::move(op)).at(0);
    }
    const Values iterators = batch.empty() ? Values{} : b.open_nest(batch);
    Values arguments = arguments_at(dist, iterators);
    if (by_key)
      arguments.insert(arguments.begin(), b.emit(Opcode::key_fold, {key, flat_index(batch, iterators)}));
    else if (has_noise)
      arguments.insert(arguments.begin(), element(noise, iterators));
    const ValueId value = inlined(sampler, arguments, std::move(open)).at(0);
    return batch.empty() ? value : b.close_nest({{Combiner::stack, {value}}})[0];
  }

  ValueId flat_index(const std::vector<Dim>& extents, const Values& iterators) {
    ValueId index = iterators.empty() ? b.constant_int(0) : iterators[0];
    for (std::size_t k = 1; k < iterators.size(); ++k)
      index = b.add(b.mul(index, b.dim(extents[k])), iterators[k]);
    return index;
  }

  // The shape of a sampler's first parameter, its dims bound by the event and the other arguments.
  std::vector<Dim> noise_shape(const Distribution& dist, const Func& sampler,
                               std::map<std::string, Dim> bound) {
    std::vector<Type> formals, actuals;
    for (std::size_t k = 0; k < dist.arguments.size(); ++k) {
      formals.push_back(sampler.type(sampler.params.at(k + 1).value));
      Type actual = b.type(dist.arguments[k]);
      actual.shape.erase(actual.shape.begin(), actual.shape.end() - formals.back().rank());
      actuals.push_back(std::move(actual));
    }
    (void)match_dims(sampler.dims, formals, actuals, bound);
    return sampler.type(sampler.params.at(0).value).substitute(bound).shape;
  }

  // ---------------------------------------------------------------------------------------------------------
  bool replace(Scope& scope, const Op& op) override {
    const auto is = [&](Opcode code) { return op.code == code; };
    if (is(Opcode::dist)) {
      const DistDecl* decl = module_.find_dist(op.attr_string("name"));
      if (decl == nullptr) return false;
      const ValueId stand_in = b.func().add_value(type_in(scope, op.results[0]));
      distributions_[stand_in] = {decl, mapped(scope, op.operands)};
      scope.map[op.results[0]] = stand_in;
      return true;
    }
    if (is(Opcode::logpdf) || is(Opcode::sample)) {
      const auto operands = mapped(scope, op.operands);
      const auto dist = distributions_.find(operands[0]);
      if (dist == distributions_.end()) return false;
      const ValueId value = is(Opcode::sample)
                                ? draw(dist->second, operands[1], type_in(scope, op.results[0]))
                                : log_density(dist->second, operands[1],
                                              operands.size() > 2 ? operands[2] : ValueId{});
      scope.map[op.results[0]] = value;
      return true;
    }
    if (is(Opcode::contract)) {
      const auto operands = mapped(scope, op.operands);
      scope.map[op.results[0]] = contraction(
          b, operands, op.attr_string("maps"), op.attr_string("semiring"),
          [&](ValueId tensor, std::span<const ValueId> indices) { return element(tensor, indices); },
          [&](Combiner combiner, ValueId value) { return close_loop({}, {{combiner, {value}}})[0]; });
      return true;
    }
    if (is(Opcode::read)) {
      const auto operands = mapped(scope, op.operands);
      scope.map[op.results[0]] = element(operands[0], std::span(operands).subspan(1));
      return true;
    }
    if (op_info(op.code).group == Group::scalar && scope.from.type(op.results[0]).rank() > 0) {
      scope.map[op.results[0]] = elementwise(op.code, mapped(scope, op.operands),
                                             type_in(scope, op.results[0]));
      return true;
    }
    return false;
  }

  std::unordered_map<ValueId, Distribution> distributions_;
  std::unordered_map<ValueId, Values> rows_;  // results of partial reads: tensor, indices
};

bool has_density_ops(const Func& func) {
  bool found = false;
  walk(func.body, [&](const Op& op) {
    const bool is_site = op.code == Opcode::latent || op.code == Opcode::param ||
                         op.code == Opcode::observe || op.code == Opcode::factor || op.code == Opcode::draw;
    found = found || is_site;
  });
  return found;
}

}  // namespace

Module expand(Module module) {
  std::vector<Func> kept;
  for (const Func& func : module.funcs) {
    const auto dot = func.name.rfind('.');
    const bool is_member = dot != std::string::npos &&
                           module.find_dist(std::string_view(func.name).substr(0, dot)) != nullptr;
    if (is_member || !func.dims.empty() || has_density_ops(func)) continue;
    Expander(module, kept.emplace_back()).copy_function(func);
    lower_streamed_products(module, kept.back());
    compact(kept.back());
  }
  module.funcs = std::move(kept);
  module.dists.clear();
  module.level = Level::tensor;
  return module;
}

}  // namespace elba::passes
