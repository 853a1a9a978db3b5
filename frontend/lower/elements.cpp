// elements: the bounds of a latent whose elements have supports of their own, chosen by index.
#include "frontend/lower/lowerer.h"

namespace elba::frontend {

using ir::Combiner;
using ir::Opcode;
using ir::ValueId;

// lower, upper and kind of each element (ir/library/transforms/by_element.ir), over the loops around too.
std::vector<ValueId> Lowerer::element_bounds(const LatentStmt& stmt) {
  struct Ends {
    ValueId lower, upper, kind;
  };
  std::vector<Ends> ends;
  for (const ElementBounds& piece : stmt.elements) {
    const int kind = (piece.lower.valid() ? 1 : 0) + (piece.upper.valid() ? 2 : 0);
    ends.push_back({piece.lower.valid() ? term(piece.lower) : b_.constant(0.0),
                    piece.upper.valid() ? term(piece.upper) : b_.constant(1.0), b_.constant(kind)});
  }
  auto shape = extents();
  const auto& own = body_.symbol(stmt.symbol).type.shape;
  shape.insert(shape.end(), own.begin(), own.end());
  const auto iterators = b_.open_nest(std::move(shape));
  Ends chosen = ends.back();
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    for (const Box& box : stmt.elements[i].boxes) {
      ValueId inside = b_.constant_bool(true);
      for (std::size_t axis = 0; axis < own.size(); ++axis) {
        const ValueId at = iterators[loops_.size() + axis];
        if (!(box[axis].first == Dim(1)))
          inside = b_.emit(Opcode::logical_and,
                           {inside, b_.emit(Opcode::ge, {at, b_.dim(box[axis].first - Dim(1))})});
        if (!(box[axis].last == own[axis]))
          inside = b_.emit(Opcode::logical_and,
                           {inside, b_.emit(Opcode::le, {at, b_.dim(box[axis].last - Dim(1))})});
      }
      chosen.lower = b_.select(inside, ends[i].lower, chosen.lower);
      chosen.upper = b_.select(inside, ends[i].upper, chosen.upper);
      chosen.kind = b_.select(inside, ends[i].kind, chosen.kind);
    }
  }
  return b_.close_nest({{Combiner::stack, {chosen.lower}},
                        {Combiner::stack, {chosen.upper}},
                        {Combiner::stack, {chosen.kind}}});
}

}  // namespace elba::frontend
