// arrays: `let` arrays that are defined element by element, from pieces.
//
//     s2[1] = a;  for t in 2:T { s2[t] = w + b * s2[t-1]; }
//   ->
//     %c, %tail = scan (%i0 < T - 1) carry (%c0 = %a) { .. next %s yield %s }
//     %s2 = pack %a, %tail
//
// A loop that reads its arrays with a lag is a scan that carries the last values of each; any other loop is a
// nest. What an iteration covers is seen through a view (frontend/typed_tree/coverage.h); leaving the loop
// turns it into pieces of the outer view. When the pieces of a view cover it they are packed into one value.
#include <algorithm>
#include <cstdlib>

#include "frontend/lower/lowerer.h"

namespace elba::frontend {

using ir::Combiner;
using ir::ValueId;

namespace {

std::vector<Dim> left_shape(const std::vector<Dim>& shape, const View& view) {
  std::vector<Dim> out;
  for (std::size_t axis : view.left)
    out.push_back(shape[axis]);
  return out;
}

bool same_box(const Box& a, const Box& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const AxisRange& x, const AxisRange& y) {
    return x.first == y.first && x.last == y.last && x.dropped == y.dropped;
  });
}

}  // namespace

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
  const auto shape = left_shape(state.shape, view);
  Dim volume(1);
  for (const Dim& extent : shape)
    volume = volume * extent;
  if (!(view.volume == volume)) return;
  const auto partition = tile(view.boxes, shape, body_.ranges.facts).partition;
  if (!partition) return;
  view.complete = true;
  state.values.back().complete = assemble(*partition, view.boxes, state.values.back().boxes, true);
}

void Lowerer::run_for(const ForStmt& stmt, const std::set<SymbolId>& active) {
  struct Open {
    SymbolId symbol;
    std::size_t axis;
    Dim first, last;  // of the array's index
    int lag;
    const LoopArray* array;
  };
  std::vector<Open> open;
  const Symbol& binder = body_.symbol(stmt.binder);
  std::vector<ValueId> inits;
  bool backwards = false;
  for (const LoopArray& array : stmt.arrays) {
    if (!active.count(array.array)) continue;
    open.push_back({array.array, array.axis, array.lowest(binder), array.highest(binder), array.lag, &array});
    backwards = backwards || (array.recurs() && array.ahead);
  }
  // Every one of them is carried through the same scan; one that is read without a lag is only yielded.
  for (const Open& array : open) {
    for (int lag = 1; lag <= array.lag; ++lag)
      inits.push_back(element_before(need_array(array.symbol), array.axis, array.array->before(binder, lag)));
    if (array.array->history) inits.push_back(history_before(need_array(array.symbol), *array.array, binder));
  }
  const bool is_scan = !inits.empty();
  std::optional<std::pair<ValueId, ValueId>> bounds;
  if (binder.bounded)
    bounds = {integer(binder.low - binder.first), integer(binder.high - binder.first + Dim(1))};
  std::vector<ValueId> carries;
  ValueId iterator;
  if (is_scan) {
    auto head = b_.open_scan(extent_of(stmt.binder), inits, backwards);
    iterator = head.iterator;
    carries = std::move(head.carries);
  } else {
    iterator = b_.open_nest({extent_of(stmt.binder)})[0];
  }
  if (bounds) b_.bound_loop(bounds->first, bounds->second);
  std::vector<ValueId> nexts;
  std::vector<ir::YieldSpec> yields;
  struct Piece {
    SymbolId symbol;
    std::size_t axis;
    Box inner;
    std::vector<std::size_t> left;  // of the inner view
  };
  std::vector<Piece> pieces;
  {
    FrameGuard frame(*this);
    frames_.back().values[stmt.binder] = iterator;
    std::size_t carried = 0;
    for (const Open& array : open) {
      ArrayState& state = need_array(array.symbol);
      View view;
      view.axis = array.axis;
      view.at = array.array->index(*binder.exact);
      view.reflected = array.array->reflected;
      for (std::size_t axis : state.views.back().left)
        if (axis != array.axis) view.left.push_back(axis);
      state.views.push_back(std::move(view));
      state.values.emplace_back();
      for (int lag = 0; lag < array.lag; ++lag)
        state.values.back().carries.push_back(carries[carried++]);
      if (array.array->history) state.values.back().history = carries[carried++];
    }
    run_arrays(stmt.body, active);
    for (const Open& array : open) {
      ArrayState& state = need_array(array.symbol);
      const View view = std::move(state.views.back());
      const auto values = std::move(state.values.back());
      state.views.pop_back();
      state.values.pop_back();
      for (int lag = 0; lag < array.lag; ++lag)
        nexts.push_back(lag == 0 ? values.complete : values.carries[static_cast<std::size_t>(lag - 1)]);
      if (array.array->history) {
        const auto& left = state.views.back().left;
        nexts.push_back(with_element(
            values.history,
            static_cast<std::size_t>(std::find(left.begin(), left.end(), array.axis) - left.begin()), view.at,
            values.complete));
      }
      if (view.complete) {
        Box whole;
        for (const Dim& extent : left_shape(state.shape, view))
          whole.push_back({Dim(1), extent, false});
        yields.push_back({Combiner::stack, {values.complete}});
        pieces.push_back({array.symbol, array.axis, std::move(whole), view.left});
      } else {
        for (std::size_t i = 0; i < view.boxes.size(); ++i) {
          yields.push_back({Combiner::stack, {values.boxes[i]}});
          pieces.push_back({array.symbol, array.axis, view.boxes[i], view.left});
        }
      }
    }
  }
  const auto results = is_scan ? b_.close_scan(nexts, yields) : b_.close_nest(yields);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    const auto array = std::find_if(open.begin(), open.end(),
                                    [&](const Open& o) { return o.symbol == piece.symbol; });
    ArrayState& state = need_array(piece.symbol);
    Box box;
    std::size_t before = 0;  // axes of the stacked value that stand in front of the loop's in the array
    for (std::size_t axis : state.views.back().left) {
      const auto place = static_cast<std::size_t>(std::find(piece.left.begin(), piece.left.end(), axis) -
                                                  piece.left.begin());
      box.push_back(axis == piece.axis ? AxisRange{array->first, array->last, false} : piece.inner[place]);
      if (axis < piece.axis && !box.back().dropped) ++before;
    }
    ValueId value = results[nexts.size() + i];
    if (array->array->reflected) value = flipped(value);
    if (before > 0) {
      std::vector<std::size_t> order;
      for (std::size_t k = 1; k <= before; ++k)
        order.push_back(k);
      order.push_back(0);
      for (std::size_t k = before + 1; k < b_.type(value).shape.size(); ++k)
        order.push_back(k);
      value = permuted(value, order);
    }
    add_piece(state, std::move(box), value);
  }
  for (const Open& array : open)
    complete_if_whole(need_array(array.symbol));
}

// Each branch runs only where it is taken, so that neither its value nor its derivative can be anything but
// finite where it is not; the pieces that it did not make are 0, and the sum of both branches is the value.
void Lowerer::run_if(const IfStmt& stmt, const std::set<SymbolId>& active) {
  const ValueId condition = term(stmt.condition);
  std::map<SymbolId, ArrayState> before;
  for (SymbolId symbol : active)
    if (const ArrayState* state = find_array(symbol)) before[symbol] = *state;
  const auto old_boxes = [&](SymbolId symbol) { return before.at(symbol).views.back().boxes.size(); };
  const auto branch = [&](ValueId taken, const std::vector<Stmt>& body) {
    std::map<SymbolId, ArrayState> after;
    auto values = guarded(taken, [&] {
      run_arrays(body, active);
      std::vector<ir::YieldSpec> yields;
      for (const auto& [symbol, earlier] : before) {
        ArrayState& state = *find_array(symbol);
        const auto& boxes = state.values.back().boxes;
        for (std::size_t k = old_boxes(symbol); k < boxes.size(); ++k) {
          const bool truth = body_.symbol(symbol).type.element == Element::boolean;
          yields.push_back(
              {Combiner::sum,
               {truth ? b_.select(boxes[k], b_.constant_int(1), b_.constant_int(0)) : boxes[k]}});
        }
        after[symbol] = std::move(state);
        state = earlier;
      }
      return yields;
    });
    std::size_t next = 0;
    for (auto& [symbol, state] : after)
      for (std::size_t k = old_boxes(symbol); k < state.values.back().boxes.size(); ++k)
        state.values.back().boxes[k] = values[next++];
    return after;
  };
  const auto yes = branch(condition, stmt.then_body),
             no = branch(b_.emit(ir::Opcode::logical_not, {condition}), stmt.else_body);
  for (const auto& [symbol, earlier] : before) {
    const ArrayState &one = yes.at(symbol), &other = no.at(symbol);
    ArrayState merged = earlier;
    const std::size_t old = old_boxes(symbol);
    for (std::size_t i = old; i < one.views.back().boxes.size(); ++i) {
      const Box& box = one.views.back().boxes[i];
      for (std::size_t j = old; j < other.views.back().boxes.size(); ++j) {
        if (!same_box(box, other.views.back().boxes[j])) continue;
        const ValueId sum = b_.add(one.values.back().boxes[i], other.values.back().boxes[j]);
        const bool truth = body_.symbol(symbol).type.element == Element::boolean;
        add_piece(merged, box, truth ? b_.emit(ir::Opcode::ne, {sum, b_.constant_int(0)}) : sum);
        break;
      }
    }
    if (merged.views.back().boxes.size() > old) complete_if_whole(merged);
    *find_array(symbol) = std::move(merged);
  }
}

}  // namespace elba::frontend
