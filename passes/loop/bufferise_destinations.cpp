// bufferise_destinations: destination passing. The destination of a tensor is, in this order: where the end
// of its region needs it; its place in a `pack` of the same region; a temporary.
//
// A destination that is combined into (a term of a `sum`) is taken only by a value with no other use, and
// only from a producer that visits each element once or combines in the same way; anything else is made
// elsewhere and delivered by a copy or a loop.
#include "ir/dense.h"
#include "ir/ops.h"
#include "passes/loop/bufferise_internal.h"

namespace elba::passes::loops {

namespace {

constexpr std::int64_t largest_small = 32;   // elements that a reduction keeps in registers
constexpr std::int64_t largest_stack = 128;  // elements of a temporary on the stack

bool at_most(const Dim& count, std::int64_t limit) {
  return count.is_constant() && count.constant() <= limit;
}

}  // namespace

bool Bufferiser::writes_in_place(ValueId value) const {
  const Op* maker = maker_[value.index];
  if (!maker || type(value).rank() == 0) return false;
  switch (maker->code) {
    case Opcode::nest:
    case Opcode::scan:
    case Opcode::pack:
    case Opcode::chol:
    case Opcode::chol_adjoint:
    case Opcode::trisolve:
    case Opcode::contract:
    case Opcode::rng_normal:
    case Opcode::rng_uniform:
      return true;
    default:
      return ir::op_info(maker->code).group == ir::Group::scalar || ir::dense::is_dense(maker->code);
  }
}

bool Bufferiser::combines_in_place(ValueId value, Combiner combiner) const {
  const Op* maker = maker_[value.index];
  if (!maker) return false;
  if (maker->code == Opcode::nest || maker->code == Opcode::scan) {
    for (std::size_t i = 0; i < maker->results.size(); ++i) {
      if (maker->results[i] != value) continue;
      const std::size_t carries = carries_of(*maker);
      if (i < carries) return false;  // a carry, which is read while it is made
      const Combiner own = maker->combiners[i - carries];
      return own == Combiner::stack || own == combiner ||
             (own == Combiner::scatter && combiner == Combiner::sum);
    }
  }
  return type(value).rank() > 0 &&
         (maker->code == Opcode::pack || ir::op_info(maker->code).group == ir::Group::scalar);
}

void Bufferiser::plan(const ir::Region& region, const Op& user, std::size_t operand, const Sink& sink) {
  const ValueId value = user.operands[operand];
  if (made_in_[value.index] != &region || plans_.contains(value)) return;
  const bool in_place = sink.combine ? uses(value).size() == 1 && combines_in_place(value, *sink.combine) &&
                                           (type(value).rank() > 0 || sink.indices.empty())
                                     : writes_in_place(value);
  if (in_place) plans_[value] = {sink, &user, operand};
}

std::optional<Destination> Bufferiser::destination_in_pack(ValueId value) {
  if (!writes_in_place(value)) return std::nullopt;
  for (const Use& use : uses(value)) {
    if (use.op->code != Opcode::pack || use.region != made_in_[value.index]) continue;
    const Destination whole = destination_of(use.op->results[0]);
    if (whole.combine && (uses(value).size() != 1 || !combines_in_place(value, *whole.combine))) continue;
    Dim offset;
    for (std::size_t i = 0; i < use.operand; ++i)
      offset = offset + type(use.op->operands[i]).element_count();
    settled_.insert({use.op, use.operand});
    return Destination{writer_.view(whole.buffer, {}, offset, type(value).shape), whole.combine};
  }
  return std::nullopt;
}

Destination Bufferiser::destination_of(ValueId value) {
  if (const auto it = destinations_.find(value); it != destinations_.end()) return it->second;
  Destination destination;
  if (const auto planned = plans_.find(value); planned != plans_.end()) {
    const auto& [sink, user, operand] = planned->second;
    destination = {sink.indices.empty() ? sink.buffer
                                        : writer_.view(sink.buffer, sink.indices, Dim(0), type(value).shape),
                   sink.combine};
    settled_.insert({user, operand});
  } else if (const auto packed = destination_in_pack(value)) {
    destination = *packed;
  } else if (at_most(type(value).element_count(), largest_stack)) {
    destination.buffer = small_buffer(type(value));
  } else {
    destination.buffer = writer_.alloc(type(value).scalar, type(value).shape, Memory::arena);
  }
  destinations_[value] = destination;
  if (!destination.combine) hold(value, destination.buffer);
  return destination;
}

bool Bufferiser::is_small(const Type& of) const { return at_most(of.element_count(), largest_small); }

ValueId Bufferiser::small_buffer(const Type& of) {
  const ValueId buffer = writer_.alloc(of.scalar, of.shape, Memory::stack);
  small_buffers_.insert(buffer);
  return buffer;
}

void Bufferiser::combine_into(ValueId destination, ValueId source, Combiner combiner) {
  const Indices at = writer_.open_loop(writer_.type(destination).shape);
  writer_.accumulate(destination, at, writer_.load(source, at), combiner);
  writer_.close_loop();
}

void Bufferiser::deliver(const Op& user, std::size_t operand, const Sink& sink) {
  if (settled_.contains({&user, operand})) return;
  const ValueId value = user.operands[operand];
  if (type(value).rank() == 0) {
    if (sink.combine)
      writer_.accumulate(sink.buffer, sink.indices, held(value), *sink.combine);
    else
      writer_.store(sink.buffer, sink.indices, held(value));
    return;
  }
  const ValueId destination = writer_.view(sink.buffer, sink.indices, Dim(0), type(value).shape);
  if (sink.combine)
    combine_into(destination, held(value), *sink.combine);
  else
    writer_.copy(destination, held(value));
}

}  // namespace elba::passes::loops
