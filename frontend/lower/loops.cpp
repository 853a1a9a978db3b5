// loops: loops over binders as nests.
//
//     for i in 1:N, j in 1:M          nest (%i < N, %j < M) { .. }
//     for i in 1:N, j in a[i]:b[i]    nest (%i < N) { nest (%j < M) from a[i] - 1 to b[i] { .. } }
//                                         M: how far b reaches
//     for i in rows_of(g, j)          nest (%i < N) { nest (%0 < 1) from 0 to (g[i] == j ? 1 : 0) { .. } }
//
// A bounded loop does not run outside of its bounds, so what stands in it is evaluated for valid indices
// only, and neither its value nor its derivative can be anything but finite there because of iterations that
// do not exist.
#include <algorithm>

#include "frontend/lower/lowerer.h"

namespace elba::frontend {

using ir::Combiner;
using ir::Opcode;
using ir::ValueId;

bool Lowerer::in_ragged_loop() const {
  return std::any_of(loops_.begin(), loops_.end(), [this](SymbolId loop) { return is_ragged(loop); });
}

std::vector<ValueId> Lowerer::guarded(ValueId condition, const LoopBody& body) {
  const ValueId to = b_.select(condition, b_.constant_int(1), b_.constant_int(0));
  b_.open_bounded_nest(Dim(1), b_.constant_int(0), to);
  std::vector<ir::YieldSpec> specs;
  {
    FrameGuard frame(*this);
    specs = body();
  }
  for (ir::YieldSpec& spec : specs)
    if (spec.combiner == Combiner::stack) spec.combiner = Combiner::sum;
  return b_.close_nest(specs);
}

std::vector<ValueId> Lowerer::nested(std::span<const SymbolId> binders, std::vector<Dim> tail,
                                     const LoopBody& body) {
  // A run of plain binders is one nest; a bounded one stands alone, and a condition ends its run.
  std::vector<Dim> extents;
  std::size_t count = 0;
  ValueId from, to;
  while (count < binders.size()) {
    const Symbol& symbol = body_.symbol(binders[count]);
    if (symbol.bounded && count > 0) break;
    extents.push_back(extent_of(binders[count]));
    ++count;
    if (symbol.bounded) {
      from = integer(symbol.low - symbol.first);
      to = integer(symbol.high - symbol.first + Dim(1));
    }
    if (symbol.bounded || symbol.where.valid()) break;
  }
  const bool ends_plain = count == 0 || !is_ragged(binders[count - 1]);
  const bool is_last = count == binders.size() && (ends_plain || tail.empty());
  if (is_last) extents.insert(extents.end(), tail.begin(), tail.end());
  const auto iterators = b_.open_nest(std::move(extents));
  if (from.valid()) b_.bound_loop(from, to);
  std::vector<ir::YieldSpec> specs;
  {
    FrameGuard frame(*this);
    for (std::size_t k = 0; k < count; ++k)
      frames_.back().values[binders[k]] = iterators[k];
    const LoopBody inner = [&]() -> std::vector<ir::YieldSpec> {
      if (is_last) return body();
      std::vector<ir::YieldSpec> kinds;
      const LoopBody noted = [&] { return kinds = body(); };
      const auto results = nested(binders.subspan(count), tail, noted);
      for (std::size_t k = 0; k < results.size(); ++k)
        kinds[k].values = {results[k]};
      return kinds;
    };
    const TermId where = count > 0 ? body_.symbol(binders[count - 1]).where : TermId{};
    if (where.valid()) {
      const ValueId condition = term(where);
      const LoopBody noted = [&] { return specs = inner(); };
      const auto results = guarded(condition, noted);
      for (std::size_t k = 0; k < results.size(); ++k)
        specs[k].values = {results[k]};
    } else {
      specs = inner();
    }
  }
  return b_.close_nest(specs);
}

void Lowerer::scatter_groups(std::span<const SymbolId> binders, TermId id, std::vector<TermId>& made) {
  if (!id.valid() || group_sums_.count(id)) return;
  const Term& found = body_.term(id);
  for (TermId arg : found.args)
    scatter_groups(binders, arg, made);
  for (const IndexTerm& index : found.indices)
    scatter_groups(binders, index.value, made);
  if (found.kind != TermKind::nest || found.combiner != Combiner::sum || found.binders.size() != 1 ||
      found.type.element != Element::real || !found.type.is_scalar())
    return;
  const Symbol& row = body_.symbol(found.binders[0]);
  if (!row.group.valid() || !body_.term(row.group_value).exact) return;
  std::uint64_t around = 0;
  for (SymbolId binder : binders)
    around |= body_.symbol(binder).levels;
  const Term &groups = body_.term(row.group), &element = body_.term(found.args[0]);
  if (((groups.levels | element.levels) & around) != 0 || !groups.lower || !groups.upper ||
      at_least_zero(*groups.lower - Dim(1)) != Truth::yes)
    return;
  for (SymbolId binder : binders) {
    const Symbol& group = body_.symbol(binder);
    if (is_ragged(binder) || !(*body_.term(row.group_value).exact == *group.exact) ||
        !(group.first == Dim(1)) || !(group.last == *groups.upper))
      continue;
    prepare(found.args[0]);
    const ValueId g = term(row.group);
    const auto iterator = b_.open_nest({extent_of(found.binders[0])});
    ValueId at, value;
    {
      FrameGuard frame(*this);
      frames_.back().values[found.binders[0]] = iterator[0];
      at = b_.sub(b_.read(g, iterator), b_.constant_int(1));
      value = term(found.args[0]);
    }
    const ValueId sums = b_.close_nest({{Combiner::scatter, {at, value}, ir::Type::real({group.last})}})[0];
    group_sums_[id] = {sums, binder};
    made.push_back(id);
    return;
  }
}

void Lowerer::forget_groups(const std::vector<TermId>& made) {
  for (TermId id : made)
    group_sums_.erase(id);
}

}  // namespace elba::frontend
