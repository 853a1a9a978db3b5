// over_loops: values, distributions and conditions over the loops around a statement.
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

}  // namespace elba::frontend
