// sites: latents, params, observations, factors and predictions, over the loops and conditions around
// them.
#include <algorithm>
#include <utility>

#include "frontend/lower/lowerer.h"

namespace elba::frontend {

using ir::Combiner;
using ir::Op;
using ir::Opcode;
using ir::ValueId;

void Lowerer::lower_latent(const LatentStmt& stmt) {
  const Symbol& symbol = body_.symbol(stmt.symbol);
  Op op;
  op.code = Opcode::latent;
  std::vector<Dim> batch = symbol.type.shape;
  const bool has_prior = stmt.dist && !late_priors_.count(stmt.symbol);
  if (has_prior) {
    batch.resize(batch.size() - stmt.dist->event.size());
    op.operands.push_back(distribution(*stmt.dist, batch));
  }
  for (TermId bound : {stmt.lower, stmt.upper})
    if (bound.valid()) op.operands.push_back(bound_over_loops(bound, symbol.type.shape));
  if (!stmt.elements.empty())
    for (ValueId bound : element_bounds(stmt))
      op.operands.push_back(bound);
  op.set_attr("site", symbol.name);
  op.set_attr("support", std::string(support_name(stmt.support)));
  op.set_attr("prior", std::int64_t{has_prior ? 1 : 0});
  op.set_attr("centering", stmt.centering);
  if (keep_spans_) op.origin = symbol.span;
  auto shape = extents();
  shape.insert(shape.end(), symbol.type.shape.begin(), symbol.type.shape.end());
  const ValueId value = b_.append(std::move(op), std::vector<ir::Type>{ir::Type::real(std::move(shape))})[0];
  if (loops_.empty())
    frames_.front().values[stmt.symbol] = value;
  else
    whole_[stmt.symbol] = value;
}

void Lowerer::lower_late_prior(const LatentStmt& stmt) {
  const Symbol& symbol = body_.symbol(stmt.symbol);
  std::vector<Dim> batch = symbol.type.shape;
  batch.resize(batch.size() - stmt.dist->event.size());
  const Span span = b_.origin();
  Op op;
  op.code = Opcode::observe;
  op.operands = {distribution(*stmt.dist, batch), whole_.at(stmt.symbol)};
  op.set_attr("site", symbol.name);
  op.set_attr("role", std::string("latent"));
  op.origin = span;
  b_.append(std::move(op));
}

ValueId Lowerer::next_key() { return b_.emit(Opcode::key_fold, {key_, b_.constant_int(keys_++)}); }

void Lowerer::lower_param(const ParamStmt& stmt) {
  const Symbol& symbol = body_.symbol(stmt.symbol);
  Op op;
  op.code = Opcode::param;
  for (TermId bound : {stmt.lower, stmt.upper})
    if (bound.valid()) op.operands.push_back(term(bound));
  const auto& shape = symbol.type.shape;
  if (stmt.init.valid()) {
    ValueId init = term(stmt.init);
    if (b_.type(init).shape.empty() && !shape.empty()) {
      b_.open_nest(shape);
      init = b_.close_nest({{Combiner::stack, {init}}})[0];
    }
    op.operands.push_back(init);
  } else if (stmt.init_dist) {
    Op draw;
    draw.code = Opcode::sample;
    std::vector<Dim> batch;
    const ValueId dist = distribution(*stmt.init_dist, shape, &batch);
    const std::size_t own = batch.size() + stmt.init_dist->event.size();
    draw.operands = {dist, next_key()};
    draw.dims.assign(shape.begin(), shape.end() - static_cast<std::ptrdiff_t>(own));
    op.operands.push_back(b_.append(std::move(draw))[0]);
  }
  op.set_attr("site", symbol.name);
  op.set_attr("support", std::string(support_name(stmt.support)));
  op.set_attr("has_init", std::int64_t{stmt.init.valid() || stmt.init_dist ? 1 : 0});
  if (keep_spans_) op.origin = symbol.span;
  frames_.front().values[stmt.symbol] = b_.append(std::move(op),
                                                  std::vector<ir::Type>{ir::Type::real(shape)})[0];
}

// Observations in ragged loops and under conditions: the sum of their log densities, none of which is
// computed where there is none.
void Lowerer::lower_guarded_site(const SiteStmt& stmt, const std::vector<Dim>& batch) {
  const Span span = b_.origin();
  const auto loops = std::exchange(loops_, {});
  const auto density = [&] {
    const ValueId dist = distribution(stmt.dist, batch);
    Op op;
    op.code = Opcode::logpdf;
    op.operands = {dist, term(stmt.target)};
    op.origin = span;
    return b_.append(std::move(op))[0];
  };
  const ValueId total = sum_over(loops, density);
  loops_ = loops;
  add_factor(total, body_.symbol(stmt.symbol).name, span);
}

// The sum of a scalar over loops, where the conditions around hold.
ValueId Lowerer::sum_over(const std::vector<SymbolId>& loops, const std::function<ValueId()>& value) {
  const auto conditions = std::exchange(conditions_, {});
  const LoopBody body = [&]() -> std::vector<ir::YieldSpec> {
    if (conditions.empty()) return {{Combiner::sum, {value()}}};
    conditions_ = conditions;
    const ValueId condition = condition_value();
    conditions_.clear();
    return {{Combiner::sum, guarded(condition, [&]() -> std::vector<ir::YieldSpec> {
               return {{Combiner::sum, {value()}}};
             })}};
  };
  const ValueId total = loops.empty() ? body()[0].values[0] : nested(loops, {}, body)[0];
  conditions_ = conditions;
  return total;
}

void Lowerer::add_factor(ValueId total, std::string site, Span span) {
  Op op;
  op.code = Opcode::factor;
  op.operands = {total};
  op.set_attr("site", std::move(site));
  op.origin = span;
  b_.append(std::move(op));
}

void Lowerer::lower_site(const SiteStmt& stmt) {
  std::vector<Dim> batch = body_.term(stmt.target).type.shape;
  batch.resize(batch.size() - stmt.dist.event.size());
  if (body_.symbol(stmt.symbol).kind != Symbol::Kind::latent && (in_ragged_loop() || !conditions_.empty()))
    return lower_guarded_site(stmt, batch);
  const Span span = b_.origin();
  const ValueId dist = distribution(stmt.dist, batch);
  const ValueId value = over_loops(stmt.target);
  Op op;
  op.code = Opcode::observe;
  op.operands = {dist, value};
  if (!conditions_.empty()) op.operands.push_back(mask(batch));
  const Symbol& symbol = body_.symbol(stmt.symbol);
  op.set_attr("site", symbol.name);
  op.set_attr("role", std::string(symbol.kind == Symbol::Kind::latent ? "latent" : "data"));
  op.origin = span;
  b_.append(std::move(op));
}

void Lowerer::lower_factor(const FactorStmt& stmt) {
  const Span span = b_.origin();
  const auto loops = std::exchange(loops_, {});
  const ValueId total = sum_over(loops, [&] {
    const ValueId value = term(stmt.value);
    return loops.empty() && conditions_.empty() ? value : reduce(b_, value, Combiner::sum);
  });
  loops_ = loops;
  add_factor(total, "factor." + std::to_string(++factors_), span);
}

void Lowerer::lower_predict(const PredictStmt& stmt) {
  const Symbol& symbol = body_.symbol(stmt.symbol);
  ValueId value;
  if (stmt.dist) {
    std::vector<Dim> rest = symbol.type.shape, whole_batch;
    rest.resize(rest.size() - stmt.dist->event.size());
    Op draw;
    draw.code = Opcode::sample;
    const ValueId dist = distribution(*stmt.dist, rest, &whole_batch);
    auto shape = extents();
    shape.insert(shape.end(), rest.begin(), rest.end());
    draw.dims.assign(shape.begin(), shape.end() - static_cast<std::ptrdiff_t>(whole_batch.size()));
    draw.operands = {dist, next_key()};
    if (keep_spans_) draw.origin = symbol.span;
    value = b_.append(std::move(draw))[0];
    if (in_ragged_loop()) {  // what no iteration draws is 0
      const ValueId draws = value;
      value = nested(loops_, {}, [&]() -> std::vector<ir::YieldSpec> {
        std::vector<ValueId> at;
        for (SymbolId loop : loops_)
          at.push_back(symbol_value(loop));
        return {{Combiner::stack, {b_.read(draws, at)}}};
      })[0];
    }
  } else {
    value = over_loops(stmt.value);
  }
  if (loops_.empty())
    frames_.front().values[stmt.symbol] = value;
  else
    whole_[stmt.symbol] = value;
  predictions.push_back(value);
  prediction_names.push_back(symbol.name);
}

}  // namespace elba::frontend
