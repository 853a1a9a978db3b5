// lower_pieces: the values of pieces of an array put together, and read back: one element of an axis, reversed, with axes in another order.
//
//     pieces [1], [2:T] of x    ->    pack %first, %rest
#include <algorithm>

#include "frontend/lowerer.h"

namespace elba::frontend {

using ir::Combiner;
using ir::ValueId;

namespace {

std::vector<Dim> extents_of(const Partition& partition, const std::vector<Box>& boxes) {
  std::vector<Dim> shape;
  if (partition.groups.empty()) {
    for (const AxisRange& range : boxes[partition.box]) shape.push_back(range.last - range.first + Dim(1));
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

ValueId Lowerer::element_before(const ArrayState& state, std::size_t axis, const Dim& at) {
  const View& view = state.views.back();
  const auto& values = state.values.back();
  const auto k = static_cast<std::size_t>(std::find(view.left.begin(), view.left.end(), axis) - view.left.begin());
  Slab part = slab(view, k, at);
  std::vector<Dim> rest;
  for (std::size_t i = 0; i < view.left.size(); ++i)
    if (i != k) rest.push_back(state.shape[view.left[i]]);
  const auto partition = tile(part.boxes, rest).partition;
  if (!partition) throw LoweringDefect{"a recurrence without its first values", {}};
  std::vector<ValueId> pieces;
  for (std::size_t member : part.members) {
    const Box& box = view.boxes[member];
    if (box[k].dropped) {
      pieces.push_back(values.boxes[member]);
      continue;
    }
    std::vector<At> indices;
    for (std::size_t i = 0; i < k; ++i)
      if (!box[i].dropped) indices.push_back({At::Kind::range, {}, Dim(0), box[i].last - box[i].first + Dim(1)});
    indices.push_back(element(at - box[k].first + Dim(1)));
    pieces.push_back(indexed(values.boxes[member], std::move(indices)));
  }
  return assemble(*partition, part.boxes, pieces, true);
}

ValueId Lowerer::assemble(const Partition& partition, const std::vector<Box>& boxes, const std::vector<ValueId>& values, bool keep_rank) {
  if (partition.groups.empty()) {
    const Box& box = boxes[partition.box];
    const bool dropped = std::any_of(box.begin(), box.end(), [](const AxisRange& range) { return range.dropped; });
    if (!dropped || !keep_rank) return values[partition.box];
    std::vector<Dim> shape;
    for (const AxisRange& range : box) shape.push_back(range.last - range.first + Dim(1));
    return b_.pack(std::span(&values[partition.box], 1), std::move(shape));
  }
  if (partition.groups.size() == 1) return assemble(partition.groups[0], boxes, values, keep_rank);
  // Along the first axis pieces are packed end to end, whatever their rank.
  const bool first = partition.axis == 0;
  std::vector<ValueId> parts;
  for (const Partition& group : partition.groups) parts.push_back(assemble(group, boxes, values, !first));
  std::vector<Dim> shape = extents_of(partition, boxes);
  if (first) return b_.pack(parts, std::move(shape));
  const auto split = shape.begin() + static_cast<std::ptrdiff_t>(partition.axis);
  const auto iterators = b_.open_nest({shape.begin(), split});
  std::vector<ValueId> rows;
  for (ValueId part : parts) rows.push_back(b_.read(part, iterators));
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
  for (std::size_t axis : order) shape.push_back(from[axis]);
  const auto iterators = b_.open_nest(std::move(shape));
  std::vector<ValueId> at(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) at[order[k]] = iterators[k];
  const ValueId element_value = b_.read(value, at);
  return b_.close_nest({{Combiner::stack, {element_value}}})[0];
}

}  // namespace elba::frontend
