// sites: latents, params, observations, factors and predictions, over the loops and conditions around
// them.
//
// What varies with the loops is stacked by one nest; what does not stays as it is, and a distribution none of
// whose arguments varies has no batch. x[i] under `for i in 1:N` with x: T[N] is x itself.
#include <algorithm>
#include <utility>

#include "frontend/lower/lowerer.h"

namespace elba::frontend {

using ir::Combiner;
using ir::Op;
using ir::Opcode;
using ir::ValueId;

std::vector<Dim> Lowerer::extents() const {
  std::vector<Dim> out;
  for (SymbolId loop : loops_)
    out.push_back(extent_of(loop));
  return out;
}

bool Lowerer::varies(TermId id) const {
  std::uint64_t levels = 0;
  for (SymbolId loop : loops_)
    levels |= body_.symbol(loop).levels;
  return (body_.term(id).levels & levels) != 0;
}

void Lowerer::statements() {
  for (const Stmt& stmt : body_.statements)
    statement(stmt, Pass::all);
}

void Lowerer::block(const std::vector<Stmt>& stmts, Pass pass) {
  for (const Stmt& stmt : stmts)
    statement(stmt, pass);
}

// What is assigned at the top: every array there that the statement gives elements to.
void Lowerer::top_arrays(const Stmt& stmt) {
  std::set<SymbolId> active;
  for (const auto& [symbol, state] : frames_.front().arrays)
    active.insert(symbol);
  run_array(stmt, active);
}

void Lowerer::lower_for(const Stmt& stmt, const ForStmt& loop, Pass pass) {
  const bool top = loops_.empty() && conditions_.empty();
  const auto body = [&](Pass inner) {
    loops_.push_back(loop.binder);
    block(loop.body, inner);
    loops_.pop_back();
  };
  if (!top) return body(pass);
  if (loop.arrays_first) {
    top_arrays(stmt);
    return body(Pass::all);
  }
  late_priors_ = {loop.late_priors.begin(), loop.late_priors.end()};
  body(Pass::latents);
  top_arrays(stmt);
  body(Pass::others);
  late_priors_.clear();
}

void Lowerer::lower_if(const Stmt& stmt, const IfStmt& branch, Pass pass) {
  if (loops_.empty() && conditions_.empty()) top_arrays(stmt);
  for (bool negated : {false, true}) {
    conditions_.push_back({branch.condition, negated});
    block(negated ? branch.else_body : branch.then_body, pass);
    conditions_.pop_back();
  }
}

void Lowerer::statement(const Stmt& stmt, Pass pass) {
  const bool top = loops_.empty() && conditions_.empty();
  const bool latents = pass != Pass::others, others = pass != Pass::latents;
  position_ = stmt.order;
  if (keep_spans_) b_.set_origin(stmt.span);
  match(
      stmt.node,
      [&](const LetStmt& let) {
        if (top && !body_.symbol(let.symbol).exact) symbol_value(let.symbol);
      },
      [&](const ArrayStmt& array) {
        if (top) open_array(array.symbol, frames_.front());
      },
      [&](const AssignStmt&) {
        if (top) top_arrays(stmt);
      },
      [&](const ForStmt& loop) { lower_for(stmt, loop, pass); },
      [&](const IfStmt& branch) { lower_if(stmt, branch, pass); },
      [&](const LatentStmt& latent) {
        if (latents) lower_latent(latent);
        if (others && pass != Pass::all && late_priors_.count(latent.symbol)) lower_late_prior(latent);
      },
      [&](const ParamStmt& param) { lower_param(param); },
      [&](const SiteStmt& site) {
        if (others) lower_site(site);
      },
      [&](const PredictStmt& predict) {
        if (others) lower_predict(predict);
      },
      [&](const FactorStmt& factor) {
        if (others) lower_factor(factor);
      });
}

std::optional<ValueId> Lowerer::whole_symbol(TermId id) {
  const Term& found = body_.term(id);
  if (!found.symbol.valid()) return std::nullopt;
  const Symbol& symbol = body_.symbol(found.symbol);
  if (found.kind == TermKind::symbol && !symbol.loops.empty() && symbol.loops == loops_) {
    if (const auto whole = whole_.find(found.symbol); whole != whole_.end()) return whole->second;
  }
  if (found.kind != TermKind::index || !symbol.loops.empty() || found.indices.size() < loops_.size())
    return std::nullopt;
  for (std::size_t k = 0; k < found.indices.size(); ++k) {
    const IndexTerm& index = found.indices[k];
    if (k >= loops_.size()) {
      if (index.kind != IndexTerm::Kind::all) return std::nullopt;
      continue;
    }
    const Symbol& loop = body_.symbol(loops_[k]);
    if (index.kind != IndexTerm::Kind::element || body_.term(index.value).exact != loop.exact)
      return std::nullopt;
    if (!(loop.first == Dim(1)) || !(loop.last == symbol.type.shape[k])) return std::nullopt;
  }
  if (symbol.kind == Symbol::Kind::let_array) {
    const ArrayState* state = find_array(found.symbol);
    if (!state || state->views.size() != 1 || !state->views.front().complete) return std::nullopt;
    return state->values.front().complete;
  }
  if (symbol.kind == Symbol::Kind::let_value && !find_value(found.symbol)) return std::nullopt;
  return symbol_value(found.symbol);
}

void Lowerer::over_loops(const std::vector<TermId>& terms, const std::vector<Dim>& tail,
                         std::vector<ValueId>& out) {
  if (terms.empty()) return;
  std::vector<TermId> made;
  for (TermId id : terms)
    scatter_groups(loops_, id, made);
  out = nested(loops_, tail, [&] {
    std::vector<ir::YieldSpec> yields;
    for (TermId id : terms)
      yields.push_back({Combiner::stack, {term(id)}});
    return yields;
  });
  forget_groups(made);
}

ValueId Lowerer::over_loops(TermId id, const std::vector<Dim>& tail) {
  if (loops_.empty() && tail.empty()) return term(id);
  if (tail.empty())
    if (const auto whole = whole_symbol(id)) return *whole;
  std::vector<ValueId> out;
  over_loops(std::vector<TermId>{id}, tail, out);
  return out[0];
}

// The dist value for one draw of shape `batch` + event in each iteration. Its batch is none, or the loops'
// extents + `batch`.
ValueId Lowerer::distribution(const DistTerm& dist, const std::vector<Dim>& batch,
                              std::vector<Dim>* whole_batch) {
  module_.distribution(*dist.dist);
  std::vector<ValueId> args(dist.args.size());
  std::vector<Dim> shape = dist.batch;
  if (loops_.empty()) {
    for (std::size_t i = 0; i < args.size(); ++i)
      args[i] = term(dist.args[i]);
  } else {
    std::vector<TermId> plain, spread;
    std::vector<std::size_t> plain_at, spread_at;
    for (std::size_t i = 0; i < args.size(); ++i) {
      const bool batched = body_.term(dist.args[i]).type.rank() > dist.dist->params[i].type.rank();
      if (!batched && !varies(dist.args[i])) {
        args[i] = term(dist.args[i]);
      } else if (batched || batch.empty()) {
        if (const auto whole = whole_symbol(dist.args[i])) {
          args[i] = *whole;
          shape = extents();
          continue;
        }
        plain.push_back(dist.args[i]);
        plain_at.push_back(i);
      } else {
        spread.push_back(dist.args[i]);
        spread_at.push_back(i);
      }
    }
    const bool any = !plain.empty() || !spread.empty() || !shape.empty();
    shape.clear();
    if (any) {
      shape = extents();
      shape.insert(shape.end(), batch.begin(), batch.end());
    }
    std::vector<ValueId> values;
    over_loops(plain, {}, values);
    for (std::size_t i = 0; i < plain.size(); ++i)
      args[plain_at[i]] = values[i];
    over_loops(spread, batch, values);
    for (std::size_t i = 0; i < spread.size(); ++i)
      args[spread_at[i]] = values[i];
  }
  if (whole_batch) *whole_batch = shape;
  shape.insert(shape.end(), dist.event.begin(), dist.event.end());
  Op op;
  op.code = Opcode::dist;
  op.operands = std::move(args);
  op.set_attr("name", dist.dist->ir_name);
  if (keep_spans_) op.origin = dist.span;
  const ir::Scalar scalar = dist.element == Element::integer ? ir::Scalar::i64 : ir::Scalar::f64;
  return b_.append(std::move(op), std::vector<ir::Type>{ir::Type::dist(
                                      scalar, std::move(shape), static_cast<int>(dist.event.size()))})[0];
}

ValueId Lowerer::condition_value() {
  ValueId all;
  for (const Condition& condition : conditions_) {
    ValueId value = term(condition.term);
    if (condition.negated) value = b_.emit(Opcode::logical_not, {value});
    all = all.valid() ? b_.emit(Opcode::logical_and, {all, value}) : value;
  }
  return all;
}

ValueId Lowerer::mask(const std::vector<Dim>& batch) {
  const bool varying = std::any_of(conditions_.begin(), conditions_.end(),
                                   [&](const Condition& c) { return varies(c.term); });
  if (!varying) return condition_value();
  auto shape = extents();
  shape.insert(shape.end(), batch.begin(), batch.end());
  const auto iterators = b_.open_nest(std::move(shape));
  ValueId value;
  {
    FrameGuard frame(*this);
    for (std::size_t i = 0; i < loops_.size(); ++i)
      frames_.back().values[loops_[i]] = iterators[i];
    value = condition_value();
  }
  return b_.close_nest({{Combiner::stack, {value}}})[0];
}

ValueId Lowerer::bound_over_loops(TermId id, const std::vector<Dim>& shape) {
  if (loops_.empty() || !varies(id)) {
    const bool spread = !loops_.empty() && !body_.term(id).type.is_scalar();
    return spread ? over_loops(id) : term(id);
  }
  return over_loops(id, body_.term(id).type.is_scalar() ? shape : std::vector<Dim>{});
}

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
