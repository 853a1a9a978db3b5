// pieces: the values of pieces of an array put together, and read back: one element of an axis,
// reversed, with axes in another order.
//
//     pieces [1], [2:T] of x    ->    pack %first, %rest
#include <algorithm>

#include "frontend/lower/lowerer.h"

namespace elba::frontend {

using ir::Combiner;
using ir::ValueId;

namespace {

std::vector<Dim> extents_of(const Partition& partition, const std::vector<Box>& boxes) {
  std::vector<Dim> shape;
  if (partition.groups.empty()) {
    for (const AxisRange& range : boxes[partition.box])
      shape.push_back(range.last - range.first + Dim(1));
    return shape;
  }
  for (const Partition& group : partition.groups) {
    auto part = extents_of(group, boxes);
    if (!shape.empty()) part[partition.axis] = part[partition.axis] + shape[partition.axis];
    shape = std::move(part);
  }
  return shape;
}

}  // namespace

// The values of a part, each of the axes that its boxes have; at one index of `axis`, or over all that the
// boxes have of it.
std::vector<ValueId> Lowerer::pieces_of(const ArrayState& state, const Part& part, std::size_t axis,
                                        const std::optional<Dim>& at) {
  const View& view = state.views[part.view];
  const auto& left = state.views.back().left;
  std::vector<ValueId> pieces;
  for (std::size_t member : part.members) {
    const Box& box = view.boxes[member];
    std::vector<At> indices;
    for (std::size_t k = 0; k < view.left.size(); ++k) {
      if (box[k].dropped) continue;
      const bool is_left = std::find(left.begin(), left.end(), view.left[k]) != left.end();
      const auto place = view.left[k] == axis ? at
                         : is_left            ? std::nullopt
                                              : fixed_at(state.views, view.left[k]);
      if (place)
        indices.push_back(element(*place - box[k].first + Dim(1)));
      else
        indices.push_back({At::Kind::range, {}, Dim(0), box[k].last - box[k].first + Dim(1)});
    }
    const bool whole = std::all_of(indices.begin(), indices.end(),
                                   [](const At& index) { return index.kind == At::Kind::range; });
    pieces.push_back(whole ? state.values[part.view].boxes[member]
                           : indexed(state.values[part.view].boxes[member], std::move(indices)));
  }
  return pieces;
}

ValueId Lowerer::element_before(const ArrayState& state, std::size_t axis, const Dim& at) {
  const auto part = part_before(state.views, state.shape, axis, at, std::nullopt, body_.ranges);
  if (!part) throw LoweringDefect{"a recurrence without its first values", {}};
  std::vector<Dim> rest;
  for (std::size_t a : state.views.back().left)
    if (a != axis) rest.push_back(state.shape[a]);
  const auto partition = tile(part->boxes, rest, body_.ranges.facts).partition;
  return assemble(*partition, part->boxes, pieces_of(state, *part, axis, at), true);
}

// The array as it is before the loop: what stands before its range, and zeros from there on, which nothing
// reads.
ValueId Lowerer::history_before(const ArrayState& state, const LoopArray& array, const Symbol& binder) {
  const auto& left = state.views.back().left;
  const Dim first = array.lowest(binder), last = array.highest(binder), extent = state.shape[array.axis];
  const bool below = array.reflected == array.ahead;
  std::vector<Dim> shape;
  for (std::size_t a : left)
    shape.push_back(state.shape[a]);
  const auto zeros = [&](std::vector<Dim> of) {
    b_.open_nest(std::move(of));
    const auto element_type = body_.symbol(array.array).type.element;
    return b_.close_nest({{Combiner::stack,
                           {element_type == Element::real      ? b_.constant(0.0)
                            : element_type == Element::boolean ? b_.constant_bool(false)
                                                               : b_.constant_int(0)}}})[0];
  };
  const Dim from = below ? Dim(1) : last + Dim(1), to = below ? first - Dim(1) : extent;
  auto part = part_before(state.views, state.shape, array.axis, from, to, body_.ranges);
  if (!part || from == to + Dim(1)) return zeros(shape);
  auto pieces = pieces_of(state, *part, array.axis, std::nullopt);
  const auto k = static_cast<std::size_t>(std::find(left.begin(), left.end(), array.axis) - left.begin());
  Box rest;
  std::vector<Dim> rest_shape;
  for (std::size_t a : left) {
    rest.push_back({Dim(1), state.shape[a], false});
    if (a == array.axis)
      rest.back() = below ? AxisRange{first, extent, false} : AxisRange{Dim(1), last, false};
    rest_shape.push_back(rest.back().last - rest.back().first + Dim(1));
  }
  for (Box& box : part->boxes) {
    box[k].first = box[k].first + from - Dim(1);
    box[k].last = box[k].last + from - Dim(1);
  }
  part->boxes.push_back(std::move(rest));
  pieces.push_back(zeros(rest_shape));
  const auto partition = tile(part->boxes, shape, body_.ranges.facts).partition;
  return partition ? assemble(*partition, part->boxes, pieces, true)
                   : throw LoweringDefect{"the past of a recurrence has gaps", {}};
}

// The array with `value` at one index of `axis`.
ValueId Lowerer::with_element(ValueId whole, std::size_t axis, const Dim& at, ValueId value) {
  const ValueId position = integer(at - Dim(1));
  auto iterators = b_.open_nest(b_.type(whole).shape);
  const ValueId old = b_.read(whole, iterators);
  const ValueId is_here = b_.emit(ir::Opcode::eq, {iterators[axis], position});
  iterators.erase(iterators.begin() + static_cast<std::ptrdiff_t>(axis));
  const ValueId chosen = b_.select(is_here, iterators.empty() ? value : b_.read(value, iterators), old);
  return b_.close_nest({{Combiner::stack, {chosen}}})[0];
}

ValueId Lowerer::assemble(const Partition& partition, const std::vector<Box>& boxes,
                          const std::vector<ValueId>& values, bool keep_rank) {
  if (partition.groups.empty()) {
    const Box& box = boxes[partition.box];
    const bool dropped = std::any_of(box.begin(), box.end(),
                                     [](const AxisRange& range) { return range.dropped; });
    if (!dropped || !keep_rank) return values[partition.box];
    std::vector<Dim> shape;
    for (const AxisRange& range : box)
      shape.push_back(range.last - range.first + Dim(1));
    return b_.pack(std::span(&values[partition.box], 1), std::move(shape));
  }
  if (partition.groups.size() == 1) return assemble(partition.groups[0], boxes, values, keep_rank);
  // Along the first axis pieces are packed end to end, whatever their rank.
  const bool first = partition.axis == 0;
  std::vector<ValueId> parts;
  for (const Partition& group : partition.groups)
    parts.push_back(assemble(group, boxes, values, !first));
  std::vector<Dim> shape = extents_of(partition, boxes);
  if (first) return b_.pack(parts, std::move(shape));
  const auto split = shape.begin() + static_cast<std::ptrdiff_t>(partition.axis);
  const auto iterators = b_.open_nest({shape.begin(), split});
  std::vector<ValueId> rows;
  for (ValueId part : parts)
    rows.push_back(b_.read(part, iterators));
  const ValueId row = b_.pack(rows, {split, shape.end()});
  return b_.close_nest({{Combiner::stack, {row}}})[0];
}

// From the last row to the first.
ValueId Lowerer::flipped(ValueId value) {
  const auto shape = b_.type(value).shape;
  auto at = b_.open_nest(shape);
  at[0] = b_.sub(b_.dim(shape[0] - Dim(1)), at[0]);
  const ValueId element_value = b_.read(value, at);
  return b_.close_nest({{Combiner::stack, {element_value}}})[0];
}

// Axis k of the result is axis order[k] of the value.
ValueId Lowerer::permuted(ValueId value, const std::vector<std::size_t>& order) {
  const auto from = b_.type(value).shape;
  std::vector<Dim> shape;
  for (std::size_t axis : order)
    shape.push_back(from[axis]);
  const auto iterators = b_.open_nest(std::move(shape));
  std::vector<ValueId> at(order.size());
  for (std::size_t k = 0; k < order.size(); ++k)
    at[order[k]] = iterators[k];
  const ValueId element_value = b_.read(value, at);
  return b_.close_nest({{Combiner::stack, {element_value}}})[0];
}

}  // namespace elba::frontend
