// arrays: `let` arrays that are defined element by element, from pieces: where they are defined and read.
//
//     s2[1] = a;  for t in 2:T { s2[t] = w + b * s2[t-1]; }
//   ->
//     %c, %tail = scan (%i0 < T - 1) carry (%c0 = %a) { .. next %s yield %s }
//     %s2 = pack %a, %tail
//
// When the pieces of a view (frontend/typed_tree/coverage.h) cover it they are packed into one value. What
// loops and branches add is in array_loops.cpp.
#include <algorithm>
#include <cstdlib>

#include "frontend/lower/lowerer.h"

namespace elba::frontend {

using ir::Combiner;
using ir::ValueId;

Lowerer::ArrayState* Lowerer::find_array(SymbolId id) {
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame)
    if (const auto at = frame->arrays.find(id); at != frame->arrays.end()) return &at->second;
  return nullptr;
}

Lowerer::ArrayState& Lowerer::need_array(SymbolId id) {
  if (ArrayState* state = find_array(id)) return *state;
  define_local(id);
  if (ArrayState* state = find_array(id)) return *state;
  throw LoweringDefect{"`" + body_.symbol(id).name + "` is not defined", body_.symbol(id).span};
}

void Lowerer::open_array(SymbolId id, Frame& frame) {
  ArrayState state;
  state.shape = body_.symbol(id).type.shape;
  View whole;
  for (std::size_t axis = 0; axis < state.shape.size(); ++axis)
    whole.left.push_back(axis);
  state.views.push_back(std::move(whole));
  state.values.emplace_back();
  frame.arrays[id] = std::move(state);
}

// An array of a loop's body is computed where it is first read, together with the arrays that the same
// statements assign.
void Lowerer::define_local(SymbolId id) {
  const auto block = local_blocks_.find(id);
  if (block == local_blocks_.end()) return;
  std::set<SymbolId> group{id};
  for (bool grown = true; grown;) {
    grown = false;
    for (const Stmt& stmt : *block->second) {
      const bool touches = std::any_of(stmt.assigns.begin(), stmt.assigns.end(),
                                       [&](SymbolId symbol) { return group.count(symbol) > 0; });
      if (!touches) continue;
      for (SymbolId symbol : stmt.assigns) {
        const auto other = local_blocks_.find(symbol);
        if (other != local_blocks_.end() && other->second == block->second)
          grown = group.insert(symbol).second || grown;
      }
    }
  }
  const std::size_t frame = frames_.size() - 1;
  for (SymbolId symbol : group)
    open_array(symbol, frames_[frame]);
  const int until = position_;
  for (const Stmt& stmt : *block->second)
    if (stmt.order < until) run_array(stmt, group);
  position_ = until;
}

ValueId Lowerer::array_read(SymbolId id, const std::vector<IndexTerm>& indices) {
  if (!find_array(id)) need_array(id);
  ArrayState& state = need_array(id);
  const auto fail = [&]() -> LoweringDefect {
    return {"a part of `" + body_.symbol(id).name + "` has no value", body_.symbol(id).span};
  };
  KnownIndex known(state.shape.size());
  for (std::size_t axis = 0; axis < state.shape.size(); ++axis) {
    if (axis >= indices.size() || indices[axis].kind == IndexTerm::Kind::all)
      known[axis] = IndexRange{Dim(1), state.shape[axis], false};
    else if (indices[axis].kind == IndexTerm::Kind::slice)
      known[axis] = IndexRange{indices[axis].first, indices[axis].first + indices[axis].extent - Dim(1),
                               false};
    else if (indices[axis].kind == IndexTerm::Kind::element && body_.term(indices[axis].value).exact)
      known[axis] = IndexRange{*body_.term(indices[axis].value).exact, *body_.term(indices[axis].value).exact,
                               true};
  }
  const Found found = locate(state.views, known, body_.ranges);
  if (found.kind == Found::Kind::missing) throw fail();
  const bool past = found.kind == Found::Kind::history;
  const View view = state.views[past ? found.view - 1 : found.view];
  const auto values = state.values[found.view];
  std::vector<IndexTerm> rest;
  std::vector<Dim> shape;
  for (std::size_t k = 0; k < view.left.size(); ++k) {
    const std::size_t axis = view.left[k];
    IndexTerm index;
    index.extent = state.shape[axis];
    if (axis < indices.size()) index = indices[axis];
    shape.push_back(state.shape[axis]);
    rest.push_back(std::move(index));
  }
  if (found.kind != Found::Kind::box) {
    const ValueId base = past ? values.history
                         : found.kind == Found::Kind::complete
                             ? values.complete
                             : values.carries.at(static_cast<std::size_t>(std::abs(found.lag) - 1));
    return indexed(base, at_of(rest, shape));
  }
  // Within a piece an index counts from the piece's first element.
  std::vector<At> at;
  for (std::size_t k = 0; k < view.left.size(); ++k) {
    const AxisRange& range = view.boxes[found.box][k];
    const auto& index = *known[view.left[k]];
    if (range.dropped) continue;
    if (index.single)
      at.push_back(element(index.first - range.first + Dim(1)));
    else
      at.push_back({At::Kind::range, {}, index.first - range.first, index.last - index.first + Dim(1)});
  }
  return indexed(values.boxes[found.box], std::move(at));
}

// Arrays of this block that the same statements fill as the active ones are filled along with them; others
// wait until they are read.
void Lowerer::run_arrays(const std::vector<Stmt>& stmts, const std::set<SymbolId>& outer) {
  std::set<SymbolId> active = outer;
  for (bool grown = true; grown;) {
    grown = false;
    for (const Stmt& stmt : stmts) {
      const bool ours = std::any_of(stmt.assigns.begin(), stmt.assigns.end(),
                                    [&](SymbolId symbol) { return active.count(symbol) > 0; });
      if (!ours) continue;
      for (SymbolId symbol : stmt.assigns) {
        const auto block = local_blocks_.find(symbol);
        if (block == local_blocks_.end() || block->second != &stmts || !active.insert(symbol).second)
          continue;
        open_array(symbol, frames_.back());
        grown = true;
      }
    }
  }
  for (const Stmt& stmt : stmts)
    run_array(stmt, active);
}

void Lowerer::run_array(const Stmt& stmt, const std::set<SymbolId>& active) {
  const bool ours = std::any_of(stmt.assigns.begin(), stmt.assigns.end(),
                                [&](SymbolId symbol) { return active.count(symbol) > 0; });
  if (!ours) return;
  position_ = stmt.order;
  match(
      stmt.node, [&](const AssignStmt& assign) { run_assign(assign); },
      [&](const ForStmt& loop) { run_for(loop, active); },
      [&](const IfStmt& branch) { run_if(branch, active); },
      ignore<LetStmt, ArrayStmt, SiteStmt, LatentStmt, ParamStmt, PredictStmt, FactorStmt>);
}

void Lowerer::run_assign(const AssignStmt& stmt) {
  const ValueId value = term(stmt.value);
  ArrayState& state = need_array(stmt.array);
  Box box;
  std::vector<std::size_t> lists;  // the axes of `box` whose indices are listed
  std::size_t kept = 0;            // axes of the value in front of the one that is looked at
  std::vector<std::size_t> places;
  std::vector<std::vector<Dim>> elements;
  for (std::size_t axis : state.views.back().left) {
    if (const auto list = axis < stmt.target.size() ? listed_indices(body_, stmt.target[axis])
                                                    : std::nullopt) {
      lists.push_back(box.size());
      places.push_back(kept++);
      elements.push_back(*list);
      box.emplace_back();
      continue;
    }
    if (axis >= stmt.target.size() || stmt.target[axis].kind == IndexTerm::Kind::all)
      box.push_back({Dim(1), state.shape[axis], false});
    else if (stmt.target[axis].kind == IndexTerm::Kind::slice)
      box.push_back(
          {stmt.target[axis].first, stmt.target[axis].first + stmt.target[axis].extent - Dim(1), false});
    else
      box.push_back(
          {*body_.term(stmt.target[axis].value).exact, *body_.term(stmt.target[axis].value).exact, true});
    if (!box.back().dropped) ++kept;
  }
  // One piece for each combination of listed elements.
  std::vector<std::size_t> at(lists.size(), 0);
  for (bool more = true; more;) {
    std::vector<At> indices(kept);
    for (std::size_t k = 0; k < kept; ++k)
      indices[k] = {At::Kind::all, {}, std::nullopt, b_.type(value).shape[k]};
    for (std::size_t k = 0; k < lists.size(); ++k) {
      box[lists[k]] = {elements[k][at[k]], elements[k][at[k]], true};
      indices[places[k]] = element(Dim(static_cast<std::int64_t>(at[k]) + 1));
    }
    add_piece(state, box, lists.empty() ? value : indexed(value, std::move(indices)));
    more = false;
    for (std::size_t k = lists.size(); k-- > 0 && !more;) {
      more = ++at[k] < elements[k].size();
      if (!more) at[k] = 0;
    }
  }
  complete_if_whole(state);
}

void Lowerer::add_piece(ArrayState& state, Box box, ValueId value) {
  state.views.back().add(std::move(box));
  state.values.back().boxes.push_back(value);
}

void Lowerer::complete_if_whole(ArrayState& state) {
  View& view = state.views.back();
  const auto shape = view.shape_left(state.shape);
  Dim volume(1);
  for (const Dim& extent : shape)
    volume = volume * extent;
  if (!(view.volume == volume)) return;
  const auto partition = tile(view.boxes, shape, body_.ranges.facts).partition;
  if (!partition) return;
  view.complete = true;
  state.values.back().complete = assemble(*partition, view.boxes, state.values.back().boxes, true);
}

}  // namespace elba::frontend
