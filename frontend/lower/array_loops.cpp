// array_loops: what loops and branches add to arrays that are defined element by element (arrays.cpp).
//
// A loop that reads its arrays with a lag is a scan that carries the last values of each; any other loop is a
// nest. What an iteration covers is seen through a view (frontend/typed_tree/coverage.h); leaving the loop
// turns it into pieces of the outer view.
#include <algorithm>

#include "frontend/lower/lowerer.h"

namespace elba::frontend {

using ir::Combiner;
using ir::ValueId;

namespace {

bool same_box(const Box& a, const Box& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const AxisRange& x, const AxisRange& y) {
    return x.first == y.first && x.last == y.last && x.dropped == y.dropped;
  });
}

}  // namespace

// Arrays that the loop fills, with the range of the axis that it runs over.
std::vector<Lowerer::OpenArray> Lowerer::open_arrays(const ForStmt& stmt,
                                                     const std::set<SymbolId>& active) const {
  const Symbol& binder = body_.symbol(stmt.binder);
  std::vector<OpenArray> open;
  for (const LoopArray& array : stmt.arrays)
    if (active.count(array.array)) open.push_back({&array, array.lowest(binder), array.highest(binder)});
  return open;
}

// What the arrays hold before the first iteration. Every one of them is carried through the same scan; one
// that is read without a lag is only yielded.
std::vector<ValueId> Lowerer::carried_values(const std::vector<OpenArray>& open, const Symbol& binder) {
  std::vector<ValueId> inits;
  for (const OpenArray& array : open) {
    const LoopArray& loop = *array.loop;
    for (int lag = 1; lag <= loop.lag; ++lag)
      inits.push_back(element_before(need_array(loop.array), loop.axis, loop.before(binder, lag)));
    if (loop.history) inits.push_back(history_before(need_array(loop.array), loop, binder));
  }
  return inits;
}

// The views of one iteration: the loop's axis is fixed, and the carried values are at hand.
void Lowerer::open_views(const std::vector<OpenArray>& open, const Symbol& binder,
                         const std::vector<ValueId>& carries) {
  std::size_t carried = 0;
  for (const OpenArray& array : open) {
    const LoopArray& loop = *array.loop;
    ArrayState& state = need_array(loop.array);
    View view;
    view.axis = loop.axis;
    view.at = loop.index(*binder.exact);
    view.reflected = loop.reflected;
    for (std::size_t axis : state.views.back().left)
      if (axis != loop.axis) view.left.push_back(axis);
    state.views.push_back(std::move(view));
    state.values.emplace_back();
    for (int lag = 0; lag < loop.lag; ++lag)
      state.values.back().carries.push_back(carries[carried++]);
    if (loop.history) state.values.back().history = carries[carried++];
  }
}

// Leaves the view of an iteration: what the next one carries, and what each yields.
void Lowerer::close_view(const OpenArray& array, LoopYield& out) {
  const LoopArray& loop = *array.loop;
  ArrayState& state = need_array(loop.array);
  const View view = std::move(state.views.back());
  const auto values = std::move(state.values.back());
  state.views.pop_back();
  state.values.pop_back();
  for (int lag = 0; lag < loop.lag; ++lag)
    out.nexts.push_back(lag == 0 ? values.complete : values.carries[static_cast<std::size_t>(lag - 1)]);
  if (loop.history) {
    const auto& left = state.views.back().left;
    out.nexts.push_back(
        with_element(values.history,
                     static_cast<std::size_t>(std::find(left.begin(), left.end(), loop.axis) - left.begin()),
                     view.at, values.complete));
  }
  if (view.complete) {
    Box whole;
    for (const Dim& extent : view.shape_left(state.shape))
      whole.push_back({Dim(1), extent, false});
    out.yields.push_back({Combiner::stack, {values.complete}});
    out.pieces.push_back({&array, std::move(whole), view.left});
  } else {
    for (std::size_t i = 0; i < view.boxes.size(); ++i) {
      out.yields.push_back({Combiner::stack, {values.boxes[i]}});
      out.pieces.push_back({&array, view.boxes[i], view.left});
    }
  }
}

// The stacked value of a piece, with the loop's axis where the array has it.
void Lowerer::place_piece(const LoopPiece& piece, ValueId value) {
  const LoopArray& loop = *piece.array->loop;
  ArrayState& state = need_array(loop.array);
  Box box;
  std::size_t before = 0;  // axes of the stacked value that stand in front of the loop's in the array
  for (std::size_t axis : state.views.back().left) {
    const auto place = static_cast<std::size_t>(std::find(piece.left.begin(), piece.left.end(), axis) -
                                                piece.left.begin());
    box.push_back(axis == loop.axis ? AxisRange{piece.array->first, piece.array->last, false}
                                    : piece.inner[place]);
    if (axis < loop.axis && !box.back().dropped) ++before;
  }
  if (loop.reflected) value = flipped(value);
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

// A loop that reads its arrays with a lag is a scan, any other one a nest.
void Lowerer::run_for(const ForStmt& stmt, const std::set<SymbolId>& active) {
  const Symbol& binder = body_.symbol(stmt.binder);
  const std::vector<OpenArray> open = open_arrays(stmt, active);
  const bool backwards = std::any_of(open.begin(), open.end(), [](const OpenArray& array) {
    return array.loop->recurs() && array.loop->ahead;
  });
  const std::vector<ValueId> inits = carried_values(open, binder);
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
  LoopYield out;
  {
    FrameGuard frame(*this);
    frames_.back().values[stmt.binder] = iterator;
    open_views(open, binder, carries);
    run_arrays(stmt.body, active);
    for (const OpenArray& array : open)
      close_view(array, out);
  }
  const auto results = is_scan ? b_.close_scan(out.nexts, out.yields) : b_.close_nest(out.yields);
  for (std::size_t i = 0; i < out.pieces.size(); ++i)
    place_piece(out.pieces[i], results[out.nexts.size() + i]);
  for (const OpenArray& array : open)
    complete_if_whole(need_array(array.loop->array));
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
